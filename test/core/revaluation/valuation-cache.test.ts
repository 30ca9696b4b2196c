import { expect, test } from 'vitest';
import type { PortfolioValuation } from '../../../src/core/portfolio/figures/portfolio-valuation.js';
import { ValuationCache } from '../../../src/core/revaluation/valuation-cache.js';

const valuation = (portfolioId: string) => ({ portfolioId }) as PortfolioValuation;

test('finds the valuation of the same version and batch, and nothing else', () => {
  const recent = new ValuationCache();
  recent.remember('p', 1, 'b', valuation('p'));
  expect(recent.find('p', 1, 'b')).toEqual({ portfolioId: 'p' });
  expect(recent.find('p', 2, 'b')).toBeUndefined();
  expect(recent.find('p', 1, 'c')).toBeUndefined();
  expect(recent.find('q', 1, 'b')).toBeUndefined();
});

test('remembers only the last batch of a portfolio', () => {
  const recent = new ValuationCache();
  recent.remember('p', 1, 'b', valuation('p'));
  recent.remember('p', 1, 'c', valuation('p'));
  expect(recent.find('p', 1, 'b')).toBeUndefined();
  expect(recent.find('p', 1, 'c')).toBeDefined();
});

test('remembers 1000 portfolios and forgets the one valued least recently', () => {
  const recent = new ValuationCache();
  for (let at = 0; at < 1000; at++) recent.remember(`p${at}`, 1, 'b', valuation('p'));
  recent.remember('p0', 1, 'c', valuation('p'));
  recent.remember('p1000', 1, 'b', valuation('p'));
  expect(recent.find('p0', 1, 'c')).toBeDefined();
  expect(recent.find('p1', 1, 'b')).toBeUndefined();
  expect(recent.find('p2', 1, 'b')).toBeDefined();
});

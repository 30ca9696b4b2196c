import { describe, expect, test } from 'vitest';
import { CurrencyGraph } from '../../../src/core/money/currency-graph.js';
import { caught } from '../../oracle/caught.js';

function graph(...pairs: string[]): CurrencyGraph {
  const result = new CurrencyGraph();
  for (const symbol of pairs) result.join(symbol, symbol.slice(0, 3), symbol.slice(4));
  return result;
}

/** A path such as `EUR/USD > 1/USD/JPY`: symbols of pairs, `1/` before those passed backwards, and ratios of minor units. */
function shown(of: CurrencyGraph, from: string, to: string, unusable: readonly string[] = []): string | null {
  const path = of.path(from, to, (symbol) => !unusable.includes(symbol));
  return path && path.map((each) => `${each.inverse ? '1/' : ''}${each.symbol ?? each.ratio}`).join(' > ');
}

describe('a path between currencies', () => {
  test('passes a pair forwards and backwards', () => {
    expect(shown(graph('EUR/USD'), 'EUR', 'USD')).toBe('EUR/USD');
    expect(shown(graph('EUR/USD'), 'USD', 'EUR')).toBe('1/EUR/USD');
    expect(shown(graph('EUR/USD', 'JPY/USD'), 'EUR', 'JPY')).toBe('EUR/USD > 1/JPY/USD');
  });

  test('has no step from a currency to itself', () => expect(shown(graph(), 'USD', 'USD')).toBe(''));

  test('is the shortest, and of equally short ones that of the pair joined first', () => {
    const around = ['GBP/USD', 'USD/CHF', 'GBP/EUR', 'EUR/CHF'];
    expect(shown(graph(...around), 'GBP', 'CHF')).toBe('GBP/USD > USD/CHF');
    expect(shown(graph(...around, 'GBP/CHF'), 'GBP', 'CHF')).toBe('GBP/CHF');
  });

  test('avoids pairs that cannot be used', () => {
    const two = graph('GBP/CHF', 'GBP/USD', 'USD/CHF');
    expect(shown(two, 'GBP', 'CHF', ['GBP/CHF'])).toBe('GBP/USD > USD/CHF');
    expect(shown(two, 'GBP', 'CHF', ['GBP/CHF', 'USD/CHF'])).toBeNull();
  });

  test('does not exist where nothing connects the currencies', () =>
    expect(shown(graph('EUR/USD'), 'EUR', 'CHF')).toBeNull());

  test('passes between a currency and its minor units by their ratio', () => {
    expect(shown(graph(), 'GBp', 'GBP')).toBe('100');
    expect(shown(graph(), 'GBP', 'GBp')).toBe('1/100');
    expect(shown(graph('GBP/USD'), 'USD', 'GBp')).toBe('1/GBP/USD > 1/100');
  });

  test('is refused for an unknown currency', () => {
    expect(caught(() => graph().path('USD', 'QQQ', () => true))).toMatchObject({ code: 'UNKNOWN_CURRENCY' });
    expect(caught(() => graph().path('QQQ', 'USD', () => true))).toMatchObject({ code: 'UNKNOWN_CURRENCY' });
  });
});

import { describe, expect, test } from 'vitest';
import { Portfolio } from '../../src/core/portfolio/portfolio.js';
import { valuePortfolio } from '../../src/core/book/value-portfolio.js';
import { caught } from '../oracle/caught.js';
import { lotsOf } from './lots-of.js';
import { expectFigures, pricesOf, ratesOf, timeOf, vectors } from './vector.js';

describe('a replayed ledger gives the figures of the worked example', () => {
  test.each(vectors)('%s', (_, vector) => {
    const terms = { id: vector.id, ...vector.portfolio, instruments: vector.instruments ?? [] };
    if (vector.expected.error !== undefined) {
      expect(caught(() => Portfolio.replay(terms, vector.ledger))).toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
      return;
    }
    const portfolio = Portfolio.replay(terms, vector.ledger);
    const valuation = valuePortfolio(portfolio, {
      allowNonPositive: true,
      prices: pricesOf(vector),
      rates: ratesOf(vector),
      now: timeOf(vector),
      ...(vector.dayStart !== undefined && { dayStart: Date.parse(vector.dayStart) }),
    });
    expectFigures(vector, valuation, (symbol) => lotsOf(portfolio, symbol));
  });
});

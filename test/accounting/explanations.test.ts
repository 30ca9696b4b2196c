import { describe, expect, test } from 'vitest';
import { recomputed } from '../../examples/explain-a-figure/recompute.js';
import { EXPLAINABLE_FIGURES } from '../../src/core/book/valuation/explanation.js';
import { PositionBook } from '../../src/core/book/position-book.js';
import { Portfolio } from '../../src/core/portfolio/portfolio.js';
import { PriceChangedBatch } from '../../src/core/prices/price-changed-event.js';
import type { PriceUpdate } from '../../src/core/prices/price-update.js';
import { FakeClock } from '../../src/conformance/fake-clock.js';
import { caught } from '../oracle/caught.js';
import { pricesOf, ratesOf, timeOf, vectors, type Vector } from './vector.js';

function bookOf(vector: Vector): PositionBook {
  const now = timeOf(vector);
  const rates = ratesOf(vector);
  const book = new PositionBook({
    fx: Object.keys(rates),
    clock: new FakeClock({ now }),
    ...(vector.dayStart !== undefined && { dayStart: () => Date.parse(vector.dayStart!) }),
  });
  const terms = { id: vector.id, ...vector.portfolio, instruments: vector.instruments ?? [] };
  book.setPortfolio(Portfolio.replay(terms, vector.ledger));
  const updates = [...Object.entries(pricesOf(vector)), ...Object.entries(rates)].map(([symbol, quoted]) => {
    return { timestamp: now, ...quoted, symbol } as PriceUpdate;
  });
  if (updates.length > 0)
    book.applyPrices(PriceChangedBatch.ofUpdates(updates, now, { allowNonPositive: true }));
  return book;
}

describe('what an explanation lists, added up again, is the figure', () => {
  test.each(vectors.filter(([, { expected }]) => expected.error === undefined))('%s', (_, vector) => {
    const book = bookOf(vector);
    const value = book.value(vector.id)!;
    for (const figure of EXPLAINABLE_FIGURES) {
      const explanation = book.explain(vector.id, figure)!;
      expect(explanation.value, figure).toBe(value[figure]?.toString() ?? null);
      expect(recomputed(explanation), figure).toBe(explanation.value);
    }
  });
});

test('an unknown figure is refused, with those that can be explained; an unknown portfolio has none', () => {
  const book = bookOf(vectors[0]![1]);
  const error = caught(() => book.explain(vectors[0]![1].id, 'price' as never)) as Error;
  expect(error.message).toContain('marketValue, accruedInterest, cash');
  expect(book.explain('nobody', 'cash')).toBe(null);
});

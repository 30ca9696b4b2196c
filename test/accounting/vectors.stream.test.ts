import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../src/conformance/fake-clock.js';
import { PositionBook } from '../../src/core/book/position-book.js';
import { STREAMED_FIGURES } from '../../src/core/portfolio/figures/portfolio-totals.js';
import { Portfolio } from '../../src/core/portfolio/portfolio.js';
import { PriceChangedBatch } from '../../src/core/prices/price-changed-event.js';
import type { PriceUpdate } from '../../src/core/prices/price-update.js';
import { Dice } from '../oracle/dice.js';
import { seed, sized } from '../sizes.js';
import { expectFigures, pricesOf, ratesOf, timeOf, vectors, type Vector } from './vector.js';

const ROUNDS = sized({ quick: 3, gate: 20, full: 200 });
const valued = vectors.filter(([, { expected }]) => expected.error === undefined);

describe('a book that gets prices tick by tick ends with the figures of the worked example', () => {
  test.each(valued)('%s', (_, vector) => {
    for (let round = 0; round < ROUNDS; round++) {
      const dice = new Dice(seed + round);
      const book = randomBook(vector, dice);
      const valuation = book.value(vector.id)!;
      expectFigures(vector, valuation);
      const totals = book.totalsOf(book.numberOf(vector.id)!);
      for (const name of [...STREAMED_FIGURES, 'complete'] as const)
        expect(String(totals[name]), `streamed ${name}`).toBe(String(valuation[name]));
      expect(String(totals.priced.marketValue)).toBe(String(valuation.priced.marketValue));
    }
  });
});

// Older prices come first, in random batches; entries of the ledger are applied at random moments, and in random order.
function randomBook(vector: Vector, dice: Dice): PositionBook {
  const now = timeOf(vector);
  const rates = ratesOf(vector);
  const book = new PositionBook({
    fx: Object.keys(rates),
    clock: new FakeClock({ now }),
    instruments: dice.chance(0.5) ? (vector.instruments ?? []) : undefined,
    ...(vector.dayStart !== undefined && { dayStart: () => Date.parse(vector.dayStart!) }),
  });
  const newest = [...Object.entries(pricesOf(vector)), ...Object.entries(rates)].map(([symbol, quoted]) => {
    return { timestamp: now, ...quoted, symbol } as PriceUpdate;
  });
  const older = newest.flatMap((update) =>
    Array.from({ length: dice.between(0, 3) }, (_, n): PriceUpdate => {
      const price = dice.decimal({ digits: dice.between(1, 6), scale: dice.between(0, 4) });
      return { ...update, price: price === '0' ? '1' : price, timestamp: update.timestamp - 1000 + n };
    }),
  );
  const symbols = [...new Set(newest.map(({ symbol }) => symbol))];
  const queues = new Map(
    symbols.map((symbol) => [symbol, [...older, ...newest].filter((update) => update.symbol === symbol)]),
  );
  // Entries of one time go in the order of the list.
  const hasOneTime =
    new Set(vector.ledger.map(({ at }) => at)).size < new Set(vector.ledger.map(({ id }) => id)).size;
  const entries = hasOneTime ? [...vector.ledger] : dice.some(vector.ledger, vector.ledger.length);
  let portfolio = Portfolio.create({
    id: vector.id,
    ...vector.portfolio,
    instruments: vector.instruments ?? [],
  });
  // A sale that comes before its purchase opens a short position until that comes, which some entries refuse.
  const isOrdered = !tries(() => entries.reduce((so, entry) => so.apply(entry), portfolio));
  const steps = isOrdered ? [...vector.ledger] : entries;
  while (steps.length > 0 || [...queues.values()].some((queue) => queue.length > 0)) {
    if (steps.length > 0 && dice.chance(0.4)) {
      portfolio = portfolio.apply(steps.splice(0, dice.between(1, 3)));
      book.setPortfolio(portfolio);
    }
    const batch = symbols.flatMap((symbol) => (dice.chance(0.5) ? queues.get(symbol)!.splice(0, 1) : []));
    if (batch.length > 0)
      book.applyPrices(PriceChangedBatch.ofUpdates(batch, now, { allowNonPositive: true }));
    if (dice.chance(0.3)) book.computeTotals();
  }
  book.setPortfolio(portfolio);
  book.computeTotals();
  return book;
}

function tries(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

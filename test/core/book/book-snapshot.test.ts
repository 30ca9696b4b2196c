import { expect, test } from 'vitest';
import { PriceChangedBatch } from '../../../src/core/prices/price-changed-event.js';
import { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import { PortfolioValuedBatch } from '../../../src/core/engine/portfolio-valued-event.js';
import { PositionBook } from '../../../src/core/book/position-book.js';
import { shardOf } from '../../../src/core/shards/shard-of.js';
import { rowsByShard } from '../../../src/kafka/sending/value-parts.js';

const T0 = 1_700_000_000_000;
const HUGE = '9007199254740991';

function holding(id: string, quantity: string, cash: Record<string, string> = {}): Portfolio {
  const positions = [{ symbol: 'A', quantity, averageCost: '10' }];
  return Portfolio.create({ id, currency: 'USD', positions, cash });
}

class Desk {
  readonly book = new PositionBook();
  #time = T0;

  price(price: string): void {
    this.book.applyPrices(PriceChangedBatch.ofUpdates([{ symbol: 'A', price, timestamp: this.#time++ }], T0));
  }

  /** All that the next call of computeTotals() changes, as a batch. */
  batch(): PortfolioValuedBatch {
    return new PortfolioValuedBatch('b', T0, this.book.snapshot(this.book.computeTotals().changed));
  }
}

const lines = (batch: PortfolioValuedBatch) =>
  [...batch].map(({ portfolioId, version, marketValue, costBasis, cash }) =>
    [portfolioId, version, ...[marketValue, costBasis, cash].map(String)].join(' '),
  );

test('a published batch does not change with later prices, trades, removals and new portfolios under reused numbers', () => {
  const desk = new Desk();
  // More than one page of portfolios, of which one changes.
  for (let number = 0; number < 300; number++) desk.book.setPortfolio(holding(`p${number}`, '2'));
  desk.price('12');
  const first = desk.batch();
  const before = lines(first);
  expect(before).toHaveLength(300);
  expect(before[299]).toBe('p299 0 24.00 20.00 0.00');

  desk.price('13');
  expect(lines(desk.batch())[299]).toBe('p299 0 26.00 20.00 0.00');
  desk.book.setPortfolio(holding('p7', '3', { USD: '5' }));
  desk.book.removePortfolio('p8');
  desk.book.setPortfolio(holding('new', HUGE));
  expect(lines(desk.batch()).sort()).toEqual([
    `new 0 ${BigInt(HUGE) * 13n}.00 ${BigInt(HUGE) * 10n}.00 0.00`,
    'p7 0 39.00 30.00 5.00',
  ]);
  expect(lines(first)).toEqual(before);
});

test('totals past 2^53 units stay those of their moment, also once later ones fit again', () => {
  const desk = new Desk();
  desk.book.setPortfolio(holding('p', HUGE));
  desk.price('2');
  const [first, huge] = [desk.batch(), String(BigInt(HUGE) * 2n)];
  desk.price('3');
  const second = desk.batch();
  desk.book.setPortfolio(holding('p', '1'));
  expect(lines(desk.batch())).toEqual(['p 0 3.00 10.00 0.00']);
  expect(lines(second)[0]).toContain(` ${BigInt(HUGE) * 3n}.00 `);
  expect(lines(first)[0]).toContain(` ${huge}.00 `);
});

test('a later change between known and unknown does not alter a published batch', () => {
  const desk = new Desk();
  desk.book.setPortfolio(holding('p', '2'));
  const unpriced = desk.batch();
  desk.price('12');
  expect(lines(desk.batch())).toEqual(['p 0 24.00 20.00 0.00']);
  expect(lines(unpriced)).toEqual(['p 0 null 20.00 0.00']);
});

test('values have the hash of their portfolio, so that they are divided by shard', () => {
  const desk = new Desk();
  const ids = ['desk', 'Zürich', '資産', 'p1', 'p2'];
  for (const id of ids) desk.book.setPortfolio(holding(id, '2'));
  desk.price('12');
  const batch = desk.batch();
  const shards = [...rowsByShard(batch, 64)].flatMap(([shard, rows]) =>
    rows.map((row) => [batch.rows.portfolio(row).id, shard]),
  );
  expect(new Map(shards as [string, number][])).toEqual(new Map(ids.map((id) => [id, shardOf(id, 64)])));
  expect(batch.rows.portfolio(0).hash! % 64).toBe(shardOf('desk', 64));
});

import { expect, test } from 'vitest';
import { Decimal } from '../../../src/core/money/decimal.js';
import type { PortfolioValuation } from '../../../src/core/portfolio/figures/portfolio-valuation.js';
import { PortfolioValuedBatch } from '../../../src/core/engine/portfolio-valued-event.js';
import { ListedRows } from '../../../src/core/book/valued-rows.js';
import type { PortfolioTotals } from '../../../src/core/portfolio/figures/portfolio-totals.js';
import { plainTotals, valuedRow } from './plain-totals.js';

interface Row {
  readonly id: string;
  readonly cents: number;
  readonly isUnknown?: boolean;
  readonly beyond?: string;
}

function totalsOf({ cents, isUnknown = false, beyond }: Row): PortfolioTotals {
  const amount = beyond === undefined ? Decimal.ofUnits(cents, 2) : Decimal.from(beyond);
  const cost = Decimal.ofUnits(1, 2);
  const cash = Decimal.ofUnits(100, 2);
  const unknown = { marketValue: null, cash: null, equity: null, unrealizedPnl: null, complete: false };
  return plainTotals({
    marketValue: amount,
    costBasis: cost,
    unrealizedPnl: amount.minus(cost),
    cash,
    equity: amount.plus(cash),
    priced: { marketValue: amount },
    ...(isUnknown && unknown),
  });
}

function batch(id: string, rows: readonly Row[], withRows = false): PortfolioValuedBatch {
  return new PortfolioValuedBatch(
    id,
    Number(id.slice(1)),
    new ListedRows(rows.map((row) => valuedRow(row.id, totalsOf(row)))),
    withRows ? rows.map((row) => ({ portfolioId: `${row.id} of ${id}` }) as PortfolioValuation) : undefined,
  );
}

const worth = (of: PortfolioValuedBatch) =>
  Object.fromEntries([...of].map((event) => [event.portfolioId, event.priced.marketValue.toString()]));

test('each row of a batch is an event with its own id', () => {
  const [first, second] = batch('b1', [
    { id: 'p', cents: 1050 },
    { id: 'q', cents: 5, isUnknown: true },
  ]);
  expect(first).toMatchObject({
    type: 'tickmark.portfolio.valued',
    id: 'b1:0',
    occurredAt: 1,
    portfolioId: 'p',
    version: 1,
    currency: 'USD',
    complete: true,
  });
  expect([first!.marketValue, first!.equity, first!.unrealizedPnl].map(String)).toEqual([
    '10.50',
    '11.50',
    '10.49',
  ]);
  expect(first).not.toHaveProperty('valuation');
  expect(second).toMatchObject({
    id: 'b1:1',
    marketValue: null,
    cash: null,
    equity: null,
    unrealizedPnl: null,
    complete: false,
  });
  expect(second!.priced.marketValue.toString()).toBe('0.05');
});

test('conflating two batches keeps the newest value of each portfolio, with its rows', () => {
  const earlier = batch(
    'b1',
    [
      { id: 'p', cents: 1 },
      { id: 'q', cents: 2 },
    ],
    true,
  );
  const later = batch(
    'b2',
    [
      { id: 'r', cents: 3 },
      { id: 'p', cents: 4 },
    ],
    true,
  );
  const both = earlier.conflate(later);
  expect(both).toMatchObject({ id: 'b2', occurredAt: 2, length: 3 });
  expect(worth(both)).toEqual({ p: '0.04', q: '0.02', r: '0.03' });
  expect(
    Object.fromEntries([...both].map((event) => [event.portfolioId, event.valuation!.portfolioId])),
  ).toEqual({
    p: 'p of b2',
    q: 'q of b1',
    r: 'r of b2',
  });
  expect(worth(earlier)).toEqual({ p: '0.01', q: '0.02' });
});

test('conflating keeps totals above 2^53 units, also between smaller ones', () => {
  const huge = '123456789012345678.91';
  const one = batch('b1', [
    { id: 'p', cents: 1, beyond: huge },
    { id: 'q', cents: 2 },
  ]);
  const two = batch('b2', [{ id: 'q', cents: 3, beyond: huge }]);
  expect(worth(one.conflate(two))).toEqual({ p: huge, q: huge });
  expect(worth(two.conflate(one))).toEqual({ p: huge, q: '0.02' });
});

test('a batch as JSON is the list of its events', () => {
  const json = JSON.parse(JSON.stringify(batch('b1', [{ id: 'p', cents: 150 }]))) as unknown[];
  expect(json).toHaveLength(1);
  expect(json[0]).toMatchObject({ portfolioId: 'p', marketValue: '1.50', complete: true });
});

import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { PositionBook } from '../../../src/core/book/position-book.js';
import { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import { PriceChangedBatch } from '../../../src/core/prices/price-changed-event.js';

const NOW = 1_700_000_000_000;

/** The value of a portfolio of positions `[quantity, cost of one, price]`, in the order of their symbols. */
function valueOf(...held: ReadonlyArray<readonly [quantity: number, cost: number, price: string | null]>) {
  const clock = new FakeClock({ now: NOW });
  const book = new PositionBook({ clock });
  const symbols = held.map((_, at) => `S${at}`);
  const positions = held.map(([quantity, averageCost], at) => ({
    symbol: symbols[at]!,
    quantity,
    averageCost,
  }));
  book.setPortfolio(Portfolio.create({ id: 'p', currency: 'USD', positions }));
  const updates = held.flatMap(([, , price], at) =>
    price === null ? [] : [{ symbol: symbols[at]!, price, timestamp: NOW }],
  );
  book.applyPrices(PriceChangedBatch.ofUpdates(updates, NOW, { allowNonPositive: true }));
  book.computeTotals();
  const age = (ms: number) => clock.setWallClock(NOW + ms);
  const value = () => book.value('p')!;
  return { value, age, totals: () => book.totalsOf(book.numberOf('p')!) };
}

// field-faults.md section 6.
describe('unknown is not taken for known', () => {
  test('one of three holdings priced: no weight is known, because the gross value is not', () => {
    const { value } = valueOf([1, 10, '12'], [1, 10, null], [1, 10, null]);
    expect(value().grossExposure).toBeNull();
    expect(value().positions.map(({ weight }) => weight)).toEqual([null, null, null]);
  });

  test('all priced: weights add up to 1', () => {
    const { value } = valueOf([1, 10, '12'], [3, 10, '12']);
    expect(value().positions.map(({ weight }) => String(weight))).toEqual(['0.250000', '0.750000']);
  });

  test('pricedShare is 1 only when every holding has a price, also one that cost nothing', () => {
    const shares = ({ pricedShare, livePricedShare }: ReturnType<ReturnType<typeof valueOf>['value']>) =>
      [pricedShare, livePricedShare].map(String);
    const free = valueOf([1, 10, '12'], [1, 0, null]);
    expect(free.value().pricedShare?.toString()).not.toBe('1.000000');
    expect(free.value().livePricedShare?.toString()).not.toBe('1.000000');
    const all = valueOf([1, 10, '12'], [1, 0, '3']);
    expect(shares(all.value())).toEqual(['1.000000', '1.000000']);
    all.age(3_600_000);
    expect(shares(all.value())).toEqual(['1.000000', '0.000000']);
    expect(shares(valueOf([1, 10, '12'], [1, 30, null]).value())).toEqual(['0.250000', '0.250000']);
  });

  // Long and short are the sides of the exposures, as docs/figures.md says: gross stays above 0, and net is their sum.
  test('long 1 at -37.63 counts on the short side, in the totals of the stream as in the rows', () => {
    const { value, totals } = valueOf([1, 10, '-37.63'], [1, 10, '50']);
    for (const { longExposure, shortExposure, grossExposure, netExposure } of [value(), totals()])
      expect([longExposure, shortExposure, grossExposure, netExposure].map(String)).toEqual([
        '50.00',
        '-37.63',
        '87.63',
        '12.37',
      ]);
    expect(value().positions.map(({ exposure }) => String(exposure))).toEqual(['-37.63', '50.00']);
  });
});

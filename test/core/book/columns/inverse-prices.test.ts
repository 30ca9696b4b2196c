import { describe, expect, test } from 'vitest';
import { HoldingsBySymbol } from '../../../../src/core/book/columns/holdings-by-symbol.js';
import { InversePrices, inversePrice } from '../../../../src/core/book/columns/inverse-prices.js';

/** Symbol sides that have prices, and the prices of inverse contracts. */
function setup() {
  const holdings = new HoldingsBySymbol();
  const prices = new InversePrices();
  const set = (side: number, units: number) => {
    holdings.setPrice(side, units);
    prices.touch(side);
  };
  return { holdings, prices, set, take: () => prices.take(holdings) };
}

describe('prices of inverse contracts', () => {
  test('are those that were last taken over, whatever has come since', () => {
    const { prices, set, take } = setup();
    set(4, 100);
    prices.setHeld(7, [4, 6]);
    take();
    const [first, second] = prices.heldBy(7)!;
    expect(inversePrice(prices.table, first!)).toEqual({ units: 100, scale: 4 });
    expect(inversePrice(prices.table, second!).units).toBeNaN();
    set(4, 200);
    set(6, 300);
    expect(inversePrice(prices.table, first!).units).toBe(100);
    take();
    expect([first!, second!].map((contract) => inversePrice(prices.table, contract).units)).toEqual([
      200, 300,
    ]);
  });

  test('do not change in a snapshot, nor before the next one in a table that nothing has changed', () => {
    const { prices, set, take } = setup();
    prices.setHeld(0, [0]);
    set(0, 1);
    take();
    const snapshot = prices.snapshot();
    set(0, 1);
    take();
    expect(prices.table).toBe(snapshot);
    set(0, 2);
    take();
    prices.setHeld(
      1,
      Array.from({ length: 100 }, (_, side) => side),
    );
    set(0, 3);
    take();
    expect(snapshot[0]).toBe(1);
    expect(prices.table[0]).toBe(3);
  });

  test('are shared by the portfolios that hold the same side, and forgotten with the last position', () => {
    const { prices } = setup();
    prices.setHeld(3, [2, 9]);
    prices.setHeld(1, [9]);
    expect(prices.heldBy(1)).toEqual([prices.heldBy(3)![1]]);
    prices.setHeld(3, []);
    expect([0, 1, 2, 3, 4].map((portfolio) => prices.heldBy(portfolio)?.length)).toEqual([
      undefined,
      1,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test.each([
    ['missing', NaN],
    ['0', 0],
    ['below 0', -5],
  ])('are unusable for the holders of one that is %s, until it is above 0', (_, units) => {
    const { prices, set, take } = setup();
    prices.setHeld(0, [0, 2]);
    prices.setHeld(1, [2]);
    const usable = () => [0, 1, 2].map((portfolio) => prices.areUsable(portfolio));
    expect(usable()).toEqual([false, false, true]);
    for (const side of [0, 2]) set(side, 10);
    take();
    expect(usable()).toEqual([true, true, true]);
    set(0, units);
    take();
    expect(usable()).toEqual([false, true, true]);
    set(0, 1);
    take();
    expect(usable()).toEqual([true, true, true]);
  });
});

import { describe, expect, test } from 'vitest';
import { ExactAmounts, floatParts } from '../../../src/core/money/exact-amounts.js';

// Any integer that float64 holds: 53 significant bits and an exponent.

/** What an amount shows of itself. */
function state(amounts: ExactAmounts, index: number): unknown[] {
  return [amounts.nearest(index), amounts.units(index), amounts.decimal(index).toString()];
}

describe('exact amounts', () => {
  test('change to a bigint at exactly 2^104, from either side, and back', () => {
    const limit = 2n ** 104n;
    for (const start of [limit, -limit]) {
      for (const step of [0n, 1n, 2n ** 50n, 2n ** 51n, 2n ** 51n + 1n, 2n ** 52n]) {
        for (const units of [start - step, start + step]) {
          const amounts = new ExactAmounts(2);
          amounts.setUnits(0, units);
          // The same value as a sum of parts that are pairs.
          amounts.setUnits(1, units / 2n);
          const rest = units - units / 2n;
          for (const part of floatParts(rest)) amounts.addProduct(1, part, 1);
          expect(state(amounts, 1)).toEqual(state(amounts, 0));
          amounts.addProduct(1, -(2 ** 60), 2 ** 44);
          expect(amounts.units(1)).toBe(units - limit);
        }
      }
    }
  });

  test('change to a bigint at 2^104 also when only the low part carries over', () => {
    for (const sign of [1, -1]) {
      const amounts = new ExactAmounts(2);
      amounts.setUnits(0, BigInt(sign) * (2n ** 104n - 2n ** 51n + 2n ** 50n - 1n));
      amounts.addProduct(0, sign * 2 ** 49, 1);
      amounts.setUnits(1, amounts.units(0));
      expect(state(amounts, 0)).toEqual(state(amounts, 1));
      expect(amounts.units(0)).toBe(BigInt(sign) * (2n ** 104n - 2n ** 51n + 2n ** 50n - 1n + 2n ** 49n));
    }
  });

  test('keep their values when they grow, and are 0 after clear()', () => {
    const amounts = new ExactAmounts(2);
    amounts.setUnits(0, 5n);
    amounts.setUnits(1, 2n ** 200n);
    amounts.reserve(64);
    amounts.setUnits(63, -1n);
    expect([amounts.units(0), amounts.units(1), amounts.units(63)]).toEqual([5n, 2n ** 200n, -1n]);
    amounts.clear(1, 3);
    expect([amounts.units(1), amounts.scales[1]]).toEqual([0n, 3]);
  });
});

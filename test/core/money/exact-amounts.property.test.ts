import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Decimal } from '../../../src/core/money/decimal.js';
import { ExactAmounts, errorOfProduct, floatParts } from '../../../src/core/money/exact-amounts.js';
import { sized } from '../../sizes.js';

const RUNS = { numRuns: sized({ quick: 1000, gate: 3000, full: 100_000 }) };
const MAX = Number.MAX_SAFE_INTEGER;

const safe = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer({ min: -1000, max: 1000 }),
  fc.constantFrom(MAX, -MAX, MAX - 1, 2 ** 52, -(2 ** 52), 2 ** 26 + 1),
);
// Any integer that float64 holds: 53 significant bits and an exponent.
const float = fc
  .tuple(safe, fc.integer({ min: 0, max: 60 }))
  .map(([significand, exponent]) => significand * 2 ** exponent);

/** What an amount shows of itself. */
function state(amounts: ExactAmounts, index: number): unknown[] {
  return [amounts.nearest(index), amounts.units(index), amounts.decimal(index).toString()];
}

describe('exact amounts', () => {
  test('hold the sum of any products exactly, also where it is very large on the way', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(float, safe), { maxLength: 40, size: 'max' }), (products) => {
        const amounts = new ExactAmounts(1);
        let sum = 0n;
        for (const [a, b] of products) {
          amounts.addProduct(0, a, b);
          sum += BigInt(a) * BigInt(b);
          expect(amounts.units(0)).toBe(sum);
        }
        expect(amounts.decimal(0).units).toBe(sum);
      }),
      RUNS,
    );
  });

  test('represent a value in the same form, in whatever order it was summed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(float, safe), { minLength: 1, maxLength: 20, size: 'max' }),
        fc.array(fc.nat(), { minLength: 20, maxLength: 20, size: 'max' }),
        (products, keys) => {
          const amounts = new ExactAmounts(3);
          for (const [a, b] of products) amounts.addProduct(0, a, b);
          const shuffled = products
            .map((product, i) => ({ product, key: keys[i]! }))
            .sort((x, y) => x.key - y.key);
          // Out past every bound and back again.
          amounts.addProduct(1, 2 ** 100, MAX);
          for (const { product } of shuffled) amounts.addProduct(1, ...product);
          amounts.addProduct(1, -(2 ** 100), MAX);
          amounts.setUnits(2, amounts.units(0));
          expect(state(amounts, 1)).toEqual(state(amounts, 0));
          expect(state(amounts, 2)).toEqual(state(amounts, 0));
        },
      ),
      RUNS,
    );
  });

  test('addProducts() gives the same sums as addProduct() for each posting', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), float), { maxLength: 30, size: 'max' }),
        fc.array(safe, { minLength: 1, maxLength: 6, size: 'max' }),
        (postings, deltas) => {
          const looped = new ExactAmounts(5);
          const single = new ExactAmounts(5);
          const cells = Int32Array.from(postings, ([cell]) => cell);
          const factors = Float64Array.from(postings, ([, factor]) => factor);
          const largest = factors.reduce((most, factor) => Math.max(most, Math.abs(factor)), 0);
          const sums = [0n, 0n, 0n, 0n, 0n];
          for (const delta of deltas) {
            looped.addProducts(cells, factors, 0, postings.length, delta, largest);
            for (const [cell, factor] of postings) {
              single.addProduct(cell, factor, delta);
              sums[cell]! += BigInt(factor) * BigInt(delta);
            }
          }
          for (let cell = 0; cell < 5; cell++) {
            expect(looped.units(cell)).toBe(sums[cell]);
            expect(state(looped, cell)).toEqual(state(single, cell));
          }
        },
      ),
      RUNS,
    );
  });

  test('addProducts() crosses 2^53 in both directions and keeps one form for each value', () => {
    // 3 × 3002399751580331 is 2^53 + 1, which no float64 is.
    const step = fc.tuple(
      fc.constantFrom(1, -1, 3, -3),
      fc.constantFrom(MAX, 1, 2, 5, 7, 3002399751580331, 3002399751580330),
    );
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 12, size: 'max' }), (steps) => {
        const amounts = new ExactAmounts(2);
        for (const [factor, delta] of steps) {
          amounts.addProducts(Int32Array.of(9, 0, 9), Float64Array.of(5, factor, 5), 1, 2, delta, 3);
          amounts.setUnits(1, amounts.units(0));
          expect(state(amounts, 0)).toEqual(state(amounts, 1));
        }
        const sum = steps.reduce((total, [factor, delta]) => total + BigInt(factor) * BigInt(delta), 0n);
        expect(amounts.units(0)).toBe(sum);
      }),
      RUNS,
    );
  });

  test('add decimals of any scale and take the finest scale', () => {
    const decimal = fc
      .tuple(fc.oneof(fc.bigInt({ min: -(10n ** 29n), max: 10n ** 29n }), safe.map(BigInt)), fc.nat(18))
      .map(([units, scale]) => Decimal.ofUnits(units, scale));
    fc.assert(
      fc.property(fc.array(decimal, { maxLength: 12, size: 'max' }), (decimals) => {
        const amounts = new ExactAmounts(1);
        for (const each of decimals) amounts.add(0, each);
        const scale = Math.max(0, ...decimals.map((each) => each.scale));
        expect(amounts.units(0)).toBe(decimals.reduce((sum, each) => sum + each.unitsAt(scale), 0n));
        expect(amounts.scales[0]).toBe(scale);
      }),
      RUNS,
    );
  });
});

test('errorOfProduct() added to the rounded product is the exact product', () => {
  fc.assert(
    fc.property(float, safe, (a, b) => {
      const product = a * b;
      expect(BigInt(product) + BigInt(errorOfProduct(a, b, product))).toBe(BigInt(a) * BigInt(b));
    }),
    RUNS,
  );
});

test('floatParts() of an integer sum to it, each smaller than the one before', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 47n), max: 10n ** 47n }), (units) => {
      const parts = floatParts(units);
      expect(parts.reduce((sum, part) => sum + BigInt(part), 0n)).toBe(units);
      for (let i = 1; i < parts.length; i++)
        expect(Math.abs(parts[i]!)).toBeLessThan(Math.abs(parts[i - 1]!));
    }),
    RUNS,
  );
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Conversion, SAME_CURRENCY, apportion } from '../../../src/core/money/conversion.js';
import { ExactAmounts } from '../../../src/core/money/exact-amounts.js';
import type { FxRate } from '../../../src/core/money/fx-rates.js';
import { compare, multiply, rational, roundHalfEven, subtract, sum } from '../../oracle/rational.js';
import { isLong } from '../../sizes.js';

const RUNS = { numRuns: isLong ? 200_000 : 5_000, seed: 11 };
const MAX = Number.MAX_SAFE_INTEGER;

function rateOf(numerator: bigint, denominator: bigint): FxRate {
  return { ...SAME_CURRENCY, numerator, denominator };
}

function convert(units: bigint, scale: number, rate: FxRate, moneyScale: number) {
  const amounts = new ExactAmounts(1);
  amounts.clear(0, scale);
  amounts.setUnits(0, units);
  const conversion = new Conversion(rate, moneyScale);
  return { rounded: conversion.rounded(amounts, 0), exact: conversion.exact(amounts, 0) };
}

function expected(
  units: bigint,
  scale: number,
  { numerator, denominator }: FxRate,
  moneyScale: number,
): bigint {
  const amount = rational(units, 10n ** BigInt(scale));
  const inUnits = multiply(
    multiply(amount, rational(numerator, denominator)),
    rational(10n ** BigInt(moneyScale), 1n),
  );
  return roundHalfEven(inUnits);
}

const factor = fc.oneof(
  fc.bigInt({ min: 1n, max: 200n }),
  fc.bigInt({ min: 1n, max: BigInt(MAX) }),
  fc.nat(15).map((power) => 10n ** BigInt(power)),
);
const amount = fc.oneof(
  fc.bigInt({ min: -1000n, max: 1000n }),
  fc.bigInt({ min: -BigInt(MAX), max: BigInt(MAX) }),
  fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
);

describe('a conversion', () => {
  test('rounds each amount once, half-even, as exact arithmetic does', () => {
    fc.assert(
      fc.property(
        amount,
        fc.nat(30),
        factor,
        factor,
        fc.nat(8),
        (units, scale, numerator, denominator, moneyScale) => {
          const rate = rateOf(numerator, denominator);
          const { rounded, exact } = convert(units, scale, rate, moneyScale);
          const right = expected(units, scale, rate, moneyScale);
          expect(exact).toBe(right);
          const isSafe = right >= -BigInt(MAX) && right <= BigInt(MAX);
          expect(rounded).toBe(isSafe ? Number(right) : NaN);
        },
      ),
      RUNS,
    );
  });

  // Amounts chosen so that the result is half a unit, and the nearest amounts to either side of it.
  test('is right at a half, and one unit of the amount to either side of it', () => {
    const whole = fc.oneof(fc.bigInt({ min: 0n, max: 50n }), fc.bigInt({ min: 0n, max: 2n ** 52n }));
    const digits = fc.integer({ min: 1, max: 18 });
    const near = fc.constantFrom(-1n, 0n, 1n);
    fc.assert(
      fc.property(whole, digits, near, factor, fc.boolean(), (count, scale, off, size, isShort) => {
        const rate = rateOf(size, size);
        const half = (2n * count + 1n) * 5n * 10n ** BigInt(scale - 1) + off;
        const units = isShort ? -half : half;
        const right = expected(units, scale, rate, 0);
        expect(convert(units, scale, rate, 0)).toEqual({
          exact: right,
          rounded: right <= BigInt(MAX) && right >= -BigInt(MAX) ? Number(right) : NaN,
        });
      }),
      RUNS,
    );
  });

  test('is right at a half that only a repeating fraction leads to', () => {
    const odd = fc.bigInt({ min: 0n, max: 2n ** 40n }).map((n) => 2n * n + 1n);
    fc.assert(
      fc.property(odd, fc.constantFrom(3n, 7n, 97n, 999_983n), (numerator, denominator) => {
        // amount × (numerator / (2 × denominator)) with an amount that is a multiple of the denominator.
        const rate = rateOf(numerator, 2n * denominator);
        for (const units of [denominator - 1n, denominator, denominator + 1n, -denominator]) {
          const right = expected(units, 0, rate, 0);
          expect(convert(units, 0, rate, 0)).toEqual({ exact: right, rounded: Number(right) });
        }
      }),
      RUNS,
    );
  });

  test('of an amount whose low part decides looks at the low part', () => {
    // 2^60 + 1 at a rate of 1/2^12: half a unit and 2^-12 more. The high part alone is a tie.
    const rate = rateOf(1n, 2n ** 12n);
    const tie = 2n ** 59n + 2n ** 11n;
    expect(convert(tie, 0, rate, 0).rounded).toBe(2 ** 47);
    expect(convert(tie + 1n, 0, rate, 0).rounded).toBe(2 ** 47 + 1);
    expect(convert(tie - 1n, 0, rate, 0).rounded).toBe(2 ** 47);
  });

  test('never gives a negative zero', () => {
    expect(convert(-1n, 5, SAME_CURRENCY, 2).rounded).toBe(0);
  });
});

describe('sharing a rounded total out', () => {
  test('gives shares that sum to it, each within one unit of its exact part, and exact parts exactly', () => {
    const part = fc.oneof(
      fc.bigInt({ min: -50n, max: 50n }),
      fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }),
    );
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 30, size: 'max' }),
        factor,
        factor,
        (parts, numerator, denominator) => {
          const exact = parts.map((units) => rational(units * numerator, denominator));
          const total = roundHalfEven(sum(exact));
          const shares = apportion(total, parts, numerator, denominator);
          expect(shares.reduce((a, b) => a + b, 0n)).toBe(total);
          exact.forEach((each, i) => {
            const off = subtract(each, { n: shares[i]!, d: 1n });
            expect(compare(off, { n: 1n, d: 1n })).toBeLessThan(0);
            expect(compare(off, { n: -1n, d: 1n })).toBeGreaterThan(0);
            if (each.d === 1n) expect(shares[i]).toBe(each.n);
          });
        },
      ),
      RUNS,
    );
  });

  test('gives the odd units to the largest remainders, the earlier part first among equals', () => {
    expect(apportion(10n, [33n, 33n, 34n], 1n, 10n)).toEqual([3n, 3n, 4n]);
    expect(apportion(1n, [3n, 3n, 3n], 1n, 9n)).toEqual([1n, 0n, 0n]);
    expect(apportion(-1n, [-3n, -3n, -3n], 1n, 9n)).toEqual([0n, 0n, -1n]);
    expect(apportion(0n, [], 1n, 1n)).toEqual([]);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FxRate } from '../../../src/core/money/fx-rates.js';
import { multiply, rational, roundHalfEven } from '../../oracle/rational.js';
import { sized } from '../../sizes.js';
import { compact, convert, rateOf } from './converted.js';

const RUNS = { numRuns: sized({ quick: 1000, gate: 5000, full: 200_000 }) };
const MAX = Number.MAX_SAFE_INTEGER;

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
  test('rounds each amount once, half to even, like exact arithmetic', () => {
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
          expect(rounded).toBe(compact(right));
        },
      ),
      RUNS,
    );
  });

  // Amounts chosen so that the result is half a unit, and the nearest amounts to either side of it.
  test('rounds correctly at exactly half a unit, and one unit of the amount above and below it', () => {
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
          rounded: compact(right),
        });
      }),
      RUNS,
    );
  });

  test('rounds correctly at a half that the rate only reaches with a repeating fraction', () => {
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
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  add,
  bigOf,
  compareIntegers,
  divideBigHalfEven,
  divideFloor,
  divideHalfEven,
  integerOf,
  multiply,
  negative,
  shift,
  signOf,
  subtract,
  wholeQuotient,
  type Integer,
} from '../../../src/core/money/integer.js';
import { floor, rational, roundHalfEven } from '../../oracle/rational.js';
import { sized } from '../../sizes.js';

const RUNS = { numRuns: sized({ quick: 1000, gate: 5000, full: 200_000 }) };
const MAX = BigInt(Number.MAX_SAFE_INTEGER);

/** Whole numbers of all sizes, many of them where a safe integer ends. */
const whole = fc.oneof(
  fc.bigInt({ min: -20n, max: 20n }),
  fc.bigInt({ min: -(10n ** 9n), max: 10n ** 9n }),
  fc.bigInt({ min: MAX - 3n, max: MAX + 3n }),
  fc.bigInt({ min: -MAX - 3n, max: -MAX + 3n }),
  fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
);
const aboveZero = whole.map((value) => (value < 0n ? -value : value) || 1n);
const power = fc.nat(24);

/** That a result is a value, in its one form. */
function expectValue(result: Integer, value: bigint): void {
  expect(bigOf(result)).toBe(value);
  expect(typeof result).toBe(value >= -MAX && value <= MAX ? 'number' : 'bigint');
  expect(Object.is(result, -0)).toBe(false);
}

describe('a whole number', () => {
  test('is computed with as bigints are, and is a safe integer wherever it fits', () => {
    fc.assert(
      fc.property(whole, whole, power, (x, y, by) => {
        const [a, b] = [integerOf(x), integerOf(y)];
        expectValue(a, x);
        expectValue(add(a, b), x + y);
        expectValue(subtract(a, b), x - y);
        expectValue(multiply(a, b), x * y);
        expectValue(negative(a), -x);
        expectValue(shift(a, by), x * 10n ** BigInt(by));
        expect(compareIntegers(a, b)).toBe(x < y ? -1 : x > y ? 1 : 0);
        expect(signOf(a)).toBe(x < 0n ? -1 : x > 0n ? 1 : 0);
      }),
      RUNS,
    );
  });

  test('is divided to the integer below and to the nearest one, half to even', () => {
    fc.assert(
      fc.property(whole, aboveZero, (x, y) => {
        const [a, b] = [integerOf(x), integerOf(y)];
        expectValue(divideFloor(a, b), floor(rational(x, y)));
        expectValue(divideHalfEven(a, b), roundHalfEven(rational(x, y)));
        expectValue(divideHalfEven(a, negative(b)), roundHalfEven(rational(-x, y)));
        expect(divideBigHalfEven(x, y)).toBe(roundHalfEven(rational(x, y)));
      }),
      RUNS,
    );
  });

  test('is divided by what goes into it, or just not, near the safe integers', () => {
    fc.assert(
      fc.property(
        aboveZero,
        aboveZero,
        fc.integer({ min: -2, max: 2 }),
        fc.boolean(),
        (x, y, off, isDebt) => {
          const value = (x * y + BigInt(off)) * (isDebt ? -1n : 1n);
          const [a, b] = [integerOf(value), integerOf(y)];
          expectValue(divideFloor(a, b), floor(rational(value, y)));
          expectValue(divideHalfEven(a, b), roundHalfEven(rational(value, y)));
          const isWhole = value % y === 0n && typeof a === 'number' && typeof b === 'number';
          expect(wholeQuotient(a, b)).toBe(isWhole ? Number(value / y) : NaN);
        },
      ),
      RUNS,
    );
  });

  test('rounds a tie to the even one', () => {
    fc.assert(
      fc.property(whole, aboveZero, (count, half) => {
        const up = count % 2n === 0n ? count : count + 1n;
        expectValue(divideHalfEven(integerOf((2n * count + 1n) * half), integerOf(2n * half)), up);
      }),
      RUNS,
    );
  });
});

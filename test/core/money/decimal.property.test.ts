import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Decimal } from '../../../src/core/money/decimal.js';
import {
  add,
  compare,
  divide,
  multiply,
  parse,
  rational,
  rounded,
  shortest,
  subtract,
} from '../../oracle/rational.js';
import { sized } from '../../sizes.js';

const RUNS = { numRuns: sized({ quick: 1000, gate: 5000, full: 200_000 }) };
const MAX = BigInt(Number.MAX_SAFE_INTEGER);

const units = fc.oneof(
  fc.bigInt({ min: -1000n, max: 1000n }),
  fc.bigInt({ min: -(10n ** 16n), max: 10n ** 16n }),
  fc.bigInt({ min: -(10n ** 29n) + 1n, max: 10n ** 29n - 1n }),
  fc.constantFrom(MAX, -MAX, MAX + 1n, -MAX - 1n),
);
const decimal = fc.tuple(units, fc.nat(18)).map(([count, scale]) => Decimal.ofUnits(count, scale));
const exact = (value: Decimal) => rational(value.units, 10n ** BigInt(value.scale));

describe('a decimal', () => {
  test('is the same number after printing and reading it', () => {
    fc.assert(
      fc.property(decimal, (value) => {
        expect(shortest(parse(value.toString()))).toBe(shortest(exact(value)));
        expect(Decimal.from(value.toString()).equals(value)).toBe(true);
        expect(Decimal.from(value.toString()).toString()).toBe(shortest(exact(value)));
        expect(JSON.parse(JSON.stringify({ value }))).toEqual({ value: value.toString() });
      }),
      RUNS,
    );
  });

  test('adds, subtracts, multiplies and compares exactly', () => {
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        const [x, y] = [exact(a), exact(b)];
        expect(exact(a.plus(b))).toEqual(add(x, y));
        expect(exact(a.minus(b))).toEqual(subtract(x, y));
        expect(exact(a.times(b))).toEqual(multiply(x, y));
        expect(Math.sign(a.compare(b))).toBe(compare(x, y));
        expect(a.equals(b)).toBe(compare(x, y) === 0);
        expect(exact(a.negated())).toEqual({ n: -x.n, d: x.d });
        expect(exact(a.abs())).toEqual({ n: x.n < 0n ? -x.n : x.n, d: x.d });
        expect(a.sign).toBe(compare(x, { n: 0n, d: 1n }));
        expect(a.isZero).toBe(x.n === 0n);
      }),
      RUNS,
    );
  });

  test('divides and rounds half to even, for every sign', () => {
    fc.assert(
      fc.property(decimal, decimal, fc.nat(20), (a, b, scale) => {
        expect(a.rounded(scale).toString()).toBe(rounded(exact(a), scale));
        if (!b.isZero)
          expect(a.dividedBy(b, scale).toString()).toBe(rounded(divide(exact(a), exact(b)), scale));
      }),
      RUNS,
    );
  });

  test('quotient() is the quotient without trailing zeros, whether it ends or not', () => {
    // Products, so that many quotients end.
    const small = fc.tuple(fc.integer({ min: -5000, max: 5000 }), fc.nat(6));
    const factor = fc.oneof(
      small.map(([count, scale]) => Decimal.ofUnits(count, scale)),
      decimal,
    );
    fc.assert(
      fc.property(factor, factor, factor, fc.nat(24), (a, b, c, scale) => {
        if (c.isZero) return;
        for (const dividend of [a, a.times(b), a.times(c), a.times(b).times(c)]) {
          const quotient = dividend.quotient(c, scale);
          expect(quotient.toString()).toBe(
            shortest(parse(rounded(divide(exact(dividend), exact(c)), scale))),
          );
        }
      }),
      RUNS,
    );
  });

  test('rounds a tie to the even digit', () => {
    const tie = fc.tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.integer({ min: 1, max: 18 }));
    fc.assert(
      fc.property(tie, ([count, scale]) => {
        const value = Decimal.ofUnits(10n * count + 5n, scale);
        const up = count % 2n === 0n ? count : count + 1n;
        expect(value.rounded(scale - 1).units).toBe(up);
      }),
      RUNS,
    );
  });

  test('trimmed() removes trailing zeros after the point, and no others', () => {
    fc.assert(
      fc.property(decimal, (value) => {
        expect(value.trimmed().toString()).toBe(shortest(exact(value)));
      }),
      RUNS,
    );
    expect(Decimal.ofUnits(1200, 0).trimmed().toString()).toBe('1200');
    expect(Decimal.ofUnits(0, 5).trimmed().toString()).toBe('0');
  });

  test('toNumber() returns the nearest float64', () => {
    fc.assert(
      fc.property(decimal, (value) => {
        expect(value.toNumber()).toBe(Number(value.toString()));
      }),
      RUNS,
    );
  });

  test('safeUnitsAt() returns the units at a finer scale, or NaN beyond the safe integers', () => {
    fc.assert(
      fc.property(decimal, fc.nat(10), (value, finer) => {
        const scale = value.scale + finer;
        const right = value.unitsAt(scale);
        expect(right).toBe(value.units * 10n ** BigInt(finer));
        expect(value.safeUnitsAt(scale)).toBe(right >= -MAX && right <= MAX ? Number(right) : NaN);
      }),
      RUNS,
    );
  });
});

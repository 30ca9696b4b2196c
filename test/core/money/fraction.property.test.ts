import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Decimal } from '../../../src/core/money/decimal.js';
import { Fraction, roundTogether } from '../../../src/core/money/fraction.js';
import {
  absolute,
  add,
  compare,
  divide,
  floor,
  multiply,
  rational,
  roundHalfEven,
  rounded,
  shortest,
  subtract,
  sum,
  type Rational,
} from '../../oracle/rational.js';
import { sized } from '../../sizes.js';

const RUNS = { numRuns: sized({ quick: 1000, gate: 5000, full: 200_000 }) };
const MAX = BigInt(Number.MAX_SAFE_INTEGER);

const whole = fc.oneof(
  fc.bigInt({ min: -1000n, max: 1000n }),
  fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }),
  fc.bigInt({ min: MAX - 3n, max: MAX + 3n }),
  fc.bigInt({ min: -MAX - 3n, max: -MAX + 3n }),
  fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
);
// Powers of ten as of decimals, other products of 2 and 5, and any others.
const denominator = fc.oneof(
  fc.nat(24).map((scale) => 10n ** BigInt(scale)),
  fc.tuple(fc.nat(30), fc.nat(12)).map(([twos, fives]) => 2n ** BigInt(twos) * 5n ** BigInt(fives)),
  whole.map((value) => value || 1n),
);
const fraction = fc
  .tuple(whole, denominator)
  .map(([over, under]) => ({ value: Fraction.of(over, under), exact: rational(over, under) }));
const scale = fc.nat(20);

const exactly = ({ numerator, denominator: under }: Fraction): Rational => {
  expect(under > 0n).toBe(true);
  return rational(numerator, under);
};

describe('a fraction', () => {
  test('is computed with exactly', () => {
    fc.assert(
      fc.property(fraction, fraction, (a, b) => {
        expect(exactly(a.value)).toEqual(a.exact);
        expect(exactly(a.value.plus(b.value))).toEqual(add(a.exact, b.exact));
        expect(exactly(a.value.minus(b.value))).toEqual(subtract(a.exact, b.exact));
        expect(exactly(a.value.times(b.value))).toEqual(multiply(a.exact, b.exact));
        if (!b.value.isZero) expect(exactly(a.value.dividedBy(b.value))).toEqual(divide(a.exact, b.exact));
        expect(exactly(a.value.negated())).toEqual({ n: -a.exact.n, d: a.exact.d });
        expect(exactly(a.value.abs())).toEqual(absolute(a.exact));
        expect(Math.sign(a.value.compare(b.value))).toBe(compare(a.exact, b.exact));
        expect(a.value.sign).toBe(compare(a.exact, rational(0n, 1n)));
        expect(a.value.isZero).toBe(a.exact.n === 0n);
      }),
      RUNS,
    );
  });

  test('of a decimal is the same number', () => {
    fc.assert(
      fc.property(whole, fc.nat(30), (units, digits) => {
        expect(exactly(Fraction.from(Decimal.ofUnits(units, digits)))).toEqual(
          rational(units, 10n ** BigInt(digits)),
        );
      }),
      RUNS,
    );
  });

  test('is rounded half to even', () => {
    fc.assert(
      fc.property(fraction, scale, ({ value, exact }, digits) => {
        expect(value.rounded(digits).toString()).toBe(rounded(exact, digits));
      }),
      RUNS,
    );
  });

  test('rounds a tie to the even digit', () => {
    fc.assert(
      fc.property(whole, fc.bigInt({ min: 1n, max: 10n ** 9n }), scale, (count, half, digits) => {
        const unit = 10n ** BigInt(digits);
        const up = count % 2n === 0n ? count : count + 1n;
        expect(Fraction.of((2n * count + 1n) * half, 2n * half * unit).rounded(digits).units).toBe(up);
      }),
      RUNS,
    );
  });

  test('has all its digits as a decimal where they end, else as many as are asked for', () => {
    fc.assert(
      fc.property(fraction, scale, ({ value, exact }, digits) => {
        const text = value.toDecimal(digits).toString();
        const isEnding = 10n ** 96n % exact.d === 0n;
        const wanted = isEnding
          ? exact
          : rational(
              roundHalfEven(multiply(exact, { n: 10n ** BigInt(digits), d: 1n })),
              10n ** BigInt(digits),
            );
        expect(text).toBe(shortest(wanted));
      }),
      RUNS,
    );
  });
});

describe('amounts that are rounded together', () => {
  test('sum to the rounded sum, each by its floor and at most one unit, those of most remainder first', () => {
    fc.assert(
      fc.property(fc.array(fraction, { maxLength: 8 }), fc.nat(6), (amounts, digits) => {
        const shares = roundTogether(
          amounts.map(({ value }) => value),
          digits,
        );
        const unit = { n: 10n ** BigInt(digits), d: 1n };
        const scaled = amounts.map(({ exact }) => multiply(exact, unit));
        expect(shares.reduce((total, { units }) => total + units, 0n)).toBe(roundHalfEven(sum(scaled)));
        const ranked = scaled
          .map((each, at) => ({
            at,
            up: shares[at]!.units - floor(each),
            rest: subtract(each, { n: floor(each), d: 1n }),
          }))
          .sort((a, b) => compare(b.rest, a.rest) || a.at - b.at);
        const ups = ranked.map(({ up }) => up);
        expect(ups.every((up) => up === 0n || up === 1n)).toBe(true);
        expect(ups).toEqual([...ups].sort((a, b) => Number(b - a)));
        expect(shares.every((share) => share.scale === digits)).toBe(true);
      }),
      RUNS,
    );
  });
});

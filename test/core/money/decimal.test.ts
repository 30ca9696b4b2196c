import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Decimal, divideHalfEven, type DecimalInput } from '../../../src/core/money/decimal.js';
import {
  add,
  compare,
  divide,
  multiply,
  parse,
  rational,
  roundHalfEven,
  rounded,
  shortest,
  subtract,
} from '../../oracle/rational.js';
import { caught } from '../../oracle/caught.js';
import { isLong } from '../../sizes.js';

const RUNS = { numRuns: isLong ? 200_000 : 5_000, seed: 17 };
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
  test('prints and reads back to the same number', () => {
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

  test('divides and rounds half-even, for every sign', () => {
    fc.assert(
      fc.property(decimal, decimal, fc.nat(20), (a, b, scale) => {
        expect(a.rounded(scale).toString()).toBe(rounded(exact(a), scale));
        if (!b.isZero)
          expect(a.dividedBy(b, scale).toString()).toBe(rounded(divide(exact(a), exact(b)), scale));
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
        expect(divideHalfEven(2n * count + 1n, 2n)).toBe(up);
        expect(divideHalfEven(-(2n * count + 1n), -2n)).toBe(up);
      }),
      RUNS,
    );
  });

  test('is trimmed of zeros after the point, and only of those', () => {
    fc.assert(
      fc.property(decimal, (value) => {
        expect(value.trimmed().toString()).toBe(shortest(exact(value)));
      }),
      RUNS,
    );
    expect(Decimal.ofUnits(1200, 0).trimmed().toString()).toBe('1200');
    expect(Decimal.ofUnits(0, 5).trimmed().toString()).toBe('0');
  });

  test('gives the nearest float64', () => {
    fc.assert(
      fc.property(decimal, (value) => {
        expect(value.toNumber()).toBe(Number(value.toString()));
      }),
      RUNS,
    );
  });

  test('gives its units at a finer scale where they are safe, and NaN where they are not', () => {
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

  test('never shows a negative zero', () => {
    for (const zero of [
      Decimal.from(-0),
      Decimal.from('-0.00'),
      Decimal.ofUnits(-0, 2),
      Decimal.ZERO.negated(),
    ]) {
      expect([zero.toString(), zero.sign, Object.is(zero.toNumber(), 0)]).toEqual([
        zero.scale ? '0.00' : '0',
        0,
        true,
      ]);
    }
    expect(Object.is(Decimal.from(-3).times(Decimal.ZERO).toNumber(), 0)).toBe(true);
  });
});

describe('what comes in', () => {
  test.each<[DecimalInput, string]>([
    ['12.50', '12.5'],
    ['1e3', '1000'],
    ['-1.5E-3', '-0.0015'],
    ['+7', '7'],
    ['.5', '0.5'],
    [0.1 + 0.2, '0.3'],
    [2 ** 53, '9007199254740992'],
    [1e21, '1000000000000000000000'],
    [12345678901234567890n, '12345678901234567890'],
    ['99999999999999999999999999999', '99999999999999999999999999999'],
    ['9007199254740993e-3', '9007199254740.993'],
    ['0.100000000000000000000000000000000', '0.1'],
    [`${'0'.repeat(500)}5`, '5'],
  ])('%s is read as %s', (input, text) => {
    expect(Decimal.from(input).toString()).toBe(text);
  });

  test.each<[string, DecimalInput]>([
    ['a text of 30 digits', '100000000000000000000000000000'],
    ['a bigint of 30 digits', 10n ** 29n],
    ['a number of 30 digits', 1e29],
    ['a number of 301 digits', 1e300],
    ['1e29', '1e29'],
    ['1e999', '1e999'],
    ['19 digits after the point', '0.0000000000000000001'],
    ['1e-19', '1e-19'],
    ['1e-999', '1e-999'],
    ['127 digits', '9'.repeat(127)],
    ['100,000 digits', '9'.repeat(100_000)],
    ['a decimal of 30 digits', Decimal.ofUnits(10n ** 29n, 0)],
    ['a decimal of 19 digits after the point', Decimal.ofUnits(1, 19)],
  ])('%s is out of range', (_, input) => {
    const error = caught(() => Decimal.from(input, 'here'));
    expect(error.code).toBe('OUT_OF_RANGE');
    expect(error.message).toMatch(/^here: /);
    expect(error.message).toContain('at most 29 significant digits, 18 of them after the point');
    expect(error.message.length).toBeLessThan(260);
  });

  test('a decimal with zeros to spare is in range', () => {
    expect(Decimal.from(Decimal.ofUnits(15n * 10n ** 25n, 26)).toString()).toBe('1.5');
  });

  const notDecimals: unknown[] = [
    NaN,
    Infinity,
    -Infinity,
    '',
    ' ',
    'abc',
    '1,5',
    '1.2.3',
    '__proto__',
    'NaN',
    null,
    undefined,
    {},
    [],
    true,
    Symbol('x'),
    () => 1,
  ];
  test.each(notDecimals.map((input) => [input]))('%o is no decimal', (input) => {
    const error = caught(() => Decimal.from(input as DecimalInput, 'Portfolio "p": cash USD'));
    expect(error.code).toBe('INVALID_DECIMAL');
    expect(error.message).toMatch(
      /^Portfolio "p": cash USD: expected a finite decimal such as 12.5 or "12.50", got /,
    );
    expect(error.message.length).toBeLessThan(180);
  });

  test('hostile text is cut in the message', () => {
    const error = caught(() => Decimal.from('x'.repeat(1_000_000)));
    expect(error.code).toBe('INVALID_DECIMAL');
    expect(error.message).toContain(`"${'x'.repeat(64)}…"`);
    expect(error.message.length).toBeLessThan(180);
  });

  test('division by zero, unsafe units and scales that are none are refused', () => {
    const one = Decimal.ONE;
    for (const call of [
      () => one.dividedBy(Decimal.ZERO, 2),
      () => one.dividedBy(one, -1),
      () => one.rounded(1.5),
      () => one.rounded(-1),
      () => Decimal.ofUnits(1, -1),
      () => Decimal.ofUnits(1n, NaN),
      () => Decimal.ofUnits(1.5, 0),
      () => Decimal.ofUnits(2 ** 53, 0),
    ]) {
      expect(caught(call).code).toBe('INVALID_ARGUMENT');
    }
  });
});

test('the oracle rounds as its name says', () => {
  expect([0.5, 1.5, 2.5, -0.5, -1.5].map((half) => roundHalfEven(parse(String(half))))).toEqual([
    0n,
    2n,
    2n,
    0n,
    -2n,
  ]);
});

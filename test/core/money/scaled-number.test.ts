import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readScaled } from '../../../src/core/money/scaled-number.js';
import { compare, parse, rational, type Rational } from '../../oracle/rational.js';
import { isLong } from '../../sizes.js';

const RUNS = { numRuns: isLong ? 500_000 : 10_000, seed: 13 };
const MAX = Number.MAX_SAFE_INTEGER;

/** The result as plain data: what is returned is used again by the next call. */
function read(input: number | string): { units: number; scale: number } | string {
  const result = readScaled(input);
  return typeof result === 'string' ? result : { units: result.units, scale: result.scale };
}

function valueOf({ units, scale }: { units: number; scale: number }): Rational {
  return rational(BigInt(units), 10n ** BigInt(scale));
}

/** Exact value of the text of a number, exponents included. */
function exact(text: string): Rational {
  const [significand, exponent = '0'] = text.toLowerCase().split('e') as [string, string?];
  const { n, d } = parse(significand.replace(/^\+/, ''));
  const power = 10n ** BigInt(Math.abs(Number(exponent)));
  return Number(exponent) >= 0 ? rational(n * power, d) : rational(n, d * power);
}

describe('a number', () => {
  test('below 10^15 is always accepted, and read to 15 digits and 18 after the point', () => {
    const finite = fc
      .oneof(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      )
      .filter((value) => Math.abs(value) < 1e15);
    fc.assert(
      fc.property(finite, (value) => {
        const result = read(value);
        if (typeof result === 'string') throw new Error(`${value} is ${result}`);
        expect(Number.isSafeInteger(result.units)).toBe(true);
        expect(result.scale).toBeLessThanOrEqual(18);
        if (!Number.isInteger(value)) expect(Math.abs(result.units)).toBeLessThanOrEqual(1e15);
        // Half a unit of the 15th digit, or of the 18th after the point, whichever is coarser.
        const magnitude = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
        const unit = Math.max(-18, magnitude - 14);
        const bound = 10 ** unit * (0.5 + 1e-3);
        expect(Math.abs(result.units / 10 ** result.scale - value)).toBeLessThanOrEqual(
          bound + Math.abs(value) * 2 ** -52,
        );
      }),
      RUNS,
    );
  });

  test('is the shortest decimal that names it, where that has at most 15 digits', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 15) + 1, max: 10 ** 15 - 1 }), fc.nat(18), (units, scale) => {
        const value = Number(`${units}e-${scale}`);
        const result = read(value);
        if (typeof result === 'string') throw new Error(`${value} is ${result}`);
        expect(compare(valueOf(result), rational(BigInt(units), 10n ** BigInt(scale)))).toBe(0);
        expect(result.scale === 0 || result.units % 10 !== 0).toBe(true);
      }),
      RUNS,
    );
  });

  test.each([
    [0.1 + 0.2, { units: 3, scale: 1 }],
    [1.1 * 3, { units: 33, scale: 1 }],
    [-0, { units: 0, scale: 0 }],
    [1e-18, { units: 1, scale: 18 }],
    [4e-19, { units: 0, scale: 0 }],
    [1.23456789012344e-5, { units: 12345678901234, scale: 18 }],
    [MAX, { units: MAX, scale: 0 }],
    [-MAX, { units: -MAX, scale: 0 }],
    [MAX + 1, 'too-long'],
    [1e15 + 0.5, 'too-long'],
    [1e300, 'too-long'],
    [NaN, 'malformed'],
    [Infinity, 'malformed'],
    [-Infinity, 'malformed'],
  ])('%s reads as %o', (value, result) => {
    expect(read(value)).toEqual(result);
    expect(Object.is((read(value) as { units: number }).units, -0)).toBe(false);
  });
});

describe('a text', () => {
  const digits = (max: number) =>
    fc.array(fc.nat(9), { minLength: 1, maxLength: max }).map((each) => each.join(''));
  const shape = fc.tuple(
    fc.constantFrom('', '-', '+'),
    digits(12),
    fc.option(digits(12)),
    fc.option(fc.integer({ min: -25, max: 25 })),
  );

  test('is taken digit for digit, or refused as too long; trailing zeros cost nothing', () => {
    fc.assert(
      fc.property(shape, ([sign, whole, fraction, exponent]) => {
        const text = `${sign}${whole}${fraction === null ? '' : `.${fraction}`}${exponent === null ? '' : `e${exponent}`}`;
        const value = exact(text);
        const result = read(text);
        let scale = 0;
        while (scale <= 60 && (value.n * 10n ** BigInt(scale)) % value.d !== 0n) scale++;
        const units = (value.n * 10n ** BigInt(scale)) / value.d;
        const size = units < 0n ? -units : units;
        const fits = scale <= 18 && size <= BigInt(MAX);
        // A significand past 2^53 that an exponent would bring back is left to the slow way.
        const isLongSignificand = BigInt(whole + (fraction ?? '').replace(/0+$/, '')) > BigInt(MAX);
        if (fits && !isLongSignificand) expect(result).toEqual({ units: Number(units), scale });
        else if (!fits) expect(result).toBe('too-long');
      }),
      RUNS,
    );
  });

  test('may have zeros without end around its digits', () => {
    const zeros = '0'.repeat(5_000);
    expect(read(`${zeros}1.5${zeros}`)).toEqual({ units: 15, scale: 1 });
    expect(read(`0.${zeros}`)).toEqual({ units: 0, scale: 0 });
    expect(read(`-0.0`)).toEqual({ units: 0, scale: 0 });
    expect(Object.is((read('-0') as { units: number }).units, 0)).toBe(true);
  });

  test.each(['.5', '5.', '+5', '5e0', '5E-0', '00005', '5.0e0'])('%s is a decimal', (text) => {
    expect(['.5'].includes(text) ? { units: 5, scale: 1 } : { units: 5, scale: 0 }).toEqual(read(text));
  });

  test.each([
    '',
    ' ',
    '.',
    '-',
    '+',
    '-.',
    'e5',
    '.e5',
    '1e',
    '1e+',
    '1e5.5',
    '1e1e1',
    '1.2.3',
    '--1',
    '+-1',
    '1-',
    '1,5',
    '1_000',
    '0x10',
    '1n',
    'NaN',
    'Infinity',
    '-Infinity',
    ' 1',
    '1 ',
    '1\n',
    '١',
    '１',
    '1e9999',
    '__proto__',
    'constructor',
    '1'.repeat(40) + 'x',
  ])('%j is none', (text) => {
    expect(read(text)).toBe('malformed');
  });

  test.each([
    ['9007199254740992'],
    ['0.0000000000000000001'],
    ['1e16'],
    ['1e-19'],
    ['9007199254740993e-3'],
    ['nines', '9'.repeat(10_000)],
  ])('%s is too long', (name, text = name) => {
    expect(read(text)).toBe('too-long');
  });
});

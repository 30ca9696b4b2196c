import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readScaled } from '../../../src/core/money/scaled-number.js';
import { compare, parse, rational, type Rational } from '../../oracle/rational.js';
import { sized } from '../../sizes.js';

const RUNS = { numRuns: sized({ quick: 2000, gate: 50_000, full: 500_000 }) };
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
  test('below 10^15 is always accepted, with 15 significant digits and at most 18 after the point', () => {
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

  test('is read as the shortest decimal for it, where that has at most 15 digits', () => {
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
});

describe('a string', () => {
  const digits = (max: number) =>
    fc.array(fc.nat(9), { minLength: 1, maxLength: max }).map((each) => each.join(''));
  const shape = fc.tuple(
    fc.constantFrom('', '-', '+'),
    digits(12),
    fc.option(digits(12)),
    fc.option(fc.integer({ min: -25, max: 25 })),
  );

  test('is read digit for digit or rejected as too long, and trailing zeros do not count', () => {
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
});

import type { DecimalText } from '../protocol/values.js';

/**
 * Compares two decimals exactly, whatever their length: negative if `a` is less, 0 if they are equal, positive if `a` is greater.
 *
 * @example
 * ```ts
 * import { compareDecimals } from 'tickmark/client';
 *
 * const prices = ['10.5', '9.25', '9007199254740993'];
 * console.log(prices.sort(compareDecimals)); // ['9.25', '10.5', '9007199254740993']
 * ```
 */
export function compareDecimals(a: DecimalText, b: DecimalText): number {
  const [signA, wholeA, fractionA] = parts(a);
  const [signB, wholeB, fractionB] = parts(b);
  if (signA !== signB) return signA - signB;
  return signA * (wholeA.length - wholeB.length || order(wholeA + fractionA, wholeB + fractionB));
}

/** Sign, and the digits before and after the point without leading and trailing zeros; the sign of 0 is 0. */
function parts(text: DecimalText): [sign: number, whole: string, fraction: string] {
  const [, minus, whole, fraction = ''] = /^(-?)0*(\d*)(?:\.(\d*?)0*)?$/.exec(text) ?? [text, '', ''];
  const sign = whole === '' && fraction === '' ? 0 : minus ? -1 : 1;
  return [sign, whole!, fraction];
}

function order(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** @internal The characters of a decimal. */
export interface DecimalDigits {
  readonly minus: string;
  readonly whole: string;
  readonly fraction: string;
}

/** @internal `null` for what is no decimal. */
export function readDecimal(text: string): DecimalDigits | null {
  const [, minus = '', whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  return whole === undefined ? null : { minus, whole, fraction };
}

/** @internal With the point so many digits further right. */
export function shifted({ minus, whole, fraction }: DecimalDigits, places: number): DecimalDigits {
  const digits = fraction.padEnd(places, '0');
  const before = `${whole}${digits.slice(0, places)}`;
  return {
    minus,
    whole: places === 0 ? whole : before.replace(/^0+(?=\d)/, ''),
    fraction: digits.slice(places),
  };
}

/** @internal Digits of a count of units of 10^-scale, before and after the point. */
export function digitsOf(units: bigint, scale: number): [whole: string, fraction: string] {
  const digits = String(units).padStart(scale + 1, '0');
  const point = digits.length - scale;
  return [digits.slice(0, point), digits.slice(point)];
}

/**
 * @internal Digits before and after the point, with so many of these at most: what is over is rounded half-even, as text, whatever its
 * length.
 */
export function roundedDigits(
  { whole, fraction }: DecimalDigits,
  most = Infinity,
): [whole: string, fraction: string] {
  const rest = fraction.slice(most);
  if (rest === '') return [whole, fraction];
  const kept = BigInt(whole + fraction.slice(0, most));
  const half = '5'.padEnd(rest.length, '0');
  const isUp = rest === half ? kept % 2n === 1n : rest > half;
  return digitsOf(isUp ? kept + 1n : kept, most);
}

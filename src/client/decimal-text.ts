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

import type { DecimalText } from '../protocol/values.js';

/** Compares two decimals by their digits, of whatever length: negative when `a` is less, 0 when they are equal. */
export function compareDecimals(a: DecimalText, b: DecimalText): number {
  const [signA, wholeA, fractionA] = parts(a);
  const [signB, wholeB, fractionB] = parts(b);
  if (signA !== signB) return signA - signB;
  return signA * (wholeA.length - wholeB.length || order(wholeA + fractionA, wholeB + fractionB));
}

/** Sign, digits before the point and after it, without zeros that say nothing; the sign of 0 is 0. */
function parts(text: DecimalText): [sign: number, whole: string, fraction: string] {
  const [, minus, whole, fraction = ''] = /^(-?)0*(\d*)(?:\.(\d*?)0*)?$/.exec(text) ?? [text, '', ''];
  const sign = whole === '' && fraction === '' ? 0 : minus ? -1 : 1;
  return [sign, whole!, fraction];
}

function order(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

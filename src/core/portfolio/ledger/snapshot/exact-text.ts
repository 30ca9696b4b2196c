import { Decimal } from '../../../money/decimal.js';
import { Fraction } from '../../../money/fraction.js';
import type { Integer } from '../../../money/integer.js';
import { NO_SUM, type KnownSum } from '../known-sum.js';

// `Decimal.from` refuses what has more digits than an input may have: sums and products have more.

// Digits that a number holds exactly.
const SAFE_DIGITS = 15;

/** An amount, or `=` for one that is the very amount it is compared with; `null` is unknown. */
export type SameOrText = string | null;

/** A sum: its known part, in a list where a part is unknown. */
export type SumText = string | readonly [known: string];

/** Parses what `Decimal.toString` returned; trailing zeros stay. */
export function decimalOf(text: string): Decimal {
  const point = text.indexOf('.');
  if (point < 0) return Decimal.ofUnits(integerOfText(text), 0);
  const units = integerOfText(text.slice(0, point) + text.slice(point + 1));
  return Decimal.ofUnits(units, text.length - point - 1);
}

/** The text of an amount that may be unknown. */
export function optionalText(amount: Decimal | null): string | null {
  return amount && amount.toString();
}

/** An amount that may be unknown. */
export function optionalDecimal(text: string | null): Decimal | null {
  return text === null ? null : decimalOf(text);
}

/** As {@link optionalText}. Amounts are often one and the same, and then computed once: that stays so. */
export function sameOrText(amount: Decimal | null, other: Decimal | null): SameOrText {
  return amount === other ? '=' : optionalText(amount);
}

/** The amount of {@link sameOrText}. */
export function sameOrDecimal<Other extends Decimal | null>(text: SameOrText, other: Other): Decimal | Other {
  return text === '=' ? other : (optionalDecimal(text) as Decimal | Other);
}

/** A sum as plain data. */
export function sumText({ known, hasUnknown }: KnownSum): SumText {
  return hasUnknown ? [known.toString()] : known.toString();
}

/** The sum of {@link sumText}. */
export function sumOf(text: SumText): KnownSum {
  if (text === '0') return NO_SUM;
  if (typeof text === 'string') return { known: decimalOf(text), hasUnknown: false };
  return { known: decimalOf(text[0]), hasUnknown: true };
}

/** A ratio as `numerator/denominator`. */
export function fractionText({ over, under }: Fraction): string {
  return `${over}/${under}`;
}

/** The ratio of {@link fractionText}, with the same numerator and denominator. */
export function fractionOf(text: string): Fraction {
  const at = text.indexOf('/');
  if (at < 0) throw new SyntaxError(`No ratio: ${text}`);
  return Fraction.ratio(integerOfText(text.slice(0, at)), integerOfText(text.slice(at + 1)));
}

function integerOfText(digits: string): Integer {
  if (digits.length <= SAFE_DIGITS) return Number(digits);
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : BigInt(digits);
}

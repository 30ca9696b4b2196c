/** A decimal as a safe integer count of units of 10^-scale, without trailing zeros. */
export interface ScaledNumber {
  units: number;
  scale: number;
}

/** Why {@link readScaled} refuses its input: it is not a finite decimal, or it needs more digits than a safe integer has. */
export type ScaledNumberFault = 'malformed' | 'too-long';

/** 10 to the powers from 0 to 22, which are those that a float64 holds exactly. */
export const POWERS: readonly number[] = [
  1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
  1e20, 1e21, 1e22,
];
const FIFTEEN_DIGITS = 1e15;
/** A text of so many characters never has too many digits. */
const SHORT_TEXT = 15;
// Twice 2^-52: half a unit in the last place for the double that was given, and half for the product.
const PRODUCT_ERROR = 2 ** -51;

/**
 * Parses a price or quantity without allocating a bigint; every price from a stream goes through it. The next call overwrites the
 * result: copy what you need at once.
 */
export function readScaled(input: number | string): ScaledNumber | ScaledNumberFault {
  return typeof input === 'number' ? readNumber(input) : readString(input);
}

/**
 * As {@link readScaled}, for prices: a string with more digits than tickmark holds is read as a float64, as `JSON.parse` does. A float64 prints up to 17
 * digits, of which the last two are not exact.
 */
export function readPrice(input: number | string): ScaledNumber | ScaledNumberFault {
  const scaled = readScaled(input);
  if (scaled !== 'too-long' || typeof input !== 'string') return scaled;
  const value = Number(input);
  const rounded = Number.isFinite(value) ? readNumber(value) : scaled;
  // A price that is too small to be held is not zero.
  return typeof rounded !== 'string' && rounded.units === 0 && value !== 0 ? scaled : rounded;
}

/** Whether {@link readPrice} rounds a price. */
export function isPriceRounded(input: number | string): boolean {
  return typeof input === 'string' && input.length > SHORT_TEXT && readScaled(input) === 'too-long';
}

const scratch: ScaledNumber = { units: 0, scale: 0 };

function result(units: number, scale: number): ScaledNumber {
  scratch.units = units;
  scratch.scale = scale;
  return scratch;
}

function readNumber(value: number): ScaledNumber | ScaledNumberFault {
  if (Number.isSafeInteger(value)) return result(value === 0 ? 0 : value, 0);
  for (let scale = 1; scale <= 18; scale++) {
    const scaled = value * POWERS[scale]!;
    const units = Math.round(scaled);
    // Past 15 digits several decimals read as the same double, so a match would prove nothing.
    if (units >= FIFTEEN_DIGITS || units <= -FIFTEEN_DIGITS) break;
    // Division rounds correctly: equality proves that the double is this decimal. It is slow, and needless where the product is further
    // from an integer than its own rounding explains.
    const isClose = Math.abs(scaled - units) <= Math.abs(scaled) * PRODUCT_ERROR;
    if (isClose && units / POWERS[scale]! === value) return result(units, scale);
  }
  if (!Number.isFinite(value)) return 'malformed';
  if (Math.abs(value) >= FIFTEEN_DIGITS) return 'too-long';
  const rounded = readString(value.toPrecision(15));
  return rounded === 'too-long' ? readString(value.toFixed(18)) : rounded;
}

function readString(text: string): ScaledNumber | ScaledNumberFault {
  const length = text.length;
  let at = 0;
  let sign = 1;
  const first = text.charCodeAt(0);
  if (first === 45 || first === 43) {
    if (first === 45) sign = -1;
    at = 1;
  }
  let units = 0;
  let scale = 0;
  let digits = 0;
  // Zeros after the point count only once another digit follows, so trailing ones cost neither range nor scale.
  let zeros = 0;
  let afterPoint = false;
  for (; at < length; at++) {
    const code = text.charCodeAt(at);
    if (code === 46) {
      if (afterPoint) return 'malformed';
      afterPoint = true;
      continue;
    }
    if (code === 101 || code === 69)
      return digits > 0 ? readExponent(text, at, sign * units, scale) : 'malformed';
    if (code < 48 || code > 57) return 'malformed';
    digits++;
    if (!afterPoint) {
      units = units * 10 + (code - 48);
    } else if (code === 48) {
      zeros++;
    } else {
      scale += zeros + 1;
      for (; zeros > 0; zeros--) units *= 10;
      units = units * 10 + (code - 48);
    }
    if (units > Number.MAX_SAFE_INTEGER || scale > 18) return rest(text, at + 1);
  }
  if (digits === 0) return 'malformed';
  return result(units === 0 ? 0 : sign * units, scale);
}

const REST = /^\d*\.?\d*(?:[eE][+-]?\d{1,3})?$/;

// Too many digits, unless what follows shows that it is not a decimal.
function rest(text: string, at: number): ScaledNumberFault {
  const tail = text.slice(at, at + 128);
  return REST.test(tail) ? 'too-long' : 'malformed';
}

function readExponent(
  text: string,
  at: number,
  units: number,
  scale: number,
): ScaledNumber | ScaledNumberFault {
  const exponent = text.slice(at + 1);
  if (!/^[+-]?\d{1,3}$/.test(exponent)) return 'malformed';
  let shifted = scale - Number(exponent);
  if (units === 0) return result(0, 0);
  for (; shifted < 0; shifted++) {
    units *= 10;
    if (!Number.isSafeInteger(units)) return 'too-long';
  }
  for (; shifted > 0 && units % 10 === 0; shifted--) units /= 10;
  return shifted > 18 ? 'too-long' : result(units, shifted);
}

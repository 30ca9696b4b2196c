import { POWERS } from './scaled-number.js';

/**
 * A whole number: a safe integer where it fits, since bigint arithmetic costs about twenty times as much, and a bigint beyond. Each
 * value has one form. Zero is never negative.
 */
export type Integer = number | bigint;

const MAX = Number.MAX_SAFE_INTEGER;
const BIG_MAX = BigInt(MAX);
const BIG_MIN = -BIG_MAX;
const BIG_POWERS = Array.from({ length: 128 }, (_, power) => 10n ** BigInt(power));

/** 10 to a power that is not negative. */
export function powerOfTen(power: number): bigint {
  return BIG_POWERS[power] ?? 10n ** BigInt(power);
}

/** The one form of a value. */
export function integerOf(value: bigint): Integer {
  return value > BIG_MAX || value < BIG_MIN ? value : Number(value);
}

/** As a bigint. */
export function bigOf(value: Integer): bigint {
  return typeof value === 'bigint' ? value : BigInt(value);
}

/** -1, 0 or 1. */
export function signOf(value: Integer): -1 | 0 | 1 {
  if (typeof value === 'number') return value < 0 ? -1 : value > 0 ? 1 : 0;
  return value < 0n ? -1 : 1;
}

/** With the opposite sign. */
export function negative(value: Integer): Integer {
  if (typeof value === 'number') return value === 0 ? 0 : -value;
  return -value;
}

/** Exact sum. */
export function add(a: Integer, b: Integer): Integer {
  if (typeof a === 'number' && typeof b === 'number') {
    // Rounding is monotonic: a rounded result below 2^53 was not rounded.
    const sum = a + b;
    if (sum <= MAX && sum >= -MAX) return sum;
  }
  return integerOf(bigOf(a) + bigOf(b));
}

/** Exact difference. */
export function subtract(a: Integer, b: Integer): Integer {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    if (difference <= MAX && difference >= -MAX) return difference;
  }
  return integerOf(bigOf(a) - bigOf(b));
}

/** Exact product. */
export function multiply(a: Integer, b: Integer): Integer {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    if (product <= MAX && product >= -MAX) return product === 0 ? 0 : product;
  }
  return integerOf(bigOf(a) * bigOf(b));
}

/** `value` × 10^`power`, exact; the power is not negative. */
export function shift(value: Integer, power: number): Integer {
  if (power === 0) return value;
  if (typeof value === 'number') {
    const shifted = value * POWERS[power]!;
    if (shifted <= MAX && shifted >= -MAX) return shifted;
  }
  return integerOf(bigOf(value) * powerOfTen(power));
}

/** Negative, 0 or positive, as `a` is less than, equal to or greater than `b`. */
export function compareIntegers(a: Integer, b: Integer): number {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : 0;
  return signOf(subtract(a, b));
}

// Division of safe integers in float64 never rounds to a whole number, or past one, unless it is exact: the remainder is at least 1, so
// that the quotient is 1 / b away, and below 2^53 the rounding moves it less.

/** `a / b` where that is a whole number, of safe integers; else NaN. */
export function wholeQuotient(a: Integer, b: Integer): number {
  if (typeof a !== 'number' || typeof b !== 'number') return NaN;
  const quotient = a / b;
  return Number.isInteger(quotient) ? (quotient === 0 ? 0 : quotient) : NaN;
}

/** `numerator / denominator`, rounded down; the denominator is above 0. */
export function divideFloor(numerator: Integer, denominator: Integer): Integer {
  if (typeof numerator === 'number' && typeof denominator === 'number') {
    const floor = Math.floor(numerator / denominator);
    return floor === 0 ? 0 : floor;
  }
  const [over, under] = [bigOf(numerator), bigOf(denominator)];
  const quotient = over / under;
  return integerOf(over < 0n && quotient * under !== over ? quotient - 1n : quotient);
}

/** `numerator / denominator` to the nearest integer; a tie goes to the even one (banker's rounding, IEEE 754 roundTiesToEven). */
export function divideHalfEven(numerator: Integer, denominator: Integer): Integer {
  if (typeof numerator === 'number' && typeof denominator === 'number')
    return denominator < 0
      ? divideSafeHalfEven(-numerator, -denominator)
      : divideSafeHalfEven(numerator, denominator);
  if (typeof denominator === 'number' && denominator > 0)
    return integerOf(divideBySafeHalfEven(bigOf(numerator), denominator));
  return integerOf(divideBigHalfEven(bigOf(numerator), bigOf(denominator)));
}

// The remainder is a safe integer, and compared as one.
function divideBySafeHalfEven(numerator: bigint, denominator: number): bigint {
  const divisor = BigInt(denominator);
  const quotient = numerator / divisor;
  const rest = Number(numerator - quotient * divisor);
  const twice = Math.abs(rest) * 2;
  if (twice < denominator || (twice === denominator && quotient % 2n === 0n)) return quotient;
  return rest < 0 ? quotient - 1n : quotient + 1n;
}

/** As {@link divideHalfEven}, of safe integers; the denominator is above 0. */
export function divideSafeHalfEven(numerator: number, denominator: number): number {
  const size = Math.abs(numerator);
  const whole = Math.floor(size / denominator);
  const twice = (size - whole * denominator) * 2;
  const isUp = twice > denominator || (twice === denominator && whole % 2 === 1);
  const rounded = isUp ? whole + 1 : whole;
  return numerator < 0 && rounded > 0 ? -rounded : rounded;
}

/** As {@link divideHalfEven}, of bigints. */
export function divideBigHalfEven(numerator: bigint, denominator: bigint): bigint {
  if (denominator < 0n) return divideBigHalfEven(-numerator, -denominator);
  const quotient = numerator / denominator;
  const twice = 2n * (numerator - quotient * denominator);
  const size = twice < 0n ? -twice : twice;
  const up = size > denominator || (size === denominator && quotient % 2n !== 0n);
  if (!up) return quotient;
  return numerator < 0n ? quotient - 1n : quotient + 1n;
}

import { TickmarkError, quote } from '../errors.js';
import { bigOf, integerOf, powerOfTen, type Integer } from './integer.js';

/** Most significant digits of an input. More are refused (`OUT_OF_RANGE`), never rounded. */
export const MAX_DIGITS = 29;
/** Most digits after the point of an input. */
export const MAX_SCALE = 18;

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;
const TOTAL = /^-?\d{1,80}(\.\d{1,40})?$/;

/** A decimal as a count of units of 10^-scale. */
export interface ScaledInteger {
  readonly units: Integer;
  readonly scale: number;
}

/**
 * Reads a decimal of more digits than a safe integer has; `where` names the argument in errors.
 * @throws TickmarkError `INVALID_DECIMAL`, `OUT_OF_RANGE`.
 */
export function readLong(input: string, where: string): ScaledInteger {
  // A bound on the length keeps hostile input from costing time with a million digits.
  if (input.length > 128) throw outOfRange(input, `${input.length} characters`, where);
  const match = DECIMAL.exec(input);
  const [, sign, whole = '', fraction = '', exponent = '0'] = match ?? [];
  if (!match || whole.length + fraction.length === 0) throw invalidDecimal(input, where);
  const shift = fraction.length - Number(exponent);
  let units = BigInt(sign === '-' ? `-${whole}${fraction}` : `${whole}${fraction}`);
  if (shift < 0)
    units =
      Math.abs(shift) > 2 * MAX_DIGITS ? units * powerOfTen(2 * MAX_DIGITS) : units * powerOfTen(-shift);
  return inRange(trimmedLong({ units: integerOf(units), scale: Math.max(0, shift) }), input, where);
}

/** Reads a result of exact arithmetic: 80 digits before and 40 after the point; `null` for a string of another form. */
export function readTotal(input: string): ScaledInteger | null {
  if (!TOTAL.test(input)) return null;
  const [whole, fraction = ''] = input.split('.');
  return trimmedLong({ units: integerOf(BigInt(`${whole}${fraction}`)), scale: fraction.length });
}

/** Without trailing zeros after the point. */
export function trimmedLong(value: ScaledInteger): ScaledInteger {
  let { scale } = value;
  let units = bigOf(value.units);
  // Sixteen at once, then eight, four, two and one: a bigint is slow to divide.
  for (let zeros = 16; zeros >= 1; zeros /= 2)
    while (scale >= zeros && units % powerOfTen(zeros) === 0n) {
      units /= powerOfTen(zeros);
      scale -= zeros;
    }
  return scale === value.scale ? value : { units: integerOf(units), scale };
}

/** The value, where it has no more digits than inputs may have. @throws TickmarkError `OUT_OF_RANGE`. */
export function inRange(value: ScaledInteger, given: unknown, where: string): ScaledInteger {
  const { units, scale } = value;
  const digits = units.toString().replace('-', '').length;
  if (digits <= MAX_DIGITS && scale <= MAX_SCALE) return value;
  throw outOfRange(given, `${digits} significant digits, ${scale} of them after the point`, where);
}

/** The error for what is no decimal. */
export function invalidDecimal(input: unknown, where: string): TickmarkError {
  return new TickmarkError(
    'INVALID_DECIMAL',
    `${where}: expected a finite decimal such as 12.5 or "12.50", got ${typeof input === 'number' ? input : quote(input)}.`,
  );
}

function outOfRange(given: unknown, size: string, where: string): TickmarkError {
  return new TickmarkError(
    'OUT_OF_RANGE',
    `${where}: ${quote(given)} has ${size}; at most ${MAX_DIGITS} significant digits, ${MAX_SCALE} of them after the ` +
      'point, are held exactly.',
  );
}

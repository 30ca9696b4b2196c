import { TickmarkError, invalidArgument, quote } from '../errors.js';
import { checkNumber } from '../options.js';
import { readScaled } from './scaled-number.js';

/**
 * What is accepted as a decimal. A string is read digit by digit. A `number` is read as the shortest decimal that rounds to it, below
 * 10^15 with at most 15 significant digits (what float64 holds) and 18 after the point, so that `0.1 + 0.2` is 0.3.
 */
export type DecimalInput = Decimal | number | bigint | string;

/** Most significant digits of an input. More are refused (`OUT_OF_RANGE`), never rounded. */
export const MAX_DIGITS = 29;
/** Most digits after the point of an input. */
export const MAX_SCALE = 18;
// Made once, since decimals are computed often.
const SCALE = { from: 0, isWhole: true };

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;
const TOTAL = /^-?\d{1,80}(\.\d{1,40})?$/;
const POWERS = Array.from({ length: 64 }, (_, power) => 10n ** BigInt(power));

/** 10 to a power that is not negative. */
export function powerOfTen(power: number): bigint {
  return POWERS[power] ?? 10n ** BigInt(power);
}

/** `numerator / denominator` to the nearest integer; a tie goes to the even one (banker's rounding, IEEE 754 roundTiesToEven). */
export function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  if (denominator < 0n) return divideHalfEven(-numerator, -denominator);
  const quotient = numerator / denominator;
  const twice = 2n * (numerator - quotient * denominator);
  const size = twice < 0n ? -twice : twice;
  const up = size > denominator || (size === denominator && quotient % 2n !== 0n);
  if (!up) return quotient;
  return numerator < 0n ? quotient - 1n : quotient + 1n;
}

/**
 * An exact decimal number: an integer count of units of 10^-scale. Immutable. Every operation is exact unless it says how it rounds.
 * It becomes a string in JSON, so that no digit is lost.
 *
 * ```ts
 * import { Decimal } from 'tickmark';
 *
 * Decimal.from('0.1').plus(Decimal.from(0.2)).toString(); // '0.3'
 * Decimal.from(1).dividedBy(Decimal.from(3), 4).toString(); // '0.3333'
 * ```
 */
export class Decimal {
  static readonly ZERO = new Decimal(0, 0);
  static readonly ONE = new Decimal(1, 0);

  // A safe integer where it fits, since bigint arithmetic costs about twenty times as much.
  readonly #units: number | bigint;
  /** Digits after the point. */
  readonly scale: number;

  private constructor(units: number | bigint, scale: number) {
    this.#units = units;
    this.scale = scale;
  }

  /** `units` × 10^-`scale`; `units` is a safe integer or a bigint, `scale` a whole number from 0. */
  static ofUnits(units: number | bigint, scale: number): Decimal {
    checkNumber('Decimal.ofUnits: scale', scale, SCALE);
    if (typeof units === 'number') {
      if (!Number.isSafeInteger(units))
        throw invalidArgument('Decimal.ofUnits', units, 'a safe integer or a bigint');
      return Decimal.#shared(units === 0 ? 0 : units, scale);
    }
    return Decimal.#shared(compact(units), scale);
  }

  // Zeros are frequent in holdings, and holdings are kept by the hundred thousand.
  static #shared(units: number | bigint, scale: number): Decimal {
    return units === 0 && scale === 0 ? Decimal.ZERO : new Decimal(units, scale);
  }

  /**
   * Reads a decimal; `where` names the argument in errors.
   * @throws TickmarkError `INVALID_DECIMAL` for what is not a finite decimal, `OUT_OF_RANGE` beyond {@link MAX_DIGITS}
   * significant digits or {@link MAX_SCALE} digits after the point.
   */
  static from(input: DecimalInput, where = 'Decimal.from'): Decimal {
    if (input instanceof Decimal) {
      const isShort = typeof input.#units === 'number' && input.scale <= MAX_SCALE;
      return isShort ? input : checked(input.trimmed(), input.toString(), where);
    }
    if (typeof input === 'bigint') return checked(new Decimal(compact(input), 0), input, where);
    if (typeof input === 'number' || typeof input === 'string') {
      const scaled = readScaled(input);
      if (typeof scaled !== 'string') return Decimal.#shared(scaled.units, scaled.scale);
      if (scaled === 'too-long') return parseLong(String(input), where);
    }
    throw invalidDecimal(input, where);
  }

  /**
   * Reads a result of exact arithmetic, such as a stored cost basis. As a string it may have more digits than {@link Decimal.from}
   * accepts: 80 before and 40 after the point.
   * @throws as {@link Decimal.from}.
   */
  static fromTotal(input: DecimalInput, where = 'Decimal.fromTotal'): Decimal {
    const text = input instanceof Decimal ? input.toString() : input;
    if (typeof text !== 'string' || !TOTAL.test(text)) return Decimal.from(input, where);
    const [whole, fraction = ''] = text.split('.');
    return Decimal.ofUnits(BigInt(`${whole}${fraction}`), fraction.length).trimmed();
  }

  /** The integer count of units. */
  get units(): bigint {
    return BigInt(this.#units);
  }

  /** Units at a scale that is not smaller than this one's, as a number; NaN past 2^53. */
  safeUnitsAt(scale: number): number {
    if (typeof this.#units !== 'number') return NaN;
    if (scale === this.scale) return this.#units;
    const units = this.#units * 10 ** (scale - this.scale);
    return units <= 9007199254740991 && units >= -9007199254740991 ? units : NaN;
  }

  /** -1, 0 or 1. */
  get sign(): -1 | 0 | 1 {
    return this.#units < 0 ? -1 : this.#units > 0 ? 1 : 0;
  }

  /** Whether it is 0. */
  get isZero(): boolean {
    return this.sign === 0;
  }

  /** Exact sum. */
  plus(other: Decimal): Decimal {
    const scale = this.scale > other.scale ? this.scale : other.scale;
    // NaN past 2^53.
    const sum = this.safeUnitsAt(scale) + other.safeUnitsAt(scale);
    if (Number.isSafeInteger(sum)) return new Decimal(sum === 0 ? 0 : sum, scale);
    return new Decimal(compact(this.unitsAt(scale) + other.unitsAt(scale)), scale);
  }

  /** Exact difference. */
  minus(other: Decimal): Decimal {
    return this.plus(other.negated());
  }

  /** Exact product. */
  times(other: Decimal): Decimal {
    const [a, b] = [this.#units, other.#units];
    const scale = this.scale + other.scale;
    if (typeof a === 'number' && typeof b === 'number') {
      const product = a * b;
      if (Number.isSafeInteger(product)) return new Decimal(product === 0 ? 0 : product, scale);
    }
    return new Decimal(compact(BigInt(a) * BigInt(b)), scale);
  }

  /**
   * Quotient, rounded half-even to `scale` digits after the point.
   * @throws TickmarkError `INVALID_ARGUMENT` on division by zero.
   */
  dividedBy(divisor: Decimal, scale: number): Decimal {
    if (divisor.isZero) throw invalidArgument('Decimal.dividedBy', 0, 'a divisor other than zero');
    checkNumber('Decimal.dividedBy: scale', scale, SCALE);
    const shift = scale + divisor.scale - this.scale;
    const numerator = shift >= 0 ? this.units * powerOfTen(shift) : this.units;
    const denominator = shift >= 0 ? divisor.units : divisor.units * powerOfTen(-shift);
    return new Decimal(compact(divideHalfEven(numerator, denominator)), scale);
  }

  /** The same number with exactly `scale` digits after the point, rounded half-even where digits are dropped. */
  rounded(scale: number): Decimal {
    checkNumber('Decimal.rounded: scale', scale, SCALE);
    if (scale >= this.scale)
      return scale === this.scale ? this : new Decimal(compact(this.unitsAt(scale)), scale);
    return new Decimal(compact(divideHalfEven(this.units, powerOfTen(this.scale - scale))), scale);
  }

  /** The same number without trailing zeros after the point. */
  trimmed(): Decimal {
    if (this.scale === 0) return this;
    if (typeof this.#units === 'number') return this.#trimmedSafe(this.#units);
    let { units, scale } = this;
    while (scale > 0 && units % 10n === 0n) {
      units /= 10n;
      scale--;
    }
    return scale === this.scale ? this : new Decimal(compact(units), scale);
  }

  #trimmedSafe(given: number): Decimal {
    let units = given;
    let scale = this.scale;
    while (scale > 0 && units % 10 === 0) {
      units /= 10;
      scale--;
    }
    return scale === this.scale ? this : Decimal.#shared(units, scale);
  }

  /** With the opposite sign. */
  negated(): Decimal {
    const units = this.#units;
    return new Decimal(this.isZero ? 0 : -units, this.scale);
  }

  /** Without sign. */
  abs(): Decimal {
    return this.sign < 0 ? this.negated() : this;
  }

  /** Negative, 0 or positive, as this is less than, equal to or greater than `other`. 1.50 equals 1.5. */
  compare(other: Decimal): number {
    const scale = Math.max(this.scale, other.scale);
    const [a, b] = [this.unitsAt(scale), other.unitsAt(scale)];
    return a < b ? -1 : a > b ? 1 : 0;
  }

  /** Whether both are the same number, whatever their trailing zeros. */
  equals(other: Decimal): boolean {
    return this.compare(other) === 0;
  }

  /** Units at a scale that is not smaller than this one's. */
  unitsAt(scale: number): bigint {
    return scale === this.scale ? this.units : this.units * powerOfTen(scale - this.scale);
  }

  /** The nearest float64. */
  toNumber(): number {
    const units = this.#units;
    // Both operands exact and one correctly rounded division, so the result is the nearest double.
    return typeof units === 'number' && this.scale <= 22 ? units / 10 ** this.scale : Number(this.toString());
  }

  /** All digits, with exactly `scale` of them after the point. */
  toString(): string {
    const units = this.units;
    const digits = (units < 0n ? -units : units).toString().padStart(this.scale + 1, '0');
    const point = digits.length - this.scale;
    return (
      (units < 0n ? '-' : '') +
      (this.scale === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`)
    );
  }

  /** As `toString()`, so that no digit is lost. */
  toJSON(): string {
    return this.toString();
  }
}

function compact(units: bigint): number | bigint {
  return units >= -9007199254740991n && units <= 9007199254740991n ? Number(units) : units;
}

function checked(value: Decimal, given: unknown, where: string): Decimal {
  const digits = value.units.toString().replace('-', '').length;
  if (digits > MAX_DIGITS || value.scale > MAX_SCALE) {
    throw outOfRange(given, `${digits} significant digits, ${value.scale} of them after the point`, where);
  }
  return value;
}

function parseLong(input: string, where: string): Decimal {
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
  return checked(Decimal.ofUnits(units, Math.max(0, shift)).trimmed(), input, where);
}

function outOfRange(given: unknown, size: string, where: string): TickmarkError {
  return new TickmarkError(
    'OUT_OF_RANGE',
    `${where}: ${quote(given)} has ${size}; at most ${MAX_DIGITS} significant digits, ${MAX_SCALE} of them after the ` +
      'point, are held exactly.',
  );
}

function invalidDecimal(input: unknown, where: string): TickmarkError {
  return new TickmarkError(
    'INVALID_DECIMAL',
    `${where}: expected a finite decimal such as 12.5 or "12.50", got ${typeof input === 'number' ? input : quote(input)}.`,
  );
}

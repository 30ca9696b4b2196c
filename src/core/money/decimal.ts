import { TickmarkError, invalidArgument } from '../errors.js';
import { checkNumber } from '../options.js';
import {
  add,
  bigOf,
  compareIntegers,
  divideHalfEven,
  integerOf,
  multiply,
  negative,
  shift,
  signOf,
  subtract,
  wholeQuotient,
  type Integer,
} from './integer.js';
import { MAX_SCALE, inRange, invalidDecimal, readLong, readTotal, trimmedLong } from './long-decimal.js';
import { POWERS, readScaled } from './scaled-number.js';
import { keepRaw } from '../keep-raw.js';

export { MAX_DIGITS, MAX_SCALE } from './long-decimal.js';

/**
 * What is accepted as a decimal. A string is read digit by digit. A `number` is read as the shortest decimal that rounds to it, below
 * 10^15 with at most 15 significant digits (what float64 holds) and 18 after the point, so that `0.1 + 0.2` is 0.3.
 */
export type DecimalInput = Decimal | number | bigint | string;

// Whole numbers below this have one object each.
const SMALL = 1024;
const SHARED: Decimal[] = [];
// A quotient that has not ended after so many more digits counts as one that does not end.
const MORE_DIGITS = 6;
// Made once, since decimals are computed often.
const SCALE = { from: 0, isWhole: true };

/**
 * An exact decimal number: an integer count of units of 10^-scale. Immutable. Every operation is exact unless it says how it rounds.
 * It becomes a string in JSON, so that no digit is lost.
 *
 * ```ts
 * import { Decimal } from 'tickmark';
 *
 * Decimal.from('0.1').plus('0.2').toString(); // '0.3'
 * Decimal.from(1).dividedBy(3, 4).toString(); // '0.3333'
 * Decimal.from('9.50').lessThan(10); // true
 * ```
 */
export class Decimal {
  static {
    keepRaw(this);
  }

  static readonly ZERO = Decimal.#shared(0, 0);
  static readonly ONE = Decimal.#shared(1, 0);

  readonly #units: Integer;
  /** Digits after the point. */
  readonly scale: number;

  private constructor(units: Integer, scale: number) {
    this.#units = units;
    this.scale = scale;
  }

  /** `units` × 10^-`scale`; `units` is a safe integer or a bigint, `scale` a whole number from 0. */
  static ofUnits(units: number | bigint, scale: number): Decimal {
    checkNumber('Decimal.ofUnits: scale', scale, SCALE);
    if (typeof units === 'bigint') return Decimal.#shared(integerOf(units), scale);
    if (!Number.isSafeInteger(units))
      throw invalidArgument('Decimal.ofUnits', units, 'a safe integer or a bigint');
    return Decimal.#shared(units === 0 ? 0 : units, scale);
  }

  // Zeros and small quantities are frequent, in holdings by the hundred thousand and ledgers of millions of entries.
  static #shared(units: Integer, scale: number): Decimal {
    if (scale !== 0 || typeof units !== 'number' || units < 0 || units >= SMALL)
      return new Decimal(units, scale);
    return (SHARED[units] ??= new Decimal(units, 0));
  }

  /**
   * Reads a decimal; `where` names the argument in errors.
   * @throws TickmarkError `INVALID_DECIMAL` for what is not a finite decimal, `OUT_OF_RANGE` beyond {@link MAX_DIGITS}
   * significant digits or {@link MAX_SCALE} digits after the point.
   */
  static from(input: DecimalInput, where = 'Decimal.from'): Decimal {
    if (typeof input === 'number' || typeof input === 'string') {
      const scaled = readScaled(input);
      if (typeof scaled !== 'string') return Decimal.#shared(scaled.units, scaled.scale);
      if (scaled === 'too-long') {
        const { units, scale } = readLong(String(input), where);
        return Decimal.#shared(units, scale);
      }
    } else if (input instanceof Decimal) {
      const isShort = typeof input.#units === 'number' && input.scale <= MAX_SCALE;
      if (isShort) return input;
      const value = input.trimmed();
      inRange({ units: value.#units, scale: value.scale }, input.toString(), where);
      return value;
    } else if (typeof input === 'bigint') {
      return new Decimal(inRange({ units: integerOf(input), scale: 0 }, input, where).units, 0);
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
    const total = typeof text === 'string' ? readTotal(text) : null;
    return total ? Decimal.#shared(total.units, total.scale) : Decimal.from(input, where);
  }

  /** The integer count of units. */
  get units(): bigint {
    return bigOf(this.#units);
  }

  /** @internal The integer count of units as it is held. */
  get heldUnits(): Integer {
    return this.#units;
  }

  /** Units at a scale that is not smaller than this one's, as a number; NaN past 2^53. */
  safeUnitsAt(scale: number): number {
    if (typeof this.#units !== 'number') return NaN;
    const power = scale - this.scale;
    const units = this.#units * (POWERS[power] ?? 10 ** power);
    return units <= Number.MAX_SAFE_INTEGER && units >= Number.MIN_SAFE_INTEGER ? units : NaN;
  }

  /** -1, 0 or 1. */
  get sign(): -1 | 0 | 1 {
    return signOf(this.#units);
  }

  /** Whether it is 0. */
  get isZero(): boolean {
    const units = this.#units;
    return typeof units === 'number' && units === 0;
  }

  /** Exact sum. @throws TickmarkError as {@link Decimal.from}, like all methods that take a decimal. */
  plus(addend: DecimalInput): Decimal {
    const other = decimalOf(addend, 'Decimal.plus');
    if (other.isZero && other.scale <= this.scale) return this;
    if (this.isZero && this.scale <= other.scale) return other;
    const scale = this.scale > other.scale ? this.scale : other.scale;
    return new Decimal(
      add(shift(this.#units, scale - this.scale), shift(other.#units, scale - other.scale)),
      scale,
    );
  }

  /** Exact difference. */
  minus(subtrahend: DecimalInput): Decimal {
    const other = decimalOf(subtrahend, 'Decimal.minus');
    if (other.isZero && other.scale <= this.scale) return this;
    if (other === this) return Decimal.#shared(0, this.scale);
    const scale = this.scale > other.scale ? this.scale : other.scale;
    return new Decimal(
      subtract(shift(this.#units, scale - this.scale), shift(other.#units, scale - other.scale)),
      scale,
    );
  }

  /** Exact product. */
  times(factor: DecimalInput): Decimal {
    const other = decimalOf(factor, 'Decimal.times');
    const { scale } = other;
    if (scale === 0 && other.#units === 1) return this;
    return new Decimal(multiply(this.#units, other.#units), this.scale + other.scale);
  }

  /**
   * Quotient, rounded half-even to `scale` digits after the point.
   * @throws TickmarkError `INVALID_ARGUMENT` on division by zero.
   */
  dividedBy(by: DecimalInput, scale: number): Decimal {
    const divisor = decimalOf(by, 'Decimal.dividedBy');
    if (divisor.isZero) throw invalidArgument('Decimal.dividedBy', 0, 'a divisor other than zero');
    checkNumber('Decimal.dividedBy: scale', scale, SCALE);
    const power = scale + divisor.scale - this.scale;
    const numerator = power > 0 ? shift(this.#units, power) : this.#units;
    const denominator = power < 0 ? shift(divisor.#units, -power) : divisor.#units;
    return new Decimal(divideHalfEven(numerator, denominator), scale);
  }

  /**
   * @internal As `dividedBy(divisor, scale).trimmed()`: all digits where they end within `scale`. Most shares of an amount of money do
   * so after few, and are then found without a bigint.
   */
  quotient(divisor: Decimal, scale: number): Decimal {
    const fewest = this.scale > divisor.scale ? this.scale - divisor.scale : 0;
    for (let digits = fewest + MORE_DIGITS; digits >= fewest; digits -= MORE_DIGITS) {
      const whole = wholeQuotient(this.safeUnitsAt(digits + divisor.scale), divisor.#units);
      if (digits <= scale && !Number.isNaN(whole)) return new Decimal(whole, digits).trimmed();
    }
    return this.dividedBy(divisor, scale).trimmed();
  }

  /** The same number with exactly `scale` digits after the point, rounded half-even where digits are dropped. */
  rounded(scale: number): Decimal {
    checkNumber('Decimal.rounded: scale', scale, SCALE);
    if (scale === this.scale) return this;
    if (scale > this.scale) return new Decimal(shift(this.#units, scale - this.scale), scale);
    return new Decimal(divideHalfEven(this.#units, shift(1, this.scale - scale)), scale);
  }

  /** The same number without trailing zeros after the point. */
  trimmed(): Decimal {
    if (this.scale === 0) return this;
    let units = this.#units;
    let { scale } = this;
    if (typeof units === 'number') {
      if (units === 0) return Decimal.ZERO;
      // A tenth that is not whole is further from a whole number than its rounding explains.
      for (; scale > 0 && Number.isInteger(units / 10); scale--) units /= 10;
    } else if (units % 10n === 0n) ({ units, scale } = trimmedLong({ units, scale }));
    return scale === this.scale ? this : new Decimal(units, scale);
  }

  /** With the opposite sign. */
  negated(): Decimal {
    return this.isZero ? this : new Decimal(negative(this.#units), this.scale);
  }

  /** Without sign. */
  abs(): Decimal {
    return this.sign < 0 ? this.negated() : this;
  }

  /** Negative, 0 or positive, as this is less than, equal to or greater than another decimal. 1.50 equals 1.5. */
  compare(given: DecimalInput): number {
    const other = decimalOf(given, 'Decimal.compare');
    const scale = this.scale > other.scale ? this.scale : other.scale;
    return compareIntegers(shift(this.#units, scale - this.scale), shift(other.#units, scale - other.scale));
  }

  /** Whether both are the same number, whatever their trailing zeros. */
  equals(other: DecimalInput): boolean {
    return this === other || this.compare(other) === 0;
  }

  /** Whether this is less than another decimal. JavaScript's `<` throws. */
  lessThan(other: DecimalInput): boolean {
    return this.compare(other) < 0;
  }

  /** Whether this is greater than another decimal. JavaScript's `>` throws. */
  greaterThan(other: DecimalInput): boolean {
    return this.compare(other) > 0;
  }

  /** Units at a scale that is not smaller than this one's. */
  unitsAt(scale: number): bigint {
    return bigOf(shift(this.#units, scale - this.scale));
  }

  /** The nearest float64. */
  toNumber(): number {
    const units = this.#units;
    // Both operands exact and one correctly rounded division, so the result is the nearest double.
    return typeof units === 'number' && this.scale < POWERS.length
      ? units / POWERS[this.scale]!
      : Number(this.toString());
  }

  /** All digits, with exactly `scale` of them after the point. */
  toString(): string {
    const { scale } = this;
    if (scale === 0) return String(this.#units);
    const isNegative = this.sign < 0;
    const digits = String(isNegative ? negative(this.#units) : this.#units).padStart(scale + 1, '0');
    const point = digits.length - scale;
    return `${isNegative ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
  }

  /** What `console.log()` of Node shows: the digits. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /**
   * JavaScript calls this for `<`, `+` and `Number()`. Without it, they would compare or join strings, or lose digits.
   * @throws TickmarkError `INVALID_ARGUMENT` that names what to use instead.
   */
  valueOf(): never {
    throw new TickmarkError(
      'INVALID_ARGUMENT',
      `The decimal ${this.toString()} was used with an operator such as < or +, or with Number(). Use compare(), lessThan(), greaterThan(), equals(), plus(), ` +
        'minus(), times() or dividedBy(); toString() has all digits, and toNumber() is the nearest float64.',
    );
  }

  /** As `toString()`, so that no digit is lost. */
  toJSON(): string {
    return this.toString();
  }
}

function decimalOf(given: DecimalInput, where: string): Decimal {
  return given instanceof Decimal ? given : Decimal.from(given, where);
}

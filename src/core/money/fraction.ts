import { Decimal } from './decimal.js';
import {
  add,
  bigOf,
  compareIntegers,
  divideFloor,
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

/** Digits after the point of the longest decimals: products of inputs, multiplied by a rate. */
const LONGEST = 96;

/**
 * An exact ratio of two whole numbers: what a decimal becomes when it is divided by a rate, or by the price of an inverse contract.
 * Immutable. Round it once, at the end.
 */
export class Fraction {
  static readonly ZERO = new Fraction(0, 1);
  /** @internal */
  static readonly ONE = new Fraction(1, 1);

  /** @internal The numerator as it is held. */
  readonly over: Integer;
  /** @internal The denominator as it is held. */
  readonly under: Integer;

  private constructor(over: Integer, under: Integer) {
    this.over = over;
    this.under = under;
  }

  /** @param denominator Not 0. */
  static of(numerator: bigint, denominator: bigint): Fraction {
    return Fraction.ratio(integerOf(numerator), integerOf(denominator));
  }

  /** @internal As {@link Fraction.of}. */
  static ratio(over: Integer, under: Integer): Fraction {
    if (over === 0) return Fraction.ZERO;
    return under < 0 ? new Fraction(negative(over), negative(under)) : new Fraction(over, under);
  }

  /** The same number as a decimal. */
  static from(decimal: Decimal): Fraction {
    const { heldUnits, scale } = decimal;
    return decimal.isZero ? Fraction.ZERO : new Fraction(heldUnits, shift(1, scale));
  }

  get numerator(): bigint {
    return bigOf(this.over);
  }

  /** Above 0. */
  get denominator(): bigint {
    return bigOf(this.under);
  }

  /** -1, 0 or 1. */
  get sign(): -1 | 0 | 1 {
    return signOf(this.over);
  }

  get isZero(): boolean {
    return this.sign === 0;
  }

  plus(other: Fraction): Fraction {
    if (other.isZero) return this;
    if (this.isZero) return other;
    const [a, b] = [this.under, other.under];
    if (a === b) return Fraction.ratio(add(this.over, other.over), a);
    // Most denominators are powers of ten, of which one divides the other.
    const ofOther = timesIn(a, b);
    if (ofOther !== 0) return Fraction.ratio(add(this.over, multiply(other.over, ofOther)), a);
    const ofThis = timesIn(b, a);
    if (ofThis !== 0) return Fraction.ratio(add(multiply(this.over, ofThis), other.over), b);
    const common = greatestCommonDivisor(a, b);
    const [restOfA, restOfB] = [timesIn(a, common), timesIn(b, common)];
    const sum = add(multiply(this.over, restOfB), multiply(other.over, restOfA));
    return Fraction.ratio(sum, multiply(restOfA, b));
  }

  minus(other: Fraction): Fraction {
    return this.plus(other.negated());
  }

  negated(): Fraction {
    return this.isZero ? this : new Fraction(negative(this.over), this.under);
  }

  abs(): Fraction {
    return this.sign < 0 ? this.negated() : this;
  }

  times(other: Fraction): Fraction {
    if (other === Fraction.ONE) return this;
    return Fraction.ratio(multiply(this.over, other.over), multiply(this.under, other.under));
  }

  /** @param divisor Not 0. */
  dividedBy(divisor: Fraction): Fraction {
    if (divisor === Fraction.ONE) return this;
    return Fraction.ratio(multiply(this.over, divisor.under), multiply(this.under, divisor.over));
  }

  /** Rounded half-even to `scale` digits after the point. */
  rounded(scale: number): Decimal {
    return Decimal.ofUnits(divideHalfEven(shift(this.over, scale), this.under), scale);
  }

  /** All digits where they end, else rounded half-even to `scale` digits after the point; without trailing zeros. */
  toDecimal(scale: number): Decimal {
    const { over, under } = this;
    if (typeof under === 'number') {
      if (isEndless(over, under)) return this.rounded(scale).trimmed();
      for (let digits = 0, units = over; typeof units === 'number'; digits++, units = shift(units, 1)) {
        const whole = wholeQuotient(units, under);
        if (!Number.isNaN(whole)) return Decimal.ofUnits(whole, digits);
      }
    }
    for (const digits of [scale, LONGEST]) {
      const units = shift(over, digits);
      const count = timesIn(units, under);
      if (count !== 0) return Decimal.ofUnits(count, digits).trimmed();
    }
    return this.rounded(scale).trimmed();
  }

  compare(other: Fraction): number {
    return compareIntegers(multiply(this.over, other.under), multiply(other.over, this.under));
  }
}

// How often one number goes into another, where that is a whole number; else 0.
function timesIn(whole: Integer, part: Integer): Integer {
  if (typeof whole === 'number' && typeof part === 'number') return wholeQuotient(whole, part) || 0;
  const [a, b] = [bigOf(whole), bigOf(part)];
  return a % b === 0n ? integerOf(a / b) : 0;
}

function greatestCommonDivisor(a: Integer, b: Integer): Integer {
  if (typeof a === 'number' && typeof b === 'number') {
    while (b !== 0) [a, b] = [b, a % b];
    return a;
  }
  let [greater, less] = [bigOf(a), bigOf(b)];
  while (less !== 0n) [greater, less] = [less, greater % less];
  return integerOf(greater);
}

// Digits end where the denominator has no prime factors but 2, 5 and those of the numerator.
function isEndless(over: Integer, under: number): boolean {
  let rest = under;
  for (const factor of [10, 2, 5]) while (Number.isInteger(rest / factor)) rest /= factor;
  if (rest === 1) return false;
  return typeof over === 'number' ? !Number.isInteger(over / rest) : over % BigInt(rest) !== 0n;
}

/**
 * Rounds the sum of some amounts once, half-even, and shares it among them so that the shares sum to it (largest remainder: floors,
 * then one unit each to the largest remainders, of equal ones to the earlier amount).
 * @returns the shares, at `scale`.
 */
export function roundTogether(amounts: readonly Fraction[], scale: number): Decimal[] {
  if (amounts.length === 1) return [amounts[0]!.rounded(scale)];
  let total = Fraction.ZERO;
  for (const amount of amounts) total = total.plus(amount);
  let left = divideHalfEven(shift(total.over, scale), total.under);
  const shares = amounts.map(({ over, under }) => {
    const floor = divideFloor(shift(over, scale), under);
    left = subtract(left, floor);
    return floor;
  });
  // No more than there are amounts.
  if (left !== 0)
    for (const at of byRemainder(amounts, shares, scale).slice(0, Number(left)))
      shares[at] = add(shares[at]!, 1);
  return shares.map((units) => Decimal.ofUnits(units, scale));
}

// Numbers of the amounts, those of which most was cut off first.
function byRemainder(amounts: readonly Fraction[], floors: readonly Integer[], scale: number): number[] {
  const remainders = amounts.map(({ over, under }, at) =>
    Fraction.ratio(subtract(shift(over, scale), multiply(floors[at]!, under)), under),
  );
  return [...amounts.keys()].sort((a, b) => remainders[b]!.compare(remainders[a]!) || a - b);
}

import { Decimal, divideHalfEven, powerOfTen } from './decimal.js';

/** Digits after the point of the longest decimals: products of inputs, multiplied by a rate. */
const LONGEST = 96;

/**
 * An exact ratio of two whole numbers: what a decimal becomes when it is divided by a rate, or by the price of an inverse contract.
 * Immutable. Round it once, at the end.
 */
export class Fraction {
  static readonly ZERO = new Fraction(0n, 1n);

  readonly numerator: bigint;
  /** Above 0. */
  readonly denominator: bigint;

  private constructor(numerator: bigint, denominator: bigint) {
    this.numerator = numerator;
    this.denominator = denominator;
  }

  /** @param denominator Not 0. */
  static of(numerator: bigint, denominator: bigint): Fraction {
    if (numerator === 0n) return Fraction.ZERO;
    return denominator < 0n ? new Fraction(-numerator, -denominator) : new Fraction(numerator, denominator);
  }

  /** The same number as a decimal. */
  static from(decimal: Decimal): Fraction {
    return Fraction.of(decimal.units, powerOfTen(decimal.scale));
  }

  /** -1, 0 or 1. */
  get sign(): -1 | 0 | 1 {
    return this.numerator < 0n ? -1 : this.numerator > 0n ? 1 : 0;
  }

  get isZero(): boolean {
    return this.numerator === 0n;
  }

  plus(other: Fraction): Fraction {
    if (other.numerator === 0n) return this;
    if (this.numerator === 0n) return other;
    const [a, b] = [this.denominator, other.denominator];
    if (a === b) return Fraction.of(this.numerator + other.numerator, a);
    // Most denominators are powers of ten, of which one divides the other.
    if (a % b === 0n) return Fraction.of(this.numerator + other.numerator * (a / b), a);
    if (b % a === 0n) return Fraction.of(this.numerator * (b / a) + other.numerator, b);
    const common = greatestCommonDivisor(a, b);
    return Fraction.of(this.numerator * (b / common) + other.numerator * (a / common), (a / common) * b);
  }

  minus(other: Fraction): Fraction {
    return this.plus(other.negated());
  }

  negated(): Fraction {
    return Fraction.of(-this.numerator, this.denominator);
  }

  abs(): Fraction {
    return this.numerator < 0n ? this.negated() : this;
  }

  times(other: Fraction): Fraction {
    return Fraction.of(this.numerator * other.numerator, this.denominator * other.denominator);
  }

  /** @param divisor Not 0. */
  dividedBy(divisor: Fraction): Fraction {
    return Fraction.of(this.numerator * divisor.denominator, this.denominator * divisor.numerator);
  }

  /** Rounded half-even to `scale` digits after the point. */
  rounded(scale: number): Decimal {
    return Decimal.ofUnits(divideHalfEven(this.numerator * powerOfTen(scale), this.denominator), scale);
  }

  /** All digits where they end, else rounded half-even to `scale` digits after the point; without trailing zeros. */
  toDecimal(scale: number): Decimal {
    for (const digits of [scale, LONGEST]) {
      const units = this.numerator * powerOfTen(digits);
      if (units % this.denominator === 0n) return Decimal.ofUnits(units / this.denominator, digits).trimmed();
    }
    return this.rounded(scale).trimmed();
  }

  compare(other: Fraction): number {
    return this.minus(other).sign;
  }
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

/**
 * Rounds the sum of some amounts once, half-even, and shares it among them so that the shares sum to it (largest remainder: floors,
 * then one unit each to the largest remainders, of equal ones to the earlier amount).
 * @returns the shares, at `scale`.
 */
export function roundTogether(amounts: readonly Fraction[], scale: number): Decimal[] {
  const unit = powerOfTen(scale);
  let total = Fraction.ZERO;
  for (const amount of amounts) total = total.plus(amount);
  let left = divideHalfEven(total.numerator * unit, total.denominator);
  const parts = amounts.map(({ numerator, denominator }, index) => {
    const scaled = numerator * unit;
    let floor = scaled / denominator;
    if (scaled < 0n && floor * denominator !== scaled) floor--;
    left -= floor;
    return { index, floor, remainder: Fraction.of(scaled - floor * denominator, denominator) };
  });
  const shares = parts.map(({ floor }) => floor);
  const byRemainder = [...parts].sort((a, b) => b.remainder.compare(a.remainder) || a.index - b.index);
  for (const { index } of byRemainder) {
    if (left <= 0n) break;
    shares[index] = shares[index]! + 1n;
    left--;
  }
  return shares.map((units) => Decimal.ofUnits(units, scale));
}

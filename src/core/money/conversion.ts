import type { FxRate } from './fx-rates.js';
import { divideBigHalfEven, divideSafeHalfEven, powerOfTen } from './integer.js';

// The estimate below is the product of two or three correctly rounded factors: its relative error stays under 2^-50.
const RELATIVE_ERROR = 2 ** -50;
const EXACT_BELOW = 2 ** 49;
const MAX_DIVISOR = 10n ** 15n;

/**
 * Converts exact amounts into one currency by one rate, rounding once, half-even, to its money scale.
 *
 * Most results are found in float64: an estimate whose error bound does not reach the next rounding boundary has the
 * same rounding as the exact value (a floating-point filter, J. R. Shewchuk, "Adaptive Precision Floating-Point
 * Arithmetic", 1997). The rest is computed in bigint, so every result is exact.
 */
export class Conversion {
  readonly rate: FxRate;
  readonly #moneyScale: number;
  readonly #factors: number[] = [];
  readonly #divisors: number[] = [];

  constructor(rate: FxRate, moneyScale: number) {
    this.rate = rate;
    this.#moneyScale = moneyScale;
  }

  /** Units of the money scale that `units` × 10^-`scale` rounds to. @param units A safe integer or a bigint. */
  rounded(units: number | bigint, scale: number): number | bigint {
    const quick = this.quick(Number(units), scale);
    if (!Number.isNaN(quick)) return quick;
    const divisor = (this.#divisors[scale] ??= this.#divisor(scale));
    if (!Number.isNaN(divisor) && typeof units === 'number') return divideSafeHalfEven(units, divisor);
    return this.exactUnits(BigInt(units), scale);
  }

  /**
   * Units of the money scale that an amount rounds to, where float64 is precise enough; else NaN.
   * @param nearest The float64 nearest to the amount's count of units.
   */
  quick(nearest: number, scale: number): number {
    return roundEstimate(nearest * this.factor(scale));
  }

  /** Value of one unit at a scale, in units of the money scale, as the nearest float64. */
  factor(scale: number): number {
    return (this.#factors[scale] ??= this.#factor(scale));
  }

  /** Units of the money scale that `units` × 10^-`scale` rounds to. */
  exactUnits(units: bigint, scale: number): bigint {
    const { numerator, denominator } = this.ratio(scale);
    return divideBigHalfEven(units * numerator, denominator);
  }

  /** Value of one unit at a scale, in units of the money scale. */
  ratio(scale: number): { numerator: bigint; denominator: bigint } {
    const shift = this.#moneyScale - scale;
    const { numerator, denominator } = this.rate;
    return shift >= 0
      ? { numerator: numerator * powerOfTen(shift), denominator }
      : { numerator, denominator: denominator * powerOfTen(-shift) };
  }

  // NaN where the conversion is more than a division by a whole number that fits a float64.
  #divisor(scale: number): number {
    const { numerator, denominator } = this.ratio(scale);
    return numerator === 1n && denominator <= MAX_DIVISOR ? Number(denominator) : NaN;
  }

  #factor(scale: number): number {
    const { numerator, denominator } = this.ratio(scale);
    return Number(numerator) / Number(denominator);
  }
}

/**
 * The whole number that an exact value rounds to, half-even, where an estimate is precise enough; else NaN.
 * @param estimate Product of a count of units, or the float64 nearest to it, and {@link Conversion.factor}.
 */
export function roundEstimate(estimate: number): number {
  const size = Math.abs(estimate);
  const floor = Math.floor(size);
  const fraction = size - floor;
  // Also false where the estimate is NaN.
  if (!(size < EXACT_BELOW && Math.abs(fraction - 0.5) > size * RELATIVE_ERROR)) return NaN;
  // So far from a half that this sum cannot reach another whole number. A branch would be mispredicted half the time.
  const whole = Math.floor(size + 0.5);
  return estimate < 0 && whole > 0 ? -whole : whole;
}

/** The rate of a currency to itself. */
export const SAME_CURRENCY: FxRate = {
  numerator: 1n,
  denominator: 1n,
  path: [],
  newest: 0,
  oldest: Infinity,
  oldestReceivedAt: Infinity,
};

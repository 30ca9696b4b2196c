import type { ExactAmounts } from '../../money/exact-amounts.js';
import { NONE, type Subtotals } from './subtotals.js';

/**
 * The exact value of a portfolio: units of its subtotal, or a list with those of each, and after them units and scale of the price of each
 * inverse contract. A number is a safe integer.
 */
export type SubtotalUnits = number | ReadonlyArray<number | bigint>;

/** The exact values of all portfolios as they were when their totals were last computed. Prices may have moved on since. */
export class ComputedValues {
  /** By portfolio: units of its only subtotal; NaN where it has more, or one past 2^53. Another array after `reserve`. */
  simple = new Float64Array(64);
  readonly #others: SubtotalUnits[] = [];

  /** Makes room for `count` portfolios. */
  reserve(count: number): void {
    if (count <= this.simple.length) return;
    const wider = new Float64Array(Math.max(count, 2 * this.simple.length));
    wider.set(this.simple);
    this.simple = wider;
  }

  /** Forgets the value of a portfolio. */
  clear(portfolio: number): void {
    this.simple[portfolio] = 0;
  }

  /** The value of a portfolio. */
  unitsOf(portfolio: number): SubtotalUnits {
    const units = this.simple[portfolio]!;
    return Number.isNaN(units) ? this.#others[portfolio]! : units;
  }

  /** Takes over the value of a portfolio. @param prices Of its inverse contracts. @returns whether it was another one. */
  compute(portfolio: number, subtotals: Subtotals, prices: readonly number[]): boolean {
    const { values } = subtotals;
    const known = this.simple[portfolio]!;
    if (subtotals.nextOf(portfolio) === NONE && prices.length === 0 && values.isSafe(portfolio)) {
      const units = values.nearest(portfolio);
      this.simple[portfolio] = units;
      return units !== known;
    }
    const fresh: Array<number | bigint> = [];
    for (let subtotal = portfolio; subtotal !== NONE; subtotal = subtotals.nextOf(subtotal))
      fresh.push(unitsAt(values, subtotal));
    fresh.push(...prices);
    const last = Number.isNaN(known) ? this.#others[portfolio] : undefined;
    this.simple[portfolio] = NaN;
    while (this.#others.length <= portfolio) this.#others.push(0);
    const isSame =
      Array.isArray(last) && last.length === fresh.length && last.every((units, at) => units === fresh[at]);
    if (!isSame) this.#others[portfolio] = fresh;
    return !isSame;
  }
}

function unitsAt(amounts: ExactAmounts, index: number): number | bigint {
  return amounts.isSafe(index) ? amounts.nearest(index) : amounts.units(index);
}

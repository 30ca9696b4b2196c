import type { ExactAmounts } from '../../money/exact-amounts.js';
import type { Holdings } from '../holdings.js';
import { NONE, type Subtotals } from './subtotals.js';

/**
 * The exact value of a portfolio: units of its subtotal, or a list with those of each, and after them units and scale of the price of each
 * inverse contract. A number is a safe integer.
 */
export type SubtotalUnits = number | ReadonlyArray<number | bigint>;

/** The part of {@link Holdings} that values are taken from. */
type ComputedHoldings = Pick<Holdings, 'subtotals' | 'inverseCountOf' | 'copyInversePrices'>;

const NOTHING: readonly number[] = [];

/** The exact values of all portfolios as they were when their totals were last computed. Prices may have moved on since. */
export class ComputedValues {
  /** By portfolio: units of its only subtotal; NaN where it has more, or one past 2^53. Another array after `reserve`. */
  simple = new Float64Array(64);
  readonly #others: Array<ReadonlyArray<number | bigint>> = [];
  /** Of portfolios that hold inverse contracts: units and scale of the price of each. */
  readonly #prices = new Map<number, Float64Array>();

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
    this.#prices.delete(portfolio);
  }

  /** The value of a portfolio; it does not change later. */
  unitsOf(portfolio: number): SubtotalUnits {
    const units = this.simple[portfolio]!;
    if (!Number.isNaN(units)) return units;
    const prices = this.#prices.get(portfolio);
    return prices ? [...this.#others[portfolio]!, ...prices] : this.#others[portfolio]!;
  }

  /** Takes over the value of a portfolio. @returns whether it was another one. */
  compute(portfolio: number, holdings: ComputedHoldings): boolean {
    const { subtotals } = holdings;
    const { values } = subtotals;
    const known = this.simple[portfolio]!;
    const inverses = holdings.inverseCountOf(portfolio);
    if (inverses === 0 && subtotals.nextOf(portfolio) === NONE && values.isSafe(portfolio)) {
      const units = values.nearest(portfolio);
      this.simple[portfolio] = units;
      return units !== known;
    }
    this.simple[portfolio] = NaN;
    const isRepriced = this.#computePrices(portfolio, inverses, holdings);
    while (this.#others.length <= portfolio) this.#others.push(NOTHING);
    if (Number.isNaN(known) && isSame(this.#others[portfolio]!, portfolio, subtotals)) return isRepriced;
    const fresh: Array<number | bigint> = [];
    for (let subtotal = portfolio; subtotal !== NONE; subtotal = subtotals.nextOf(subtotal))
      fresh.push(unitsAt(values, subtotal));
    this.#others[portfolio] = fresh;
    return true;
  }

  /** Whether each inverse contract of a portfolio has a price above 0: at 0 its worth has no end. */
  hasUsablePrices(portfolio: number): boolean {
    const prices = this.#prices.size === 0 ? undefined : this.#prices.get(portfolio);
    if (!prices) return true;
    for (let at = 0; at < prices.length; at += 2) if (!(prices[at]! > 0)) return false;
    return true;
  }

  #computePrices(portfolio: number, count: number, holdings: ComputedHoldings): boolean {
    if (count === 0) return this.#prices.size > 0 && this.#prices.delete(portfolio);
    let prices = this.#prices.get(portfolio);
    if (prices?.length !== 2 * count) {
      prices = new Float64Array(2 * count);
      this.#prices.set(portfolio, prices);
    }
    return holdings.copyInversePrices(portfolio, prices);
  }
}

function isSame(last: ReadonlyArray<number | bigint>, portfolio: number, subtotals: Subtotals): boolean {
  let at = 0;
  for (let subtotal = portfolio; subtotal !== NONE; subtotal = subtotals.nextOf(subtotal))
    if (last[at++] !== unitsAt(subtotals.values, subtotal)) return false;
  return at === last.length;
}

function unitsAt(amounts: ExactAmounts, index: number): number | bigint {
  return amounts.isSafe(index) ? amounts.nearest(index) : amounts.units(index);
}

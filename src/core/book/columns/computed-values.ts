import type { ExactAmounts } from '../../money/exact-amounts.js';
import type { Holdings } from '../holdings.js';
import { NONE, type Subtotals } from './subtotals.js';

/**
 * The exact value of a portfolio: units of its subtotal where it has one and no short position; or a list with those of the long and the
 * short positions of each. A number is a safe integer.
 */
export type SubtotalUnits = number | ReadonlyArray<number | bigint>;

/** The part of {@link Holdings} that values are taken from. */
type ComputedHoldings = Pick<Holdings, 'subtotals' | 'inverses'>;

const NOTHING: readonly number[] = [];

/** The exact values of all portfolios as they were when their totals were last computed. Prices may have moved on since. */
export class ComputedValues {
  /** By portfolio: units of the long positions of its only subtotal; NaN where it has more, or one past 2^53. Another array after `reserve`. */
  simple = new Float64Array(64);
  /** By portfolio: units of the short positions, where `simple` has those of the long ones; `null` while the book has had none. */
  shorts: Float64Array | null = null;
  readonly #others: Array<ReadonlyArray<number | bigint>> = [];

  /** Makes room for `count` portfolios. */
  reserve(count: number, hasShorts: boolean): void {
    if (hasShorts && (this.shorts?.length ?? 0) < count) {
      const shorts = new Float64Array(Math.max(count, this.simple.length));
      if (this.shorts) shorts.set(this.shorts);
      this.shorts = shorts;
    }
    if (count <= this.simple.length) return;
    const wider = new Float64Array(Math.max(count, 2 * this.simple.length));
    wider.set(this.simple);
    this.simple = wider;
  }

  /** Forgets the value of a portfolio. */
  clear(portfolio: number): void {
    this.simple[portfolio] = 0;
    if (this.shorts) this.shorts[portfolio] = 0;
  }

  /** The value of a portfolio; it does not change later. */
  unitsOf(portfolio: number): SubtotalUnits {
    const units = this.simple[portfolio]!;
    if (Number.isNaN(units)) return this.#others[portfolio]!;
    return unitsWith(units, this.shorts ? this.shorts[portfolio]! : 0);
  }

  /** Takes over the value of a portfolio. @returns whether it was another one. */
  compute(portfolio: number, holdings: ComputedHoldings): boolean {
    const { subtotals } = holdings;
    const { values, shorts } = subtotals;
    const known = this.simple[portfolio]!;
    const hasInverse = holdings.inverses.heldBy(portfolio) !== undefined;
    // The worth of inverse contracts is in no subtotal: whatever touched the portfolio may have changed it.
    const isSafe = values.isSafe(portfolio) && (!shorts || shorts.isSafe(portfolio));
    if (subtotals.nextOf(portfolio) === NONE && isSafe) {
      const units = values.nearest(portfolio);
      this.simple[portfolio] = units;
      let isSame = units === known;
      if (this.shorts && shorts) {
        const ofShorts = shorts.nearest(portfolio);
        isSame &&= this.shorts[portfolio] === ofShorts;
        this.shorts[portfolio] = ofShorts;
      }
      return hasInverse || !isSame;
    }
    this.simple[portfolio] = NaN;
    while (this.#others.length <= portfolio) this.#others.push(NOTHING);
    if (Number.isNaN(known) && isSame(this.#others[portfolio]!, portfolio, subtotals)) return hasInverse;
    const fresh: Array<number | bigint> = [];
    for (let subtotal = portfolio; subtotal !== NONE; subtotal = subtotals.nextOf(subtotal))
      fresh.push(unitsAt(values, subtotal), shorts ? unitsAt(shorts, subtotal) : 0);
    this.#others[portfolio] = fresh;
    return true;
  }
}

/** The value of a portfolio of one subtotal. */
export function unitsWith(long: number, short: number): SubtotalUnits {
  return short === 0 ? long : [long, short];
}

function isSame(last: ReadonlyArray<number | bigint>, portfolio: number, subtotals: Subtotals): boolean {
  let at = 0;
  for (let subtotal = portfolio; subtotal !== NONE; subtotal = subtotals.nextOf(subtotal))
    for (const side of [subtotals.values, subtotals.shorts])
      if (last[at++] !== (side ? unitsAt(side, subtotal) : 0)) return false;
  return at === last.length;
}

function unitsAt(amounts: ExactAmounts, index: number): number | bigint {
  return amounts.isSafe(index) ? amounts.nearest(index) : amounts.units(index);
}

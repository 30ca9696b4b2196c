import type { Decimal } from '../../money/decimal.js';
import { ExactAmounts } from '../../money/exact-amounts.js';
import { BitSet } from './bit-set.js';

/** No subtotal, no row: the end of a chain. */
export const NONE = -1;

/** What a price changes is more than one subtotal. */
export const COMPLEX = 0;
/** The value is one subtotal. */
export const SIMPLE = 1;
/** The value is one subtotal and the worth of inverse contracts. */
export const INVERSE = 2;

// Flags of a subtotal; `BY_ROW` is one of the first subtotal of a portfolio.
const CASH = 1;
const COST = 2;
const SETTLED = 4;
const BY_ROW = 8;
const HELD = 16;

/**
 * The subtotals of a book: one for each portfolio and currency, with the exact sums of quantity × price, of long and of short positions, that
 * its totals are computed from. The number of a portfolio is that of its first subtotal; further subtotals are chained to the first. Free numbers are used
 * again.
 */
export class Subtotals {
  /**
   * Sums of quantity × price of long positions, less what futures among them were worth at their last settlements. Quantities have multipliers
   * and divisors folded in.
   */
  readonly values = new ExactAmounts(64);
  #shorts: ExactAmounts | null = null;
  /** Subtotals that a price, or a rate, has changed since the totals were computed. */
  readonly repriced = new BitSet();
  /** Portfolios whose totals rest on something else since then: holdings, a previous close, a new day. */
  readonly revised = new BitSet();
  /** Portfolios whose rates have changed since then. */
  readonly ratesChanged = new BitSet();
  #simplicity = new Uint8Array(64);
  #flags = new Uint8Array(64);
  #conversions = new Int32Array(64);
  #portfolios = new Int32Array(64);
  #nexts = new Int32Array(64);
  #unpriced = new Int32Array(64);
  /** Holdings at a price below 0, by subtotal: there are hardly any. */
  readonly #negative = new Map<number, number>();
  #count = 0;
  #free = NONE;

  /** One past the highest number in use. */
  get count(): number {
    return this.#count;
  }

  /**
   * By portfolio: whether a price changes its value and nothing else, and its value is one subtotal: {@link SIMPLE}, or {@link INVERSE} where the
   * worth of inverse contracts comes on top. Computing its totals then takes few and narrow columns: portfolios are touched in no order, and
   * most of the time goes into reaching memory. Read only; another array after growth.
   */
  get simplicity(): Uint8Array {
    return this.#simplicity;
  }

  /** Sets how simple a portfolio is, once its totals have been computed. */
  setSimplicity(portfolio: number, simplicity: typeof COMPLEX | typeof SIMPLE | typeof INVERSE): void {
    this.#simplicity[portfolio] = simplicity;
  }

  /** As {@link values}, of short positions; `null` while the book has not had any. */
  get shorts(): ExactAmounts | null {
    return this.#shorts;
  }

  /** The sums of positions of a sign. */
  sideOf(isShort: boolean): ExactAmounts {
    return isShort ? (this.#shorts ??= new ExactAmounts(this.#flags.length, this.values)) : this.values;
  }

  /** A number for a new portfolio: that of its first subtotal, which is not open yet. */
  addPortfolio(): number {
    const number = this.#take();
    this.#portfolios[number] = number;
    this.#nexts[number] = NONE;
    this.#conversions[number] = NONE;
    return number;
  }

  /** Gives a portfolio's number back; its subtotals are closed. */
  removePortfolio(portfolio: number): void {
    this.revised.delete(portfolio);
    this.ratesChanged.delete(portfolio);
    this.#give(portfolio);
  }

  /** Has what the totals of a portfolio rest on computed again. */
  revise(portfolio: number): void {
    this.revised.add(portfolio);
    this.#simplicity[portfolio] = 0;
  }

  /** {@link revise} for all portfolios. */
  reviseAll(): void {
    for (let portfolio = 0; portfolio < this.#count; portfolio++)
      if (this.portfolioOf(portfolio) === portfolio) this.revise(portfolio);
  }

  /** Opens a subtotal of a portfolio with sums of 0. */
  open(portfolio: number, conversion: number, valueScale: number): number {
    let subtotal = portfolio;
    if (this.conversionOf(portfolio) !== NONE) {
      subtotal = this.#take();
      this.#portfolios[subtotal] = portfolio;
      this.#nexts[subtotal] = this.nextOf(portfolio);
      this.#nexts[portfolio] = subtotal;
    }
    this.#conversions[subtotal] = conversion;
    this.#unpriced[subtotal] = this.#flags[subtotal] = 0;
    this.values.clear(subtotal, valueScale);
    this.#shorts?.clear(subtotal, valueScale);
    this.#negative.delete(subtotal);
    return subtotal;
  }

  /** Closes all subtotals of a portfolio, which keeps its number. */
  closeAll(portfolio: number): void {
    for (let subtotal = this.nextOf(portfolio); subtotal !== NONE;) {
      const next = this.nextOf(subtotal);
      this.#give(subtotal);
      subtotal = next;
    }
    this.#nexts[portfolio] = NONE;
    this.#conversions[portfolio] = NONE;
    this.#simplicity[portfolio] = 0;
  }

  /** Portfolio of a subtotal; NONE for a free number. */
  portfolioOf(subtotal: number): number {
    return this.#portfolios[subtotal]!;
  }

  /** Next subtotal of the same portfolio. */
  nextOf(subtotal: number): number {
    return this.#nexts[subtotal]!;
  }

  /** Number of the conversion from the subtotal's currency to its portfolio's; NONE while it is not open. */
  conversionOf(subtotal: number): number {
    return this.#conversions[subtotal]!;
  }

  /** Digits after the point of the subtotal's sums. */
  valueScaleOf(subtotal: number): number {
    return this.values.scales[subtotal]!;
  }

  /** Says that a holding's value goes into the subtotal. */
  addHolding(subtotal: number): void {
    this.#flags[subtotal]! |= HELD;
  }

  /** Whether any holding's value goes into the subtotal. */
  hasHoldings(subtotal: number): boolean {
    return (this.#flags[subtotal]! & HELD) !== 0;
  }

  /** Counts holdings without a price; a negative count takes them off. */
  addUnpriced(subtotal: number, count: number): void {
    this.#unpriced[subtotal]! += count;
    if (count > 0) this.#simplicity[this.portfolioOf(subtotal)] = 0;
  }

  /** Whether any holding of the subtotal has no price. */
  hasUnpriced(subtotal: number): boolean {
    return this.#unpriced[subtotal] !== 0;
  }

  /** Counts holdings at a price below 0; a negative count takes them off. */
  addNegative(subtotal: number, count: number): void {
    const known = this.#negative.get(subtotal) ?? 0;
    if (known + count === 0) this.#negative.delete(subtotal);
    else this.#negative.set(subtotal, known + count);
    this.#simplicity[this.portfolioOf(subtotal)] = COMPLEX;
  }

  /** Whether the worth of any holding of the subtotal has another sign than its quantity. */
  hasNegative(subtotal: number): boolean {
    return this.#negative.size > 0 && this.#negative.has(subtotal);
  }

  /** Takes off what futures were worth at their last settlement. */
  addSettled(subtotal: number, worth: Decimal, isShort: boolean): void {
    this.sideOf(isShort).add(subtotal, worth.negated());
    this.#flags[subtotal]! |= SETTLED;
  }

  /** Whether the value of the subtotal is of priced positions alone only while all of them are priced. */
  hasSettled(subtotal: number): boolean {
    return (this.#flags[subtotal]! & SETTLED) !== 0;
  }

  /** Has the portfolio valued row by row: its value is more than quantities × prices. */
  valueByRow(portfolio: number): void {
    this.#flags[portfolio]! |= BY_ROW;
  }

  /** Whether the portfolio is valued row by row. */
  isValuedByRow(portfolio: number): boolean {
    return (this.#flags[portfolio]! & BY_ROW) !== 0;
  }

  /** Says that a valuation converts a cost from the subtotal's currency. */
  addCost(subtotal: number): void {
    this.#flags[subtotal]! |= COST;
  }

  /** Says that cash is held in the subtotal's currency. */
  addCash(subtotal: number): void {
    this.#flags[subtotal]! |= CASH;
  }

  /** Whether a valuation converts anything from the subtotal's currency. */
  isUsed(subtotal: number): boolean {
    return this.hasHoldings(subtotal) || (this.#flags[subtotal]! & (COST | CASH)) !== 0;
  }

  /** Has the totals computed again of every portfolio that uses one of some conversions. */
  touchConverted(conversions: ReadonlySet<number>): void {
    for (let subtotal = 0; subtotal < this.#count; subtotal++) {
      const portfolio = this.portfolioOf(subtotal);
      if (portfolio === NONE || !conversions.has(this.conversionOf(subtotal))) continue;
      this.ratesChanged.add(portfolio);
      this.#simplicity[portfolio] = 0;
    }
  }

  #take(): number {
    const free = this.#free;
    if (free !== NONE) {
      this.#free = this.nextOf(free);
      return free;
    }
    this.#reserve(this.#count + 1);
    return this.#count++;
  }

  #give(subtotal: number): void {
    this.#portfolios[subtotal] = NONE;
    this.#simplicity[subtotal] = 0;
    this.#nexts[subtotal] = this.#free;
    this.#free = subtotal;
  }

  #reserve(count: number): void {
    const capacity = this.#flags.length;
    if (count <= capacity) return;
    const wider = capacity * 2;
    this.values.reserve(wider);
    this.#shorts?.reserve(wider);
    this.#simplicity = widenedBytes(this.#simplicity, wider);
    this.#flags = widenedBytes(this.#flags, wider);
    this.#conversions = widened(this.#conversions, wider);
    this.#portfolios = widened(this.#portfolios, wider);
    this.#nexts = widened(this.#nexts, wider);
    this.#unpriced = widened(this.#unpriced, wider);
    for (const set of [this.repriced, this.revised, this.ratesChanged]) set.reserve(wider);
  }
}

/** The same numbers with room for more. */
export function widened(array: Int32Array, capacity: number): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(capacity);
  wider.set(array);
  return wider;
}

function widenedBytes(array: Uint8Array, capacity: number): Uint8Array<ArrayBuffer> {
  const wider = new Uint8Array(capacity);
  wider.set(array);
  return wider;
}

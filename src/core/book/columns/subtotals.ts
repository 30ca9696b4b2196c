import type { Decimal } from '../../money/decimal.js';
import { ExactAmounts } from '../../money/exact-amounts.js';
import { BitSet } from './bit-set.js';
import { TotalsColumns } from '../totals-columns.js';

/** No subtotal, no row: the end of a chain. */
export const NONE = -1;

// Flags of a subtotal; `BY_ROW` is one of the first subtotal of a portfolio.
const CASH = 1;
const UNKNOWN_COST = 2;
const SETTLED = 4;
const BY_ROW = 8;

/** Bits that a scale takes in a shortcut; the number of a conversion stands above them. */
export const SCALE_BITS = 6;

/**
 * The subtotals of a book: one for each portfolio and currency, with the exact sums that its totals are computed from. The number of
 * a portfolio is that of its first subtotal, and its totals have it too; further subtotals are chained to the first. Free numbers
 * are used again.
 */
export class Subtotals {
  /** Totals by portfolio, as last computed. */
  readonly totals = new TotalsColumns(64);
  /** Sums of quantity × price, less what futures were worth at their last settlements. Quantities have multipliers and divisors folded in. */
  readonly values = new ExactAmounts(64);
  /** Sums of cost bases in the currency of the portfolio. */
  readonly costs = new ExactAmounts(64);
  /** Cash. */
  readonly cash = new ExactAmounts(64);
  /** Subtotals that a price, or a rate, has changed since the totals were computed. */
  readonly repriced = new BitSet();
  /** Portfolios whose holdings have changed since then. */
  readonly holdingsChanged = new BitSet();
  #shortcuts = new Int32Array(64).fill(NONE);
  #conversions = new Int32Array(64);
  #portfolios = new Int32Array(64);
  #nexts = new Int32Array(64);
  #holdings = new Int32Array(64);
  #unpriced = new Int32Array(64);
  #costs = new Int32Array(64);
  #flags = new Int32Array(64);
  #count = 0;
  #free = NONE;

  /** One past the highest number in use. */
  get count(): number {
    return this.#count;
  }

  /**
   * By portfolio: conversion and scale of its value, where it has one subtotal and nothing else matters; NONE otherwise. Computing
   * its total then reads this, the sum and the total: few and narrow columns, since portfolios are touched in no order and most of
   * the time goes into reaching memory. Read only; another array after growth.
   */
  get shortcuts(): Int32Array {
    return this.#shortcuts;
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
    this.totals.clear(portfolio);
    this.holdingsChanged.delete(portfolio);
    this.#give(portfolio);
  }

  /** Opens a subtotal of a portfolio with all sums 0. */
  open(portfolio: number, conversion: number, valueScale: number, costScale: number): number {
    let subtotal = portfolio;
    if (this.conversionOf(portfolio) !== NONE) {
      subtotal = this.#take();
      this.#portfolios[subtotal] = portfolio;
      this.#nexts[subtotal] = this.nextOf(portfolio);
      this.#nexts[portfolio] = subtotal;
    }
    this.#conversions[subtotal] = conversion;
    this.#holdings[subtotal] = this.#unpriced[subtotal] = this.#costs[subtotal] = this.#flags[subtotal] = 0;
    this.values.clear(subtotal, valueScale);
    this.costs.clear(subtotal, costScale);
    this.cash.clear(subtotal, 0);
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
    this.#shortcuts[portfolio] = NONE;
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

  /** Digits after the point of the subtotal's value. */
  valueScaleOf(subtotal: number): number {
    return this.values.scales[subtotal]!;
  }

  /** Counts holdings whose value goes into the subtotal. */
  addHoldings(subtotal: number, count: number): void {
    this.#holdings[subtotal]! += count;
  }

  /** Whether any holding's value goes into the subtotal. */
  hasHoldings(subtotal: number): boolean {
    return this.#holdings[subtotal] !== 0;
  }

  /** Counts holdings without a price; a negative count takes them off. */
  addUnpriced(subtotal: number, count: number): void {
    this.#unpriced[subtotal]! += count;
    if (count > 0) this.#shortcuts[this.portfolioOf(subtotal)] = NONE;
  }

  /** Whether any holding of the subtotal has no price. */
  hasUnpriced(subtotal: number): boolean {
    return this.#unpriced[subtotal] !== 0;
  }

  /**
   * Adds the cost basis of a position, in the currency of the portfolio; `null` is unknown.
   * @param isConverted Whether a valuation converts its cost at today's rate, too.
   */
  addCost(subtotal: number, baseCost: Decimal | null, isConverted: boolean): void {
    if (baseCost) this.costs.add(subtotal, baseCost);
    else this.#flags[subtotal]! |= UNKNOWN_COST;
    if (isConverted) this.#costs[subtotal]!++;
  }

  /** Whether the cost of a position of the subtotal is unknown. */
  hasUnknownCost(subtotal: number): boolean {
    return (this.#flags[subtotal]! & UNKNOWN_COST) !== 0;
  }

  /** Takes off what futures were worth at their last settlement. */
  addSettled(subtotal: number, worth: Decimal): void {
    this.values.add(subtotal, worth.negated());
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

  /** Whether any position's cost is converted from the subtotal's currency. */
  hasCosts(subtotal: number): boolean {
    return this.#costs[subtotal] !== 0;
  }

  /** Adds cash. */
  addCash(subtotal: number, amount: Decimal): void {
    this.cash.add(subtotal, amount);
    this.#flags[subtotal]! |= CASH;
  }

  /** Whether cash is held in the subtotal's currency. */
  hasCash(subtotal: number): boolean {
    return (this.#flags[subtotal]! & CASH) !== 0;
  }

  /** Whether anything is in the subtotal. */
  isUsed(subtotal: number): boolean {
    return this.hasHoldings(subtotal) || this.hasCosts(subtotal) || this.hasCash(subtotal);
  }

  /** Sets or takes away the shortcut of a portfolio whose totals have just been computed. */
  updateShortcut(portfolio: number): void {
    // With a holding and a value that is known, the rate is known too.
    const isSingle =
      this.nextOf(portfolio) === NONE && this.hasHoldings(portfolio) && !this.isValuedByRow(portfolio);
    const hasShortcut = isSingle && this.totals.isPlain(portfolio);
    this.#shortcuts[portfolio] = hasShortcut
      ? (this.conversionOf(portfolio) << SCALE_BITS) | this.valueScaleOf(portfolio)
      : NONE;
  }

  /** Adds every subtotal that uses one of some conversions to {@link repriced}. */
  touchConverted(conversions: ReadonlySet<number>): void {
    for (let subtotal = 0; subtotal < this.#count; subtotal++) {
      if (this.portfolioOf(subtotal) !== NONE && conversions.has(this.conversionOf(subtotal)))
        this.repriced.add(subtotal);
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
    this.#nexts[subtotal] = this.#free;
    this.#free = subtotal;
  }

  #reserve(count: number): void {
    const capacity = this.#holdings.length;
    if (count <= capacity) return;
    const wider = capacity * 2;
    for (const amounts of [this.values, this.costs, this.cash]) amounts.reserve(wider);
    this.#shortcuts = widened(this.#shortcuts, wider).fill(NONE, capacity);
    this.#conversions = widened(this.#conversions, wider);
    this.#portfolios = widened(this.#portfolios, wider);
    this.#nexts = widened(this.#nexts, wider);
    this.#holdings = widened(this.#holdings, wider);
    this.#unpriced = widened(this.#unpriced, wider);
    this.#costs = widened(this.#costs, wider);
    this.#flags = widened(this.#flags, wider);
    this.totals.reserve(wider);
    this.repriced.reserve(wider);
    this.holdingsChanged.reserve(wider);
  }
}

/** The same numbers with room for more. */
export function widened(array: Int32Array, capacity: number): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(capacity);
  wider.set(array);
  return wider;
}

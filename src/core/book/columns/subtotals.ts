import type { Decimal } from '../../money/decimal.js';
import { ExactAmounts } from '../../money/exact-amounts.js';
import { BitSet } from './bit-set.js';
import { TotalsColumns } from '../totals-columns.js';

/** No subtotal, no row: the end of a chain. */
export const NONE = -1;

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
  /** Sums of quantity × price. */
  readonly values = new ExactAmounts(64);
  /** Sums of cost bases. */
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
  #hasCash = new Int32Array(64);
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
    this.#holdings[subtotal] = this.#unpriced[subtotal] = this.#costs[subtotal] = this.#hasCash[subtotal] = 0;
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

  /** Adds the cost basis of a position. */
  addCost(subtotal: number, costBasis: Decimal): void {
    this.costs.add(subtotal, costBasis);
    this.#costs[subtotal]!++;
  }

  /** Whether any position's cost is in the subtotal. */
  hasCosts(subtotal: number): boolean {
    return this.#costs[subtotal] !== 0;
  }

  /** Adds cash. */
  addCash(subtotal: number, amount: Decimal): void {
    this.cash.add(subtotal, amount);
    this.#hasCash[subtotal] = 1;
  }

  /** Whether cash is held in the subtotal's currency. */
  hasCash(subtotal: number): boolean {
    return this.#hasCash[subtotal] !== 0;
  }

  /** Whether anything is in the subtotal. */
  isUsed(subtotal: number): boolean {
    return this.hasHoldings(subtotal) || this.hasCosts(subtotal) || this.hasCash(subtotal);
  }

  /** Sets or takes away the shortcut of a portfolio whose totals have just been computed. */
  updateShortcut(portfolio: number): void {
    // With a holding and a value that is known, the rate is known too.
    const isSingle = this.nextOf(portfolio) === NONE && this.hasHoldings(portfolio);
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
    this.#hasCash = widened(this.#hasCash, wider);
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

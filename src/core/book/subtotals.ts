import { ExactAmounts } from '../money/exact-amounts.js';
import { BitSet } from './bit-set.js';
import { TotalsColumns } from './totals-columns.js';

/** No cell, no row: the end of a chain. */
export const NONE = -1;

/** Bits that a scale takes in a shortcut; the number of a conversion stands above them. */
export const SCALE_BITS = 6;

/**
 * The subtotals of a book: one cell per portfolio and currency, with the exact sums that go into its totals. A portfolio is
 * known by the number of its first cell, which its totals have too; further cells are chained to it. Free cells are used
 * again.
 */
export class Subtotals {
  /** Totals of portfolios as of the last settlement. */
  readonly totals = new TotalsColumns(64);
  /** Sums of quantity × price. */
  readonly values = new ExactAmounts(64);
  /** Sums of cost bases. */
  readonly costs = new ExactAmounts(64);
  readonly cash = new ExactAmounts(64);
  /** Postings into the cell. */
  postings = new Int32Array(64);
  /** Positions whose cost is in the cell. */
  costed = new Int32Array(64);
  /** Cells whose sum a price has moved. */
  readonly priced = new BitSet();
  /** Portfolios whose holdings are others. */
  readonly held = new BitSet();
  /** 1 where cash is held in the currency. */
  hasCash = new Int32Array(64);
  /**
   * By portfolio: conversion and scale of its sum, where its value is that sum converted and nothing else has to be asked;
   * NONE otherwise. All that settling reads of a portfolio is this, the sum and the value: few and narrow columns, since
   * portfolios are touched in no order and the time goes into reaching memory.
   */
  shortcuts = new Int32Array(64).fill(NONE);
  #conversions = new Int32Array(64);
  #unpriced = new Int32Array(64);
  #portfolios = new Int32Array(64);
  #nexts = new Int32Array(64);
  #count = 0;
  #free = NONE;

  /** A number for a portfolio: its first cell, which is not open yet. */
  claim(): number {
    const cell = this.#take();
    this.#portfolios[cell] = cell;
    this.#nexts[cell] = NONE;
    this.#conversions[cell] = NONE;
    return cell;
  }

  /** Gives a number back; its cells are closed. */
  release(portfolio: number): void {
    this.totals.clear(portfolio);
    this.held.delete(portfolio);
    this.#give(portfolio);
  }

  /** Opens a cell of a portfolio with all sums 0. */
  open(portfolio: number, conversion: number, valueScale: number, costScale: number): number {
    let cell = portfolio;
    if (this.conversionOf(portfolio) !== NONE) {
      cell = this.#take();
      this.#portfolios[cell] = portfolio;
      this.#nexts[cell] = this.nextOf(portfolio);
      this.#nexts[portfolio] = cell;
    }
    this.#conversions[cell] = conversion;
    this.#unpriced[cell] = 0;
    this.postings[cell] = this.costed[cell] = this.hasCash[cell] = 0;
    this.values.clear(cell, valueScale);
    this.costs.clear(cell, costScale);
    this.cash.clear(cell, 0);
    return cell;
  }

  /** Closes all cells of a portfolio, which keeps its number. */
  close(portfolio: number): void {
    for (let cell = this.nextOf(portfolio); cell !== NONE;) {
      const next = this.nextOf(cell);
      this.#give(cell);
      cell = next;
    }
    this.#nexts[portfolio] = NONE;
    this.#conversions[portfolio] = NONE;
    this.shortcuts[portfolio] = NONE;
  }

  /** Portfolio of a cell; NONE for a free one. */
  portfolioOf(cell: number): number {
    return this.#portfolios[cell]!;
  }

  /** Next cell of the same portfolio. */
  nextOf(cell: number): number {
    return this.#nexts[cell]!;
  }

  /** Number of the conversion from the cell's currency to its portfolio's; NONE while it is not open. */
  conversionOf(cell: number): number {
    return this.#conversions[cell]!;
  }

  /** Postings without a price. */
  unpricedOf(cell: number): number {
    return this.#unpriced[cell]!;
  }

  /** Counts postings without a price in. */
  addUnpriced(cell: number, count: number): void {
    this.#unpriced[cell]! += count;
    if (count > 0) this.shortcuts[this.portfolioOf(cell)] = NONE;
  }

  /** Looks whether there is a shortcut for a portfolio whose totals have just been set. */
  findShortcut(portfolio: number): void {
    // With a posting and a value that is known, the rate is known too.
    const isSingle = this.nextOf(portfolio) === NONE && this.postings[portfolio] !== 0;
    const hasShortcut = isSingle && this.totals.isPlain(portfolio);
    this.shortcuts[portfolio] = hasShortcut
      ? (this.conversionOf(portfolio) << SCALE_BITS) | this.values.scales[portfolio]!
      : NONE;
  }

  /** Says of every cell that one of some conversions is used for that a price has moved it. */
  touchConversions(changed: ReadonlySet<number>): void {
    for (let cell = 0; cell < this.#count; cell++) {
      if (this.portfolioOf(cell) !== NONE && changed.has(this.conversionOf(cell))) this.priced.add(cell);
    }
  }

  /** One past the highest number in use. */
  get count(): number {
    return this.#count;
  }

  #take(): number {
    const cell = this.#free;
    if (cell !== NONE) {
      this.#free = this.nextOf(cell);
      return cell;
    }
    this.#reserve(this.#count + 1);
    return this.#count++;
  }

  #give(cell: number): void {
    this.#portfolios[cell] = NONE;
    this.#nexts[cell] = this.#free;
    this.#free = cell;
  }

  #reserve(count: number): void {
    const capacity = this.postings.length;
    if (count <= capacity) return;
    const wider = capacity * 2;
    for (const amounts of [this.values, this.costs, this.cash]) amounts.reserve(wider);
    this.postings = widened(this.postings, wider);
    this.costed = widened(this.costed, wider);
    this.#conversions = widened(this.#conversions, wider);
    this.#unpriced = widened(this.#unpriced, wider);
    this.#portfolios = widened(this.#portfolios, wider);
    this.#nexts = widened(this.#nexts, wider);
    this.shortcuts = widened(this.shortcuts, wider).fill(NONE, capacity);
    this.totals.reserve(wider);
    this.priced.reserve(wider);
    this.held.reserve(wider);
    this.hasCash = widened(this.hasCash, wider);
  }
}

/** The same numbers with room for more. */
export function widened(array: Int32Array, capacity: number): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(capacity);
  wider.set(array);
  return wider;
}

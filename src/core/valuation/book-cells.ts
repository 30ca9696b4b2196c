import { ExactAmounts } from '../money/exact-amounts.js';
import { NumberRows } from '../money/number-rows.js';
import { CellSet } from './cell-set.js';
import { TOTALS_WIDTH, TotalsColumns } from './totals-columns.js';

/** No cell, no row: the end of a chain. */
export const NONE = -1;

// What settling asks of a cell stands beside the totals of its portfolio, in the int32 places of the same row: portfolios
// are touched in no order, and memory is fetched by the line.
/** Places of a cell's row, as float64 and as int32 numbers. */
export const CELL_WIDTH = TOTALS_WIDTH + 2;
export const CELL_WORDS = 2 * CELL_WIDTH;
/** Where its int32 numbers stand: number of the conversion, postings without a price, portfolio, next of its cells. */
export const CONVERSION = 2 * TOTALS_WIDTH;
export const UNPRICED = CONVERSION + 1;
export const PORTFOLIO = CONVERSION + 2;
export const NEXT = CONVERSION + 3;

/**
 * The subtotals of a book: one cell per portfolio and currency, with the exact sums that go into its totals. A portfolio is
 * known by the number of its first cell, and its totals stand in the same row; further cells are chained to it. Free cells
 * are used again.
 */
export class BookCells {
  /** Totals of portfolios as of the last settlement. */
  readonly totals: TotalsColumns;
  /** Sums of quantity × price: apart and narrow, so that those of many portfolios fit into a cache. */
  readonly values = new ExactAmounts(64);
  /** Sums of cost bases. */
  readonly costs = new ExactAmounts(64);
  readonly cash = new ExactAmounts(64);
  /** Postings into the cell. */
  postings = new Int32Array(64);
  /** Positions whose cost is in the cell. */
  costed = new Int32Array(64);
  /** Cells whose sum a price has moved. */
  readonly priced = new CellSet();
  /** Portfolios whose holdings are others. */
  readonly held = new CellSet();
  /** 1 where cash is held in the currency. */
  hasCash = new Uint8Array(64);
  /** Sum of what was fetched ahead of its use: of no meaning, but kept, or the reads could be left out. */
  fetched = 0;
  /** What settling asks of a cell, by its number. */
  readonly rows = new NumberRows(CELL_WIDTH, 64);
  #count = 0;
  #free = NONE;

  constructor() {
    this.totals = new TotalsColumns(64, this.rows);
  }

  /** A number for a portfolio: its first cell, which is not open yet. */
  claim(): number {
    const cell = this.#take();
    this.#set(cell, PORTFOLIO, cell);
    this.#set(cell, NEXT, NONE);
    this.#set(cell, CONVERSION, NONE);
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
      this.#set(cell, PORTFOLIO, portfolio);
      this.#set(cell, NEXT, this.nextOf(portfolio));
      this.#set(portfolio, NEXT, cell);
    }
    this.#set(cell, CONVERSION, conversion);
    this.#set(cell, UNPRICED, 0);
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
    this.#set(portfolio, NEXT, NONE);
    this.#set(portfolio, CONVERSION, NONE);
  }

  /** Portfolio of a cell; NONE for a free one. */
  portfolioOf(cell: number): number {
    return this.rows.words[CELL_WORDS * cell + PORTFOLIO]!;
  }

  /** Next cell of the same portfolio. */
  nextOf(cell: number): number {
    return this.rows.words[CELL_WORDS * cell + NEXT]!;
  }

  /** Number of the conversion from the cell's currency to its portfolio's; NONE while it is not open. */
  conversionOf(cell: number): number {
    return this.rows.words[CELL_WORDS * cell + CONVERSION]!;
  }

  /** Postings without a price. */
  unpricedOf(cell: number): number {
    return this.rows.words[CELL_WORDS * cell + UNPRICED]!;
  }

  /** Counts postings without a price in. */
  addUnpriced(cell: number, count: number): void {
    this.rows.words[CELL_WORDS * cell + UNPRICED]! += count;
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

  /**
   * Reads what settling will ask of some cells. Memory answers many such reads at once; in the middle of the work on a
   * cell it would answer one at a time.
   */
  fetch(cells: Int32Array, from: number, to: number): void {
    const { values } = this.rows;
    const { safe, scales } = this.values;
    let sum = 0;
    for (let i = from; i < to; i++) {
      const cell = cells[i]!;
      sum +=
        values[CELL_WIDTH * cell]! +
        values[CELL_WIDTH * cell + CELL_WIDTH - 1]! +
        safe[cell]! +
        scales[cell]!;
    }
    this.fetched = sum;
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
    this.#set(cell, PORTFOLIO, NONE);
    this.#set(cell, NEXT, this.#free);
    this.#free = cell;
  }

  #set(cell: number, field: number, value: number): void {
    this.rows.words[CELL_WORDS * cell + field] = value;
  }

  #reserve(count: number): void {
    const capacity = this.postings.length;
    if (count <= capacity) return;
    const wider = capacity * 2;
    for (const amounts of [this.values, this.costs, this.cash]) amounts.reserve(wider);
    this.postings = widened(this.postings, wider);
    this.costed = widened(this.costed, wider);
    this.rows.reserve(wider);
    this.priced.reserve(wider);
    this.held.reserve(wider);
    const hasCash = new Uint8Array(wider);
    hasCash.set(this.hasCash);
    this.hasCash = hasCash;
  }
}

/** The same numbers with room for more. */
export function widened(array: Int32Array, capacity: number): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(capacity);
  wider.set(array);
  return wider;
}

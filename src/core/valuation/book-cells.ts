import { ExactAmounts } from '../money/exact-amounts.js';
import { NumberRows } from '../money/number-rows.js';
import { TOTALS_WIDTH, TotalsColumns } from './totals-columns.js';

/** No cell, no row: the end of a chain. */
export const NONE = -1;

// What settling asks of a cell stands beside the totals of its portfolio, in the int32 places of the same row: portfolios
// are touched in no order, and memory is fetched by the line.
const WIDTH = TOTALS_WIDTH + 2;
const WORDS = 2 * WIDTH;
const CONVERSION = 2 * TOTALS_WIDTH;
const UNPRICED = CONVERSION + 1;
const PORTFOLIO = CONVERSION + 2;
const NEXT = CONVERSION + 3;

/** A cell is in the list of touched ones and has nothing to tell: it was settled with another of its portfolio. */
const LISTED = 1;
/** A price has moved the sum. */
export const PRICED = 3;
/** The holdings are others. */
export const HELD = 7;

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
  /** 1 where cash is held in the currency. */
  hasCash = new Uint8Array(64);
  /** Sum of what was fetched ahead of its use: of no meaning, but kept, or the reads could be left out. */
  fetched = 0;
  readonly #rows = new NumberRows(WIDTH, 64);
  /** What has touched each cell: 0, LISTED, PRICED or HELD. */
  #touches = new Uint8Array(64);
  /** The cells whose touch is not 0. */
  #touched = new Int32Array(64);
  #touchedCount = 0;
  #isAllTouched = false;
  #count = 0;
  #free = NONE;

  constructor() {
    this.totals = new TotalsColumns(64, this.#rows);
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
    return this.#rows.words[WORDS * cell + PORTFOLIO]!;
  }

  /** Next cell of the same portfolio. */
  nextOf(cell: number): number {
    return this.#rows.words[WORDS * cell + NEXT]!;
  }

  /** Number of the conversion from the cell's currency to its portfolio's; NONE while it is not open. */
  conversionOf(cell: number): number {
    return this.#rows.words[WORDS * cell + CONVERSION]!;
  }

  /** Whether a cell is the only one of its portfolio, and all of it has a price. */
  isPlain(cell: number): boolean {
    const { words } = this.#rows;
    const at = WORDS * cell;
    return words[at + NEXT] === NONE && words[at + PORTFOLIO] === cell && words[at + UNPRICED] === 0;
  }

  /** Postings without a price. */
  unpricedOf(cell: number): number {
    return this.#rows.words[WORDS * cell + UNPRICED]!;
  }

  /** Counts postings without a price in. */
  addUnpriced(cell: number, count: number): void {
    this.#rows.words[WORDS * cell + UNPRICED]! += count;
  }

  /** Remembers that a portfolio's totals have to be computed again. */
  touch(cell: number, what: number): void {
    const known = this.#touches[cell]!;
    this.#touches[cell] = known | what;
    if (known === 0) this.#touched[this.#touchedCount++] = cell;
  }

  /** {@link touch} by a price for the cells of a list from index `from` to before index `to`. */
  touchList(cells: Int32Array, from: number, to: number): void {
    const touches = this.#touches;
    const touched = this.#touched;
    let end = this.#touchedCount;
    for (let i = from; i < to; i++) {
      const cell = cells[i]!;
      const known = touches[cell]!;
      if (known > LISTED) continue;
      touches[cell] = PRICED;
      if (known === 0) touched[end++] = cell;
    }
    this.#touchedCount = end;
  }

  /** {@link touch} by a price for every portfolio. */
  touchAll(): void {
    this.#isAllTouched = true;
  }

  /** {@link touch} for every cell that one of some conversions is used for. */
  touchConversions(changed: ReadonlySet<number>): void {
    for (let cell = 0; cell < this.#count; cell++) {
      if (this.portfolioOf(cell) !== NONE && changed.has(this.conversionOf(cell))) this.touch(cell, PRICED);
    }
  }

  /** One past the highest number in use. */
  get count(): number {
    return this.#count;
  }

  /**
   * How many steps a settlement has: one for each touched cell or, where they are many, one for each cell there is, since
   * memory is read faster in order.
   */
  get steps(): number {
    return this.#isSwept ? this.#count : this.#touchedCount;
  }

  /**
   * Takes steps from `from` to before `to`, and forgets what has touched their cells.
   * @param cells Is given the touched ones of the cells; what has touched them is kept for {@link takeTouch}.
   * @returns how many these are.
   */
  takeSteps(from: number, to: number, cells: Int32Array): number {
    const touches = this.#touches;
    const touched = this.#touched;
    const isSwept = this.#isSwept;
    const least = this.#isAllTouched ? 0 : PRICED;
    const { values } = this.#rows;
    const { safe, scales } = this.values;
    let count = 0;
    let fetched = 0;
    for (let step = from; step < to; step++) {
      const cell = isSwept ? step : touched[step]!;
      if (touches[cell]! < least) {
        touches[cell] = 0;
        continue;
      }
      cells[count++] = cell;
      // Memory answers many such reads at once; in the middle of the work on a cell it would answer one at a time.
      fetched += values[WIDTH * cell]! + values[WIDTH * cell + WIDTH - 1]! + safe[cell]! + scales[cell]!;
    }
    this.fetched = fetched;
    return count;
  }

  /** What has touched a cell: 0, PRICED or HELD; forgets it. */
  takeTouch(cell: number): number {
    const what = this.#touches[cell]!;
    this.#touches[cell] = 0;
    if (this.#isAllTouched) return this.portfolioOf(cell) === cell ? what | PRICED : 0;
    return what > LISTED ? what : 0;
  }

  /** {@link takeTouch} of a cell that has a step of its own, which has nothing to tell then. */
  takeTouchEarly(cell: number): number {
    const what = this.#touches[cell]!;
    this.#touches[cell] = what & LISTED;
    return what;
  }

  /** Ends a settlement in which each step was taken. */
  endSteps(): void {
    this.#touchedCount = 0;
    this.#isAllTouched = false;
  }

  get #isSwept(): boolean {
    return this.#isAllTouched || this.#touchedCount > this.#count / 2;
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
    this.#rows.words[WORDS * cell + field] = value;
  }

  #reserve(count: number): void {
    const capacity = this.postings.length;
    if (count <= capacity) return;
    const wider = capacity * 2;
    for (const amounts of [this.values, this.costs, this.cash]) amounts.reserve(wider);
    this.postings = widened(this.postings, wider);
    this.costed = widened(this.costed, wider);
    this.#touched = widened(this.#touched, wider);
    this.#rows.reserve(wider);
    const hasCash = new Uint8Array(wider);
    hasCash.set(this.hasCash);
    this.hasCash = hasCash;
    const touches = new Uint8Array(wider);
    touches.set(this.#touches);
    this.#touches = touches;
  }
}

/** The same numbers with room for more. */
export function widened(array: Int32Array, capacity: number): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(capacity);
  wider.set(array);
  return wider;
}

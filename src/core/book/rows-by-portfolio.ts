import { NONE, widened } from './subtotals.js';

/**
 * The positions of a book by portfolio: a chain of rows each, in the order of the portfolio. A row knows its mark (symbol
 * and side) and where its quantity stands in that mark's posting list. 20 bytes a position; the posting is 12 more.
 */
export class RowsByPortfolio {
  /** Symbol number × 2, plus 1 for a short position. */
  marks = new Int32Array(64);
  /** Index of the (first) posting in the mark's list. */
  postings = new Int32Array(64);
  /** Cost basis in units of the portfolio's cost scale; NaN where `bigCosts` has it. */
  costs = new Float64Array(64);
  /** Next row of the same portfolio. */
  next = new Int32Array(64);
  readonly bigCosts = new Map<number, bigint>();
  /** Further postings of a quantity past 2^53. */
  readonly morePostings = new Map<number, number[]>();
  /** Cell of the cost where it is not the cell of the value: price and cost in different currencies. */
  readonly costCells = new Map<number, number>();
  #count = 0;
  #free = NONE;

  /** A row, chained before `next`. */
  open(mark: number, posting: number, next: number): number {
    let row = this.#free;
    if (row === NONE) {
      row = this.#count++;
      if (row === this.marks.length) this.#widen(row * 2);
    } else {
      this.#free = this.next[row]!;
    }
    this.marks[row] = mark;
    this.postings[row] = posting;
    this.next[row] = next;
    return row;
  }

  /** Gives a row back. */
  close(row: number): void {
    this.bigCosts.delete(row);
    this.morePostings.delete(row);
    this.costCells.delete(row);
    this.next[row] = this.#free;
    this.#free = row;
  }

  /** Tells a row that its posting at index `from` is at `to` now. */
  movePosting(row: number, from: number, to: number): void {
    if (this.postings[row] === from) {
      this.postings[row] = to;
      return;
    }
    const more = this.morePostings.get(row)!;
    more[more.indexOf(from)] = to;
  }

  /** Whether the row's quantity stands at an index of its mark's list. */
  isAt(row: number, posting: number): boolean {
    return this.postings[row] === posting || this.morePostings.get(row)?.includes(posting) === true;
  }

  #widen(capacity: number): void {
    this.marks = widened(this.marks, capacity);
    this.postings = widened(this.postings, capacity);
    this.next = widened(this.next, capacity);
    const costs = new Float64Array(capacity);
    costs.set(this.costs);
    this.costs = costs;
  }
}

import { ExactAmounts } from '../money/exact-amounts.js';

/** No cell, no row: the end of a chain. */
export const NONE = -1;

/**
 * The subtotals of a book: one cell per portfolio and currency, with the exact sums that go into its totals. Cells of a
 * portfolio are chained; free ones are used again.
 */
export class BookCells {
  /** Sums of quantity × price. */
  readonly values = new ExactAmounts(64);
  /** Sums of cost bases. */
  readonly costs = new ExactAmounts(64);
  readonly cash = new ExactAmounts(64);
  /** Portfolio of each cell; NONE for a free one. */
  portfolios = new Int32Array(64).fill(NONE);
  /** First cell of each portfolio, by portfolio number; NONE without one. */
  first = new Int32Array(64).fill(NONE);
  /** Number of the conversion from the cell's currency to its portfolio's. */
  conversions = new Int32Array(64);
  /** Next cell of the same portfolio. */
  next = new Int32Array(64);
  /** Postings into the cell. */
  postings = new Int32Array(64);
  /** Of these, the ones without a price. */
  unpriced = new Int32Array(64);
  /** Positions whose cost is in the cell. */
  costed = new Int32Array(64);
  /** 1 where cash is held in the currency. */
  hasCash = new Uint8Array(64);
  /** 1 while the cell is in `dirty`. */
  #isDirty = new Uint8Array(64);
  #dirty = new Int32Array(64);
  #dirtyCount = 0;
  #count = 0;
  #free = NONE;

  /** One past the highest number in use. */
  get count(): number {
    return this.#count;
  }

  /** Cells touched since {@link clearDirty}; in order where they are many, since memory is read faster in order. */
  get dirty(): Int32Array {
    if (this.#dirtyCount > this.#count / 32) {
      for (let cell = 0, end = 0; end < this.#dirtyCount; cell++) {
        if (this.#isDirty[cell] === 1) this.#dirty[end++] = cell;
      }
    }
    return this.#dirty.subarray(0, this.#dirtyCount);
  }

  /** Makes room for a portfolio; comes before all else that is done with its number. */
  enter(portfolio: number): void {
    const capacity = this.first.length;
    if (portfolio < capacity) return;
    this.first = widened(this.first, Math.max(portfolio + 1, capacity * 2)).fill(NONE, capacity);
  }

  /** A cell with all sums 0, the first of its portfolio from now on. */
  open(portfolio: number, conversion: number, valueScale: number, costScale: number): number {
    let cell = this.#free;
    if (cell === NONE) {
      cell = this.#count++;
      this.#reserve(this.#count);
    } else {
      this.#free = this.next[cell]!;
    }
    this.portfolios[cell] = portfolio;
    this.conversions[cell] = conversion;
    this.next[cell] = this.first[portfolio]!;
    this.first[portfolio] = cell;
    this.postings[cell] = this.unpriced[cell] = this.costed[cell] = this.hasCash[cell] = 0;
    this.values.clear(cell, valueScale);
    this.costs.clear(cell, costScale);
    this.cash.clear(cell, 0);
    return cell;
  }

  /** Gives all cells of a portfolio back. */
  close(portfolio: number): void {
    for (let cell = this.first[portfolio]!; cell !== NONE;) {
      const next = this.next[cell]!;
      this.portfolios[cell] = NONE;
      this.next[cell] = this.#free;
      this.#free = cell;
      cell = next;
    }
    this.first[portfolio] = NONE;
  }

  /** Remembers that a cell's totals have to be computed again. */
  touch(cell: number): void {
    if (this.#isDirty[cell] === 1) return;
    this.#isDirty[cell] = 1;
    this.#dirty[this.#dirtyCount++] = cell;
  }

  /** {@link touch} for the cells of a list from index `from` to before index `to`. */
  touchAll(cells: Int32Array, from: number, to: number): void {
    const isDirty = this.#isDirty;
    const dirty = this.#dirty;
    let end = this.#dirtyCount;
    for (let i = from; i < to; i++) {
      const cell = cells[i]!;
      if (isDirty[cell] === 0) {
        isDirty[cell] = 1;
        dirty[end++] = cell;
      }
    }
    this.#dirtyCount = end;
  }

  /** {@link touch} for every cell that one of some conversions is used for. */
  touchConversions(changed: ReadonlySet<number>): void {
    for (let cell = 0; cell < this.#count; cell++) {
      if (this.portfolios[cell] !== NONE && changed.has(this.conversions[cell]!)) this.touch(cell);
    }
  }

  /** Forgets what was touched. */
  clearDirty(): void {
    for (let i = 0; i < this.#dirtyCount; i++) this.#isDirty[this.#dirty[i]!] = 0;
    this.#dirtyCount = 0;
  }

  #reserve(count: number): void {
    const capacity = this.portfolios.length;
    if (count <= capacity) return;
    const wider = capacity * 2;
    for (const amounts of [this.values, this.costs, this.cash]) amounts.reserve(wider);
    this.portfolios = widened(this.portfolios, wider);
    this.conversions = widened(this.conversions, wider);
    this.next = widened(this.next, wider);
    this.postings = widened(this.postings, wider);
    this.unpriced = widened(this.unpriced, wider);
    this.costed = widened(this.costed, wider);
    this.#dirty = widened(this.#dirty, wider);
    const hasCash = new Uint8Array(wider);
    hasCash.set(this.hasCash);
    const isDirty = new Uint8Array(wider);
    isDirty.set(this.#isDirty);
    this.hasCash = hasCash;
    this.#isDirty = isDirty;
  }
}

/** The same numbers with room for more. */
export function widened(array: Int32Array, capacity: number): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(capacity);
  wider.set(array);
  return wider;
}

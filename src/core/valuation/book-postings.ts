import { widened } from './book-cells.js';

/**
 * What each mark moves: quantities, each with the cell whose sum it goes into. The postings of a mark stand together, and
 * all marks share two arrays: with an array a mark, a tick would spend more time on reaching arrays than on its sums.
 */
export class BookPostings {
  /** Signed integer quantities, in units such that quantity × price comes out at the cell's scale. */
  quantities = new Float64Array(64);
  cells = new Int32Array(64);
  #starts = new Int32Array(64);
  #lengths = new Int32Array(64);
  #capacities = new Int32Array(64);
  #end = 0;

  /** One past the highest mark that may have postings. */
  get marks(): number {
    return this.#lengths.length;
  }

  /** Where the postings of a mark begin in the arrays; good until the next `push`. */
  startOf(mark: number): number {
    return this.#starts[mark] ?? 0;
  }

  /** How many postings a mark has. */
  lengthOf(mark: number): number {
    return this.#lengths[mark] ?? 0;
  }

  /** Adds a posting and returns its index among those of its mark. */
  push(mark: number, quantity: number, cell: number): number {
    this.#reserveMark(mark);
    const index = this.#lengths[mark]!;
    if (index === this.#capacities[mark]) this.#move(mark, index + (index >> 1) + 4);
    this.quantities[this.#starts[mark]! + index] = quantity;
    this.cells[this.#starts[mark]! + index] = cell;
    this.#lengths[mark] = index + 1;
    return index;
  }

  /** Takes a posting out; the last one of the mark moves to its index. Returns the index that one had, or -1. */
  removeAt(mark: number, index: number): number {
    const last = this.#lengths[mark]! - 1;
    this.#lengths[mark] = last;
    if (index === last) return -1;
    const start = this.#starts[mark]!;
    this.quantities[start + index] = this.quantities[start + last]!;
    this.cells[start + index] = this.cells[start + last]!;
    return last;
  }

  // What is left behind is taken back by the next packing.
  #move(mark: number, capacity: number): void {
    if (this.#end + capacity > this.cells.length) this.#pack(capacity);
    const start = this.#starts[mark]!;
    const end = start + this.#lengths[mark]!;
    this.quantities.copyWithin(this.#end, start, end);
    this.cells.copyWithin(this.#end, start, end);
    this.#starts[mark] = this.#end;
    this.#capacities[mark] = capacity;
    this.#end += capacity;
  }

  // Room for half as much again, so that packing costs a constant a posting in the long run.
  #pack(extra: number): void {
    const used = this.#capacities.reduce((sum, capacity) => sum + capacity, 0);
    const room = Math.ceil((used + extra) * 1.5);
    const quantities = new Float64Array(room);
    const cells = new Int32Array(room);
    let at = 0;
    for (let mark = 0; mark < this.marks; mark++) {
      const start = this.#starts[mark]!;
      const end = start + this.#lengths[mark]!;
      quantities.set(this.quantities.subarray(start, end), at);
      cells.set(this.cells.subarray(start, end), at);
      this.#starts[mark] = at;
      at += this.#capacities[mark]!;
    }
    this.quantities = quantities;
    this.cells = cells;
    this.#end = at;
  }

  #reserveMark(mark: number): void {
    if (mark < this.marks) return;
    const count = Math.max(mark + 1, this.marks * 2);
    this.#starts = widened(this.#starts, count);
    this.#lengths = widened(this.#lengths, count);
    this.#capacities = widened(this.#capacities, count);
  }
}

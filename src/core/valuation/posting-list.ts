/**
 * The positions that one price moves: quantities, each with the cell whose sum it goes into. Two flat arrays, because
 * this is what a tick walks through.
 */
export class PostingList {
  /** Signed integer quantities, in units such that quantity × price comes out at the cell's scale. */
  quantities = new Float64Array(4);
  cells = new Int32Array(4);
  length = 0;

  /** Adds a posting and returns its index. */
  push(quantity: number, cell: number): number {
    if (this.length === this.cells.length) {
      const capacity = Math.ceil(this.length * 1.5);
      const quantities = new Float64Array(capacity);
      quantities.set(this.quantities);
      const cells = new Int32Array(capacity);
      cells.set(this.cells);
      this.quantities = quantities;
      this.cells = cells;
    }
    this.quantities[this.length] = quantity;
    this.cells[this.length] = cell;
    return this.length++;
  }

  /** Takes a posting out; the last one moves to its index. Returns the index that the moved one had, or -1. */
  removeAt(index: number): number {
    const last = --this.length;
    if (index === last) return -1;
    this.quantities[index] = this.quantities[last]!;
    this.cells[index] = this.cells[last]!;
    return last;
  }
}

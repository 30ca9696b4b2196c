/** Rows of float64 numbers, one after the other in memory, so that what is used together is fetched together. */
export class NumberRows {
  /** Numbers in a row. */
  readonly width: number;
  /** Row `i` begins at `width × i`. Another array after `reserve`. */
  values: Float64Array<ArrayBuffer>;
  /** The same memory as int32 numbers, two in the place of each float64: row `i` begins at `2 × width × i`. */
  words: Int32Array<ArrayBuffer>;

  constructor(width: number, capacity: number) {
    this.width = width;
    this.values = new Float64Array(width * capacity);
    this.words = new Int32Array(this.values.buffer);
  }

  /** Number of rows that there is room for. */
  get capacity(): number {
    return this.values.length / this.width;
  }

  /** Makes room for `count` rows; new ones are 0. */
  reserve(count: number): void {
    if (count <= this.capacity) return;
    const wider = new Float64Array(this.width * Math.max(count, 2 * this.capacity));
    wider.set(this.values);
    this.values = wider;
    this.words = new Int32Array(wider.buffer);
  }
}

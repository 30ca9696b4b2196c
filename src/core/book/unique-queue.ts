/** A queue of small whole numbers that holds each at most once; cheap enough for millions of additions a second. */
export class UniqueQueue {
  #has = new Uint8Array(64);
  // A ring buffer: no number is in it twice, so it never has to be longer than the highest number.
  #ring = new Int32Array(64);
  #start = 0;
  #size = 0;

  /** How many numbers wait. */
  get size(): number {
    return this.#size;
  }

  /** Whether a number is in it. */
  has(number: number): boolean {
    return this.#has[number] === 1;
  }

  /** Adds a number. @returns whether it was not in it yet. */
  add(number: number): boolean {
    if (number >= this.#has.length) this.#reserve(number + 1);
    if (this.#has[number] === 1) return false;
    this.#has[number] = 1;
    this.#ring[this.#placeOf(this.#size++)] = number;
    return true;
  }

  /** {@link add} for each number of a list. */
  addAll(numbers: ArrayLike<number>): void {
    for (let i = 0; i < numbers.length; i++) this.add(numbers[i]!);
  }

  /** Removes up to `limit` numbers, the first added first. @returns them. */
  take(limit = Infinity): Int32Array {
    const taken = new Int32Array(Math.min(limit, this.#size));
    for (let i = 0; i < taken.length; i++) {
      const number = this.#ring[this.#placeOf(i)]!;
      this.#has[number] = 0;
      taken[i] = number;
    }
    this.#start = this.#placeOf(taken.length);
    this.#size -= taken.length;
    return taken;
  }

  /** The numbers, the first added first. */
  *[Symbol.iterator](): IterableIterator<number> {
    for (let i = 0; i < this.#size; i++) yield this.#ring[this.#placeOf(i)]!;
  }

  /** Calls `callback` with each number, the first added first: faster than iterating. */
  forEach(callback: (number: number) => void): void {
    for (let i = 0; i < this.#size; i++) callback(this.#ring[this.#placeOf(i)]!);
  }

  #placeOf(index: number): number {
    const place = this.#start + index;
    return place < this.#ring.length ? place : place - this.#ring.length;
  }

  #reserve(count: number): void {
    const capacity = Math.max(count, this.#has.length * 2);
    const has = new Uint8Array(capacity);
    has.set(this.#has);
    const ring = new Int32Array(capacity);
    for (let i = 0; i < this.#size; i++) ring[i] = this.#ring[this.#placeOf(i)]!;
    this.#has = has;
    this.#ring = ring;
    this.#start = 0;
  }
}

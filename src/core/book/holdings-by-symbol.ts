// What is known of a mark: the price and the largest quantity, then in int32 places the price's scale and where the postings stand.
const PRICE = 0;
const LARGEST = 1;
const WIDTH = 4;
const WORDS = 2 * WIDTH;
const SCALE = 4;
const START = 5;
const LENGTH = 6;
const CAPACITY = 7;

// Room for prices to show more digits later without touching the portfolios that hold the symbol.
const LEAST_PRICE_SCALE = 4;

/**
 * What each mark moves: its price, and quantities, each with the cell whose sum it goes into. The postings of a mark stand
 * together, all marks share two arrays, and what is known of a mark is one row: a tick spends its time on reaching memory.
 */
export class HoldingsBySymbol {
  /** Signed integer quantities, in units such that quantity × price comes out at the cell's scale. */
  quantities = new Float64Array(64);
  cells = new Int32Array(64);
  // The same memory as float64 and as int32 numbers, so that what is known of a mark is fetched together.
  #numbers = new Float64Array(0);
  #words = new Int32Array(0);
  #end = 0;

  /** One past the highest mark that may have postings. */
  get marks(): number {
    return this.#numbers.length / WIDTH;
  }

  /** Price of a mark in units of its scale, NaN without one. */
  priceOf(mark: number): number {
    return this.#numbers[WIDTH * mark + PRICE] ?? NaN;
  }

  /** Sets the price of a mark, in units of its scale. */
  setPrice(mark: number, units: number): void {
    this.#reserveMark(mark);
    this.#numbers[WIDTH * mark + PRICE] = units;
  }

  /** Digits after the point of a mark's price. */
  scaleOf(mark: number): number {
    return this.#words[WORDS * mark + SCALE] ?? LEAST_PRICE_SCALE;
  }

  /** Gives a mark's price other digits after the point, and its quantities the units that go with them; exact if they fit. */
  rescale(mark: number, scale: number): void {
    this.#reserveMark(mark);
    const { quantities } = this;
    const shift = scale - this.scaleOf(mark);
    const factor = 10 ** Math.abs(shift);
    const start = this.startOf(mark);
    const end = start + this.lengthOf(mark);
    for (let i = start; i < end; i++) {
      quantities[i] = shift > 0 ? quantities[i]! / factor : quantities[i]! * factor;
    }
    this.#words[WORDS * mark + SCALE] = scale;
    this.#numbers[WIDTH * mark + LARGEST] = largestOf(quantities, start, end);
  }

  /** No quantity of a mark is larger, whatever its sign; one that has been larger may count until postings are packed. */
  largestOf(mark: number): number {
    return this.#numbers[WIDTH * mark + LARGEST] ?? 0;
  }

  /** Where the postings of a mark begin in the arrays; good until the next `push`. */
  startOf(mark: number): number {
    return this.#words[WORDS * mark + START] ?? 0;
  }

  /** How many postings a mark has. */
  lengthOf(mark: number): number {
    return this.#words[WORDS * mark + LENGTH] ?? 0;
  }

  /** Adds a posting and returns its index among those of its mark. */
  push(mark: number, quantity: number, cell: number): number {
    this.#reserveMark(mark);
    const index = this.lengthOf(mark);
    if (index === this.#words[WORDS * mark + CAPACITY]) this.#move(mark, index + (index >> 1) + 4);
    const start = this.startOf(mark);
    this.quantities[start + index] = quantity;
    this.cells[start + index] = cell;
    const largest = Math.max(this.largestOf(mark), Math.abs(quantity));
    this.#numbers[WIDTH * mark + LARGEST] = largest;
    this.#words[WORDS * mark + LENGTH] = index + 1;
    return index;
  }

  /** Takes a posting out; the last one of the mark moves to its index. Returns the index that one had, or -1. */
  removeAt(mark: number, index: number): number {
    const last = this.lengthOf(mark) - 1;
    this.#words[WORDS * mark + LENGTH] = last;
    if (index === last) return -1;
    const start = this.startOf(mark);
    this.quantities[start + index] = this.quantities[start + last]!;
    this.cells[start + index] = this.cells[start + last]!;
    return last;
  }

  /** Puts the postings of all marks in the order of the marks, as memory is read fastest. */
  pack(): void {
    const words = this.#words;
    for (let mark = 0; mark < this.marks; mark++) words[WORDS * mark + CAPACITY] = this.lengthOf(mark);
    this.#pack(0);
  }

  // What is left behind is taken back by the next packing.
  #move(mark: number, capacity: number): void {
    if (this.#end + capacity > this.cells.length) this.#pack(capacity);
    const start = this.startOf(mark);
    const end = start + this.lengthOf(mark);
    this.quantities.copyWithin(this.#end, start, end);
    this.cells.copyWithin(this.#end, start, end);
    this.#words[WORDS * mark + START] = this.#end;
    this.#words[WORDS * mark + CAPACITY] = capacity;
    this.#end += capacity;
  }

  // Room for half as much again, so that packing costs a constant a posting in the long run.
  #pack(extra: number): void {
    const [numbers, words] = [this.#numbers, this.#words];
    let used = 0;
    for (let mark = 0; mark < this.marks; mark++) used += words[WORDS * mark + CAPACITY]!;
    const room = Math.ceil((used + extra) * 1.5);
    const quantities = new Float64Array(room);
    const cells = new Int32Array(room);
    let at = 0;
    for (let mark = 0; mark < this.marks; mark++) {
      const start = this.startOf(mark);
      const end = start + this.lengthOf(mark);
      quantities.set(this.quantities.subarray(start, end), at);
      cells.set(this.cells.subarray(start, end), at);
      words[WORDS * mark + START] = at;
      numbers[WIDTH * mark + LARGEST] = largestOf(quantities, at, at + end - start);
      at += words[WORDS * mark + CAPACITY]!;
    }
    this.quantities = quantities;
    this.cells = cells;
    this.#end = at;
  }

  #reserveMark(mark: number): void {
    const known = this.marks;
    if (mark < known) return;
    const numbers = new Float64Array(WIDTH * Math.max(mark + 1, 2 * known, 64));
    numbers.set(this.#numbers);
    this.#numbers = numbers;
    this.#words = new Int32Array(numbers.buffer);
    for (let fresh = known; fresh < this.marks; fresh++) {
      numbers[WIDTH * fresh + PRICE] = NaN;
      this.#words[WORDS * fresh + SCALE] = LEAST_PRICE_SCALE;
    }
  }
}

function largestOf(quantities: Float64Array, start: number, end: number): number {
  let largest = 0;
  for (let i = start; i < end; i++) largest = Math.max(largest, Math.abs(quantities[i]!));
  return largest;
}

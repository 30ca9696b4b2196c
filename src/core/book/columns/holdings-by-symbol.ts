// A row of a symbol side: as float64 the price and the largest quantity, then as int32 the price's scale and where the holdings stand.
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
 * The holdings of a book by symbol side (a symbol, seen by its long or by its short positions; number of the symbol × 2, plus 1 for
 * short). Each side has a price and a list of holdings: quantities, each with the subtotal that its value goes into. The holdings of
 * a side stand together, all sides share two arrays, and all else about a side is one row: a tick spends its time on reaching memory.
 */
export class HoldingsBySymbol {
  /** Signed integer quantities, in units such that quantity × price comes out at the subtotal's scale. Read only. */
  quantities = new Float64Array(64);
  /** Subtotals that the quantities count towards. Read only. */
  subtotals = new Int32Array(64);
  // The same memory as float64 and as int32 numbers, so that a row is fetched at once.
  #numbers = new Float64Array(0);
  #words = new Int32Array(0);
  #end = 0;

  /** One past the highest symbol side that may have holdings. */
  get symbolSides(): number {
    return this.#numbers.length / WIDTH;
  }

  /** Price of a symbol side in units of its scale; NaN without one. */
  priceOf(symbolSide: number): number {
    return this.#numbers[WIDTH * symbolSide + PRICE] ?? NaN;
  }

  /** Sets the price of a symbol side, in units of its scale; NaN for none. */
  setPrice(symbolSide: number, units: number): void {
    this.#reserve(symbolSide);
    this.#numbers[WIDTH * symbolSide + PRICE] = units;
  }

  /** Digits after the point of a symbol side's price. */
  scaleOf(symbolSide: number): number {
    return this.#words[WORDS * symbolSide + SCALE] ?? LEAST_PRICE_SCALE;
  }

  /** Changes the digits after the point of a symbol side's price, and the units of its quantities with them; exact if those fit. */
  rescale(symbolSide: number, scale: number): void {
    this.#reserve(symbolSide);
    const { quantities } = this;
    const shift = scale - this.scaleOf(symbolSide);
    const factor = 10 ** Math.abs(shift);
    const start = this.startOf(symbolSide);
    const end = start + this.lengthOf(symbolSide);
    for (let i = start; i < end; i++) {
      quantities[i] = shift > 0 ? quantities[i]! / factor : quantities[i]! * factor;
    }
    this.#words[WORDS * symbolSide + SCALE] = scale;
    this.#numbers[WIDTH * symbolSide + LARGEST] = largestOf(quantities, start, end);
  }

  /** No quantity of a symbol side is larger, whatever its sign; a removed one may count until holdings are packed. */
  largestOf(symbolSide: number): number {
    return this.#numbers[WIDTH * symbolSide + LARGEST] ?? 0;
  }

  /** Where the holdings of a symbol side begin in the arrays; good until the next `push`. */
  startOf(symbolSide: number): number {
    return this.#words[WORDS * symbolSide + START] ?? 0;
  }

  /** How many holdings a symbol side has. */
  lengthOf(symbolSide: number): number {
    return this.#words[WORDS * symbolSide + LENGTH] ?? 0;
  }

  /** Adds a holding. @returns its index among those of its symbol side. */
  push(symbolSide: number, quantity: number, subtotal: number): number {
    this.#reserve(symbolSide);
    const index = this.lengthOf(symbolSide);
    if (index === this.#words[WORDS * symbolSide + CAPACITY])
      this.#move(symbolSide, index + (index >> 1) + 4);
    const start = this.startOf(symbolSide);
    this.quantities[start + index] = quantity;
    this.subtotals[start + index] = subtotal;
    const largest = Math.max(this.largestOf(symbolSide), Math.abs(quantity));
    this.#numbers[WIDTH * symbolSide + LARGEST] = largest;
    this.#words[WORDS * symbolSide + LENGTH] = index + 1;
    return index;
  }

  /** Removes a holding; the last one of the symbol side moves to its index. @returns the index that the last one had, or -1 when none moved. */
  removeAt(symbolSide: number, index: number): number {
    const last = this.lengthOf(symbolSide) - 1;
    this.#words[WORDS * symbolSide + LENGTH] = last;
    if (index === last) return -1;
    const start = this.startOf(symbolSide);
    this.quantities[start + index] = this.quantities[start + last]!;
    this.subtotals[start + index] = this.subtotals[start + last]!;
    return last;
  }

  /** Puts all holdings in the order of their symbol sides, in which memory is read fastest. */
  pack(): void {
    const words = this.#words;
    for (let symbolSide = 0; symbolSide < this.symbolSides; symbolSide++)
      words[WORDS * symbolSide + CAPACITY] = this.lengthOf(symbolSide);
    this.#pack(0);
  }

  // The next packing takes back what is left behind.
  #move(symbolSide: number, capacity: number): void {
    if (this.#end + capacity > this.subtotals.length) this.#pack(capacity);
    const start = this.startOf(symbolSide);
    const end = start + this.lengthOf(symbolSide);
    this.quantities.copyWithin(this.#end, start, end);
    this.subtotals.copyWithin(this.#end, start, end);
    this.#words[WORDS * symbolSide + START] = this.#end;
    this.#words[WORDS * symbolSide + CAPACITY] = capacity;
    this.#end += capacity;
  }

  // Room for half as much again, so that packing costs a constant per holding in the long run.
  #pack(extra: number): void {
    const [numbers, words] = [this.#numbers, this.#words];
    let used = 0;
    for (let symbolSide = 0; symbolSide < this.symbolSides; symbolSide++)
      used += words[WORDS * symbolSide + CAPACITY]!;
    const room = Math.ceil((used + extra) * 1.5);
    const quantities = new Float64Array(room);
    const subtotals = new Int32Array(room);
    let at = 0;
    for (let symbolSide = 0; symbolSide < this.symbolSides; symbolSide++) {
      const start = this.startOf(symbolSide);
      const end = start + this.lengthOf(symbolSide);
      quantities.set(this.quantities.subarray(start, end), at);
      subtotals.set(this.subtotals.subarray(start, end), at);
      words[WORDS * symbolSide + START] = at;
      numbers[WIDTH * symbolSide + LARGEST] = largestOf(quantities, at, at + end - start);
      at += words[WORDS * symbolSide + CAPACITY]!;
    }
    this.quantities = quantities;
    this.subtotals = subtotals;
    this.#end = at;
  }

  #reserve(symbolSide: number): void {
    const known = this.symbolSides;
    if (symbolSide < known) return;
    const numbers = new Float64Array(WIDTH * Math.max(symbolSide + 1, 2 * known, 64));
    numbers.set(this.#numbers);
    this.#numbers = numbers;
    this.#words = new Int32Array(numbers.buffer);
    for (let fresh = known; fresh < this.symbolSides; fresh++) {
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

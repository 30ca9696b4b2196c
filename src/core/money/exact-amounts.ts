import { Decimal, powerOfTen } from './decimal.js';

const MAX = Number.MAX_SAFE_INTEGER;
// Below this the three low parts that meet in one addition stay exact together (each at most 2^51), see addProduct.
const PAIR_LIMIT = 2 ** 104;
const SPLITTER = 2 ** 27 + 1;

/**
 * A column of exact sums of quantity × price, each an integer count of units of its own scale.
 *
 * A sum below 2^53 is one float64 and costs what a float costs. Past that it is an unevaluated pair of float64s, high and
 * low part, kept exact by error-free transformations (T. J. Dekker, "A floating-point technique for extending the
 * available precision", 1971, for the product; D. E. Knuth, TAOCP vol. 2, 4.2.2, for the sum). Past 2^104 it is a bigint.
 * The representation of a sum depends on its value only, so any order and batching of additions ends in the same state.
 */
export class ExactAmounts {
  /** High and low part of amount `i` at `2i` and `2i + 1`; the low part of a bigint amount is NaN. */
  pairs: Float64Array;
  scales: Uint8Array;
  readonly #big = new Map<number, bigint>();

  constructor(capacity: number) {
    this.pairs = new Float64Array(capacity * 2);
    this.scales = new Uint8Array(capacity);
  }

  /** Makes room for `capacity` amounts. */
  reserve(capacity: number): void {
    if (capacity <= this.scales.length) return;
    const pairs = new Float64Array(capacity * 2);
    pairs.set(this.pairs);
    const scales = new Uint8Array(capacity);
    scales.set(this.scales);
    this.pairs = pairs;
    this.scales = scales;
  }

  /** Sets an amount to 0 at a scale. */
  clear(index: number, scale: number): void {
    this.pairs[2 * index] = 0;
    this.pairs[2 * index + 1] = 0;
    this.scales[index] = scale;
    this.#big.delete(index);
  }

  /**
   * Adds `factor × delta` for each posting from index `from` to before index `to`: the innermost loop of a tick.
   * `delta` is a safe integer, factors are integers; each amount must be at the scale of the product.
   */
  addProducts(indexes: Int32Array, factors: Float64Array, from: number, to: number, delta: number): void {
    const { pairs } = this;
    for (let i = from; i < to; i++) {
      const at = 2 * indexes[i]!;
      const product = factors[i]! * delta;
      const sum = pairs[at]! + product;
      // Rounding is monotonic: a rounded result below 2^53 proves that the exact one was there too, so nothing was rounded.
      if (sum <= MAX && sum >= -MAX && product <= MAX && product >= -MAX && pairs[at + 1] === 0)
        pairs[at] = sum;
      else this.addProduct(at >> 1, factors[i]!, delta);
    }
  }

  /** Adds `a × b`, both integers (any float64 integer for `a`, a safe one for `b`), whatever the size. */
  addProduct(index: number, a: number, b: number): void {
    const at = 2 * index;
    const high = this.pairs[at]!;
    const low = this.pairs[at + 1]!;
    const product = a * b;
    const sum = high + product;
    if (!(Math.abs(product) < PAIR_LIMIT && Math.abs(sum) < PAIR_LIMIT) || Number.isNaN(low)) {
      this.setUnits(index, this.units(index) + BigInt(a) * BigInt(b));
      return;
    }
    const productError = errorOfProduct(a, b, product);
    const virtual = sum - high;
    const sumError = high - (sum - virtual) + (product - virtual);
    this.#setPair(at, sum, low + productError + sumError);
  }

  /** Adds a decimal; the amount takes the finer scale of the two. */
  add(index: number, amount: Decimal): void {
    if (amount.scale <= this.scales[index]! && this.pairs[2 * index + 1] === 0) {
      const sum = this.pairs[2 * index]! + amount.safeUnitsAt(this.scales[index]!);
      if (sum <= MAX && sum >= -MAX) {
        this.pairs[2 * index] = sum;
        return;
      }
    }
    if (amount.scale > this.scales[index]!) {
      const units = this.units(index) * powerOfTen(amount.scale - this.scales[index]!);
      this.scales[index] = amount.scale;
      this.setUnits(index, units);
    }
    this.setUnits(index, this.units(index) + amount.unitsAt(this.scales[index]!));
  }

  /** The exact count of units. */
  units(index: number): bigint {
    const high = this.pairs[2 * index]!;
    const low = this.pairs[2 * index + 1]!;
    if (Number.isNaN(low)) return this.#big.get(index)!;
    return low === 0 ? BigInt(high) : BigInt(high) + BigInt(low);
  }

  /** The exact amount. */
  decimal(index: number): Decimal {
    const high = this.pairs[2 * index]!;
    const isSafe = this.pairs[2 * index + 1] === 0 && high <= MAX && high >= -MAX;
    return Decimal.ofUnits(isSafe ? high : this.units(index), this.scales[index]!);
  }

  /** Sets the count of units. */
  setUnits(index: number, units: bigint): void {
    const high = Number(units);
    this.#big.delete(index);
    if (Math.abs(high) < PAIR_LIMIT) {
      this.pairs[2 * index] = high === 0 ? 0 : high;
      this.pairs[2 * index + 1] = Number(units - BigInt(high));
      return;
    }
    this.#big.set(index, units);
    this.pairs[2 * index] = high;
    this.pairs[2 * index + 1] = NaN;
  }

  // Rounds high + low to the nearest double and keeps what that leaves as the low part: one form for each value.
  #setPair(at: number, high: number, low: number): void {
    const sum = high + low;
    const virtual = sum - high;
    const error = high - (sum - virtual) + (low - virtual);
    if (Math.abs(sum) >= PAIR_LIMIT) {
      this.setUnits(at >> 1, BigInt(sum) + BigInt(error));
      return;
    }
    this.pairs[at] = sum === 0 ? 0 : sum;
    this.pairs[at + 1] = error === 0 ? 0 : error;
  }
}

/** `a × b - product` exactly, where `product` is the rounded product (Dekker's method with Veltkamp's split). */
export function errorOfProduct(a: number, b: number, product: number): number {
  const aSplit = SPLITTER * a;
  const aHigh = aSplit - (aSplit - a);
  const aLow = a - aHigh;
  const bSplit = SPLITTER * b;
  const bHigh = bSplit - (bSplit - b);
  const bLow = b - bHigh;
  return aHigh * bHigh - product + aHigh * bLow + aLow * bHigh + aLow * bLow;
}

/** An integer as a sum of float64 integers, largest first: how a quantity past 2^53 enters {@link ExactAmounts.addProducts}. */
export function floatParts(units: bigint): number[] {
  const parts: number[] = [];
  for (let rest = units; rest !== 0n || parts.length === 0;) {
    const part = Number(rest);
    parts.push(part);
    rest -= BigInt(part);
  }
  return parts;
}

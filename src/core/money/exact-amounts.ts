import { Decimal } from './decimal.js';
import { powerOfTen } from './integer.js';

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
  #scales: Uint8Array;
  /** A column that has the scales of this one. */
  readonly #scalesOf: ExactAmounts | undefined;
  /** Amounts that are safe integers; NaN for the others: no comparison holds for NaN, which keeps those out of the fast path. */
  #safe: Float64Array;
  /** High and low part of the other amounts at `2i` and `2i + 1`; the low part of a bigint is NaN. Allocated on first use. */
  #pairs = new Float64Array(0);
  readonly #big = new Map<number, bigint>();

  /** @param scalesOf A column whose scales these amounts have as well; none of these is set or added to at a finer one. */
  constructor(capacity: number, scalesOf?: ExactAmounts) {
    this.#safe = new Float64Array(capacity);
    this.#scalesOf = scalesOf;
    this.#scales = new Uint8Array(scalesOf ? 0 : capacity);
  }

  /** Digits after the point of each amount. Read only; another array after `reserve`. */
  get scales(): Uint8Array {
    return this.#scalesOf ? this.#scalesOf.scales : this.#scales;
  }

  /** Makes room for `capacity` amounts. */
  reserve(capacity: number): void {
    if (capacity <= this.#safe.length) return;
    const safe = new Float64Array(capacity);
    safe.set(this.#safe);
    this.#safe = safe;
    if (this.#scalesOf) return;
    const scales = new Uint8Array(capacity);
    scales.set(this.#scales);
    this.#scales = scales;
  }

  /** Sets an amount to 0 at a scale. */
  clear(index: number, scale: number): void {
    this.#safe[index] = 0;
    this.scales[index] = scale;
    this.#big.delete(index);
  }

  /** The counts of units that are safe integers; NaN for the others. Another array after `reserve`. */
  get safe(): Float64Array {
    return this.#safe;
  }

  /** Whether the count of units is a safe integer. */
  isSafe(index: number): boolean {
    return !Number.isNaN(this.#safe[index]!);
  }

  /** The float64 nearest to the count of units. */
  nearest(index: number): number {
    const safe = this.#safe[index]!;
    return Number.isNaN(safe) ? this.#pairs[2 * index]! : safe;
  }

  /**
   * Adds `factor × delta` for each entry of the lists from index `from` to before index `to`: the innermost loop of a tick.
   * `delta` is a safe integer, factors are integers; each amount must be at the scale of the product.
   * @param largest No factor is larger, whatever its sign.
   */
  addProducts(
    indexes: Int32Array,
    factors: Float64Array,
    from: number,
    to: number,
    delta: number,
    largest: number,
  ): void {
    const safe = this.#safe;
    // Rounding is monotonic: rounded results below 2^53 prove that the exact ones are there too, so nothing was rounded.
    if (!(largest * Math.abs(delta) <= MAX)) {
      for (let i = from; i < to; i++) this.addProduct(indexes[i]!, factors[i]!, delta);
      return;
    }
    for (let i = from; i < to; i++) {
      const index = indexes[i]!;
      const sum = safe[index]! + factors[i]! * delta;
      if (Math.abs(sum) <= MAX) safe[index] = sum;
      else this.addProduct(index, factors[i]!, delta);
    }
  }

  /** Adds `a × b`, both integers (any float64 integer for `a`, a safe one for `b`), whatever the size. */
  addProduct(index: number, a: number, b: number): void {
    const safe = this.#safe[index]!;
    const isSafe = !Number.isNaN(safe);
    const high = isSafe ? safe : this.#pairs[2 * index]!;
    const low = isSafe ? 0 : this.#pairs[2 * index + 1]!;
    const product = a * b;
    const sum = high + product;
    if (!(Math.abs(product) < PAIR_LIMIT && Math.abs(sum) < PAIR_LIMIT) || Number.isNaN(low)) {
      this.setUnits(index, this.units(index) + BigInt(a) * BigInt(b));
      return;
    }
    const productError = errorOfProduct(a, b, product);
    const virtual = sum - high;
    const sumError = high - (sum - virtual) + (product - virtual);
    this.#setSum(index, sum, low + productError + sumError);
  }

  /** Adds a decimal; the amount takes the finer scale of the two. */
  add(index: number, amount: Decimal): void {
    const scale = this.scales[index]!;
    if (amount.scale <= scale) {
      const sum = this.#safe[index]! + amount.safeUnitsAt(scale);
      if (Math.abs(sum) <= MAX) this.#safe[index] = sum;
      else this.setUnits(index, this.units(index) + amount.unitsAt(scale));
      return;
    }
    this.scales[index] = amount.scale;
    this.setUnits(index, this.units(index) * powerOfTen(amount.scale - scale) + amount.units);
  }

  /** The exact count of units. */
  units(index: number): bigint {
    const safe = this.#safe[index]!;
    if (!Number.isNaN(safe)) return BigInt(safe);
    const low = this.#pairs[2 * index + 1]!;
    return Number.isNaN(low) ? this.#big.get(index)! : BigInt(this.#pairs[2 * index]!) + BigInt(low);
  }

  /** The exact amount. */
  decimal(index: number): Decimal {
    const safe = this.#safe[index]!;
    return Decimal.ofUnits(Number.isNaN(safe) ? this.units(index) : safe, this.scales[index]!);
  }

  /** Sets the count of units. */
  setUnits(index: number, units: bigint): void {
    const high = Number(units);
    this.#big.delete(index);
    if (Math.abs(high) < PAIR_LIMIT) {
      this.#setPair(index, high, Number(units - BigInt(high)));
      return;
    }
    this.#big.set(index, units);
    this.#setPair(index, high, NaN);
  }

  // Rounds high + low to the nearest double and keeps the rest as the low part: one form for each value.
  #setSum(index: number, high: number, low: number): void {
    const sum = high + low;
    const virtual = sum - high;
    const error = high - (sum - virtual) + (low - virtual);
    if (Math.abs(sum) < PAIR_LIMIT) this.#setPair(index, sum, error);
    else this.setUnits(index, BigInt(sum) + BigInt(error));
  }

  #setPair(index: number, high: number, low: number): void {
    if (low === 0 && Math.abs(high) <= MAX) {
      this.#safe[index] = high === 0 ? 0 : high;
      return;
    }
    if (this.#pairs.length <= 2 * index + 1) {
      const pairs = new Float64Array(2 * this.#safe.length);
      pairs.set(this.#pairs);
      this.#pairs = pairs;
    }
    this.#safe[index] = NaN;
    this.#pairs[2 * index] = high;
    this.#pairs[2 * index + 1] = low === 0 ? 0 : low;
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

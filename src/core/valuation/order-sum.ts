// 64 digits whose order as ASCII is their order as digits.
const DIGITS = Array.from('-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz', (digit) =>
  digit.charCodeAt(0),
);
const LIMB = 2 ** 26;

/**
 * How much a valuation has seen, as text that sorts: the sums over its symbols of the two parts of their stamps, compared
 * in this order. A sum rises whenever a part of it does, so of two valuations of the same symbols, one that has seen
 * nothing older and something newer has the greater text.
 *
 * Sums are exact: two limbs each, for up to 2^26 symbols.
 */
export class OrderSum {
  #venueHigh = 0;
  #venueLow = 0;
  #markHigh = 0;
  #markLow = 0;

  /** Starts anew, from another sum or from zero. */
  reset(start?: OrderSum): void {
    this.#venueHigh = start ? start.#venueHigh : 0;
    this.#venueLow = start ? start.#venueLow : 0;
    this.#markHigh = start ? start.#markHigh : 0;
    this.#markLow = start ? start.#markLow : 0;
  }

  /** Adds a symbol: its highest venue time in ms, and a mark that rises with each of its prices and gaps. */
  add(venueTime: number, mark: number): void {
    const venueHigh = Math.floor(venueTime / LIMB);
    const markHigh = Math.floor(mark / LIMB);
    this.#venueHigh += venueHigh;
    this.#venueLow += Math.floor(venueTime) - venueHigh * LIMB;
    this.#markHigh += markHigh;
    this.#markLow += Math.floor(mark) - markHigh * LIMB;
  }

  /** 26 characters, compared one by one. */
  toString(): string {
    return encode(this.#venueHigh, this.#venueLow) + encode(this.#markHigh, this.#markLow);
  }
}

function encode(high: number, low: number): string {
  const carry = Math.floor(low / LIMB);
  const upper = high + carry;
  const rest = low - carry * LIMB;
  const upperHigh = Math.floor(upper / 2 ** 24);
  const upperLow = upper - upperHigh * 2 ** 24;
  return String.fromCharCode(
    DIGITS[(upperHigh >> 18) & 63]!,
    DIGITS[(upperHigh >> 12) & 63]!,
    DIGITS[(upperHigh >> 6) & 63]!,
    DIGITS[upperHigh & 63]!,
    DIGITS[(upperLow >> 18) & 63]!,
    DIGITS[(upperLow >> 12) & 63]!,
    DIGITS[(upperLow >> 6) & 63]!,
    DIGITS[upperLow & 63]!,
    DIGITS[(rest >> 24) & 63]!,
    DIGITS[(rest >> 18) & 63]!,
    DIGITS[(rest >> 12) & 63]!,
    DIGITS[(rest >> 6) & 63]!,
    DIGITS[rest & 63]!,
  );
}

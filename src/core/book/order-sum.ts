// 64 digits whose order as ASCII is their order as digits.
const DIGITS = Array.from('-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz', (digit) =>
  digit.charCodeAt(0),
);
const LIMB = 2 ** 26;
// Numbers are added as their distance from these, which is small enough for `EXACT_ADDS` of them to be summed exactly at once.
const VENUE_BASE = 1.7e15;
const MARK_BASE = 3.4e15;
const FARTHEST = 2 ** 48;
const EXACT_ADDS = 32;

/**
 * How much a valuation has seen, as text that sorts: the sums over its symbols of the two parts of their stamps, compared
 * in this order. A sum rises whenever a part of it does, so of two valuations of the same symbols, one that has seen
 * nothing older and something newer has the greater text.
 *
 * Sums are exact: two limbs each, for up to 2^26 symbols.
 */
export class OrderSum {
  readonly #venue = new ExactSum();
  readonly #mark = new ExactSum();
  // What was added since, less the bases.
  #venuePart = 0;
  #markPart = 0;
  #parts = 0;

  /** Starts anew, from another sum or from zero. */
  reset(start?: OrderSum): void {
    this.#venuePart = this.#markPart = this.#parts = 0;
    if (start) start.#gather();
    this.#venue.set(start ? start.#venue : undefined);
    this.#mark.set(start ? start.#mark : undefined);
  }

  /** Adds a symbol: its highest venue time in µs, and a mark that rises with each of its prices and gaps; whole numbers. */
  add(venueTime: number, mark: number): void {
    const venuePart = venueTime - VENUE_BASE;
    const markPart = mark - MARK_BASE;
    if (!(venuePart < FARTHEST && venuePart > -FARTHEST && markPart < FARTHEST && markPart > -FARTHEST)) {
      this.#venue.add(venueTime);
      this.#mark.add(mark);
      return;
    }
    this.#venuePart += venuePart;
    this.#markPart += markPart;
    if (++this.#parts === EXACT_ADDS) this.#gather();
  }

  /** 26 characters, compared one by one. */
  toString(): string {
    this.#gather();
    return this.#venue.toString() + this.#mark.toString();
  }

  #gather(): void {
    if (this.#parts === 0) return;
    this.#venue.add(this.#venuePart);
    this.#venue.addTimes(VENUE_BASE, this.#parts);
    this.#mark.add(this.#markPart);
    this.#mark.addTimes(MARK_BASE, this.#parts);
    this.#venuePart = this.#markPart = this.#parts = 0;
  }
}

/** A sum of whole numbers below 2^53, exact. */
class ExactSum {
  #high = 0;
  #low = 0;

  set(other: ExactSum | undefined): void {
    this.#high = other === undefined ? 0 : other.#high;
    this.#low = other === undefined ? 0 : other.#low;
  }

  add(value: number): void {
    const high = Math.floor(value / LIMB);
    this.#high += high;
    this.#low += value - high * LIMB;
  }

  /** Adds a number several times. */
  addTimes(value: number, times: number): void {
    const high = Math.floor(value / LIMB);
    this.#high += times * high;
    this.#low += times * (value - high * LIMB);
  }

  toString(): string {
    return encode(this.#high, this.#low);
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

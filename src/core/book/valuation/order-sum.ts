// 64 digits whose order as ASCII is their order as digits.
const DIGITS = Array.from('-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz', (digit) =>
  digit.charCodeAt(0),
);
const LIMB = 2 ** 26;
// Numbers are added as their distances from these, which are small enough that float64 sums `EXACT_ADDS` of them exactly.
const VENUE_BASE = 1.7e15;
const ARRIVAL_BASE = 3.4e15;
const FARTHEST = 2 ** 48;
const EXACT_ADDS = 32;

/**
 * How much a valuation has seen, as a string that sorts: the sums of the two parts of its symbols' stamps, compared in this order. A
 * sum rises whenever one of its parts does. So of two valuations of the same symbols, the one that has seen nothing older and
 * something newer has the greater string.
 *
 * Sums are exact: two limbs each, for up to 2^26 symbols.
 */
export class OrderSum {
  readonly #venue = new ExactSum();
  readonly #arrival = new ExactSum();
  // What was added since, less the bases.
  #venuePart = 0;
  #arrivalPart = 0;
  #parts = 0;

  /** Starts again, from another sum or from zero. */
  reset(start?: OrderSum): void {
    this.#venuePart = this.#arrivalPart = this.#parts = 0;
    if (start) start.#gather();
    this.#venue.set(start ? start.#venue : undefined);
    this.#arrival.set(start ? start.#arrival : undefined);
  }

  /** Adds a symbol: its highest venue time in µs, and a number that rises with each of its prices and gaps; whole numbers. */
  add(venueTime: number, arrival: number): void {
    const venuePart = venueTime - VENUE_BASE;
    const arrivalPart = arrival - ARRIVAL_BASE;
    if (!(
      venuePart < FARTHEST &&
      venuePart > -FARTHEST &&
      arrivalPart < FARTHEST &&
      arrivalPart > -FARTHEST
    )) {
      this.#venue.add(venueTime);
      this.#arrival.add(arrival);
      return;
    }
    this.#venuePart += venuePart;
    this.#arrivalPart += arrivalPart;
    if (++this.#parts === EXACT_ADDS) this.#gather();
  }

  /** 26 characters; compare as strings. */
  toString(): string {
    this.#gather();
    return this.#venue.toString() + this.#arrival.toString();
  }

  #gather(): void {
    if (this.#parts === 0) return;
    this.#venue.add(this.#venuePart);
    this.#venue.addTimes(VENUE_BASE, this.#parts);
    this.#arrival.add(this.#arrivalPart);
    this.#arrival.addTimes(ARRIVAL_BASE, this.#parts);
    this.#venuePart = this.#arrivalPart = this.#parts = 0;
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

import { Decimal } from '../money/decimal.js';
import { readPrice } from '../money/scaled-number.js';
import { isBelow } from './price-stamp.js';
import type { PriceDetails } from './price-update.js';

/**
 * Prices in columns: an array for each field instead of an object for each price, so that a burst of ticks does not create a burst of
 * garbage. A price is `units[i]` × 10^-`scales[i]`, exactly.
 */
export class PriceColumns {
  units: Float64Array;
  scales: Uint8Array;
  /** Venue time, or time of receipt where `received[i]` is 1, ms since 1970. */
  timestamps: Float64Array;
  /** When it arrived here, ms since 1970. */
  receivedAt: Float64Array;
  /** Highest venue time of the symbol so far, ms since 1970: first part of the `PriceStamp`. */
  venueTimes: Float64Array;
  /** Arrival number: second part of the `PriceStamp`. */
  arrivals: Float64Array;
  /** 1 where `timestamps[i]` is a time of receipt. */
  received: Uint8Array;
  details: Array<PriceDetails | undefined>;
  /** The venue's sequence number: decides between prices of the same `venueTimes[i]`, NaN where unknown. `null` while no row has one. */
  sequences: Float64Array | null = null;

  /** @param buffer Holds the columns: five numbers per row from its start, and two bytes per row from `flagsAt`. Default: a new one. */
  constructor(capacity: number, buffer = new ArrayBuffer(42 * capacity), flagsAt = 40 * capacity) {
    // One buffer for all columns: creating buffers is most of the cost of a batch.
    this.units = new Float64Array(buffer, 0, capacity);
    this.timestamps = new Float64Array(buffer, 8 * capacity, capacity);
    this.receivedAt = new Float64Array(buffer, 16 * capacity, capacity);
    this.venueTimes = new Float64Array(buffer, 24 * capacity, capacity);
    this.arrivals = new Float64Array(buffer, 32 * capacity, capacity);
    this.scales = new Uint8Array(buffer, flagsAt, capacity);
    this.received = new Uint8Array(buffer, flagsAt + capacity, capacity);
    this.details = new Array<PriceDetails | undefined>(capacity).fill(undefined);
  }

  get capacity(): number {
    return this.units.length;
  }

  /** Makes room for row `last`. The capacity at least doubles, so that growing is rare. */
  reserve(last: number): void {
    if (last < this.capacity) return;
    const wider = new PriceColumns(Math.max(last + 1, this.capacity * 2));
    wider.units.set(this.units);
    wider.scales.set(this.scales);
    wider.timestamps.set(this.timestamps);
    wider.receivedAt.set(this.receivedAt);
    wider.venueTimes.set(this.venueTimes);
    wider.arrivals.set(this.arrivals);
    wider.received.set(this.received);
    for (let i = 0; i < this.details.length; i++) wider.details[i] = this.details[i];
    if (this.sequences) (wider.sequences = noSequences(wider.capacity)).set(this.sequences);
    Object.assign(this, wider);
  }

  /** Copies row `from` of `other` to row `to` of these columns. */
  copy(to: number, other: PriceColumns, from: number): void {
    this.units[to] = other.units[from]!;
    this.scales[to] = other.scales[from]!;
    this.timestamps[to] = other.timestamps[from]!;
    this.receivedAt[to] = other.receivedAt[from]!;
    this.venueTimes[to] = other.venueTimes[from]!;
    this.arrivals[to] = other.arrivals[from]!;
    this.received[to] = other.received[from]!;
    this.details[to] = other.details[from];
    this.setSequence(to, other.sequenceOf(from));
  }

  /** Sets the venue's sequence number of a row; NaN: unknown. */
  setSequence(index: number, sequence: number): void {
    if (sequence === sequence) this.sequences ??= noSequences(this.capacity);
    if (this.sequences) this.sequences[index] = sequence;
  }

  /** The venue's sequence number of a row; NaN if it is unknown. */
  sequenceOf(index: number): number {
    return this.sequences ? this.sequences[index]! : NaN;
  }

  /** Sets the price of a row. @throws RangeError for a price that `priceFault` refuses. */
  setPrice(index: number, price: number | string): void {
    const scaled = readPrice(price);
    if (typeof scaled === 'string') throw new RangeError(`price ${price} is ${scaled}`);
    this.units[index] = scaled.units;
    this.scales[index] = scaled.scale;
  }

  /** The price of a row. */
  price(index: number): Decimal {
    return Decimal.ofUnits(this.units[index]!, this.scales[index]!);
  }

  /** Whether row `index` is newer than row `row` of `other`: at the same venue time by sequence number if both have one, else by stamp. */
  isNewer(index: number, other: PriceColumns, row: number): boolean {
    const later = this.sequenceOf(index) - other.sequenceOf(row);
    if (isDecisive(later) && this.venueTimes[index] === other.venueTimes[row]) return later > 0;
    return isBelow(
      other.venueTimes[row]!,
      other.arrivals[row]!,
      this.venueTimes[index]!,
      this.arrivals[index]!,
    );
  }
}

/** Whether the difference of two sequence numbers says which is the later one: both are known, and they are not equal. */
export function isDecisive(difference: number): boolean {
  return difference > 0 || difference < 0;
}

const noSequences = (capacity: number): Float64Array => new Float64Array(capacity).fill(NaN);

/** Whether details are equal. */
export function isSameDetails(a: PriceDetails | undefined, b: PriceDetails | undefined): boolean {
  if (a === b) return true;
  return (
    a?.bid === b?.bid &&
    a?.ask === b?.ask &&
    a?.previousClose === b?.previousClose &&
    a?.previousCloseAt === b?.previousCloseAt &&
    a?.accrued === b?.accrued &&
    a?.previousAccrued === b?.previousAccrued &&
    a?.currency === b?.currency &&
    a?.state === b?.state
  );
}

import { Decimal } from '../money/decimal.js';
import { readScaled } from '../money/scaled-number.js';
import type { PriceDetails } from './price-update.js';

/**
 * The details of a newer update over those of an older one: it replaces them whole, except that the previous close, which
 * venues send once a session, stays known.
 */
export function newerDetails(
  older: PriceDetails | undefined,
  newer: PriceDetails | undefined,
): PriceDetails | undefined {
  if (older?.previousClose === undefined || newer?.previousClose !== undefined) return newer;
  return older.currency === newer?.currency ? { ...newer, previousClose: older.previousClose } : newer;
}

/**
 * Prices in columns: one array a field instead of one object a price, which is what keeps a burst of ticks from
 * becoming a burst of garbage. A price is `units[i]` × 10^-`scales[i]`, exactly.
 */
export class PriceColumns {
  units: Float64Array;
  scales: Uint8Array;
  /** Venue time in ms, or receive time where `received[i]` is 1. */
  timestamps: Float64Array;
  /** When it arrived here, ms since 1970. */
  receivedAt: Float64Array;
  /** Venue's sequence number, NaN without one. */
  sequences: Float64Array;
  /** 1 where `timestamps[i]` is not the venue's. */
  received: Uint8Array;
  details: Array<PriceDetails | undefined>;

  /** In a buffer of its own, or in one that has room: from 0 for four numbers a row, from `flagsAt` for two bytes a row. */
  constructor(capacity: number, buffer = new ArrayBuffer(34 * capacity), flagsAt = 32 * capacity) {
    // One buffer for all columns: making buffers is most of what a batch costs.
    this.units = new Float64Array(buffer, 0, capacity);
    this.timestamps = new Float64Array(buffer, 8 * capacity, capacity);
    this.receivedAt = new Float64Array(buffer, 16 * capacity, capacity);
    this.sequences = new Float64Array(buffer, 24 * capacity, capacity);
    this.scales = new Uint8Array(buffer, flagsAt, capacity);
    this.received = new Uint8Array(buffer, flagsAt + capacity, capacity);
    this.details = new Array<PriceDetails | undefined>(capacity).fill(undefined);
  }

  get capacity(): number {
    return this.units.length;
  }

  /** Makes room for index `last`, doubling so that growth costs nothing in the long run. */
  reserve(last: number): void {
    if (last < this.capacity) return;
    const wider = new PriceColumns(Math.max(last + 1, this.capacity * 2));
    wider.units.set(this.units);
    wider.scales.set(this.scales);
    wider.timestamps.set(this.timestamps);
    wider.receivedAt.set(this.receivedAt);
    wider.sequences.set(this.sequences);
    wider.received.set(this.received);
    for (let i = 0; i < this.details.length; i++) wider.details[i] = this.details[i];
    Object.assign(this, wider);
  }

  /** Copies row `from` of `other` to row `to` of this. */
  copy(to: number, other: PriceColumns, from: number): void {
    this.units[to] = other.units[from]!;
    this.scales[to] = other.scales[from]!;
    this.timestamps[to] = other.timestamps[from]!;
    this.receivedAt[to] = other.receivedAt[from]!;
    this.sequences[to] = other.sequences[from]!;
    this.received[to] = other.received[from]!;
    this.details[to] = other.details[from];
  }

  /** Sets the price of a row, which must have passed `priceFault`. */
  setPrice(index: number, price: number | string): void {
    const scaled = readScaled(price);
    if (typeof scaled === 'string') throw new RangeError(`price ${price} is ${scaled}`);
    this.units[index] = scaled.units;
    this.scales[index] = scaled.scale;
  }

  /** The price of a row. */
  price(index: number): Decimal {
    return Decimal.ofUnits(this.units[index]!, this.scales[index]!);
  }

  /** Whether an update is strictly older than row `index`; see {@link isOlder}. */
  isNewerThan(
    index: number,
    timestamp: number,
    received: number,
    receivedAt: number,
    sequence: number,
  ): boolean {
    return isOlder(
      timestamp,
      received,
      receivedAt,
      sequence,
      this.timestamps[index]!,
      this.received[index]!,
      this.receivedAt[index]!,
      this.sequences[index]!,
    );
  }

  /** {@link isNewerThan} for row `row` of `other`. */
  isRowNewer(index: number, other: PriceColumns, row: number): boolean {
    const { timestamps, received, receivedAt, sequences } = other;
    return this.isNewerThan(index, timestamps[row]!, received[row]!, receivedAt[row]!, sequences[row]!);
  }
}

/**
 * Whether an update is strictly older than a known one. Venue times are compared with venue times only: the clocks of
 * venue and receiver differ by seconds in real recordings, so where either gives none, arrival decides. Equal times
 * go by sequence where both have one, then by arrival.
 */
export function isOlder(
  timestamp: number,
  received: number,
  receivedAt: number,
  sequence: number,
  knownTimestamp: number,
  knownReceived: number,
  knownReceivedAt: number,
  knownSequence: number,
): boolean {
  if (received !== 0 || knownReceived !== 0) return receivedAt < knownReceivedAt;
  return timestamp === knownTimestamp ? sequence < knownSequence : timestamp < knownTimestamp;
}

import { ARRIVAL_UNITS_PER_MS, type PriceStamp } from '../prices/price-stamp.js';

/** How far a venue's time may be ahead of its receipt, in ms, and still decide the order. */
export const CLOCK_TOLERANCE_MS = 1000;

// A row of `#known`.
const VENUE_TIME = 0;
const SENT_AT = 1;
const SEQUENCE = 2;
const RECEIVED_AT = 3;
const RESTARTED_AT = 4;
const ROW_LENGTH = 5;

/** An update to put in order. The same object is used for all updates, so that none is allocated. */
export interface OrderedUpdate {
  id: number;
  /** When the venue sent it, ms since 1970. */
  timestamp: number;
  /** 1 if `timestamp` is a time of receipt, 0 if it is the venue's. */
  received: number;
  /** When it was received, ms since 1970. */
  receivedAt: number;
  /** The venue's sequence number; NaN if it has none. Set to NaN when it is accepted, unless it can be compared with those of another process. */
  sequence: number;
  /** The current time, ms since 1970. */
  now: number;
  /** Its {@link PriceStamp}, set when it is accepted. */
  venueTime: number;
  arrival: number;
}

/**
 * Decides which of two prices of a symbol is newer; nothing else does. It compares each update with the ones before when it arrives, ahead
 * of all batching, and gives each accepted update two numbers, its {@link PriceStamp}. The stamps of a symbol only rise, so every later
 * comparison of stamps has the same result, however the updates were batched.
 *
 * An update is refused as older
 * - if its venue time is below the highest accepted one. A venue time later than its receipt counts as the time of receipt; one more than
 *   a second later counts as a second before the receipt;
 * - if its venue time is the same as that of the last update, or missing, and its sequence number is below the highest one of that venue
 *   time since the last gap;
 * - if it has no venue time and was received before the last update.
 */
export class PriceOrder {
  // A row for each symbol number: the highest venue time, the last venue time as it was sent, the highest sequence number, the last receipt,
  // and the venue time at the last gap or start, at and below which sequence numbers say nothing to other processes.
  #latest = new Float64Array(0);
  /** The last arrival number. It starts as a fraction, so that V8 keeps it unboxed. */
  #arrival = 0.5;
  #arrivalAt = NaN;

  /** Stamps an update if it is the newest of its symbol. @returns whether it is. */
  accept(update: OrderedUpdate): boolean {
    const { timestamp, receivedAt, sequence, now } = update;
    const at = ROW_LENGTH * update.id;
    if (at >= this.#latest.length) this.#reserve(update.id);
    const known = this.#latest;
    const receipt = receivedAt < now ? receivedAt : now;
    const highest = known[at + VENUE_TIME]!;
    if (update.received !== 0 || timestamp > receipt + CLOCK_TOLERANCE_MS) {
      if (!this.#acceptUntimed(at, update, receipt)) return false;
    } else {
      const sentAt = known[at + SENT_AT]!;
      if (timestamp < highest) return false;
      if (timestamp === sentAt) {
        if (sequence < known[at + SEQUENCE]!) return false;
        if (sequence === sequence) known[at + SEQUENCE] = sequence;
      } else {
        // While the venue's clock is ahead of ours, its times can be compared as they were sent, but not once they are cut to the receipt.
        if (timestamp < sentAt && timestamp > receipt) return false;
        // At a later venue time, sequence numbers may start again.
        known[at + SEQUENCE] = sequence;
        known[at + SENT_AT] = timestamp;
      }
      const capped = timestamp < receipt ? timestamp : receipt;
      if (capped > highest) known[at + VENUE_TIME] = capped;
    }
    known[at + RECEIVED_AT] = receipt;
    const venueTime = (update.venueTime = known[at + VENUE_TIME]!);
    update.arrival = this.#nextArrival(now);
    if (update.received !== 0 || timestamp !== venueTime || venueTime <= known[at + RESTARTED_AT]!)
      update.sequence = NaN;
    return true;
  }

  // For an update without a venue time, or with one so far ahead of its receipt that it is wrong: if it counted, later updates would
  // be refused until that time has come.
  #acceptUntimed(at: number, { received, sequence }: OrderedUpdate, receipt: number): boolean {
    const known = this.#latest;
    if (sequence < known[at + SEQUENCE]!) return false;
    if (received !== 0 && receipt < known[at + RECEIVED_AT]!) return false;
    if (sequence === sequence) known[at + SEQUENCE] = sequence;
    // It was sent some time before its receipt.
    const sent = receipt - CLOCK_TOLERANCE_MS;
    if (received === 0 && sent > known[at + VENUE_TIME]!) known[at + VENUE_TIME] = sent;
    return true;
  }

  /**
   * Takes a gap of the stream. The sequence numbers of its symbols may start again.
   * @returns the arrival number of the gap: above those of all updates before it, below those of all updates after it.
   */
  gap(symbolIds: Iterable<number>, now: number): number {
    for (const id of symbolIds) {
      const at = ROW_LENGTH * id;
      if (at >= this.#latest.length) continue;
      this.#latest[at + SEQUENCE] = NaN;
      this.#latest[at + RESTARTED_AT] = this.#latest[at + VENUE_TIME]!;
    }
    return this.#nextArrival(now);
  }

  /** Continues from a price that an earlier process stamped. */
  startFrom(id: number, { venueTime, arrival }: PriceStamp): void {
    if (ROW_LENGTH * id >= this.#latest.length) this.#reserve(id);
    const at = ROW_LENGTH * id;
    const highest = Math.max(this.#latest[at + VENUE_TIME]!, venueTime);
    this.#latest[at + VENUE_TIME] = this.#latest[at + RESTARTED_AT] = highest;
    this.#arrival = Math.max(this.#arrival, arrival);
  }

  #nextArrival(now: number): number {
    if (now !== this.#arrivalAt) {
      this.#arrivalAt = now;
      const arrived = Math.floor(now * ARRIVAL_UNITS_PER_MS);
      if (arrived > this.#arrival) return (this.#arrival = arrived);
    }
    return (this.#arrival = Math.floor(this.#arrival) + 1);
  }

  #reserve(id: number): void {
    const rows = Math.max(64, id + 1, (2 * this.#latest.length) / ROW_LENGTH);
    const wider = new Float64Array(ROW_LENGTH * rows);
    wider.set(this.#latest);
    for (let at = this.#latest.length; at < wider.length; at += ROW_LENGTH) {
      wider[at + SENT_AT] = -1;
      wider[at + SEQUENCE] = NaN;
      wider[at + RECEIVED_AT] = NaN;
    }
    this.#latest = wider;
  }
}

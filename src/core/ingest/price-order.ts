import { ARRIVAL_UNITS_PER_MS, type PriceStamp } from '../prices/price-stamp.js';

/** How far a venue's clock may be ahead of ours, in ms, before its times say nothing about order. */
export const CLOCK_TOLERANCE_MS = 1000;

// A row of `#known`.
const VENUE_TIME = 0;
const SENT_AT = 1;
const SEQUENCE = 2;
const RECEIVED_AT = 3;
const ROW_LENGTH = 4;

/** An update that is to be judged. One record that all pass through, so that none is allocated. */
export interface OrderedUpdate {
  id: number;
  /** ms since 1970. */
  timestamp: number;
  /** 1 where `timestamp` is not the venue's. */
  received: number;
  /** ms since 1970. */
  receivedAt: number;
  /** NaN without one. */
  sequence: number;
  /** When it arrives, ms since 1970. */
  now: number;
  /** Its stamp, once it is accepted: see {@link PriceStamp}. */
  venueTime: number;
  arrival: number;
}

/**
 * The one place that decides which of two prices of a symbol is newer. It judges each update when it arrives, before
 * anything is batched, and stamps what it accepts with two numbers ({@link PriceStamp}). Stamps of a symbol only rise, so
 * every later comparison gives the same answer, however updates were batched.
 *
 * An update is refused as older
 * - if its venue time is below the highest one accepted, where none counts as later than its receipt, and one that is far
 *   ahead of it counts as a second before;
 * - if it has the same venue time or none, and its sequence is below the highest one since then or since the last gap;
 * - if it has no venue time and was received before the last one.
 */
export class PriceOrder {
  // By symbol number: highest venue time; the newest venue time as it was sent; highest sequence; last receipt.
  #latest = new Float64Array(0);
  /** The last mark; not whole at the start, so that it stays unboxed. */
  #arrival = 0.5;
  #arrivalAt = NaN;

  /** Judges an update and, if it is the newest of its symbol, stamps it. @returns whether it is. */
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
        // While the venue's clock is ahead of ours, the times that it sent are comparable, those cut to their receipt are not.
        if (timestamp < sentAt && timestamp > receipt) return false;
        // A venue that counts anew at a later time is not behind.
        known[at + SEQUENCE] = sequence;
        known[at + SENT_AT] = timestamp;
      }
      const capped = timestamp < receipt ? timestamp : receipt;
      if (capped > highest) known[at + VENUE_TIME] = capped;
    }
    known[at + RECEIVED_AT] = receipt;
    update.venueTime = known[at + VENUE_TIME]!;
    update.arrival = this.#nextArrival(now);
    return true;
  }

  // Of an update without a venue time, or with one so far ahead of its receipt that it tells no order, and would hold the symbol
  // until that time has come.
  #acceptUntimed(at: number, { received, sequence }: OrderedUpdate, receipt: number): boolean {
    const known = this.#latest;
    if (sequence < known[at + SEQUENCE]!) return false;
    if (received !== 0 && receipt < known[at + RECEIVED_AT]!) return false;
    if (sequence === sequence) known[at + SEQUENCE] = sequence;
    // It was sent some time before, as long as messages take.
    const sent = receipt - CLOCK_TOLERANCE_MS;
    if (received === 0 && sent > known[at + VENUE_TIME]!) known[at + VENUE_TIME] = sent;
    return true;
  }

  /**
   * A break of the stream: what arrives from now on has marks above the returned one, what arrived before has lower ones.
   * Sequences of the symbols start anew.
   */
  gap(symbolIds: Iterable<number>, now: number): number {
    for (const id of symbolIds)
      if (ROW_LENGTH * id < this.#latest.length) this.#latest[ROW_LENGTH * id + SEQUENCE] = NaN;
    return this.#nextArrival(now);
  }

  /** Goes on from a price that was stamped by an earlier process. */
  startFrom(id: number, { venueTime, arrival }: PriceStamp): void {
    if (ROW_LENGTH * id >= this.#latest.length) this.#reserve(id);
    const at = ROW_LENGTH * id + VENUE_TIME;
    this.#latest[at] = Math.max(this.#latest[at]!, venueTime);
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

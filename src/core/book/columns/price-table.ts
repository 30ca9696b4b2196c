import { Decimal } from '../../money/decimal.js';
import { isDecisive, type PriceColumns } from '../../prices/price-columns.js';
import { ARRIVAL_UNITS_PER_MS } from '../../prices/price-stamp.js';

// A row of the table, as long as a cache line.
const WIDTH = 8;
/** The two parts of a stamp. */
const VENUE_TIME = 0;
const ARRIVAL = 1;
/** What the symbol adds to the order of a valuation; see `OrderSum`. */
const VENUE_ORDER = 2;
const ARRIVAL_ORDER = 3;
const TIMESTAMP = 4;
const RECEIVED_AT = 5;
/** The price is units × 10^-scale. `RECEIVED` is added to the scale where `TIMESTAMP` is not the venue's. */
const UNITS = 6;
const SCALE = 7;
const RECEIVED = 256;

/**
 * Newest price and times of each symbol, by symbol number: one row of numbers each, since every tick changes one and every position
 * of every valuation reads one. All times are ms since 1970. Rows of symbols without a price hold NaN.
 */
export class PriceTable {
  #rows = new Float64Array(0);
  // The venue's sequence number and the arrival as it was sent, of symbols whose prices come with one. Apart, since a tick seldom needs them.
  #sequences = new Float64Array(0);

  /** Whether a symbol has a price. */
  has(id: number): boolean {
    return this.#at(id, VENUE_TIME) > -Infinity;
  }

  /** Makes room for a symbol. */
  reserve(id: number): void {
    if (WIDTH * id < this.#rows.length) return;
    const wider = new Float64Array(WIDTH * Math.max(id + 1, (2 * this.#rows.length) / WIDTH)).fill(NaN);
    wider.set(this.#rows);
    this.#rows = wider;
  }

  /** Sets the price of a symbol, which there is room for, to row `row` of `fresh`. */
  set(id: number, fresh: PriceColumns, row: number): void {
    const rows = this.#rows;
    const at = WIDTH * id;
    const venueTime = fresh.venueTimes[row]!;
    let arrival = fresh.arrivals[row]!;
    if (fresh.sequences || this.#sequences.length > 0) arrival = this.#setSequence(id, fresh, row);
    rows[at + VENUE_TIME] = venueTime;
    rows[at + ARRIVAL] = arrival;
    rows[at + VENUE_ORDER] = Math.floor(venueTime * ARRIVAL_UNITS_PER_MS);
    rows[at + ARRIVAL_ORDER] = 2 * Math.floor(arrival);
    rows[at + TIMESTAMP] = fresh.timestamps[row]!;
    rows[at + RECEIVED_AT] = fresh.receivedAt[row]!;
    rows[at + UNITS] = fresh.units[row]!;
    rows[at + SCALE] = fresh.scales[row]! + RECEIVED * fresh.received[row]!;
  }

  /** Sets the price of a symbol that has one to `units` × 10^-`scale`; its times stay. */
  setPrice(id: number, units: number, scale: number): void {
    const at = WIDTH * id;
    this.#rows[at + UNITS] = units;
    this.#rows[at + SCALE] = scale + (this.isVenueTime(id) ? 0 : RECEIVED);
  }

  /** First part of the stamp. */
  venueTimeOf(id: number): number {
    return this.#rows[WIDTH * id + VENUE_TIME]!;
  }

  /** Second part of the stamp. */
  arrivalOf(id: number): number {
    return this.#rows[WIDTH * id + ARRIVAL]!;
  }

  /** Venue time, or time of receipt where the venue gave none; see {@link isVenueTime}. */
  timestampOf(id: number): number {
    return this.#rows[WIDTH * id + TIMESTAMP]!;
  }

  /** Whether the timestamp is the venue's. */
  isVenueTime(id: number): boolean {
    return this.#rows[WIDTH * id + SCALE]! < RECEIVED;
  }

  /** Time of receipt. */
  receivedAtOf(id: number): number {
    return this.#rows[WIDTH * id + RECEIVED_AT]!;
  }

  /** The price. */
  priceOf(id: number): Decimal {
    const at = WIDTH * id;
    return Decimal.ofUnits(this.#rows[at + UNITS]!, this.#rows[at + SCALE]! % RECEIVED);
  }

  /** What the symbol adds to the first sum of an `OrderSum`; NaN without a price. */
  venueOrderOf(id: number): number {
    return this.#at(id, VENUE_ORDER);
  }

  /** What the symbol adds to the second sum of an `OrderSum`. */
  arrivalOrderOf(id: number): number {
    return this.#rows[WIDTH * id + ARRIVAL_ORDER]!;
  }

  /**
   * Lets a gap count in the order of valuations: it rises with a newer price and with a newer gap. A gap that a price has followed no
   * longer counts, as in the store.
   */
  setGap(id: number, gap: number): void {
    const arrival = this.arrivalOf(id);
    this.#rows[WIDTH * id + ARRIVAL_ORDER] = Math.floor(arrival) + Math.floor(gap > arrival ? gap : arrival);
  }

  /**
   * Compares the place of row `row` of `fresh` in the order with that of a known price: by venue time, then by sequence number if both have one, then
   * by arrival.
   * @returns above 0 when that of the row is higher, below 0 when it is lower, 0 for equal ones.
   */
  compare(id: number, fresh: PriceColumns, row: number): number {
    const rows = this.#rows;
    const at = WIDTH * id;
    const later = fresh.venueTimes[row]! - rows[at + VENUE_TIME]!;
    if (later !== 0) return later;
    const following = fresh.sequenceOf(row) - this.#sequenceOf(id);
    if (isDecisive(following)) return following;
    return fresh.arrivals[row]! - (following === 0 ? this.#sequences[2 * id + 1]! : rows[at + ARRIVAL]!);
  }

  /** Whether row `row` of `fresh` has the same price. */
  isSame(id: number, fresh: PriceColumns, row: number): boolean {
    const rows = this.#rows;
    const at = WIDTH * id;
    return fresh.units[row] === rows[at + UNITS] && fresh.scales[row] === rows[at + SCALE]! % RECEIVED;
  }

  // Remembers the sequence number of a row that is being set. @returns its arrival, so high that the stamp of the symbol does not fall
  // where the sequence number has decided: stores and valuations know only stamps.
  #setSequence(id: number, fresh: PriceColumns, row: number): number {
    const arrival = fresh.arrivals[row]!;
    const sequence = fresh.sequenceOf(row);
    if (2 * id >= this.#sequences.length) {
      const wider = new Float64Array(Math.max(2 * id + 2, this.#rows.length / (WIDTH / 2))).fill(NaN);
      wider.set(this.#sequences);
      this.#sequences = wider;
    }
    const following = sequence - this.#sequences[2 * id]!;
    this.#sequences[2 * id] = sequence;
    this.#sequences[2 * id + 1] = arrival;
    if (!(following >= 0) || fresh.venueTimes[row] !== this.venueTimeOf(id)) return arrival;
    return Math.max(arrival, this.arrivalOf(id) + (following > 0 ? 1 : 0));
  }

  #sequenceOf(id: number): number {
    return 2 * id < this.#sequences.length ? this.#sequences[2 * id]! : NaN;
  }

  #at(id: number, column: number): number {
    const at = WIDTH * id + column;
    return at < this.#rows.length ? this.#rows[at]! : NaN;
  }
}

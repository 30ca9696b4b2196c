import { PublishedPrices, type IncomingPrice, type PriceBacklog } from './price-backlog.js';
import { PriceChangedBatch } from '../prices/price-changed-event.js';
import type { PriceDetails } from '../prices/price-update.js';
import type { SymbolTable } from '../prices/symbol-table.js';

// The fields of a row of `#newest`.
const PRICE = 0;
const TIMESTAMP = 1;
const RECEIVED_AT = 2;
const VENUE_TIME = 3;
const ARRIVAL = 4;
const SEQUENCE = 5;
const ROW_LENGTH = 6;

// The bits of a state.
const RECEIVED = 1;
const WAITING = 2;
const HAS_STRING = 4;
const HAS_DETAILS = 8;
const SENT = 16;

/** Keeps the newest update of each symbol: never more updates than symbols, however fast prices come. */
export class ConflatingBacklog implements PriceBacklog {
  conflated = 0;
  readonly overflowed = 0;
  readonly #symbols: SymbolTable;
  readonly #published: PublishedPrices;
  // The newest accepted update by symbol number, waiting or published. The fields of an update are side by side: with thousands of symbols
  // memory access takes most of the time, and an array for each field would take one access for each field. A price is read exactly only
  // when its batch leaves, since most are overwritten before.
  #newest = new Float64Array(0);
  #states = new Uint8Array(0);
  readonly #priceStrings: Array<string | undefined> = [];
  readonly #details: Array<PriceDetails | undefined> = [];
  // The waiting symbol numbers, each once, so there is always room for all symbols.
  #ring = new Int32Array(0);
  #mask = 0;
  #head = 0;
  #count = 0;

  constructor(symbols: SymbolTable) {
    this.#symbols = symbols;
    this.#published = new PublishedPrices(symbols);
  }

  get size(): number {
    return this.#count;
  }

  rejects(): boolean {
    return false;
  }

  add(incoming: IncomingPrice): void {
    const { id, received, details } = incoming;
    if (id >= this.#states.length) this.#reserve(id);
    const newest = this.#newest;
    const at = ROW_LENGTH * id;
    const state = this.#states[id]!;
    let fresh = received | WAITING | (state & SENT);
    if (incoming.priceString !== undefined) fresh |= this.#setPriceString(id, incoming.priceString);
    newest[at + PRICE] = incoming.price;
    newest[at + TIMESTAMP] = incoming.timestamp;
    newest[at + RECEIVED_AT] = incoming.receivedAt;
    newest[at + VENUE_TIME] = incoming.venueTime;
    newest[at + ARRIVAL] = incoming.arrival;
    newest[at + SEQUENCE] = incoming.sequence;
    if (details !== undefined) fresh |= this.#setDetails(id, details);
    this.#states[id] = fresh;
    if ((state & WAITING) !== 0) this.conflated++;
    else this.#ring[(this.#head + this.#count++) & this.#mask] = id;
  }

  amend(id: number, change: (details: PriceDetails | undefined) => PriceDetails): boolean {
    const state = this.#states[id] ?? 0;
    if ((state & (SENT | WAITING)) === 0) return false;
    const details = (state & HAS_DETAILS) === 0 ? undefined : this.#details[id];
    this.#states[id] = state | WAITING | this.#setDetails(id, change(details));
    if ((state & WAITING) !== 0) return false;
    this.#ring[(this.#head + this.#count++) & this.#mask] = id;
    return true;
  }

  take(limit: number, batchId: string, now: number): PriceChangedBatch {
    const length = Math.min(limit, this.#count);
    const batch = new PriceChangedBatch(batchId, now, this.#symbols, length);
    for (let row = 0; row < length; row++) batch.symbolIds[row] = this.#waitingId(row);
    this.#copyRows(batch);
    this.#readPrices(batch);
    this.#published.setOldPrices(batch);
    this.#head = (this.#head + length) & this.#mask;
    this.#count -= length;
    return batch;
  }

  copy(from: number, limit: number, batchId: string, now: number) {
    const ids: number[] = [];
    let id = from;
    for (; id < this.#symbols.size && ids.length < limit; id++)
      if ((this.#states[id]! & (SENT | WAITING)) === SENT) ids.push(id);
    const next = id < this.#symbols.size ? id : null;
    if (ids.length === 0) return { batch: null, next };
    const batch = new PriceChangedBatch(batchId, now, this.#symbols, ids.length);
    batch.symbolIds.set(ids);
    this.#copyRows(batch);
    this.#readPrices(batch);
    this.#published.copyOldPrices(batch);
    return { batch, next };
  }

  restore(batch: PriceChangedBatch): number {
    this.#published.undo(batch);
    let replaced = 0;
    for (let row = batch.length - 1; row >= 0; row--) {
      const id = batch.symbolIds[row]!;
      if ((this.#states[id]! & WAITING) !== 0) {
        replaced++;
        continue;
      }
      this.#states[id]! |= WAITING;
      this.#head = (this.#head - 1) & this.#mask;
      this.#ring[this.#head] = id;
      this.#count++;
    }
    return replaced;
  }

  clear(): number {
    const dropped = this.#count;
    for (let row = 0; row < dropped; row++) this.#states[this.#waitingId(row)]! &= ~WAITING;
    this.#count = 0;
    return dropped;
  }

  // Several short loops are faster than a long one: the CPU fetches the scattered rows of several symbols at once.
  #copyRows({ symbolIds, prices, length }: PriceChangedBatch): void {
    const newest = this.#newest;
    for (let row = 0; row < length; row++) {
      const at = ROW_LENGTH * symbolIds[row]!;
      prices.units[row] = newest[at + PRICE]!;
      prices.timestamps[row] = newest[at + TIMESTAMP]!;
      prices.receivedAt[row] = newest[at + RECEIVED_AT]!;
      prices.venueTimes[row] = newest[at + VENUE_TIME]!;
      prices.arrivals[row] = newest[at + ARRIVAL]!;
      prices.setSequence(row, newest[at + SEQUENCE]!);
    }
  }

  #readPrices({ symbolIds, prices, length }: PriceChangedBatch): void {
    for (let row = 0; row < length; row++) {
      const id = symbolIds[row]!;
      const state = this.#states[id]!;
      this.#states[id] = (state & ~WAITING) | SENT;
      prices.received[row] = state & RECEIVED;
      prices.setPrice(row, (state & HAS_STRING) !== 0 ? this.#priceStrings[id]! : prices.units[row]!);
      if ((state & HAS_DETAILS) !== 0) prices.details[row] = this.#details[id];
    }
  }

  #waitingId(row: number): number {
    return this.#ring[(this.#head + row) & this.#mask]!;
  }

  #setPriceString(id: number, text: string): number {
    this.#priceStrings[id] = text;
    return HAS_STRING;
  }

  #setDetails(id: number, details: PriceDetails): number {
    this.#details[id] = details;
    return HAS_DETAILS;
  }

  #reserve(id: number): void {
    let capacity = Math.max(64, this.#states.length);
    while (capacity <= id) capacity *= 2;
    const newest = new Float64Array(ROW_LENGTH * capacity);
    newest.set(this.#newest);
    const states = new Uint8Array(capacity);
    states.set(this.#states);
    const ring = new Int32Array(capacity);
    for (let i = 0; i < this.#count; i++) ring[i] = this.#waitingId(i);
    for (let next = this.#priceStrings.length; next < capacity; next++) {
      this.#priceStrings.push(undefined);
      this.#details.push(undefined);
    }
    this.#newest = newest;
    this.#states = states;
    this.#ring = ring;
    this.#mask = capacity - 1;
    this.#head = 0;
  }
}

import { DeliveredPrices, type Admission, type IncomingPrice, type PriceBacklog } from './price-backlog.js';
import { PriceChangedBatch } from './price-changed-event.js';
import { isOlder, newerDetails } from './price-columns.js';
import type { PriceDetails } from './price-update.js';
import type { SymbolTable } from './symbol-table.js';

// A row of `#newest`.
const PRICE = 0;
const TIMESTAMP = 1;
const RECEIVED_AT = 2;
const SEQUENCE = 3;
const ROW = 4;

// Bits of a state.
const RECEIVED = 1;
const WAITING = 2;
const HAS_TEXT = 4;
const HAS_DETAILS = 8;

/** Keeps the newest price of each symbol: bounded by symbols, however fast prices come. */
export class ConflatingBacklog implements PriceBacklog {
  readonly #symbols: SymbolTable;
  readonly #delivered: DeliveredPrices;
  // Newest accepted update by symbol number, waiting or not. What one update overwrites lies side by side: with thousands
  // of symbols the time goes into fetching memory, and one array a field would mean one fetch a field. Prices wait unread:
  // most are overwritten before their batch leaves, so reading them exactly would be wasted.
  #newest = new Float64Array(0);
  #states = new Uint8Array(0);
  readonly #texts: Array<string | undefined> = [];
  readonly #details: Array<PriceDetails | undefined> = [];
  // Ids that wait, each once: a place for every symbol is always enough.
  #ring = new Int32Array(0);
  #head = 0;
  #count = 0;

  constructor(symbols: SymbolTable) {
    this.#symbols = symbols;
    this.#delivered = new DeliveredPrices(symbols);
  }

  get size(): number {
    return this.#count;
  }

  add(incoming: IncomingPrice): Admission {
    const { id, price, timestamp, received, receivedAt, sequence, details } = incoming;
    if (id >= this.#states.length) this.#reserve(id);
    const newest = this.#newest;
    const at = ROW * id;
    const state = this.#states[id]!;
    const isOutdated = isOlder(
      timestamp,
      received,
      receivedAt,
      sequence,
      newest[at + TIMESTAMP]!,
      state & RECEIVED,
      newest[at + RECEIVED_AT]!,
      newest[at + SEQUENCE]!,
    );
    if (isOutdated) return 'outdated';
    let fresh = received | WAITING;
    if (typeof price === 'number') {
      newest[at + PRICE] = price;
    } else {
      this.#texts[id] = price;
      fresh |= HAS_TEXT;
    }
    newest[at + TIMESTAMP] = timestamp;
    newest[at + RECEIVED_AT] = receivedAt;
    newest[at + SEQUENCE] = sequence;
    if (details !== undefined || (state & HAS_DETAILS) !== 0) {
      this.#details[id] = newerDetails(this.#details[id], details);
      if (this.#details[id] !== undefined) fresh |= HAS_DETAILS;
    }
    this.#states[id] = fresh;
    if ((state & WAITING) !== 0) return 'conflated';
    this.#ring[(this.#head + this.#count++) & (this.#ring.length - 1)] = id;
    return 'queued';
  }

  take(limit: number, batchId: string, now: number): PriceChangedBatch {
    const length = Math.min(limit, this.#count);
    const batch = new PriceChangedBatch(batchId, now, this.#symbols, length);
    const { prices, symbolIds } = batch;
    const newest = this.#newest;
    for (let row = 0; row < length; row++) {
      const id = this.#takeFirst();
      const at = ROW * id;
      const state = this.#states[id]!;
      symbolIds[row] = id;
      prices.setPrice(row, (state & HAS_TEXT) !== 0 ? this.#texts[id]! : newest[at + PRICE]!);
      prices.timestamps[row] = newest[at + TIMESTAMP]!;
      prices.received[row] = state & RECEIVED;
      prices.receivedAt[row] = newest[at + RECEIVED_AT]!;
      prices.sequences[row] = newest[at + SEQUENCE]!;
      if ((state & HAS_DETAILS) !== 0) prices.details[row] = this.#details[id];
    }
    this.#delivered.fillOld(batch);
    return batch;
  }

  settle(batch: PriceChangedBatch): void {
    this.#delivered.update(batch);
  }

  restore(batch: PriceChangedBatch): number {
    let replaced = 0;
    for (let row = batch.length - 1; row >= 0; row--) {
      const id = batch.symbolIds[row]!;
      if ((this.#states[id]! & WAITING) !== 0) {
        replaced++;
        continue;
      }
      this.#states[id]! |= WAITING;
      this.#head = (this.#head - 1) & (this.#ring.length - 1);
      this.#ring[this.#head] = id;
      this.#count++;
    }
    return replaced;
  }

  clear(): number {
    const dropped = this.#count;
    while (this.#count > 0) this.#takeFirst();
    return dropped;
  }

  #takeFirst(): number {
    const id = this.#ring[this.#head]!;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#count--;
    this.#states[id]! &= ~WAITING;
    return id;
  }

  // Rows begin as NaN, than which nothing is older: the first update of a symbol is no case of its own.
  #reserve(id: number): void {
    let capacity = Math.max(64, this.#states.length);
    while (capacity <= id) capacity *= 2;
    const newest = new Float64Array(ROW * capacity).fill(NaN);
    newest.set(this.#newest);
    const states = new Uint8Array(capacity);
    states.set(this.#states);
    const ring = new Int32Array(capacity);
    for (let i = 0; i < this.#count; i++) ring[i] = this.#ring[(this.#head + i) & (this.#ring.length - 1)]!;
    for (let next = this.#texts.length; next < capacity; next++) {
      this.#texts.push(undefined);
      this.#details.push(undefined);
    }
    this.#newest = newest;
    this.#states = states;
    this.#ring = ring;
    this.#head = 0;
  }
}

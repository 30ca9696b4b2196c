import { SentPrices, type IncomingPrice, type PriceBacklog } from './price-backlog.js';
import { PriceChangedBatch } from './price-changed-event.js';
import { isOlder, newerDetails } from './price-columns.js';
import type { PriceDetails } from './price-update.js';
import type { SymbolTable } from './symbol-table.js';

// A row of `#newest`.
const PRICE = 0;
const RECEIVED_AT = 1;
const SEQUENCE = 2;
const ROW = 3;

// Bits of a state.
const RECEIVED = 1;
const WAITING = 2;
const HAS_TEXT = 4;
const HAS_DETAILS = 8;

/** Keeps the newest price of each symbol: bounded by symbols, however fast prices come. */
export class ConflatingBacklog implements PriceBacklog {
  conflated = 0;
  outdated = 0;
  readonly overflowed = 0;
  readonly #symbols: SymbolTable;
  readonly #sent: SentPrices;
  // Newest accepted update by symbol number, waiting or not. What one update overwrites lies side by side: with thousands
  // of symbols the time goes into fetching memory, and one array a field would mean one fetch a field. Prices wait unread:
  // most are overwritten before their batch leaves, so reading them exactly would be wasted.
  #newest = new Float64Array(0);
  #timestamps = new Float64Array(0);
  #states = new Uint8Array(0);
  readonly #texts: Array<string | undefined> = [];
  readonly #details: Array<PriceDetails | undefined> = [];
  // Ids that wait, each once: a place for every symbol is always enough.
  #ring = new Int32Array(0);
  #mask = 0;
  #head = 0;
  #count = 0;

  constructor(symbols: SymbolTable) {
    this.#symbols = symbols;
    this.#sent = new SentPrices(symbols);
  }

  get size(): number {
    return this.#count;
  }

  add(incoming: IncomingPrice): boolean {
    const { id, timestamp, received, receivedAt, sequence, details } = incoming;
    if (id >= this.#states.length) this.#reserve(id);
    const newest = this.#newest;
    const at = ROW * id;
    const state = this.#states[id]!;
    if (
      isOlder(
        timestamp,
        received,
        receivedAt,
        sequence,
        this.#timestamps[id]!,
        state & RECEIVED,
        newest[at + RECEIVED_AT]!,
        newest[at + SEQUENCE]!,
      )
    ) {
      this.outdated++;
      return false;
    }
    let fresh = received | WAITING;
    if (incoming.text !== undefined) fresh |= this.#keepText(id, incoming.text);
    newest[at + PRICE] = incoming.price;
    this.#timestamps[id] = timestamp;
    newest[at + RECEIVED_AT] = receivedAt;
    newest[at + SEQUENCE] = sequence;
    if (details !== undefined || (state & HAS_DETAILS) !== 0) fresh |= this.#keepDetails(id, details);
    this.#states[id] = fresh;
    if ((state & WAITING) !== 0) this.conflated++;
    else this.#ring[(this.#head + this.#count++) & this.#mask] = id;
    return true;
  }

  take(limit: number, batchId: string, now: number): PriceChangedBatch {
    const length = Math.min(limit, this.#count);
    const batch = new PriceChangedBatch(batchId, now, this.#symbols, length);
    this.#copyRows(batch);
    this.#readPrices(batch);
    this.#sent.exchange(batch);
    this.#head = (this.#head + length) & this.#mask;
    this.#count -= length;
    return batch;
  }

  restore(batch: PriceChangedBatch): number {
    this.#sent.undo(batch);
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

  // Several short loops rather than one long: what they fetch from all over the memory comes in side by side.
  #copyRows({ symbolIds, prices, length }: PriceChangedBatch): void {
    const newest = this.#newest;
    for (let row = 0; row < length; row++) {
      const id = this.#waitingId(row);
      const at = ROW * id;
      symbolIds[row] = id;
      prices.units[row] = newest[at + PRICE]!;
      prices.timestamps[row] = this.#timestamps[id]!;
      prices.receivedAt[row] = newest[at + RECEIVED_AT]!;
      prices.sequences[row] = newest[at + SEQUENCE]!;
    }
  }

  #readPrices({ symbolIds, prices, length }: PriceChangedBatch): void {
    for (let row = 0; row < length; row++) {
      const id = symbolIds[row]!;
      const state = this.#states[id]!;
      this.#states[id] = state & ~WAITING;
      prices.received[row] = state & RECEIVED;
      prices.setPrice(row, (state & HAS_TEXT) !== 0 ? this.#texts[id]! : prices.units[row]!);
      if ((state & HAS_DETAILS) !== 0) prices.details[row] = this.#details[id];
    }
  }

  #waitingId(row: number): number {
    return this.#ring[(this.#head + row) & this.#mask]!;
  }

  #keepText(id: number, text: string): number {
    this.#texts[id] = text;
    return HAS_TEXT;
  }

  #keepDetails(id: number, details: PriceDetails | undefined): number {
    const newer = newerDetails(this.#details[id], details);
    this.#details[id] = newer;
    return newer === undefined ? 0 : HAS_DETAILS;
  }

  // Rows begin as NaN, than which nothing is older: the first update of a symbol is no case of its own.
  #reserve(id: number): void {
    let capacity = Math.max(64, this.#states.length);
    while (capacity <= id) capacity *= 2;
    const newest = new Float64Array(ROW * capacity).fill(NaN);
    newest.set(this.#newest);
    const timestamps = new Float64Array(capacity).fill(NaN);
    timestamps.set(this.#timestamps);
    const states = new Uint8Array(capacity);
    states.set(this.#states);
    const ring = new Int32Array(capacity);
    for (let i = 0; i < this.#count; i++) ring[i] = this.#waitingId(i);
    for (let next = this.#texts.length; next < capacity; next++) {
      this.#texts.push(undefined);
      this.#details.push(undefined);
    }
    this.#newest = newest;
    this.#timestamps = timestamps;
    this.#states = states;
    this.#ring = ring;
    this.#mask = capacity - 1;
    this.#head = 0;
  }
}

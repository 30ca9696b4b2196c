import { PublishedPrices, type IncomingPrice, type PriceBacklog } from './price-backlog.js';
import { PriceChangedBatch } from '../prices/price-changed-event.js';
import type { PriceDetails } from '../prices/price-update.js';
import type { SymbolTable } from '../prices/symbol-table.js';

/** Which update a full queue drops: its oldest one, or the new one. */
export type OverflowPolicy = 'drop-oldest' | 'drop-newest';

/** Keeps every update, in order, up to a limit: for recorders, which need each tick. */
export class FifoBacklog implements PriceBacklog {
  readonly conflated = 0;
  overflowed = 0;
  readonly #symbols: SymbolTable;
  readonly #limit: number;
  readonly #overflow: OverflowPolicy;
  readonly #published: PublishedPrices;
  /** The last update taken, by symbol number. */
  readonly #newest: Array<IncomingPrice | undefined> = [];
  #queue: IncomingPrice[] = [];
  #head = 0;

  constructor(symbols: SymbolTable, limit: number, overflow: OverflowPolicy) {
    this.#symbols = symbols;
    this.#limit = limit;
    this.#overflow = overflow;
    this.#published = new PublishedPrices(symbols);
  }

  get size(): number {
    return this.#queue.length - this.#head;
  }

  rejects(): boolean {
    if (this.#overflow === 'drop-oldest' || this.size < this.#limit) return false;
    this.overflowed++;
    return true;
  }

  add(incoming: IncomingPrice): void {
    if (this.size >= this.#limit) {
      this.overflowed++;
      this.#head++;
    }
    this.#queue.push({ ...incoming });
    this.#compact();
  }

  amend(id: number, change: (details: PriceDetails | undefined) => PriceDetails): boolean {
    for (let at = this.#queue.length - 1; at >= this.#head; at--) {
      const waiting = this.#queue[at]!;
      if (waiting.id !== id) continue;
      waiting.details = change(waiting.details);
      return false;
    }
    const newest = this.#newest[id];
    // A price must not push out another one to come a second time.
    if (!newest || this.size >= this.#limit) return false;
    this.add({ ...newest, details: change(newest.details) });
    return true;
  }

  take(limit: number, batchId: string, now: number): PriceChangedBatch {
    const length = Math.min(limit, this.size);
    const batch = new PriceChangedBatch(batchId, now, this.#symbols, length);
    for (let row = 0; row < length; row++) {
      const incoming = this.#queue[this.#head++]!;
      writeRow(batch, row, incoming);
      this.#newest[incoming.id] = incoming;
    }
    this.#published.setOldPrices(batch);
    this.#compact();
    return batch;
  }

  copy(from: number, limit: number, batchId: string, now: number) {
    const rows: IncomingPrice[] = [];
    let id = from;
    for (; id < this.#newest.length && rows.length < limit; id++)
      if (this.#newest[id]) rows.push(this.#newest[id]!);
    const next = id < this.#newest.length ? id : null;
    if (rows.length === 0) return { batch: null, next };
    const batch = new PriceChangedBatch(batchId, now, this.#symbols, rows.length);
    rows.forEach((each, row) => writeRow(batch, row, each));
    this.#published.copyOldPrices(batch);
    return { batch, next };
  }

  restore(batch: PriceChangedBatch): number {
    this.#published.undo(batch);
    const { prices } = batch;
    const again: IncomingPrice[] = Array.from(batch.symbolIds, (id, row) => ({
      id,
      price: NaN,
      priceString: prices.price(row).toString(),
      timestamp: prices.timestamps[row]!,
      received: prices.received[row]!,
      receivedAt: prices.receivedAt[row]!,
      venueTime: prices.venueTimes[row]!,
      arrival: prices.arrivals[row]!,
      sequence: prices.sequenceOf(row),
      now: 0,
      details: prices.details[row],
    }));
    this.#queue = [...again, ...this.#queue.slice(this.#head)];
    this.#head = 0;
    return 0;
  }

  clear(): number {
    const dropped = this.size;
    this.#queue = [];
    this.#head = 0;
    return dropped;
  }

  #compact(): void {
    if (this.#head < 1024 || this.#head * 2 < this.#queue.length) return;
    this.#queue = this.#queue.slice(this.#head);
    this.#head = 0;
  }
}

function writeRow({ symbolIds, prices }: PriceChangedBatch, row: number, incoming: IncomingPrice): void {
  symbolIds[row] = incoming.id;
  prices.setPrice(row, incoming.priceString ?? incoming.price);
  prices.timestamps[row] = incoming.timestamp;
  prices.received[row] = incoming.received;
  prices.receivedAt[row] = incoming.receivedAt;
  prices.venueTimes[row] = incoming.venueTime;
  prices.arrivals[row] = incoming.arrival;
  prices.setSequence(row, incoming.sequence);
  prices.details[row] = incoming.details;
}

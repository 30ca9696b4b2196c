import { SentPrices, type IncomingPrice, type PriceBacklog } from './price-backlog.js';
import { PriceChangedBatch } from './price-changed-event.js';
import { PriceColumns } from './price-columns.js';
import type { SymbolTable } from './symbol-table.js';

/** What a full queue does: lose its oldest update, or refuse the one that comes. */
export type OverflowPolicy = 'drop-oldest' | 'drop-newest';

/** Keeps every update, in order, up to a bound: for recorders, which want each tick. */
export class RecordingBacklog implements PriceBacklog {
  readonly conflated = 0;
  outdated = 0;
  overflowed = 0;
  readonly #symbols: SymbolTable;
  readonly #limit: number;
  readonly #overflow: OverflowPolicy;
  readonly #sent: SentPrices;
  /** Newest accepted update by symbol number, for the order rule. */
  readonly #newest = new PriceColumns(64);
  readonly #known = new Set<number>();
  #queue: IncomingPrice[] = [];
  #head = 0;

  constructor(symbols: SymbolTable, limit: number, overflow: OverflowPolicy) {
    this.#symbols = symbols;
    this.#limit = limit;
    this.#overflow = overflow;
    this.#sent = new SentPrices(symbols);
  }

  get size(): number {
    return this.#queue.length - this.#head;
  }

  add(incoming: IncomingPrice): boolean {
    const { id, timestamp, received, receivedAt, sequence } = incoming;
    if (this.#known.has(id) && this.#newest.isNewerThan(id, timestamp, received, receivedAt, sequence)) {
      this.outdated++;
      return false;
    }
    const isFull = this.size >= this.#limit;
    if (isFull) {
      this.overflowed++;
      if (this.#overflow === 'drop-newest') return false;
      this.#head++;
    }
    this.#known.add(id);
    this.#newest.reserve(id);
    this.#newest.timestamps[id] = timestamp;
    this.#newest.received[id] = received;
    this.#newest.receivedAt[id] = receivedAt;
    this.#newest.sequences[id] = sequence;
    this.#queue.push({ ...incoming });
    this.#compact();
    return true;
  }

  take(limit: number, batchId: string, now: number): PriceChangedBatch {
    const length = Math.min(limit, this.size);
    const batch = new PriceChangedBatch(batchId, now, this.#symbols, length);
    const { prices } = batch;
    for (let row = 0; row < length; row++) {
      const incoming = this.#queue[this.#head++]!;
      batch.symbolIds[row] = incoming.id;
      prices.setPrice(row, incoming.text ?? incoming.price);
      prices.timestamps[row] = incoming.timestamp;
      prices.received[row] = incoming.received;
      prices.receivedAt[row] = incoming.receivedAt;
      prices.sequences[row] = incoming.sequence;
      prices.details[row] = incoming.details;
    }
    this.#sent.exchange(batch);
    this.#compact();
    return batch;
  }

  restore(batch: PriceChangedBatch): number {
    this.#sent.undo(batch);
    const { prices } = batch;
    const again: IncomingPrice[] = Array.from(batch.symbolIds, (id, row) => ({
      id,
      price: NaN,
      text: prices.price(row).toString(),
      timestamp: prices.timestamps[row]!,
      received: prices.received[row]!,
      receivedAt: prices.receivedAt[row]!,
      sequence: prices.sequences[row]!,
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

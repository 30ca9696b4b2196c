import { DeliveredPrices, type Admission, type IncomingPrice, type PriceBacklog } from './price-backlog.js';
import { PriceChangedBatch } from './price-changed-event.js';
import { PriceColumns, newerDetails } from './price-columns.js';
import type { SymbolTable } from './symbol-table.js';

/** Keeps the newest price of each symbol: bounded by symbols, however fast prices come. */
export class ConflatingBacklog implements PriceBacklog {
  readonly #symbols: SymbolTable;
  readonly #delivered: DeliveredPrices;
  /** Newest accepted update by symbol number, waiting or not. */
  readonly #newest = new PriceColumns(64);
  // Prices wait unread: most are overwritten before their batch leaves, so reading them exactly would be wasted.
  #numbers = new Float64Array(64);
  readonly #texts: Array<string | undefined> = [];
  readonly #known: boolean[] = [];
  readonly #waiting: boolean[] = [];
  #order: number[] = [];
  #head = 0;

  constructor(symbols: SymbolTable) {
    this.#symbols = symbols;
    this.#delivered = new DeliveredPrices(symbols);
  }

  get size(): number {
    return this.#order.length - this.#head;
  }

  add(incoming: IncomingPrice): Admission {
    const { id, price, timestamp, received, receivedAt, sequence } = incoming;
    const newest = this.#newest;
    if (this.#known[id] === true) {
      if (newest.isNewerThan(id, timestamp, received, receivedAt, sequence)) return 'outdated';
    } else {
      this.#admit(id);
    }
    if (typeof price === 'number') {
      this.#numbers[id] = price;
      this.#texts[id] = undefined;
    } else {
      this.#texts[id] = price;
    }
    newest.timestamps[id] = timestamp;
    newest.received[id] = received;
    newest.receivedAt[id] = receivedAt;
    newest.sequences[id] = sequence;
    newest.details[id] = newerDetails(newest.details[id], incoming.details);
    if (this.#waiting[id] === true) return 'conflated';
    this.#waiting[id] = true;
    this.#order.push(id);
    return 'queued';
  }

  take(limit: number, batchId: string, now: number): PriceChangedBatch {
    const length = Math.min(limit, this.size);
    const batch = new PriceChangedBatch(batchId, now, this.#symbols, length);
    for (let row = 0; row < length; row++) {
      const id = this.#order[this.#head++]!;
      this.#waiting[id] = false;
      batch.symbolIds[row] = id;
      batch.prices.copy(row, this.#newest, id);
      batch.prices.setPrice(row, this.#texts[id] ?? this.#numbers[id]!);
    }
    this.#delivered.fillOld(batch);
    this.#compact();
    return batch;
  }

  settle(batch: PriceChangedBatch): void {
    this.#delivered.update(batch);
  }

  restore(batch: PriceChangedBatch): number {
    const again: number[] = [];
    for (const id of batch.symbolIds) {
      if (this.#waiting[id] === true) continue;
      this.#waiting[id] = true;
      again.push(id);
    }
    this.#order = [...again, ...this.#order.slice(this.#head)];
    this.#head = 0;
    return batch.length - again.length;
  }

  clear(): number {
    const dropped = this.size;
    for (let at = this.#head; at < this.#order.length; at++) this.#waiting[this.#order[at]!] = false;
    this.#order = [];
    this.#head = 0;
    return dropped;
  }

  // A bus that is never quite done leaves something waiting at all times, so what has left is cut off by the piece.
  #compact(): void {
    const isEmpty = this.#head === this.#order.length;
    if (!isEmpty && (this.#head < 1024 || this.#head * 2 < this.#order.length)) return;
    this.#order = isEmpty ? [] : this.#order.slice(this.#head);
    this.#head = 0;
  }

  #admit(id: number): void {
    this.#newest.reserve(id);
    if (this.#numbers.length < this.#newest.capacity) {
      const wider = new Float64Array(this.#newest.capacity);
      wider.set(this.#numbers);
      this.#numbers = wider;
    }
    for (let next = this.#known.length; next <= id; next++) {
      this.#known.push(false);
      this.#waiting.push(false);
      this.#texts.push(undefined);
    }
    this.#known[id] = true;
  }
}

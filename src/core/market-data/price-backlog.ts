import type { PriceDetails } from './price-update.js';
import type { PriceChangedBatch } from './price-changed-event.js';
import type { SymbolTable } from './symbol-table.js';

/** What became of a valid update: `overflowed` cost the oldest one its place, `refused` found none. */
export type Admission = 'queued' | 'conflated' | 'outdated' | 'overflowed' | 'refused';

/** One validated update on its way in. */
export interface IncomingPrice {
  id: number;
  price: number | string;
  timestamp: number;
  received: 0 | 1;
  receivedAt: number;
  sequence: number;
  details: PriceDetails | undefined;
}

/** Where prices wait for their batch; what differs between conflating and recording. */
export interface PriceBacklog {
  /** Updates waiting, those out in a batch not counted. */
  readonly size: number;
  /** Takes an update in; `conflated` and `overflowed` may be said of the one it replaces. */
  add(incoming: IncomingPrice): Admission;
  /** The oldest `limit` waiting, as a batch that stays out until `settle` or `restore`. */
  take(limit: number, batchId: string, now: number): PriceChangedBatch;
  /** The batch that is out was delivered. */
  settle(batch: PriceChangedBatch): void;
  /** The batch that is out was not delivered: what nothing newer replaces waits again. Returns how many something newer replaces. */
  restore(batch: PriceChangedBatch): number;
  /** Drops all that waits and returns how many that were. */
  clear(): number;
}

/** Prices last delivered, by symbol number: the old prices of the next batch. */
export class DeliveredPrices {
  readonly #symbols: SymbolTable;
  #units = new Float64Array(64).fill(NaN);
  #scales = new Uint8Array(64);

  constructor(symbols: SymbolTable) {
    this.#symbols = symbols;
  }

  /** Fills in the old prices of a batch. */
  fillOld(batch: PriceChangedBatch): void {
    this.#reserve();
    for (let row = 0; row < batch.length; row++) {
      const id = batch.symbolIds[row]!;
      batch.oldUnits[row] = this.#units[id]!;
      batch.oldScales[row] = this.#scales[id]!;
    }
  }

  /** Takes the new prices of a delivered batch as the old ones of the next. */
  update(batch: PriceChangedBatch): void {
    for (let row = 0; row < batch.length; row++) {
      const id = batch.symbolIds[row]!;
      this.#units[id] = batch.prices.units[row]!;
      this.#scales[id] = batch.prices.scales[row]!;
    }
  }

  #reserve(): void {
    if (this.#symbols.size <= this.#units.length) return;
    const size = Math.max(this.#symbols.size, this.#units.length * 2);
    const units = new Float64Array(size).fill(NaN);
    units.set(this.#units);
    const scales = new Uint8Array(size);
    scales.set(this.#scales);
    [this.#units, this.#scales] = [units, scales];
  }
}

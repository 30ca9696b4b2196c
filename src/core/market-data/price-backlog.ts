import type { PriceDetails } from './price-update.js';
import type { PriceChangedBatch } from './price-changed-event.js';
import type { SymbolTable } from './symbol-table.js';

/** One valid update on its way in. All numbers, so that the one record that all updates pass through never allocates. */
export interface IncomingPrice {
  id: number;
  /** NaN where the price is a text. */
  price: number;
  text: string | undefined;
  timestamp: number;
  received: number;
  receivedAt: number;
  sequence: number;
  details: PriceDetails | undefined;
}

/** Where prices wait for their batch; what differs between conflating and recording. */
export interface PriceBacklog {
  /** Updates waiting, those out in a batch not counted. */
  readonly size: number;
  /** Updates that a newer one replaced. */
  readonly conflated: number;
  /** Updates refused for being older than one taken in. */
  readonly outdated: number;
  /** Updates that found no place, or lost theirs to a newer one. */
  readonly overflowed: number;
  /** Takes a valid update in; answers whether it counts as the newest of its symbol. */
  add(incoming: IncomingPrice): boolean;
  /** The oldest `limit` waiting, as a batch. One that is not delivered has to come back by `restore` before the next is taken. */
  take(limit: number, batchId: string, now: number): PriceChangedBatch;
  /** The batch taken last was not delivered: what nothing newer replaces waits again. Returns how many something newer replaces. */
  restore(batch: PriceChangedBatch): number;
  /** Drops all that waits and returns how many that were. */
  clear(): number;
}

/** Prices of the batches taken so far, by symbol number: the old prices of the next. */
export class SentPrices {
  readonly #symbols: SymbolTable;
  #units = new Float64Array(64).fill(NaN);
  #scales = new Uint8Array(64);

  constructor(symbols: SymbolTable) {
    this.#symbols = symbols;
  }

  /** Gives a batch its old prices and keeps its new ones. */
  exchange({ symbolIds, prices, oldUnits, oldScales, length }: PriceChangedBatch): void {
    this.#reserve();
    const [units, scales] = [this.#units, this.#scales];
    for (let row = 0; row < length; row++) {
      const id = symbolIds[row]!;
      oldUnits[row] = units[id]!;
      oldScales[row] = scales[id]!;
      units[id] = prices.units[row]!;
      scales[id] = prices.scales[row]!;
    }
  }

  /** Forgets the batch taken last. */
  undo({ symbolIds, oldUnits, oldScales, length }: PriceChangedBatch): void {
    for (let row = length - 1; row >= 0; row--) {
      this.#units[symbolIds[row]!] = oldUnits[row]!;
      this.#scales[symbolIds[row]!] = oldScales[row]!;
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

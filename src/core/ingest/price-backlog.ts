import type { OrderedUpdate } from './price-order.js';
import type { PriceDetails } from '../prices/price-update.js';
import type { PriceChangedBatch } from '../prices/price-changed-event.js';
import type { SymbolTable } from '../prices/symbol-table.js';

/** One accepted update on its way out. All numbers, so that the one record that all updates pass through never allocates. */
export interface IncomingPrice extends OrderedUpdate {
  /** NaN where the price is a text. */
  price: number;
  priceString: string | undefined;
  details: PriceDetails | undefined;
}

/** Where prices wait for their batch; what differs between conflating and recording. */
export interface PriceBacklog {
  /** Updates waiting, those out in a batch not counted. */
  readonly size: number;
  /** Updates that a newer one replaced. */
  readonly conflated: number;
  /** Updates that found no place, or lost theirs to a newer one. */
  readonly overflowed: number;
  /** Whether there is no room for an update that comes now, which counts it as overflowed. */
  rejects(): boolean;
  /** Takes the newest update of its symbol in. */
  add(incoming: IncomingPrice): void;
  /** The oldest `limit` waiting, as a batch. One that is not delivered has to come back by `restore` before the next is taken. */
  take(limit: number, batchId: string, now: number): PriceChangedBatch;
  /** The batch taken last was not delivered: what nothing newer replaces waits again. Returns how many something newer replaces. */
  restore(batch: PriceChangedBatch): number;
  /**
   * Up to `limit` of the newest prices that do not wait, from symbol number `from` on, as they were sent; `next` is where to go
   * on, or `null` at the end.
   */
  copy(
    from: number,
    limit: number,
    batchId: string,
    now: number,
  ): { readonly batch: PriceChangedBatch | null; readonly next: number | null };
  /** Drops all that waits and returns how many that were. */
  clear(): number;
}

/** Prices of the batches taken so far, by symbol number: the old prices of the next. */
export class PublishedPrices {
  readonly #symbols: SymbolTable;
  #units = new Float64Array(64).fill(NaN);
  #scales = new Uint8Array(64);

  constructor(symbols: SymbolTable) {
    this.#symbols = symbols;
  }

  /** Gives a batch its old prices and keeps its new ones. */
  setOldPrices({ symbolIds, prices, oldUnits, oldScales, length }: PriceChangedBatch): void {
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

  /** Gives a batch of prices that were sent before themselves as their old prices. */
  copyOldPrices({ symbolIds, oldUnits, oldScales, length }: PriceChangedBatch): void {
    for (let row = 0; row < length; row++) {
      oldUnits[row] = this.#units[symbolIds[row]!]!;
      oldScales[row] = this.#scales[symbolIds[row]!]!;
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

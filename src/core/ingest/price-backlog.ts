import type { OrderedUpdate } from './price-order.js';
import type { PriceDetails } from '../prices/price-update.js';
import type { PriceChangedBatch } from '../prices/price-changed-event.js';
import type { SymbolTable } from '../prices/symbol-table.js';

/** One accepted update. The processor uses the same object for all updates, so that none is allocated. */
export interface IncomingPrice extends OrderedUpdate {
  /** NaN if the price is a string. */
  price: number;
  /** `undefined` if the price is a number. */
  priceString: string | undefined;
  details: PriceDetails | undefined;
}

/** An update to fill in. Its numbers start as fractions, so that V8 keeps them unboxed. */
export function newIncomingPrice(): IncomingPrice {
  return {
    id: 0,
    price: 0.5,
    priceString: undefined,
    timestamp: 0.5,
    received: 0,
    receivedAt: 0.5,
    sequence: NaN,
    now: 0.5,
    venueTime: 0.5,
    arrival: 0.5,
    details: undefined,
  };
}

/** Prices that wait for their batch: the newest of each symbol, or all in order. */
export interface PriceBacklog {
  /** Waiting updates, without those of the batch taken last. */
  readonly size: number;
  /** Updates that a newer one of their symbol replaced. */
  readonly conflated: number;
  /** Updates that a full queue dropped. */
  readonly overflowed: number;
  /** Whether the queue is full and drops the next update; that update is counted as overflowed. */
  rejects(): boolean;
  /** Adds an update, which is the newest of its symbol. */
  add(incoming: IncomingPrice): void;
  /**
   * Changes the details of the newest update of a symbol. One that was taken waits again, with the same stamp.
   * @returns whether it waits again.
   */
  amend(id: number, change: (details: PriceDetails | undefined) => PriceDetails): boolean;
  /** Removes the oldest `limit` updates and returns them as a batch. If it cannot be published, call `restore` before the next `take`. */
  take(limit: number, batchId: string, now: number): PriceChangedBatch;
  /** The batch taken last was not published: its updates wait again, except those that a newer one replaced. @returns how many those are. */
  restore(batch: PriceChangedBatch): number;
  /**
   * Copies up to `limit` of the published prices, the newest of each symbol, from symbol number `from` on. Symbols with a waiting update
   * are left out. `next` is the symbol number to continue from; `null` at the end.
   */
  copy(
    from: number,
    limit: number,
    batchId: string,
    now: number,
  ): { readonly batch: PriceChangedBatch | null; readonly next: number | null };
  /** Drops all waiting updates. @returns how many there were. */
  clear(): number;
}

/** The last price of each symbol number in the batches taken so far: the old price of the next batch. */
export class PublishedPrices {
  readonly #symbols: SymbolTable;
  #units = new Float64Array(64).fill(NaN);
  #scales = new Uint8Array(64);

  constructor(symbols: SymbolTable) {
    this.#symbols = symbols;
  }

  /** Sets the old prices of a batch, and remembers its new ones. */
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

  /** Sets the old prices of a copy of published prices: they are the same prices. */
  copyOldPrices({ symbolIds, oldUnits, oldScales, length }: PriceChangedBatch): void {
    for (let row = 0; row < length; row++) {
      oldUnits[row] = this.#units[symbolIds[row]!]!;
      oldScales[row] = this.#scales[symbolIds[row]!]!;
    }
  }

  /** Restores the prices before the batch taken last. */
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

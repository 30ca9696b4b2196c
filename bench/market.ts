import { PriceChangedBatch } from '../src/core/prices/price-changed-event.js';
import type { SymbolTable } from '../src/core/prices/symbol-table.js';
import { seededRandom } from '../src/core/random.js';

/** A price as a feed hands it over. */
export interface Tick {
  readonly symbol: string;
  readonly price: number;
  readonly timestamp: number;
}

/** Start of venue time, ms since 1970. */
export const EPOCH = 1_700_000_000_000;
/** Ticks repeat after this many; a power of two. */
export const TICK_CYCLE = 1 << 17;

/** Symbols such as `S00042`. */
export function symbolNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `S${String(index).padStart(5, '0')}`);
}

/**
 * Random symbols with prices in cents: tick `i` is of `symbolIds[i]` at `prices[i]`. With `skew` 1 all symbols are alike;
 * with 3 the busiest tenth has 46 % of the ticks, as on real markets few symbols have most of the trades.
 */
export function randomTicks(symbols: number, skew = 1): { symbolIds: Int32Array; prices: Float64Array } {
  const random = seededRandom(1);
  return {
    symbolIds: Int32Array.from({ length: TICK_CYCLE }, () => Math.floor(random() ** skew * symbols)),
    prices: Float64Array.from({ length: TICK_CYCLE }, () => cents(random)),
  };
}

/** A price from 1.00 to 500.99. */
export function cents(random: () => number): number {
  return (100 + Math.floor(random() * 50_000)) / 100;
}

/** A batch with a new price for each of `ids`, as the processor publishes it. */
export function priceBatch(symbols: SymbolTable, ids: Int32Array, random: () => number): PriceChangedBatch {
  const batch = new PriceChangedBatch('bench', EPOCH, symbols, ids.length);
  batch.symbolIds.set(ids);
  for (let row = 0; row < ids.length; row++) {
    batch.prices.setPrice(row, cents(random));
    batch.prices.timestamps[row] = batch.prices.receivedAt[row] = EPOCH;
    batch.prices.venueTimes[row] = batch.prices.timestamps[row]!;
    batch.prices.arrivals[row] = 1000 * batch.prices.receivedAt[row]!;
  }
  return batch;
}

/** `count` different numbers below `below`. */
export function sample(count: number, below: number, random: () => number): Int32Array {
  const all = Int32Array.from({ length: below }, (_, index) => index);
  for (let i = 0; i < count; i++) {
    const other = i + Math.floor(random() * (below - i));
    [all[i], all[other]] = [all[other]!, all[i]!];
  }
  return all.slice(0, count);
}

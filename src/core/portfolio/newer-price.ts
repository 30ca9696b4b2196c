import { ARRIVAL_UNITS_PER_MS, isBelow } from '../prices/price-stamp.js';
import type { PriceRecord } from './portfolio-repository.js';

/**
 * Merges an offered price into the stored one: the rule of `PortfolioRepository.savePrices`, for repositories that compare in
 * the application. The price with the higher stamp wins; with equal stamps the offered one. The later gap wins too, and
 * ends `liveUntil` of a price from before it.
 * @example
 * ```ts
 * import type { PriceRecord } from 'tickmark';
 * import { newerPrice } from 'tickmark/parts';
 *
 * const prices = new Map<string, PriceRecord>();
 *
 * function savePrices(offered: readonly PriceRecord[]): void {
 *   for (const price of offered) {
 *     const stored = prices.get(price.symbol);
 *     prices.set(price.symbol, stored ? newerPrice(stored, price) : price);
 *   }
 * }
 * ```
 */
export function newerPrice(stored: PriceRecord, offered: PriceRecord): PriceRecord {
  const { stamp: a } = offered;
  const { stamp: b } = stored;
  const isOlder = isBelow(a.venueTime, a.arrival, b.venueTime, b.arrival);
  const kept = isOlder ? stored : offered;
  const { gap } = isOlder ? offered : stored;
  if (gap <= kept.gap) return kept;
  const isFromBefore = kept.stamp.arrival < gap;
  const liveUntil = isFromBefore ? earlier(kept.liveUntil, lastMsBefore(gap)) : kept.liveUntil;
  return frozenPrice({ ...kept, gap, liveUntil });
}

/** A frozen copy: later changes by the caller or by a reader do not reach it. */
export function frozenPrice(record: PriceRecord): PriceRecord {
  const { symbol, price, timestamp, receivedAt, stamp, gap, liveUntil } = record;
  const { venueTime, arrival } = stamp;
  const copy = {
    symbol,
    price,
    timestamp,
    receivedAt,
    stamp: Object.freeze({ venueTime, arrival }),
    gap,
    liveUntil,
  };
  const { bid, ask, previousClose, previousCloseAt, accrued, previousAccrued, currency, state, adjustment } =
    record;
  if (bid !== undefined) Object.assign(copy, { bid });
  if (ask !== undefined) Object.assign(copy, { ask });
  if (previousClose !== undefined) Object.assign(copy, { previousClose });
  if (previousCloseAt !== undefined) Object.assign(copy, { previousCloseAt });
  if (accrued !== undefined) Object.assign(copy, { accrued });
  if (previousAccrued !== undefined) Object.assign(copy, { previousAccrued });
  if (currency !== undefined) Object.assign(copy, { currency });
  if (state !== undefined) Object.assign(copy, { state });
  if (adjustment !== undefined) Object.assign(copy, { adjustment });
  return Object.freeze(copy);
}

/** Last ms before a gap, given its arrival mark. */
export function lastMsBefore(gap: number): number {
  return Math.floor(gap / ARRIVAL_UNITS_PER_MS) - 1;
}

function earlier(a: number | null, b: number): number {
  return a === null ? b : Math.min(a, b);
}

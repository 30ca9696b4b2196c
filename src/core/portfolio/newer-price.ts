import { MARKS_PER_MS, isBelow } from '../market-data/price-order.js';
import type { PriceRecord } from './portfolio-repository.js';

/**
 * What a store keeps of a symbol, given what it has and what it is offered: the rule of `PortfolioRepository.savePrices`, for
 * stores that decide in the application. The price with the higher stamp stays, of equal ones the offered one; so does the
 * later gap, which ends the life of a price from before it.
 */
export function newerPrice(stored: PriceRecord, offered: PriceRecord): PriceRecord {
  const [a, b] = [offered.stamp, stored.stamp];
  const isOlder = isBelow(a.venueTime, a.arrival, b.venueTime, b.arrival);
  const [kept, other] = isOlder ? [stored, offered] : [offered, stored];
  if (other.gap <= kept.gap) return kept;
  const isFromBefore = kept.stamp.arrival < other.gap;
  const liveUntil = isFromBefore ? earlier(kept.liveUntil, lastMsBefore(other.gap)) : kept.liveUntil;
  return { ...kept, gap: other.gap, liveUntil };
}

/** Last ms before a gap, given its arrival mark. */
export function lastMsBefore(gap: number): number {
  return Math.floor(gap / MARKS_PER_MS) - 1;
}

function earlier(a: number | null, b: number): number {
  return a === null ? b : Math.min(a, b);
}

import type { PriceGrade } from './portfolio-valuation.js';
import type { PriceRecord, ValuationRecord } from './portfolio-repository.js';

/**
 * What a stored price is worth now. Stores keep until when a price is live instead of a grade, which would itself be old.
 *
 * ```ts
 * const [price] = await repository.loadPrices();
 * priceGrade(price, Date.now()); // 'live', 'delayed', 'stale' or 'halted'
 * ```
 *
 * @param now ms since 1970.
 */
export function priceGrade(
  { state, liveUntil }: Pick<PriceRecord, 'state' | 'liveUntil'>,
  now: number,
): Exclude<PriceGrade, 'missing'> {
  if (state === 'halted') return 'halted';
  if (state === 'closed') return 'delayed';
  if (liveUntil !== null && now > liveUntil) return 'stale';
  return state === 'delayed' ? 'delayed' : 'live';
}

/**
 * What a stored valuation is worth now: `missing` while a price or a rate is unknown, `stale` once one of them is too old
 * or from before a gap, else `live`.
 * @param now ms since 1970.
 */
export function valuationGrade(
  { complete, liveUntil }: Pick<ValuationRecord, 'complete' | 'liveUntil'>,
  now: number,
): 'live' | 'stale' | 'missing' {
  if (!complete) return 'missing';
  return liveUntil !== null && now > liveUntil ? 'stale' : 'live';
}

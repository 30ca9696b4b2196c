import type { PriceGrade } from './figures/portfolio-valuation.js';
import type { PriceRecord, ValuationRecord } from './portfolio-repository.js';

/**
 * Grade of a stored price now. A store keeps `liveUntil` instead of a grade, which would be out of date.
 * @param now ms since 1970.
 * @example
 * ```ts
 * import { InMemoryPortfolioRepository } from 'tickmark';
 * import { priceGrade } from 'tickmark/parts';
 *
 * const repository = new InMemoryPortfolioRepository();
 * for (const price of await repository.loadPrices()) {
 *   console.log(price.symbol, priceGrade(price, Date.now())); // 'live', 'delayed', 'stale' or 'halted'
 * }
 * ```
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
 * Grade of a stored valuation now: `missing` if a price or a rate was unknown, `stale` once one of them is too old
 * or from before a gap, else `live`.
 * @param now ms since 1970.
 * @example
 * ```ts
 * import { InMemoryPortfolioRepository } from 'tickmark';
 * import { valuationGrade } from 'tickmark/parts';
 *
 * const repository = new InMemoryPortfolioRepository();
 * const [valuation] = await repository.loadValuations(['p1']);
 * if (valuation) console.log(valuationGrade(valuation, Date.now())); // 'live', 'stale' or 'missing'
 * ```
 */
export function valuationGrade(
  { complete, liveUntil }: Pick<ValuationRecord, 'complete' | 'liveUntil'>,
  now: number,
): 'live' | 'stale' | 'missing' {
  if (!complete) return 'missing';
  return liveUntil !== null && now > liveUntil ? 'stale' : 'live';
}

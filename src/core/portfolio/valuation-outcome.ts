import type { Decimal } from '../money/decimal.js';
import type { ValuationOutcome, ValuationRecord } from './portfolio-repository.js';

/**
 * What becomes of a valuation, given the version of the holdings and the valuation stored now: the rule of
 * `PortfolioRepository.saveValuations`, for stores that decide in the application.
 */
export function valuationOutcome(
  offered: ValuationRecord,
  holdingsVersion: number,
  stored: ValuationRecord | undefined,
): Exclude<ValuationOutcome, 'missing'> {
  if (offered.version !== holdingsVersion) return 'conflict';
  if (!stored || stored.version !== offered.version) return 'saved';
  const order = offered.priceTime - stored.priceTime || offered.priceTimeSum - stored.priceTimeSum;
  if (order !== 0) return order > 0 ? 'saved' : 'outdated';
  // Two prices within one millisecond: the figures tell whether there is anything new.
  return haveSameFigures(offered, stored) ? 'outdated' : 'saved';
}

/** A copy that neither the caller's later changes nor a reader's can reach. */
export function frozenValuation(record: ValuationRecord): ValuationRecord {
  return Object.freeze({
    portfolioId: record.portfolioId,
    version: record.version,
    priceTime: record.priceTime,
    priceTimeSum: record.priceTimeSum,
    valuedAt: record.valuedAt,
    currency: record.currency,
    marketValue: record.marketValue,
    costBasis: record.costBasis,
    unrealizedPnl: record.unrealizedPnl,
    cash: record.cash,
    equity: record.equity,
    pricedMarketValue: record.pricedMarketValue,
    complete: record.complete,
  });
}

function haveSameFigures(a: ValuationRecord, b: ValuationRecord): boolean {
  return (
    a.currency === b.currency &&
    a.complete === b.complete &&
    isSame(a.marketValue, b.marketValue) &&
    isSame(a.costBasis, b.costBasis) &&
    isSame(a.unrealizedPnl, b.unrealizedPnl) &&
    isSame(a.cash, b.cash) &&
    isSame(a.equity, b.equity) &&
    isSame(a.pricedMarketValue, b.pricedMarketValue)
  );
}

function isSame(a: Decimal | null, b: Decimal | null): boolean {
  return a === null || b === null ? a === b : a.equals(b);
}

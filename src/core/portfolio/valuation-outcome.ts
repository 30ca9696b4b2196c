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
  if (offered.basis === stored.basis && offered.priceOrder !== stored.priceOrder)
    return offered.priceOrder > stored.priceOrder ? 'saved' : 'outdated';
  // What the same prices come to changes with time alone, as rates become too old.
  return offered.valuedAt >= stored.valuedAt && !saySame(offered, stored) ? 'saved' : 'outdated';
}

/** A copy that neither the caller's later changes nor a reader's can reach. */
export function frozenValuation(record: ValuationRecord): ValuationRecord {
  return Object.freeze({
    portfolioId: record.portfolioId,
    version: record.version,
    priceOrder: record.priceOrder,
    basis: record.basis,
    valuedAt: record.valuedAt,
    priceTime: record.priceTime,
    receivedAt: record.receivedAt,
    liveUntil: record.liveUntil,
    currency: record.currency,
    marketValue: record.marketValue,
    costBasis: record.costBasis,
    unrealizedPnl: record.unrealizedPnl,
    cash: record.cash,
    equity: record.equity,
    priced: Object.freeze({ marketValue: record.priced.marketValue }),
    complete: record.complete,
    unpriced: frozenList(record.unpriced),
    unconverted: frozenList(record.unconverted),
  });
}

const NOTHING: readonly string[] = Object.freeze([]);

function frozenList(list: readonly string[]): readonly string[] {
  return list.length === 0 ? NOTHING : Object.freeze([...list]);
}

function saySame(a: ValuationRecord, b: ValuationRecord): boolean {
  return (
    a.basis === b.basis &&
    a.priceTime === b.priceTime &&
    a.currency === b.currency &&
    a.complete === b.complete &&
    isSameList(a.unpriced, b.unpriced) &&
    isSameList(a.unconverted, b.unconverted) &&
    isSame(a.marketValue, b.marketValue) &&
    isSame(a.costBasis, b.costBasis) &&
    isSame(a.unrealizedPnl, b.unrealizedPnl) &&
    isSame(a.cash, b.cash) &&
    isSame(a.equity, b.equity) &&
    isSame(a.priced.marketValue, b.priced.marketValue)
  );
}

function isSame(a: Decimal | null, b: Decimal | null): boolean {
  return a === null || b === null ? a === b : a.equals(b);
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each, at) => each === b[at]);
}

import type { Decimal } from '../money/decimal.js';
import type { ValuationOutcome, ValuationRecord } from './portfolio-repository.js';
import { STREAMED_FIGURES } from './figures/portfolio-totals.js';

/**
 * Decides whether a valuation replaces the stored one: the rule of `PortfolioRepository.saveValuations`, for repositories that
 * compare in the application. `missing` is for the repository itself to return.
 * @param offered The valuation to save.
 * @param holdingsVersion Version of the holdings now stored.
 * @param stored The valuation now stored, if there is one.
 * @example
 * ```ts
 * import type { ValuationOutcome, ValuationRecord } from 'tickmark';
 * import { valuationOutcome } from 'tickmark/parts';
 *
 * const versions = new Map<string, number>(); // of the holdings, by portfolio
 * const valuations = new Map<string, ValuationRecord>();
 *
 * function saveValuation(offered: ValuationRecord): ValuationOutcome {
 *   const id = offered.portfolioId;
 *   const version = versions.get(id);
 *   if (version === undefined) return 'missing';
 *   const outcome = valuationOutcome(offered, version, valuations.get(id));
 *   if (outcome === 'saved') valuations.set(id, offered);
 *   return outcome;
 * }
 * ```
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
  // The same prices can give other figures later, once a rate is too old.
  return offered.valuedAt >= stored.valuedAt && !hasSameFigures(offered, stored) ? 'saved' : 'outdated';
}

/** A frozen copy: later changes by the caller or by a reader do not reach it. */
export function frozenValuation(record: ValuationRecord): ValuationRecord {
  // Field by field, which the compiler checks: copying by name takes forty times as long.
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
    accruedInterest: record.accruedInterest,
    cash: record.cash,
    unsettledCash: record.unsettledCash,
    equity: record.equity,
    costBasis: record.costBasis,
    unrealizedPnl: record.unrealizedPnl,
    unrealizedPnlPct: record.unrealizedPnlPct,
    pricePnl: record.pricePnl,
    fxPnl: record.fxPnl,
    realizedPnl: record.realizedPnl,
    income: record.income,
    fees: record.fees,
    taxes: record.taxes,
    expenses: record.expenses,
    cashFxPnl: record.cashFxPnl,
    netContributions: record.netContributions,
    totalPnl: record.totalPnl,
    dayPnl: record.dayPnl,
    dayPnlPct: record.dayPnlPct,
    longExposure: record.longExposure,
    shortExposure: record.shortExposure,
    grossExposure: record.grossExposure,
    netExposure: record.netExposure,
    leverage: record.leverage,
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

function hasSameFigures(a: ValuationRecord, b: ValuationRecord): boolean {
  return (
    a.basis === b.basis &&
    a.priceTime === b.priceTime &&
    a.currency === b.currency &&
    a.complete === b.complete &&
    isSameList(a.unpriced, b.unpriced) &&
    isSameList(a.unconverted, b.unconverted) &&
    isSame(a.priced.marketValue, b.priced.marketValue) &&
    STREAMED_FIGURES.every((name) => isSame(a[name], b[name]))
  );
}

function isSame(a: Decimal | null, b: Decimal | null): boolean {
  return a && b ? a.equals(b) : a === b;
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each, at) => each === b[at]);
}

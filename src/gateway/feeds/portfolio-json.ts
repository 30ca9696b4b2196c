import type { ValuationRecord } from '../../core/portfolio/portfolio-repository.js';
import type {
  PortfolioValuation,
  PositionValuation,
  PriceUsed,
  RateUsed,
} from '../../core/portfolio/portfolio-valuation.js';
import type { PortfolioValuedEvent } from '../../core/engine/portfolio-valued-event.js';
import type { PortfolioValue, PositionRow, RowPrice, RowRate } from '../../protocol/values.js';

/** A value of a portfolio: with all figures and rows, or with totals only. */
export type KnownValue = PortfolioValuation | ValuationRecord | PortfolioValuedEvent;

/** Fields of a message whose decimals are `Decimal` objects: as JSON both are strings. */
type Exact<T> = { readonly [K in keyof T]: unknown };

/** Whether a value has all figures and rows. */
export function hasRows(value: KnownValue): value is PortfolioValuation {
  return 'positions' in value;
}

/** A `PortfolioValue` as JSON, in two parts: the figures, and the time of the valuation, which changes even if no figure does. */
export function portfolioJson(value: KnownValue): [body: string, rest: string] {
  const fields = hasRows(value) ? ofValuation(value) : ofTotals(value);
  const valuedAt = 'valuedAt' in value ? value.valuedAt : value.occurredAt;
  return [JSON.stringify(fields).slice(0, -1), `,"valuedAt":${valuedAt}}`];
}

/** `PositionRow`s as JSON, by symbol. */
export function rowsJson({ positions, valuedAt }: PortfolioValuation): Map<string, string> {
  return new Map(positions.map((row) => [row.symbol, JSON.stringify(rowOf(row, valuedAt))]));
}

function ofValuation(value: PortfolioValuation): Exact<Omit<PortfolioValue, 'valuedAt'>> {
  return {
    id: value.portfolioId,
    currency: value.currency,
    version: value.version,
    marketValue: value.marketValue,
    accruedInterest: value.accruedInterest,
    cash: value.cash,
    unsettledCash: value.unsettledCash,
    equity: value.equity,
    costBasis: value.costBasis,
    unrealizedPnl: value.unrealizedPnl,
    unrealizedPnlPct: value.unrealizedPnlPct,
    pricePnl: value.pricePnl,
    fxPnl: value.fxPnl,
    realizedPnl: value.realizedPnl,
    income: value.income,
    fees: value.fees,
    taxes: value.taxes,
    expenses: value.expenses,
    cashFxPnl: value.cashFxPnl,
    netContributions: value.netContributions,
    totalPnl: value.totalPnl,
    dayPnl: value.dayPnl,
    dayPnlPct: value.dayPnlPct,
    cashDayPnl: value.cashDayPnl,
    longExposure: value.longExposure,
    shortExposure: value.shortExposure,
    grossExposure: value.grossExposure,
    netExposure: value.netExposure,
    leverage: value.leverage,
    priced: {
      marketValue: value.priced.marketValue,
      costBasis: value.priced.costBasis,
      unrealizedPnl: value.priced.unrealizedPnl,
      realizedPnl: value.priced.realizedPnl,
    },
    livePricedShare: value.livePricedShare,
    pricedShare: value.pricedShare,
    complete: value.complete,
    unpriced: value.unpriced,
    unconverted: value.unconverted,
    unknownCost: value.unknownCost,
  };
}

function ofTotals(totals: ValuationRecord | PortfolioValuedEvent): Exact<Omit<PortfolioValue, 'valuedAt'>> {
  return {
    id: totals.portfolioId,
    currency: totals.currency,
    version: totals.version,
    marketValue: totals.marketValue,
    accruedInterest: null,
    cash: totals.cash,
    unsettledCash: null,
    equity: totals.equity,
    costBasis: totals.costBasis,
    unrealizedPnl: totals.unrealizedPnl,
    unrealizedPnlPct: null,
    pricePnl: null,
    fxPnl: null,
    realizedPnl: null,
    income: null,
    fees: null,
    taxes: null,
    expenses: null,
    cashFxPnl: null,
    netContributions: null,
    totalPnl: null,
    dayPnl: null,
    dayPnlPct: null,
    cashDayPnl: null,
    longExposure: null,
    shortExposure: null,
    grossExposure: null,
    netExposure: null,
    leverage: null,
    priced: {
      marketValue: totals.priced.marketValue,
      costBasis: null,
      unrealizedPnl: null,
      realizedPnl: null,
    },
    livePricedShare: null,
    pricedShare: null,
    complete: totals.complete,
    unpriced: totals.complete ? [] : null,
    unconverted: totals.complete ? [] : null,
    unknownCost: null,
  };
}

function rowOf(row: PositionValuation, now: number): Exact<PositionRow> {
  return {
    symbol: row.symbol,
    quantity: row.quantity,
    price: row.price && priceOf(row.price, now),
    grade: row.grade,
    fx: row.fx && rateOf(row.fx, now),
    local: row.local,
    averageEntryPrice: row.averageEntryPrice,
    breakEvenPrice: row.breakEvenPrice,
    costBasis: row.costBasis,
    marketValue: row.marketValue,
    exposure: row.exposure,
    accruedInterest: row.accruedInterest,
    unrealizedPnl: row.unrealizedPnl,
    unrealizedPnlPct: row.unrealizedPnlPct,
    pricePnl: row.pricePnl,
    fxPnl: row.fxPnl,
    realizedPnl: row.realizedPnl,
    realizedPricePnl: row.realizedPricePnl,
    realizedFxPnl: row.realizedFxPnl,
    income: row.income,
    expenses: row.expenses,
    totalPnl: row.totalPnl,
    dayPnl: row.dayPnl,
    weight: row.weight && row.weight.rounded(4),
  };
}

// An age grows while nothing happens, so that every row would change; the time of arrival stays the same.
function priceOf({ price, currency, kind, source, asOf, ageMs }: PriceUsed, now: number): Exact<RowPrice> {
  return { price, currency, kind, source, asOf, receivedAt: now - ageMs };
}

function rateOf({ path, rate, asOf, ageMs }: RateUsed, now: number): Exact<RowRate> {
  return { path, rate, asOf, receivedAt: ageMs === null ? null : now - ageMs };
}

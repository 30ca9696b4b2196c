import type { ValuationRecord } from '../../core/portfolio/portfolio-repository.js';
import type { PortfolioValuation } from '../../core/portfolio/figures/portfolio-valuation.js';
import type { PortfolioValuedEvent } from '../../core/engine/portfolio-valued-event.js';
import type { PortfolioValue } from '../../protocol/values.js';

/** A value of a portfolio: with all figures and rows, or with totals only. */
export type KnownValue = PortfolioValuation | ValuationRecord | PortfolioValuedEvent;

/** Fields of a message whose decimals are `Decimal` objects: as JSON both are strings. */
export type Exact<T> = { readonly [K in keyof T]: unknown };

/** Whether a value has all figures and rows. */
export function hasRows(value: KnownValue): value is PortfolioValuation {
  return 'positions' in value;
}

/** A `PortfolioValue` as JSON, in two parts: the figures, and the time of the valuation, which changes even if no figure does. */
export function portfolioJson(value: KnownValue): [body: string, rest: string] {
  const valuedAt = 'valuedAt' in value ? value.valuedAt : value.occurredAt;
  return [JSON.stringify(fieldsOf(value)).slice(0, -1), `,"valuedAt":${valuedAt}}`];
}

function fieldsOf(value: KnownValue): Exact<Omit<PortfolioValue, 'valuedAt'>> {
  // The figures that depend on single rows are in a whole valuation only.
  const whole = hasRows(value) ? value : null;
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
    cashDayPnl: whole && whole.cashDayPnl,
    longExposure: value.longExposure,
    shortExposure: value.shortExposure,
    grossExposure: value.grossExposure,
    netExposure: value.netExposure,
    leverage: value.leverage,
    priced: {
      marketValue: value.priced.marketValue,
      costBasis: whole && whole.priced.costBasis,
      unrealizedPnl: whole && whole.priced.unrealizedPnl,
      realizedPnl: whole && whole.priced.realizedPnl,
    },
    livePricedShare: whole && whole.livePricedShare,
    pricedShare: whole && whole.pricedShare,
    complete: value.complete,
    // Nothing is missing from a complete value, whatever its source.
    unpriced: whole ? whole.unpriced : value.complete ? [] : null,
    unconverted: whole ? whole.unconverted : value.complete ? [] : null,
    unknownCost: whole && whole.unknownCost,
  };
}

import type {
  CashBalance,
  ClosedPosition,
  PortfolioValuation,
  PositionValuation,
  PriceUsed,
  RateUsed,
} from '../../core/portfolio/figures/portfolio-valuation.js';
import type { CashRow, ClosedRow, PositionRow, RowPrice, RowRate } from '../../protocol/values.js';
import type { Exact } from './portfolio-json.js';

/** What a `PositionsValue` has beside its totals, as JSON. */
export interface PositionsJson {
  /** `PositionRow`s by symbol. */
  readonly rows: ReadonlyMap<string, string>;
  /** `ClosedRow`s by symbol. */
  readonly closed: ReadonlyMap<string, string>;
  /** The list of `CashRow`s. */
  readonly cashBalances: string;
}

/** Rows, closed positions and cash of a valuation as JSON. */
export function positionsJson({
  positions,
  closed,
  cashBalances,
  valuedAt,
}: PortfolioValuation): PositionsJson {
  return {
    rows: new Map(positions.map((row) => [row.symbol, JSON.stringify(rowOf(row, valuedAt))])),
    closed: new Map(closed.map((row) => [row.symbol, JSON.stringify(closedOf(row))])),
    cashBalances: JSON.stringify(cashBalances.map(cashOf)),
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
    dayChangePct: row.dayChangePct,
    session: row.session,
    weight: row.weight && row.weight.rounded(4),
  };
}

function closedOf(row: ClosedPosition): Exact<ClosedRow> {
  return {
    symbol: row.symbol,
    local: row.local,
    realizedPnl: row.realizedPnl,
    realizedPricePnl: row.realizedPricePnl,
    realizedFxPnl: row.realizedFxPnl,
    income: row.income,
    expenses: row.expenses,
    dayPnl: row.dayPnl,
    session: row.session,
  };
}

function cashOf({ currency, balance, settledCash, value }: CashBalance): Exact<CashRow> {
  return { currency, balance, settledCash, value };
}

// An age grows while nothing happens, so that every row would change; the time of arrival stays the same.
function priceOf({ price, currency, kind, source, asOf, ageMs }: PriceUsed, now: number): Exact<RowPrice> {
  return { price, currency, kind, source, asOf, receivedAt: now - ageMs };
}

function rateOf({ path, rate, asOf, ageMs }: RateUsed, now: number): Exact<RowRate> {
  return { path, rate, asOf, receivedAt: ageMs === null ? null : now - ageMs };
}

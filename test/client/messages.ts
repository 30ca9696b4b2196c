import type {
  CashRow,
  ClosedRow,
  FeedStatus,
  PortfolioValue,
  PositionRow,
  PriceValue,
} from 'tickmark/client';
import type { PositionsValue } from 'tickmark/protocol';
import { NO_LOCAL_AMOUNTS, NO_ROW_FIGURES, NO_TOTALS } from '../oracle/no-figures.js';

/** A status of the feed in which all is well. */
export const FEED: FeedStatus = {
  feed: 'subscribed',
  since: 0,
  attempt: null,
  nextTryAt: null,
  gaps: 0,
  lastGap: null,
};

/** Totals of a portfolio. */
export function portfolioValue(
  id: string,
  marketValue: string | null,
  more: Partial<PortfolioValue> = {},
): PortfolioValue {
  return {
    id,
    currency: 'USD',
    version: 1,
    valuedAt: 1_700_000_000_000,
    ...NO_TOTALS,
    marketValue,
    priced: { marketValue: marketValue ?? '0', costBasis: null, unrealizedPnl: null, realizedPnl: null },
    livePricedShare: null,
    pricedShare: null,
    complete: marketValue !== null,
    unpriced: [],
    unconverted: [],
    unknownCost: [],
    ...more,
  };
}

/** One position. */
export function positionRow(symbol: string, marketValue: string): PositionRow {
  return {
    symbol,
    quantity: '1',
    price: null,
    grade: 'live',
    fx: null,
    local: { ...NO_LOCAL_AMOUNTS, currency: 'USD', costBasis: '1', marketValue },
    ...NO_ROW_FIGURES,
    costBasis: '1',
    marketValue,
  };
}

/** A position that is flat. */
export function closedRow(symbol: string, realizedPnl: string | null, dayPnl = '0'): ClosedRow {
  return {
    symbol,
    local: { currency: 'USD', realizedPnl },
    realizedPnl,
    realizedPricePnl: realizedPnl,
    realizedFxPnl: '0',
    income: '0',
    expenses: '0',
    dayPnl,
    session: null,
  };
}

/** Cash of one currency. */
export function cashRow(currency: string, balance: string, value: string | null = balance): CashRow {
  return { currency, balance, settledCash: balance, value };
}

/** A portfolio with all of its rows. */
export function positionsValue(
  id: string,
  marketValue: string,
  rows: readonly PositionRow[],
  more: Partial<PositionsValue> = {},
): PositionsValue {
  return {
    id,
    portfolio: portfolioValue(id, marketValue),
    full: true,
    rows,
    removed: [],
    closed: [],
    cashBalances: [],
    ...more,
  };
}

/** What has changed of a portfolio. */
export function positionsChange(
  id: string,
  marketValue: string,
  rows: readonly PositionRow[],
  more: Partial<PositionsValue> = {},
): PositionsValue {
  const { cashBalances: _, ...rest } = positionsValue(id, marketValue, rows);
  return { ...rest, full: false, ...more };
}

/** The price of a symbol. */
export function priceValue(symbol: string, price: string | null): PriceValue {
  return {
    symbol,
    price,
    currency: 'USD',
    kind: 'last',
    grade: 'live',
    bid: null,
    ask: null,
    previousClose: null,
    change: null,
    changePct: null,
    session: null,
    state: null,
    asOf: 1,
    timeSource: 'venue',
    receivedAt: 1,
  };
}

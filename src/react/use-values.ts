'use client';

import { useMemo } from 'react';
import type {
  CashRow,
  ClosedRow,
  ConnectionSnapshot,
  MaybeId,
  PortfolioView,
  PositionView,
  PositionsView,
  PriceView,
} from '../client/index.js';
import { NO_LIST, NO_POSITIONS, NO_ROW, NO_VALUE } from '../client/idle.js';
import { useTickmark } from './tickmark.js';
import { useLive } from './use-live.js';

/**
 * Totals of a portfolio.
 *
 * @example
 * ```ts
 * import { usePortfolio } from 'tickmark/react';
 *
 * export function MarketValue({ id }: { id: string }): string {
 *   const { state, value } = usePortfolio(id);
 *   return state === 'loading' ? '…' : (value?.marketValue ?? 'unknown');
 * }
 * ```
 */
export function usePortfolio(id: MaybeId): PortfolioView {
  const client = useTickmark();
  return useLive(useMemo(() => (id ? client.portfolio(id) : NO_VALUE), [client, id]));
}

/**
 * Totals and all rows of a portfolio, closed positions and cash, computed from the same prices. For a table, {@link useSymbols} and a component for each row render
 * less.
 *
 * @example
 * ```ts
 * import { usePositions } from 'tickmark/react';
 *
 * export function PositionCount({ id }: { id: string }): string {
 *   const { totals, rows } = usePositions(id);
 *   return `${rows.length} positions, worth ${totals?.marketValue ?? 'an unknown amount'}`;
 * }
 * ```
 */
export function usePositions(id: MaybeId): PositionsView {
  const client = useTickmark();
  return useLive(useMemo(() => (id ? client.positions(id) : NO_POSITIONS), [client, id]));
}

/**
 * Symbols that a portfolio holds. The list changes when a position is opened or closed, not with prices.
 *
 * @example
 * ```ts
 * import { createElement, type ReactElement } from 'react';
 * import { usePosition, useSymbols } from 'tickmark/react';
 *
 * function Row({ id, symbol }: { id: string; symbol: string }): ReactElement {
 *   const position = usePosition(id, symbol);
 *   return createElement('li', null, `${symbol}: ${position?.marketValue ?? '–'}`);
 * }
 *
 * export function Rows({ id }: { id: string }): ReactElement {
 *   const rows = useSymbols(id).map((symbol) => createElement(Row, { key: symbol, id, symbol }));
 *   return createElement('ul', null, rows);
 * }
 * ```
 */
export function useSymbols(id: MaybeId): readonly string[] {
  const client = useTickmark();
  return useLive(useMemo(() => (id ? client.symbols(id) : NO_LIST), [client, id]));
}

/**
 * One row of a portfolio; `null` while it is not known, or not held.
 *
 * @example
 * ```ts
 * import { usePosition } from 'tickmark/react';
 *
 * export function DayPnl({ id, symbol }: { id: string; symbol: string }): string {
 *   return usePosition(id, symbol)?.dayPnl ?? '–';
 * }
 * ```
 */
export function usePosition(id: MaybeId, symbol: MaybeId): PositionView {
  const client = useTickmark();
  return useLive<PositionView>(
    useMemo(() => (id && symbol ? client.position(id, symbol) : NO_ROW), [client, id, symbol]),
  );
}

/**
 * Positions of a portfolio that were held and are flat. The list seldom changes with prices.
 *
 * @example
 * ```ts
 * import { createElement, type ReactElement } from 'react';
 * import { useClosedPositions } from 'tickmark/react';
 *
 * export function Closed({ id }: { id: string }): ReactElement {
 *   const rows = useClosedPositions(id).map(({ symbol, realizedPnl }) =>
 *     createElement('li', { key: symbol }, `${symbol}: ${realizedPnl ?? '–'}`),
 *   );
 *   return createElement('ul', null, rows);
 * }
 * ```
 */
export function useClosedPositions(id: MaybeId): readonly ClosedRow[] {
  const client = useTickmark();
  return useLive(useMemo(() => (id ? client.closedPositions(id) : NO_LIST), [client, id]));
}

/**
 * Cash of a portfolio by currency.
 *
 * @example
 * ```ts
 * import { createElement, type ReactElement } from 'react';
 * import { useCashBalances } from 'tickmark/react';
 *
 * export function Cash({ id }: { id: string }): ReactElement {
 *   const rows = useCashBalances(id).map(({ currency, balance }) =>
 *     createElement('li', { key: currency }, `${balance} ${currency}`),
 *   );
 *   return createElement('ul', null, rows);
 * }
 * ```
 */
export function useCashBalances(id: MaybeId): readonly CashRow[] {
  const client = useTickmark();
  return useLive(useMemo(() => (id ? client.cashBalances(id) : NO_LIST), [client, id]));
}

/**
 * The newest price of a symbol.
 *
 * @example
 * ```ts
 * import { usePrice } from 'tickmark/react';
 *
 * export function Price({ symbol }: { symbol: string }): string {
 *   const { value } = usePrice(symbol);
 *   return value?.grade === 'stale' ? `${value.price} (stale)` : (value?.price ?? '–');
 * }
 * ```
 */
export function usePrice(symbol: MaybeId): PriceView {
  const client = useTickmark();
  return useLive(useMemo(() => (symbol ? client.price(symbol) : NO_VALUE), [client, symbol]));
}

/**
 * State of the connection.
 *
 * @example
 * ```ts
 * import { useConnection } from 'tickmark/react';
 *
 * export function ConnectionBadge(): string {
 *   const { state, error } = useConnection();
 *   return error ? `${state}: ${error.message}` : state;
 * }
 * ```
 */
export function useConnection(): ConnectionSnapshot {
  return useLive(useTickmark().connection);
}

'use client';

import { useMemo } from 'react';
import type {
  ConnectionSnapshot,
  PortfolioView,
  PositionView,
  PositionsView,
  PriceView,
} from '../client/index.js';
import { useTickmark } from './tickmark.js';
import { useLive } from './use-live.js';

/** Totals of a portfolio. */
export function usePortfolio(id: string): PortfolioView {
  const client = useTickmark();
  return useLive(useMemo(() => client.portfolio(id), [client, id]));
}

/** Totals and all rows of a portfolio, of the same prices. For a table, {@link useSymbols} and a component for each row do less. */
export function usePositions(id: string): PositionsView {
  const client = useTickmark();
  return useLive(useMemo(() => client.positions(id), [client, id]));
}

/** Symbols that a portfolio holds: changes when a position is opened or closed, not with prices. */
export function useSymbols(id: string): readonly string[] {
  const client = useTickmark();
  return useLive(useMemo(() => client.symbols(id), [client, id]));
}

/** One row of a portfolio; `null` while it is not known, or not held. */
export function usePosition(id: string, symbol: string): PositionView {
  const client = useTickmark();
  return useLive(useMemo(() => client.position(id, symbol), [client, id, symbol]));
}

/** The newest price of a symbol. */
export function usePrice(symbol: string): PriceView {
  const client = useTickmark();
  return useLive(useMemo(() => client.price(symbol), [client, symbol]));
}

/** State of the connection. */
export function useConnection(): ConnectionSnapshot {
  return useLive(useTickmark().connection);
}

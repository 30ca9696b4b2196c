import { toValue, type MaybeRefOrGetter, type ShallowRef } from 'vue';
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
export function usePortfolio(id: MaybeRefOrGetter<string>): Readonly<ShallowRef<PortfolioView>> {
  const client = useTickmark();
  return useLive(() => client.portfolio(toValue(id)));
}

/** Totals and all rows of a portfolio, of the same prices. For a table, {@link useSymbols} and a component for each row do less. */
export function usePositions(id: MaybeRefOrGetter<string>): Readonly<ShallowRef<PositionsView>> {
  const client = useTickmark();
  return useLive(() => client.positions(toValue(id)));
}

/** Symbols that a portfolio holds: changes when a position is opened or closed, not with prices. */
export function useSymbols(id: MaybeRefOrGetter<string>): Readonly<ShallowRef<readonly string[]>> {
  const client = useTickmark();
  return useLive(() => client.symbols(toValue(id)));
}

/** One row of a portfolio; `null` while it is not known, or not held. */
export function usePosition(
  id: MaybeRefOrGetter<string>,
  symbol: MaybeRefOrGetter<string>,
): Readonly<ShallowRef<PositionView>> {
  const client = useTickmark();
  return useLive(() => client.position(toValue(id), toValue(symbol)));
}

/** The newest price of a symbol. */
export function usePrice(symbol: MaybeRefOrGetter<string>): Readonly<ShallowRef<PriceView>> {
  const client = useTickmark();
  return useLive(() => client.price(toValue(symbol)));
}

/** State of the connection. */
export function useConnection(): Readonly<ShallowRef<ConnectionSnapshot>> {
  const client = useTickmark();
  return useLive(() => client.connection);
}

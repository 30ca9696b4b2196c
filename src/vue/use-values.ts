import { toValue, type MaybeRefOrGetter, type ShallowRef } from 'vue';
import type {
  CashRow,
  ClosedRow,
  ConnectionSnapshot,
  Live,
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
 * import { defineComponent } from 'vue';
 * import { usePortfolio } from 'tickmark/vue';
 *
 * export const MarketValue = defineComponent({
 *   props: { id: { type: String, required: true } },
 *   setup(props) {
 *     const portfolio = usePortfolio(() => props.id);
 *     return () => portfolio.value.value?.marketValue ?? '–';
 *   },
 * });
 * ```
 */
export function usePortfolio(id: MaybeRefOrGetter<MaybeId>): Readonly<ShallowRef<PortfolioView>> {
  const client = useTickmark();
  return useOptional(id, NO_VALUE, (known) => client.portfolio(known));
}

/**
 * Totals and all rows of a portfolio, closed positions and cash, computed from the same prices. For a table, {@link useSymbols} and a component for each row render
 * less.
 *
 * @example
 * ```ts
 * import { defineComponent } from 'vue';
 * import { usePositions } from 'tickmark/vue';
 *
 * export const PositionCount = defineComponent(() => {
 *   const positions = usePositions('pension');
 *   return () => `${positions.value.rows.length} positions, worth ${positions.value.totals?.marketValue ?? 'an unknown amount'}`;
 * });
 * ```
 */
export function usePositions(id: MaybeRefOrGetter<MaybeId>): Readonly<ShallowRef<PositionsView>> {
  const client = useTickmark();
  return useOptional(id, NO_POSITIONS, (known) => client.positions(known));
}

/**
 * Symbols that a portfolio holds. The list changes when a position is opened or closed, not with prices.
 *
 * @example
 * ```ts
 * import { defineComponent, h } from 'vue';
 * import { usePosition, useSymbols } from 'tickmark/vue';
 *
 * const Row = defineComponent({
 *   props: { symbol: { type: String, required: true } },
 *   setup(props) {
 *     const position = usePosition('pension', () => props.symbol);
 *     return () => h('li', `${props.symbol}: ${position.value?.marketValue ?? '–'}`);
 *   },
 * });
 *
 * export const Rows = defineComponent(() => {
 *   const symbols = useSymbols('pension');
 *   return () => h('ul', symbols.value.map((symbol) => h(Row, { key: symbol, symbol })));
 * });
 * ```
 */
export function useSymbols(id: MaybeRefOrGetter<MaybeId>): Readonly<ShallowRef<readonly string[]>> {
  const client = useTickmark();
  return useOptional(id, NO_LIST, (known) => client.symbols(known));
}

/**
 * One row of a portfolio; `null` while it is not known, or not held.
 *
 * @example
 * ```ts
 * import { defineComponent } from 'vue';
 * import { usePosition } from 'tickmark/vue';
 *
 * export const DayPnl = defineComponent(() => {
 *   const position = usePosition('pension', 'ACME');
 *   return () => position.value?.dayPnl ?? '–';
 * });
 * ```
 */
export function usePosition(
  id: MaybeRefOrGetter<MaybeId>,
  symbol: MaybeRefOrGetter<MaybeId>,
): Readonly<ShallowRef<PositionView>> {
  const client = useTickmark();
  return useOptional(id, NO_ROW, (known) => {
    const held = toValue(symbol);
    return held ? client.position(known, held) : NO_ROW;
  });
}

/**
 * Positions of a portfolio that were held and are flat. The list seldom changes with prices.
 *
 * @example
 * ```ts
 * import { defineComponent, h } from 'vue';
 * import { useClosedPositions } from 'tickmark/vue';
 *
 * export const Closed = defineComponent(() => {
 *   const closed = useClosedPositions('pension');
 *   return () => h('ul', closed.value.map(({ symbol, realizedPnl }) => h('li', `${symbol}: ${realizedPnl ?? '–'}`)));
 * });
 * ```
 */
export function useClosedPositions(
  id: MaybeRefOrGetter<MaybeId>,
): Readonly<ShallowRef<readonly ClosedRow[]>> {
  const client = useTickmark();
  return useOptional(id, NO_LIST, (known) => client.closedPositions(known));
}

/**
 * Cash of a portfolio by currency.
 *
 * @example
 * ```ts
 * import { defineComponent, h } from 'vue';
 * import { useCashBalances } from 'tickmark/vue';
 *
 * export const Cash = defineComponent(() => {
 *   const cash = useCashBalances('pension');
 *   return () => h('ul', cash.value.map(({ currency, balance }) => h('li', `${balance} ${currency}`)));
 * });
 * ```
 */
export function useCashBalances(id: MaybeRefOrGetter<MaybeId>): Readonly<ShallowRef<readonly CashRow[]>> {
  const client = useTickmark();
  return useOptional(id, NO_LIST, (known) => client.cashBalances(known));
}

/**
 * The newest price of a symbol.
 *
 * @example
 * ```ts
 * import { defineComponent } from 'vue';
 * import { usePrice } from 'tickmark/vue';
 *
 * export const Price = defineComponent(() => {
 *   const price = usePrice('ACME');
 *   return () => price.value.value?.price ?? '–';
 * });
 * ```
 */
export function usePrice(symbol: MaybeRefOrGetter<MaybeId>): Readonly<ShallowRef<PriceView>> {
  const client = useTickmark();
  return useOptional(symbol, NO_VALUE, (known) => client.price(known));
}

/**
 * State of the connection.
 *
 * @example
 * ```ts
 * import { defineComponent } from 'vue';
 * import { useConnection } from 'tickmark/vue';
 *
 * export const ConnectionBadge = defineComponent(() => {
 *   const connection = useConnection();
 *   return () => connection.value.state;
 * });
 * ```
 */
export function useConnection(): Readonly<ShallowRef<ConnectionSnapshot>> {
  const client = useTickmark();
  return useLive(() => client.connection);
}

/** The live value of an id, from when there is one. */
function useOptional<Snapshot>(
  id: MaybeRefOrGetter<MaybeId>,
  idle: Live<Snapshot>,
  live: (id: string) => Live<Snapshot>,
): Readonly<ShallowRef<Snapshot>> {
  return useLive(() => {
    const known = toValue(id);
    return known ? live(known) : idle;
  });
}

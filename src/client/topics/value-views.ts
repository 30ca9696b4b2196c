import type { PortfolioValue, PositionRow, PriceValue } from '../../protocol/values.js';
import type { EndReason, RefusalReason } from '../../protocol/server-messages.js';

/**
 * - `loading`: no value has come yet;
 * - `ready`: `value` is the newest that has come; the state of the connection shows whether it is current;
 * - `unavailable`: the gateway has refused it, or no longer sends it; see `reason`.
 */
export type ValueState = 'loading' | 'ready' | 'unavailable';

/** What is known of one portfolio or symbol. */
export interface ValueView<Value> {
  /** Portfolio id or symbol. */
  readonly id: string;
  readonly state: ValueState;
  /** Why it is `unavailable`: `denied` if it does not exist, or this reader may not see it. Otherwise `null`. */
  readonly reason: RefusalReason | EndReason | null;
  /** `null` unless `ready`. */
  readonly value: Value | null;
}

/** Totals of a portfolio. */
export type PortfolioView = ValueView<PortfolioValue>;

/** The newest price of a symbol. */
export type PriceView = ValueView<PriceValue>;

/** Totals and rows of a portfolio, computed from the same prices: the rows sum to the totals. */
export interface PositionsView extends Omit<PortfolioView, 'value'> {
  /** `null` unless `ready`. */
  readonly totals: PortfolioValue | null;
  /** In the order of the gateway; rows that are added later come last. A row that has not changed stays the same object. */
  readonly rows: readonly PositionRow[];
}

/** One row of a portfolio; `null` while it is not known, or not held. */
export type PositionView = PositionRow | null;

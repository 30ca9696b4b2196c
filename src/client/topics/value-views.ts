import type { PortfolioValue, PositionRow, PriceValue } from '../../protocol/values.js';
import type { EndReason, RefusalReason } from '../../protocol/server-messages.js';

/**
 * - `loading`: nothing has come yet;
 * - `ready`: `value` is the newest that has come; how current it is, the connection says;
 * - `unavailable`: the gateway does not, or no longer, give it; `reason` says why.
 */
export type ValueState = 'loading' | 'ready' | 'unavailable';

/** What is known of one thing. */
export interface ValueView<Value> {
  /** Portfolio id or symbol. */
  readonly id: string;
  readonly state: ValueState;
  /** Why it is `unavailable`; `denied` where there is no such thing, or it is not for this reader. Otherwise `null`. */
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
  /** In the order of the gateway; those added later come last. A row that has not changed is the same object as before. */
  readonly rows: readonly PositionRow[];
}

/** One row of a portfolio; `null` while it is not known, or not held. */
export type PositionView = PositionRow | null;

import type { CashRow, ClosedRow, PortfolioValue, PositionRow, PriceValue } from '../../protocol/values.js';
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

/**
 * Totals and rows of a portfolio, computed from the same prices: the rows sum to the totals. Lists and rows that have not changed stay
 * the same objects.
 */
export interface PositionsView extends Omit<PortfolioView, 'value'> {
  /** `null` unless `ready`. */
  readonly totals: PortfolioValue | null;
  /** Open positions, in the order of the gateway; rows that are added later come last. */
  readonly rows: readonly PositionRow[];
  /** Positions that were held and are flat; those that are closed later come last. */
  readonly closed: readonly ClosedRow[];
  /** Cash by currency. */
  readonly cashBalances: readonly CashRow[];
}

/** One row of a portfolio; `null` while it is not known, or not held. */
export type PositionView = PositionRow | null;

/** A list without anything; always the same, so that it never counts as a change. */
export const NONE: readonly never[] = [];

/** Why there is no value; `null` while it has not come yet. */
export type Absence = RefusalReason | EndReason | null;

/** A value that has not come yet; with a reason, one that was refused. */
export function noValue<Value>(id: string, reason: Absence = null): ValueView<Value> {
  return { id, state: stateOf(reason), reason, value: null };
}

/** Rows that have not come yet; with a reason, those that were refused. */
export function noPositions(id: string, reason: Absence = null): PositionsView {
  return { id, state: stateOf(reason), reason, totals: null, rows: NONE, closed: NONE, cashBalances: NONE };
}

const stateOf = (reason: Absence): ValueState => (reason ? 'unavailable' : 'loading');

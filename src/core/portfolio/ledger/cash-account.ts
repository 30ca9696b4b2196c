import { Decimal } from '../../money/decimal.js';
import { DAY_HISTORY_MS } from './day-history.js';
import { NO_SUM, plus, type KnownSum } from './known-sum.js';

/** A move of cash. */
export interface CashMove {
  readonly at: number;
  readonly amount: Decimal;
  /** In the portfolio's currency, at the rate of its entry; `null`: unknown. */
  readonly base: Decimal | null;
  readonly settlesAt?: number | undefined;
}

/** Cash of one currency in a ledger. Immutable. */
export interface CashAccount {
  readonly balance: Decimal;
  /** All its moves in the portfolio's currency, at the rates of their entries. */
  readonly base: KnownSum;
  /** Moves of the last days, by time. */
  readonly recent: readonly CashMove[];
  /** Moves that settle after they were entered. */
  readonly unsettled: readonly CashMove[];
}

const EMPTY: CashAccount = Object.freeze({ balance: Decimal.ZERO, base: NO_SUM, recent: [], unsettled: [] });

/** The account after a move. */
export function moved(account: CashAccount = EMPTY, move: CashMove): CashAccount {
  const oldest = move.at - DAY_HISTORY_MS;
  const isPruned = account.recent.length > 0 && account.recent[0]!.at < oldest;
  const recent = isPruned ? account.recent.filter(({ at }) => at >= oldest) : account.recent;
  const unsettled = account.unsettled.filter(({ settlesAt }) => settlesAt! > move.at);
  const isLate = move.settlesAt !== undefined && move.settlesAt > move.at;
  return {
    balance: account.balance.plus(move.amount).trimmed(),
    base: plus(account.base, move.base),
    recent: [...recent, move],
    unsettled: isLate ? [...unsettled, move] : unsettled,
  };
}

/** Cash that has not settled at a time. @param now ms since 1970. */
export function unsettledAt(account: CashAccount, now: number): Decimal {
  return account.unsettled.reduce(
    (sum, { settlesAt, amount }) => (settlesAt! > now ? sum.plus(amount) : sum),
    Decimal.ZERO,
  );
}

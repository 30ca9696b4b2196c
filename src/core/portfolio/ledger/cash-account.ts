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

/** Cash of one currency in a ledger, to be read. */
export interface CashAccount {
  readonly balance: Decimal;
  /** All its moves in the portfolio's currency, at the rates of their entries. */
  readonly base: KnownSum;
  /** Moves of the last days, by time. */
  readonly recent: readonly CashMove[];
  /** Moves that settle after they were entered. */
  readonly unsettled: readonly CashMove[];
}

/** Cash of one currency in a ledger. Changed by the entries of its `Account` alone. */
export class MovingCash implements CashAccount {
  balance: Decimal;
  base: KnownSum;
  recent: CashMove[];
  unsettled: CashMove[];

  /** @param from Cash that it starts as a copy of. */
  constructor(from?: CashAccount) {
    this.balance = from?.balance ?? Decimal.ZERO;
    this.base = from?.base ?? NO_SUM;
    this.recent = [...(from?.recent ?? [])];
    this.unsettled = [...(from?.unsettled ?? [])];
  }

  /** Adds a move. */
  move(move: CashMove): void {
    const oldest = move.at - DAY_HISTORY_MS;
    // Only once half of them are too old, so that forgetting costs little in the long run.
    const { recent } = this;
    if (recent.length > 0 && recent[recent.length >> 1]!.at < oldest)
      this.recent = recent.filter(({ at }) => at >= oldest);
    this.recent.push(move);
    if (this.unsettled.length > 0)
      this.unsettled = this.unsettled.filter(({ settlesAt }) => settlesAt! > move.at);
    if (move.settlesAt !== undefined && move.settlesAt > move.at) this.unsettled.push(move);
    this.balance = this.balance.plus(move.amount).trimmed();
    this.base = plus(this.base, move.base);
  }
}

/** Cash that has not settled at a time. @param now ms since 1970. */
export function unsettledAt(account: CashAccount, now: number): Decimal {
  return account.unsettled.reduce(
    (sum, { settlesAt, amount }) => (settlesAt! > now ? sum.plus(amount) : sum),
    Decimal.ZERO,
  );
}

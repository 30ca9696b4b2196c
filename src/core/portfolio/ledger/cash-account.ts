import { Decimal } from '../../money/decimal.js';
import { remembered } from './day-history.js';
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
  /** Moves that settle after the last one was entered, the next to settle first. */
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
    this.recent = remembered(this.recent, move.at);
    this.recent.push(move);
    const { unsettled } = this;
    while (unsettled.length > 0 && unsettled[0]!.settlesAt! <= move.at) unsettled.shift();
    if (move.settlesAt !== undefined && move.settlesAt > move.at) this.#addUnsettled(move, move.settlesAt);
    // One sum for both, where they have always been the same: in the portfolio's own currency.
    const isOne = this.base.known === this.balance && move.base === move.amount;
    this.balance = this.balance.plus(move.amount).trimmed();
    this.base = isOne
      ? { known: this.balance, hasUnknown: this.base.hasUnknown }
      : trimmed(plus(this.base, move.base));
  }

  // Moves mostly settle in the order in which they are entered.
  #addUnsettled(move: CashMove, settlesAt: number): void {
    const { unsettled } = this;
    let at = unsettled.length;
    while (at > 0 && unsettled[at - 1]!.settlesAt! > settlesAt) at--;
    if (at === unsettled.length) unsettled.push(move);
    else unsettled.splice(at, 0, move);
  }
}

// As the balance is: so the digits do not depend on whether both were computed as one.
function trimmed({ known, hasUnknown }: KnownSum): KnownSum {
  return { known: known.trimmed(), hasUnknown };
}

/** Cash that has not settled at a time. @param now ms since 1970. */
export function unsettledAt(account: CashAccount, now: number): Decimal {
  return account.unsettled.reduce(
    (sum, { settlesAt, amount }) => (settlesAt! > now ? sum.plus(amount) : sum),
    Decimal.ZERO,
  );
}

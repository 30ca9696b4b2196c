import type { CashAccount } from '../../portfolio/ledger/cash-account.js';

/** When the cash of which portfolios settles: time alone changes their totals. */
export class SettlementWatch {
  readonly #dates = new Map<number, number>();
  #next = Infinity;

  /** The next time that cash of any portfolio settles, ms since 1970; Infinity: none does. */
  get next(): number {
    return this.#next;
  }

  /** Watches the cash of a portfolio, in place of that before. @param now Cash that settles later is watched, ms since 1970. */
  set(portfolio: number, cash: Iterable<CashAccount>, now: number): void {
    let next = Infinity;
    for (const { unsettled } of cash)
      for (const { settlesAt } of unsettled) if (settlesAt! > now) next = Math.min(next, settlesAt!);
    if (next === Infinity) return this.remove(portfolio);
    this.#dates.set(portfolio, next);
    this.#next = Math.min(this.#next, next);
  }

  /** Watches a portfolio no more. */
  remove(portfolio: number): void {
    this.#dates.delete(portfolio);
  }

  /** The portfolios of which cash has settled by a time, ms since 1970; none of them is watched any more. */
  take(now: number): number[] {
    if (now < this.#next) return [];
    const settled: number[] = [];
    this.#next = Infinity;
    for (const [portfolio, at] of this.#dates) {
      if (at > now) {
        this.#next = Math.min(this.#next, at);
        continue;
      }
      settled.push(portfolio);
      this.#dates.delete(portfolio);
    }
    return settled;
  }
}

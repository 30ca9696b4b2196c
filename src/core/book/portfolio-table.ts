import type { Decimal } from '../money/decimal.js';
import type { CashAccount } from '../portfolio/ledger/cash-account.js';
import type { LedgerRow } from '../portfolio/ledger/ledger-row.js';
import type { LedgerSums } from './valuation/valuation-input.js';
import type { ValuedPortfolio } from './valued-rows.js';

/** What a book knows of a portfolio, apart from its positions. */
export interface PortfolioEntry extends ValuedPortfolio {
  /** By currency. */
  readonly cash: ReadonlyMap<string, Decimal>;
  /** What its ledger has earned and paid; `null`: nothing but cash in its own currency is known. */
  readonly ledger: PortfolioLedger | null;
}

/** What a book keeps of a portfolio's ledger, beside positions and balances. */
export interface PortfolioLedger {
  readonly cash: ReadonlyMap<string, CashAccount>;
  /** Symbols that were held and are flat. */
  readonly closed: readonly LedgerRow[];
  readonly sums: LedgerSums;
}

/**
 * The portfolios of a book, by id and by number. Numbers are small and dense; that of a removed portfolio is used again
 * (`Subtotals` gives them out).
 */
export class PortfolioTable {
  readonly #numbers = new Map<string, number>();
  readonly #entries: Array<PortfolioEntry | undefined> = [];

  /** How many there are. */
  get size(): number {
    return this.#numbers.size;
  }

  /** Their ids, in the order in which they were added. */
  get ids(): Iterable<string> {
    return this.#numbers.keys();
  }

  /** Their numbers, in the same order. */
  get numbers(): Iterable<number> {
    return this.#numbers.values();
  }

  /** The number of a portfolio; `undefined` when it is not here. */
  numberOf(id: string): number | undefined {
    return this.#numbers.get(id);
  }

  /** The portfolio with a number; `undefined` for a free number. */
  find(number: number): PortfolioEntry | undefined {
    return this.#entries[number];
  }

  /** The portfolio with a number that is in use. */
  at(number: number): PortfolioEntry {
    return this.#entries[number]!;
  }

  /** Adds a portfolio under a number, or replaces it. */
  set(number: number, entry: PortfolioEntry): void {
    while (this.#entries.length <= number) this.#entries.push(undefined);
    this.#entries[number] = entry;
    this.#numbers.set(entry.id, number);
  }

  /** Removes the portfolio with a number. */
  remove(number: number): void {
    this.#numbers.delete(this.at(number).id);
    this.#entries[number] = undefined;
  }
}

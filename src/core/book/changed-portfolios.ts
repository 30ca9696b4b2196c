import type { PortfolioTotals } from '../portfolio/figures/portfolio-totals.js';
import type { PortfolioEntry, PortfolioTable } from './portfolio-table.js';
import type { ComputedPortfolios } from './totals-calculator.js';

/** Reads the totals of a book. */
export interface TotalsReader {
  totalsOf(number: number): PortfolioTotals;
  isComplete(number: number): boolean;
}

/** The portfolios whose totals one call of `PositionBook.computeTotals` computed. The lists do not change later; totals are read on demand. */
export class ChangedPortfolios {
  /** The portfolios whose totals were computed, by the book's numbers: small and dense; the number of a removed portfolio is used again. */
  readonly touched: Int32Array;
  /** Those of them whose totals or holdings differ from before. */
  readonly changed: Int32Array;
  readonly #totals: TotalsReader;
  readonly #portfolios: PortfolioTable;

  /** @internal Made by `PositionBook.computeTotals()`. */
  constructor({ touched, changed }: ComputedPortfolios, totals: TotalsReader, portfolios: PortfolioTable) {
    this.#totals = totals;
    this.#portfolios = portfolios;
    this.touched = touched;
    this.changed = changed;
  }

  /** How many portfolios there are in `touched`. */
  get length(): number {
    return this.touched.length;
  }

  /** Id of the portfolio at an index of `touched`. */
  id(index: number): string {
    return this.#entry(index).id;
  }

  /** Version of the holdings that were valued. */
  version(index: number): number {
    return this.#entry(index).version;
  }

  /** Currency of the totals. */
  currency(index: number): string {
    return this.#entry(index).currency;
  }

  /** The totals, as of now: later calls of `computeTotals` change what this returns. */
  totals(index: number): PortfolioTotals {
    return this.#totals.totalsOf(this.touched[index]!);
  }

  /** Whether every price and rate was known. */
  isComplete(index: number): boolean {
    return this.#totals.isComplete(this.touched[index]!);
  }

  #entry(index: number): PortfolioEntry {
    return this.#portfolios.at(this.touched[index]!);
  }
}

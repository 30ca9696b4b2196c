import type { AccountKind } from '../portfolio/portfolio-input.js';
import type { PortfolioTotals, TotalsColumns } from './totals-columns.js';

/** Of whom a row of a `PortfolioValuedBatch` is. */
export interface ValuedPortfolio {
  readonly id: string;
  readonly version: number;
  readonly currency: string;
  readonly accountKind: AccountKind;
}

/** The values in a batch, by row; they never change. */
export interface ValuedRows {
  readonly length: number;
  /** Whose the row is. */
  portfolio(row: number): ValuedPortfolio;
  /** Totals of the row, made anew by each call. */
  totals(row: number): PortfolioTotals;
  /** Copies the totals of a row to row `to` of `target`. */
  copyTotals(row: number, target: TotalsColumns, to: number): void;
}

/** Rows given one by one: totals of `portfolios[i]` stand at index `i`. */
export class ListedRows implements ValuedRows {
  readonly #portfolios: readonly ValuedPortfolio[];
  readonly #totals: TotalsColumns;

  constructor(portfolios: readonly ValuedPortfolio[], totals: TotalsColumns) {
    this.#portfolios = portfolios;
    this.#totals = totals;
  }

  get length(): number {
    return this.#portfolios.length;
  }

  portfolio(row: number): ValuedPortfolio {
    return this.#portfolios[row]!;
  }

  totals(row: number): PortfolioTotals {
    const { currency, accountKind } = this.#portfolios[row]!;
    return this.#totals.totals(row, currency, accountKind);
  }

  copyTotals(row: number, target: TotalsColumns, to: number): void {
    target.copy(to, this.#totals, row);
  }
}

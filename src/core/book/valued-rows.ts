import type { PortfolioTotals, TotalsColumns } from './totals-columns.js';

/** The portfolio that a row of a `PortfolioValuedBatch` values. */
export interface ValuedPortfolio {
  readonly id: string;
  /** Version of the holdings. */
  readonly version: number;
  /** Currency of the totals. */
  readonly currency: string;
}

/** The values of a batch, by row; they never change. */
export interface ValuedRows {
  readonly length: number;
  /** The portfolio of a row. */
  portfolio(row: number): ValuedPortfolio;
  /** The totals of a row; each call makes a new object. */
  totals(row: number): PortfolioTotals;
  /** @internal Copies the totals of a row to row `to` of `target`. */
  copyTotals(row: number, target: TotalsColumns, to: number): void;
}

/** Rows from a list of portfolios: the totals of `portfolios[i]` are row `i` of `totals`. */
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
    return this.#totals.totals(row, this.#portfolios[row]!.currency);
  }

  /** @internal */
  copyTotals(row: number, target: TotalsColumns, to: number): void {
    target.copy(to, this.#totals, row);
  }
}

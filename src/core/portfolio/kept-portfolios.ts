import type { Portfolio } from './portfolio.js';

/** The portfolios that were used last, up to a number. */
export class KeptPortfolios {
  readonly #max: number;
  // From the one that was used longest ago.
  readonly #portfolios = new Map<string, Portfolio>();

  constructor(max: number) {
    this.#max = max;
  }

  /** Takes out the portfolio with an id. */
  take(id: string): Portfolio | undefined {
    const portfolio = this.#portfolios.get(id);
    this.#portfolios.delete(id);
    return portfolio;
  }

  /** Keeps a portfolio, in place of the one with its id. */
  keep(portfolio: Portfolio): void {
    this.#portfolios.delete(portfolio.id);
    this.#portfolios.set(portfolio.id, portfolio);
    for (const id of this.#portfolios.keys()) {
      if (this.#portfolios.size <= this.#max) return;
      this.#portfolios.delete(id);
    }
  }
}

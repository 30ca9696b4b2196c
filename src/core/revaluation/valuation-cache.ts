import type { PortfolioValuation } from '../portfolio/figures/portfolio-valuation.js';

interface CachedValuation {
  readonly version: number;
  readonly batchId: string;
  readonly valuation: PortfolioValuation;
}

const LIMIT = 1000;

/** The last valuation of each of the 1,000 most recently valued portfolios, with the id of its batch. */
export class ValuationCache {
  readonly #cached = new Map<string, CachedValuation>();

  /** The valuation of these holdings with this batch; `undefined` if it is not known. */
  find(portfolioId: string, version: number, batchId: string): PortfolioValuation | undefined {
    const known = this.#cached.get(portfolioId);
    return known?.version === version && known.batchId === batchId ? known.valuation : undefined;
  }

  /** Adds a valuation; if there are too many, that of the least recently valued portfolio is dropped. */
  remember(portfolioId: string, version: number, batchId: string, valuation: PortfolioValuation): void {
    this.#cached.delete(portfolioId);
    this.#cached.set(portfolioId, { version, batchId, valuation });
    if (this.#cached.size <= LIMIT) return;
    const [oldest] = this.#cached.keys();
    this.#cached.delete(oldest!);
  }
}

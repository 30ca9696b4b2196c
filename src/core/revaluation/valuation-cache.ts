import type { PortfolioValuation } from '../portfolio/portfolio-valuation.js';

interface CachedValuation {
  readonly version: number;
  readonly batchId: string;
  readonly valuation: PortfolioValuation;
}

const LIMIT = 1000;

/** The last batch that each of the most recently valued portfolios was valued with. */
export class ValuationCache {
  readonly #cached = new Map<string, CachedValuation>();

  /** The valuation of those holdings with that batch, if it is remembered. */
  find(portfolioId: string, version: number, batchId: string): PortfolioValuation | undefined {
    const known = this.#cached.get(portfolioId);
    return known?.version === version && known.batchId === batchId ? known.valuation : undefined;
  }

  /** Remembers one; the least recently valued portfolio makes room. */
  remember(portfolioId: string, version: number, batchId: string, valuation: PortfolioValuation): void {
    this.#cached.delete(portfolioId);
    this.#cached.set(portfolioId, { version, batchId, valuation });
    if (this.#cached.size <= LIMIT) return;
    const [oldest] = this.#cached.keys();
    this.#cached.delete(oldest!);
  }
}

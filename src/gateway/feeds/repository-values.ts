import type { PortfolioRepository } from '../../core/portfolio/portfolio-repository.js';
import type { ValueSource } from '../gateway-options.js';

/**
 * Current values from a store, for a gateway in another process than the engine. They are totals: subscriptions to `positions` are
 * refused as `unsupported`. A portfolio that has no stored value yet counts as not there.
 */
export function repositoryValues(repository: Pick<PortfolioRepository, 'loadValuations'>): ValueSource {
  return {
    async value(portfolioId) {
      const [record] = await repository.loadValuations([portfolioId]);
      return record ?? null;
    },
  };
}

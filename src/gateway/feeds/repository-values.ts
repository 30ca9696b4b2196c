import type { PortfolioRepository } from '../../core/portfolio/portfolio-repository.js';
import type { ValueSource } from '../value-source.js';

/**
 * Current values from a store, for a gateway that runs in another process than the engine. They are totals: subscriptions to
 * `positions` are refused as `unsupported`. A portfolio that has no stored value yet counts as unknown.
 *
 * @example
 * ```ts
 * import { InMemoryEventBus, InMemoryPortfolioRepository } from 'tickmark';
 * import { Gateway, repositoryValues } from 'tickmark/gateway';
 *
 * // In production: the store and the bus that the engine uses as well.
 * const repository = new InMemoryPortfolioRepository();
 * const gateway = new Gateway({
 *   bus: new InMemoryEventBus(),
 *   values: repositoryValues(repository),
 *   authenticate: () => ({ subject: 'alice' }),
 *   authorize: (subject, { kind }) => subject === 'alice' && kind === 'portfolio',
 * });
 * await gateway.close();
 * ```
 */
export function repositoryValues(repository: Pick<PortfolioRepository, 'loadValuations'>): ValueSource {
  return {
    async value(portfolioId) {
      const [record] = await repository.loadValuations([portfolioId]);
      return record ?? null;
    },
  };
}

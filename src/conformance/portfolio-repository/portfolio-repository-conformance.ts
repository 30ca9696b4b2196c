import { Kit } from '../kit.js';
import type { TestRunner } from '../test-runner.js';
import { concurrencyRules } from './concurrency-rules.js';
import { deletionRules } from './deletion-rules.js';
import { fidelityRules } from './fidelity-rules.js';
import { holdingsRules } from './holdings-rules.js';
import { ownershipRules } from './ownership-rules.js';
import { priceRules } from './price-rules.js';
import type {
  PortfolioRepositoryConformanceOptions,
  PortfolioRepositoryHarness,
  PortfolioRepositorySupport,
} from './repository-kit.js';
import { saveManyRules } from './save-many-rules.js';
import { changeRules, streamRules } from './stream-rules.js';
import { valuationOrderRules } from './valuation-order-rules.js';
import { valuationRules } from './valuation-rules.js';

/**
 * Registers the cases that prove a `PortfolioRepository`. Each gets an empty store: a schema, a key prefix or a database
 * of its own.
 *
 * ```ts
 * portfolioRepositoryConformance({ describe, it }, {
 *   createHarness: async () => ({ repository: await MyRepository.inFreshSchema(pool) }),
 * });
 * ```
 */
export function portfolioRepositoryConformance(
  runner: TestRunner,
  options: PortfolioRepositoryConformanceOptions,
): void {
  const kit = new Kit<PortfolioRepositoryHarness, PortfolioRepositorySupport>(
    runner,
    options,
    async () => undefined,
  );
  runner.describe('PortfolioRepository: holdings', () => holdingsRules(kit));
  runner.describe('PortfolioRepository: sets of holdings', () => saveManyRules(kit));
  runner.describe('PortfolioRepository: deletion', () => deletionRules(kit));
  runner.describe('PortfolioRepository: streaming', () => streamRules(kit));
  runner.describe('PortfolioRepository: changes', () => changeRules(kit));
  runner.describe('PortfolioRepository: concurrency', () => concurrencyRules(kit));
  runner.describe('PortfolioRepository: fidelity', () => fidelityRules(kit));
  runner.describe('PortfolioRepository: copies', () => ownershipRules(kit));
  runner.describe('PortfolioRepository: valuations', () => valuationRules(kit));
  runner.describe('PortfolioRepository: order of valuations', () => valuationOrderRules(kit));
  runner.describe('PortfolioRepository: prices', () => priceRules(kit));
}

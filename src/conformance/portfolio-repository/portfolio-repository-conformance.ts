import { Kit } from '../kit.js';
import type { TestRunner } from '../test-runner.js';
import { changeRules } from './change-rules.js';
import { concurrencyRules } from './concurrency-rules.js';
import { corporateActionRules } from './ledger/corporate-action-rules.js';
import { deletionRules } from './deletion-rules.js';
import { fidelityRules } from './fidelity-rules.js';
import { holderRules } from './holder-rules.js';
import { holdingsRules } from './holdings-rules.js';
import { ledgerHistoryRules } from './ledger/ledger-history-rules.js';
import { ledgerReaderRules } from './ledger/ledger-reader-rules.js';
import { ledgerReadingRules } from './ledger/ledger-reading-rules.js';
import { ledgerRules } from './ledger/ledger-rules.js';
import { longLedgerRules } from './ledger/long-ledger-rules.js';
import { ownershipRules } from './ownership-rules.js';
import { priceRules } from './price-rules.js';
import type {
  PortfolioRepositoryConformanceOptions,
  PortfolioRepositoryHarness,
  PortfolioRepositorySupport,
} from './repository-kit.js';
import { saveManyRules } from './save-many-rules.js';
import { shardRules } from './shard-rules.js';
import { streamRules } from './stream-rules.js';
import { valuationOrderRules } from './valuation-order-rules.js';
import { valuationRules } from './valuation-rules.js';

/**
 * Registers the test cases of a `PortfolioRepository`. Each case gets an empty store, such as a schema, a key prefix or a database of its
 * own. Cases about an optional method are skipped if the repository does not have it.
 *
 * @example
 * ```ts
 * import { describe, it } from 'node:test';
 * import { InMemoryPortfolioRepository } from 'tickmark';
 * import { portfolioRepositoryConformance } from 'tickmark/conformance';
 *
 * portfolioRepositoryConformance({ describe, it }, {
 *   createHarness: () => ({ repository: new InMemoryPortfolioRepository() }),
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
  runner.describe('PortfolioRepository: ledger', () => ledgerRules(kit));
  runner.describe('PortfolioRepository: history of a ledger', () => ledgerHistoryRules(kit));
  runner.describe('PortfolioRepository: long ledgers', () => longLedgerRules(kit));
  runner.describe('PortfolioRepository: ledger(), optional', () => {
    ledgerReadingRules(kit);
    ledgerReaderRules(kit);
  });
  runner.describe('PortfolioRepository: findHolders(), optional', () => holderRules(kit));
  runner.describe('PortfolioRepository: saveMany(), optional', () => saveManyRules(kit));
  runner.describe('PortfolioRepository: deletion', () => deletionRules(kit));
  runner.describe('PortfolioRepository: streaming', () => streamRules(kit));
  runner.describe('PortfolioRepository: shards', () => shardRules(kit));
  runner.describe('PortfolioRepository: changesSince(), optional', () => changeRules(kit));
  runner.describe('PortfolioRepository: concurrency', () => concurrencyRules(kit));
  runner.describe('PortfolioRepository: fidelity', () => fidelityRules(kit));
  runner.describe('PortfolioRepository: copies', () => ownershipRules(kit));
  runner.describe('PortfolioRepository: valuations', () => valuationRules(kit));
  runner.describe('PortfolioRepository: order of valuations', () => valuationOrderRules(kit));
  runner.describe('PortfolioRepository: prices', () => priceRules(kit));
  runner.describe('PortfolioRepository: corporate actions, optional', () => corporateActionRules(kit));
}

import { describe, it } from 'node:test';
import { InMemoryEventBus, InMemoryLock, InMemoryPortfolioRepository } from 'tickmark';
import { eventBusConformance, lockConformance, portfolioRepositoryConformance } from 'tickmark/conformance';

const runner = { describe, it };
eventBusConformance(runner, { createHarness: async () => ({ bus: new InMemoryEventBus() }) });
lockConformance(runner, { createHarness: async () => ({ lock: new InMemoryLock() }) });
portfolioRepositoryConformance(runner, {
  createHarness: async () => ({ repository: new InMemoryPortfolioRepository() }),
});

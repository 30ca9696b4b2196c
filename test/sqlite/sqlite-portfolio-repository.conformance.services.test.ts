import { portfolioRepositoryConformance } from '../../src/conformance/portfolio-repository/portfolio-repository-conformance.js';
import { SqlitePortfolioRepository } from '../../src/sqlite/sqlite-portfolio-repository.js';
import { PATIENT, runner } from '../conformance/without-skips.js';
import { eachDriver, freshRepository } from './stores.js';

eachDriver('SQLite', (driver) => {
  portfolioRepositoryConformance(runner, {
    createHarness: async () => {
      const { repository, open, close } = await freshRepository(driver);
      return { repository, peer: new SqlitePortfolioRepository(open()), dispose: async () => close() };
    },
    supports: { peer: true },
    timing: PATIENT,
  });
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InMemoryPortfolioRepository } from '../../src/memory/in-memory-portfolio-repository.js';
import { contentsOf, repositoryStep, runStep } from '../conformance/repository-steps.js';
import { sized } from '../sizes.js';
import { eachDriver, freshRepository } from './stores.js';

const TABLES = ['portfolios', 'positions', 'cash_balances', 'entries', 'valuations', 'prices'];

eachDriver('SqlitePortfolioRepository', (driver) => {
  test('returns the same results as the in-memory repository, for any saves, deletes, valuations and prices', async () => {
    const { repository, handle, close } = await freshRepository(driver, { pageSize: 1, ledgerPageSize: 1 });
    await fc.assert(
      fc.asyncProperty(fc.array(repositoryStep, { maxLength: 20, size: 'max' }), async (script) => {
        handle.exec(TABLES.map((name) => `DELETE FROM tickmark_${name};`).join(''));
        const model = new InMemoryPortfolioRepository();
        for (const each of script)
          expect(await runStep(repository, each)).toEqual(await runStep(model, each));
        expect(await contentsOf(repository)).toEqual(await contentsOf(model));
      }),
      { numRuns: sized({ quick: 50, gate: 250, full: 1_000 }) },
    );
    close();
  });
});

import { afterAll, describe } from 'vitest';
import { portfolioRepositoryConformance } from '../../src/conformance/portfolio-repository/portfolio-repository-conformance.js';
import { PATIENT, runner } from '../conformance/without-skips.js';
import { freshRepository, type Store } from './stores.js';

/** Registers the repository kit on a store, each case in a schema of its own. */
export function conforms(name: string, store: Store): void {
  describe(name, () => {
    afterAll(() => store.end());
    portfolioRepositoryConformance(runner, {
      createHarness: () => freshRepository(store),
      supports: { peer: true },
      // The rule of 2,500 valuations saves 2,500 portfolios one by one, each durably.
      timing: PATIENT,
    });
  });
}

import { afterAll } from 'vitest';
import { portfolioRepositoryConformance } from '../../src/conformance/portfolio-repository/portfolio-repository-conformance.js';
import type { TestRunner } from '../../src/conformance/test-runner.js';
import { PATIENT } from '../conformance/without-skips.js';
import { freshRepository, schemaPool, type Store } from './stores.js';

/** Registers the repository kit on a store, each case on empty tables. */
export function conforms(runner: TestRunner, store: Store): void {
  const takeSchema = schemaPool(store);
  const schemas = new Set<string>();
  afterAll(async () => {
    for (const schema of schemas) await store.sql(`DROP SCHEMA ${schema} CASCADE`);
    await store.end();
  });
  portfolioRepositoryConformance(runner, {
    createHarness: async () => {
      const harness = await freshRepository(store, {}, takeSchema);
      schemas.add(harness.schema);
      return harness;
    },
    supports: { peer: true },
    timing: PATIENT,
  });
}

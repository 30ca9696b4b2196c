import { afterAll } from 'vitest';
import { dayStoreConformance } from '../../../src/conformance/day-store/day-store-conformance.js';
import type { TestRunner } from '../../../src/conformance/test-runner.js';
import { PostgresDayStore } from '../../../src/postgres/days/postgres-day-store.js';
import { PATIENT } from '../../conformance/without-skips.js';
import { schemaPool, UNHURRIED, type Store } from '../stores.js';

/** Registers the kit of day stores on a database, each case on empty tables. `openClosed` gives a database that was closed. */
export function conforms(runner: TestRunner, database: Store, openClosed: () => Promise<Store>): void {
  const takeSchema = schemaPool(database);
  const schemas = new Set<string>();
  let closed: Promise<Store> | undefined;
  afterAll(async () => {
    for (const schema of schemas) await database.sql(`DROP SCHEMA ${schema} CASCADE`);
    await database.end();
  });
  dayStoreConformance(runner, {
    createHarness: async () => {
      const { schema, drop } = await takeSchema();
      schemas.add(schema);
      const open = () => new PostgresDayStore(database.pool, { schema, ...UNHURRIED });
      const { pool } = await (closed ??= openClosed());
      // Nothing has to be waited for.
      const failing = new PostgresDayStore(pool, { schema, attempts: 2, retryBaseMs: 1, retryCapMs: 1 });
      return { store: open(), peer: open(), failing, dispose: drop };
    },
    supports: { peer: true, failure: true },
    timing: PATIENT,
  });
}

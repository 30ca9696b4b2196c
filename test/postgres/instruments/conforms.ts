import { afterAll } from 'vitest';
import { instrumentStoreConformance } from '../../../src/conformance/instrument-store/instrument-store-conformance.js';
import type { TestRunner } from '../../../src/conformance/test-runner.js';
import { PostgresInstrumentStore } from '../../../src/postgres/instruments/postgres-instrument-store.js';
import { PATIENT } from '../../conformance/without-skips.js';
import { schemaPool, UNHURRIED, type Store } from '../stores.js';

/** Registers the kit of instrument stores on a database, each case on empty tables. */
export function conforms(runner: TestRunner, database: Store): void {
  const takeSchema = schemaPool(database);
  const schemas = new Set<string>();
  afterAll(async () => {
    for (const schema of schemas) await database.sql(`DROP SCHEMA ${schema} CASCADE`);
    await database.end();
  });
  instrumentStoreConformance(runner, {
    createHarness: async () => {
      const { schema, drop } = await takeSchema();
      schemas.add(schema);
      const open = () => new PostgresInstrumentStore(database.pool, { schema, ...UNHURRIED });
      return { store: open(), peer: open(), dispose: drop };
    },
    supports: { peer: true },
    timing: PATIENT,
  });
}

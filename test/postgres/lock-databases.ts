import { afterAll, beforeAll } from 'vitest';
import type { LockHarness } from '../../src/conformance/lock/lock-kit.js';
import type { FakeClock } from '../../src/conformance/fake-clock.js';
import { PostgresLock, type PostgresLockOptions } from '../../src/postgres/postgres-lock.js';
import type { PostgresPool } from '../../src/postgres/drivers/postgres-pool.js';
import { migrate } from '../../src/postgres/schema.js';
import { HUNG_AFTER_MS, SLOW_TEST_MS } from '../waiting.js';
import { postgresJsStore, pgStore, type Store } from './stores.js';
import type { PostgresServer } from '../servers/postgres.js';

/** A database with a table of leases in a schema of its own. */
export interface LockDatabase {
  readonly pool: PostgresPool;
  /** Options of a lock on the table: its place, and a time limit that only a hanging call exceeds. */
  readonly options: PostgresLockOptions & { readonly schema: string; readonly prefix: string };
  /** The table of leases, as SQL names it. */
  readonly table: string;
  /** Runs a statement beside the locks. */
  query(text: string): Promise<Record<string, unknown>[]>;
  /** A lock and its peer, on a table of their own. */
  harness(): Promise<Pick<LockHarness, 'lock' | 'peer' | 'dispose'>>;
}

/** Duration of a lease that expires in no test. */
export const LONG = { ttlMs: 3_600_000 };

/** The drivers of servers. */
export const SERVER_DRIVERS: Readonly<Record<string, (server: PostgresServer) => Store>> = {
  pg: (server) => pgStore(server),
  'postgres.js': (server) => postgresJsStore(server, {}),
};

/** Makes the tables before the tests of a file or a `describe`, and drops them after it. */
export function lockDatabase(name: string, store: Store, clock?: FakeClock): LockDatabase {
  const schema = `lock_${process.pid}_${name.replace('.', '_')}`;
  const tableOf = (prefix: string): string => `"${schema}"."${prefix}leases"`;
  const common = { schema, callTimeoutMs: HUNG_AFTER_MS, ...(clock && { clock }) };
  let harnesses = 0;
  let made: Promise<unknown> | undefined;
  const make = (): Promise<unknown> => (made ??= migrate(store.pool, { schema, prefix: 'own_' }));
  beforeAll(make, SLOW_TEST_MS);
  afterAll(async () => {
    await store.sql(`DROP SCHEMA "${schema}" CASCADE`);
    await store.end();
  }, SLOW_TEST_MS);
  return {
    pool: store.pool,
    options: { ...common, prefix: 'own_' },
    table: tableOf('own_'),
    query: store.rows,
    harness: async () => {
      await make();
      const prefix = `t${harnesses++}_`;
      await store.sql(`CREATE TABLE ${tableOf(prefix)} (LIKE ${tableOf('own_')} INCLUDING ALL)`);
      const lock = new PostgresLock(store.pool, { ...common, prefix });
      const peer = new PostgresLock(store.pool, { ...common, prefix });
      return {
        lock,
        peer,
        dispose: async () => {
          await Promise.all([lock.close(), peer.close()]);
          await store.sql(`DROP TABLE ${tableOf(prefix)}`);
        },
      };
    },
  };
}

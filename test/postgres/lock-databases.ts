import pg from 'pg';
import postgres from 'postgres';
import { afterAll, beforeAll } from 'vitest';
import type { LockHarness } from '../../src/conformance/lock/lock-kit.js';
import { PostgresLock } from '../../src/postgres/postgres-lock.js';
import type { PostgresPool } from '../../src/postgres/postgres-pool.js';
import { migrate } from '../../src/postgres/schema.js';
import { postgresServer } from '../servers/postgres.js';
import { emptyPglite } from './empty-pglite.js';

const server = await postgresServer();

/** A database with a schema of its own. */
export interface LockDatabase {
  readonly pool: PostgresPool;
  readonly names: { readonly schema: string; readonly prefix: string };
  /** The table of leases, as it stands in SQL. */
  readonly table: string;
  /** Runs a statement beside the locks. */
  query(text: string): Promise<Record<string, unknown>[]>;
  /** A lock and its other end, on a table of their own. */
  harness(): Promise<LockHarness>;
}

type Opened = Pick<LockDatabase, 'pool' | 'query'> & { end(): Promise<void> };

const OPEN: Readonly<Record<string, () => Opened>> = {
  pglite: () => {
    const pool = emptyPglite();
    return { pool, query: async (text) => (await pool.query(text)).rows as never, end: () => pool.close() };
  },
  ...(server && {
    pg: () => {
      const pool = new pg.Pool({ connectionString: server.url, max: 8 });
      return { pool, query: async (text) => (await pool.query(text)).rows as never, end: () => pool.end() };
    },
    'postgres.js': () => {
      const pool = postgres(server.url, { max: 8, onnotice: () => undefined });
      return { pool, query: async (text) => [...(await pool.unsafe(text))], end: () => pool.end() };
    },
  }),
};

/** The drivers that can be tested here, beside PGlite. */
export const SERVER_DRIVERS = Object.keys(OPEN).filter((driver) => driver !== 'pglite');

/** Opens a database for the tests of a `describe`. */
export function lockDatabase(driver: string): LockDatabase {
  const { pool, query, end } = OPEN[driver]!();
  const schema = `lock_${process.pid}_${driver.replace('.', '_')}`;
  const tableOf = (prefix: string): string => `"${schema}"."${prefix}leases"`;
  let harnesses = 0;
  beforeAll(() => migrate(pool, { schema, prefix: 'own_' }));
  afterAll(async () => {
    await query(`DROP SCHEMA "${schema}" CASCADE`);
    await end();
  });
  return {
    pool,
    names: { schema, prefix: 'own_' },
    table: tableOf('own_'),
    query,
    harness: async () => {
      const prefix = `t${harnesses++}_`;
      await query(`CREATE TABLE ${tableOf(prefix)} (LIKE ${tableOf('own_')} INCLUDING ALL)`);
      const lock = new PostgresLock(pool, { schema, prefix });
      const peer = new PostgresLock(pool, { schema, prefix });
      return {
        lock,
        peer,
        dispose: async () => {
          await Promise.all([lock.close(), peer.close()]);
          await query(`DROP TABLE ${tableOf(prefix)}`);
        },
      };
    },
  };
}

import { randomUUID } from 'node:crypto';
import pg from 'pg';
import postgres from 'postgres';
import type { PostgresPool } from '../../src/postgres/postgres-pool.js';
import { migrate } from '../../src/postgres/schema.js';
import {
  PostgresPortfolioRepository,
  type PostgresPortfolioRepositoryOptions,
} from '../../src/postgres/postgres-portfolio-repository.js';
import type { PostgresServer } from '../servers/postgres.js';
import { emptyPglite } from './empty-pglite.js';

/** A database that tests share, each in a schema of its own. */
export interface Store {
  readonly pool: PostgresPool;
  /** Runs SQL of the test's own; gives rows as arrays. */
  readonly sql: (text: string) => Promise<unknown[][]>;
  readonly end: () => Promise<void>;
}

/** One PGlite. */
export function pgliteStore(): Store {
  const database = emptyPglite();
  return {
    pool: database,
    sql: async (text) => (await database.query<unknown[]>(text, [], { rowMode: 'array' })).rows,
    end: () => database.close(),
  };
}

/** A pool of node-postgres. */
export function pgStore(
  { url }: PostgresServer,
  options: pg.PoolConfig = {},
): Omit<Store, 'pool'> & { readonly pool: pg.Pool } {
  const pool = new pg.Pool({ connectionString: url, max: 8, ...options });
  return {
    pool,
    sql: async (text) => (await pool.query<unknown[]>({ text, rowMode: 'array' })).rows,
    end: () => pool.end(),
  };
}

/** postgres.js. */
export function postgresJsStore({ url }: PostgresServer, max = 8): Store {
  const sql = postgres(url, { max, fetch_types: false, onnotice: () => undefined });
  return {
    pool: sql,
    sql: async (text) => [...(await sql.unsafe(text).values())] as unknown[][],
    end: () => sql.end({ timeout: 1 }),
  };
}

/** An empty schema with the tables in it. */
export async function freshSchema(store: Store): Promise<{ schema: string; drop: () => Promise<void> }> {
  const schema = `tickmark_test_${randomUUID().replaceAll('-', '').slice(0, 16)}`;
  await migrate(store.pool, { schema });
  return {
    schema,
    drop: async () => {
      await store.sql(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    },
  };
}

/** A repository in a schema of its own. */
export async function freshRepository(store: Store, options: PostgresPortfolioRepositoryOptions = {}) {
  const { schema, drop } = await freshSchema(store);
  const repository = new PostgresPortfolioRepository(store.pool, { schema, ...options });
  const peer = new PostgresPortfolioRepository(store.pool, { schema, ...options });
  const dispose = async (): Promise<void> => {
    await repository.close();
    await peer.close();
    await drop();
  };
  return { repository, peer, schema, dispose };
}

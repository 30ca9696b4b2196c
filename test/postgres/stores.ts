import { randomUUID } from 'node:crypto';
import type { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import postgres from 'postgres';
import type { PostgresPool } from '../../src/postgres/drivers/postgres-pool.js';
import { migrate } from '../../src/postgres/schema.js';
import {
  PostgresPortfolioRepository,
  type PostgresPortfolioRepositoryOptions,
} from '../../src/postgres/postgres-portfolio-repository.js';
import { tableNames } from '../../src/postgres/table-names.js';
import type { PostgresServer } from '../servers/postgres.js';
import { SLOW_TEST_MS } from '../waiting.js';

/** A database that tests share, each in a schema of its own. */
export interface Store {
  readonly pool: PostgresPool;
  /** Runs the test's own SQL; returns rows as arrays. */
  readonly sql: (text: string) => Promise<unknown[][]>;
  /** The same; returns rows as objects. */
  readonly rows: (text: string) => Promise<Record<string, unknown>[]>;
  readonly end: () => Promise<void>;
}

/** Time limits that only a hanging call exceeds. */
export const UNHURRIED: PostgresPortfolioRepositoryOptions = {
  statementTimeoutMs: SLOW_TEST_MS,
  lockTimeoutMs: SLOW_TEST_MS,
  idleTimeoutMs: SLOW_TEST_MS,
  attemptTimeoutMs: SLOW_TEST_MS,
  retryDeadlineMs: SLOW_TEST_MS,
};

/** A PGlite; it stays open. */
export function pgliteStore(database: PGlite): Store {
  return {
    pool: database,
    sql: async (text) => (await database.query<unknown[]>(text, [], { rowMode: 'array' })).rows,
    rows: async (text) => (await database.query<Record<string, unknown>>(text)).rows,
    end: async () => undefined,
  };
}

/** A pool of node-postgres. */
export function pgStore(
  { url }: PostgresServer,
  options: pg.PoolConfig = {},
): Omit<Store, 'pool'> & { readonly pool: pg.Pool } {
  const pool = new pg.Pool({ connectionString: url, max: 8, ...options });
  // A test that ends connections checks the errors itself.
  pool.on('error', () => undefined);
  return {
    pool,
    sql: async (text) => (await pool.query<unknown[]>({ text, rowMode: 'array' })).rows,
    rows: async (text) => (await pool.query<Record<string, unknown>>(text)).rows,
    end: () => pool.end(),
  };
}

/** postgres.js. */
export function postgresJsStore(
  { url }: PostgresServer,
  options: postgres.Options<Record<string, never>> = { fetch_types: false },
): Store {
  const sql = postgres(url, { max: 8, onnotice: () => undefined, ...options });
  return {
    pool: sql,
    sql: async (text) => [...(await sql.unsafe(text).values())] as unknown[][],
    rows: async (text) => [...(await sql.unsafe(text))],
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

/** Schemas with empty tables, which are reused: creating the tables takes longer than most tests. */
export function schemaPool(store: Store): () => Promise<{ schema: string; drop: () => Promise<void> }> {
  const free: string[] = [];
  return async () => {
    const schema = free.pop() ?? (await freshSchema(store)).schema;
    const t = tableNames({ schema }, 'schemaPool');
    const stored = [t.positions, t.valuations, t.portfolios, t.prices, t.instruments, t.actions];
    return {
      schema,
      drop: async () => {
        for (const table of [...stored, t.dayCloses, t.dayResults]) await store.sql(`DELETE FROM ${table}`);
        free.push(schema);
      },
    };
  };
}

/** SQL that creates empty portfolios `p1` to `pN` at version 1, without valuations: faster than saving them. */
export function insertPortfolios(portfolios: string, valuations: string, count: number): string {
  return `INSERT INTO ${portfolios} (id, version, currency, terms, cash_currencies, cash_amounts, recent_saves)
    SELECT 'p' || n, 1, 'USD', '{"costMethod":"average","tags":{},"instruments":[]}', '{}', '{}', '{}' FROM generate_series(1, ${count}) n;
    INSERT INTO ${valuations} (portfolio_id, holdings_version) SELECT 'p' || n, 1 FROM generate_series(1, ${count}) n`;
}

/** A repository in a schema of its own. */
export async function freshRepository(
  store: Store,
  options: PostgresPortfolioRepositoryOptions = {},
  takeSchema = () => freshSchema(store),
) {
  const { schema, drop } = await takeSchema();
  const repository = new PostgresPortfolioRepository(store.pool, { schema, ...UNHURRIED, ...options });
  const peer = new PostgresPortfolioRepository(store.pool, { schema, ...UNHURRIED, ...options });
  const dispose = async (): Promise<void> => {
    await repository.close();
    await peer.close();
    await drop();
  };
  return { repository, peer, schema, dispose };
}

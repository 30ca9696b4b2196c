import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import PQueue from 'p-queue';
import pg from 'pg';
import { migrate } from '../src/postgres/schema.js';
import { PostgresPortfolioRepository } from '../src/postgres/postgres-portfolio-repository.js';
import { migrateSqlite } from '../src/sqlite/schema.js';
import type { SqliteDatabase } from '../src/sqlite/sqlite-database.js';
import { SqlitePortfolioRepository } from '../src/sqlite/sqlite-portfolio-repository.js';
import type { CaseReport } from './report.js';
import type { World } from './world.js';

const POSTGRES_URL = process.env.TICKMARK_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/test';
const REDIS_URL = process.env.TICKMARK_REDIS_URL ?? 'redis://127.0.0.1:6379';
const LOADERS = 8;

/** A PostgreSQL with the portfolios of a world, in a schema of its own. */
export interface Postgres {
  readonly pool: pg.Pool;
  readonly schema: string;
  readonly repository: PostgresPortfolioRepository;
  /** Drops the schema. */
  close(): Promise<void>;
}

/** Connects to PostgreSQL and stores the portfolios of a world; an Error says how to get a server. */
export async function postgresWith(world: World, connections = 10): Promise<Postgres> {
  const pool = new pg.Pool({ connectionString: POSTGRES_URL, max: connections });
  const schema = `tickmark_bench_${process.pid}`;
  try {
    await migrate(pool, { schema });
  } catch (cause) {
    await pool.end();
    throw new Error('no PostgreSQL: start one, or set TICKMARK_POSTGRES_URL', { cause });
  }
  const repository = new PostgresPortfolioRepository(pool, { schema });
  const queue = new PQueue({ concurrency: LOADERS });
  await queue.addAll(
    Array.from({ length: world.portfolios }, (_, number) => () => repository.save(world.portfolio(number))),
  );
  await pool.query(`VACUUM ANALYZE ${schema}.tickmark_portfolios, ${schema}.tickmark_valuations`);
  return {
    pool,
    schema,
    repository,
    async close() {
      await repository.close();
      await pool.query(`DROP SCHEMA ${schema} CASCADE`);
      await pool.end();
    },
  };
}

/** A repository in a file of SQLite, which is removed with it. */
export interface Sqlite {
  readonly repository: SqlitePortfolioRepository;
  close(): Promise<void>;
}

/** Opens a new file of SQLite; an Error says how to get a driver. */
export async function sqlite(): Promise<Sqlite> {
  const folder = await mkdtemp(join(tmpdir(), 'tickmark-bench-'));
  const database = open(join(folder, 'bench.db'));
  await migrateSqlite(database);
  return {
    repository: new SqlitePortfolioRepository(database),
    async close() {
      database.close();
      await rm(folder, { recursive: true });
    },
  };
}

// That of Node, or the one that the tests use.
function open(file: string): SqliteDatabase & { close(): void } {
  const { DatabaseSync } = (process.getBuiltinModule?.('node:sqlite') ?? {}) as Partial<
    Record<'DatabaseSync', SqliteDriver>
  >;
  if (DatabaseSync) return new DatabaseSync(file);
  try {
    const required = createRequire(new URL('../test/servers/sqlite/package.json', import.meta.url));
    return new (required('better-sqlite3') as SqliteDriver)(file);
  } catch (cause) {
    throw new Error('no SQLite: use Node 22.5 or later, or run npm ci --prefix test/servers/sqlite', {
      cause,
    });
  }
}

type SqliteDriver = new (file: string) => SqliteDatabase & { close(): void };

/** Connects to Redis; an Error says how to get a server. */
export async function redis(): Promise<Redis> {
  const client = new Redis(REDIS_URL, { lazyConnect: true, maxRetriesPerRequest: 1, retryStrategy: null });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (cause) {
    client.disconnect();
    throw new Error('no Redis: start one, or set TICKMARK_REDIS_URL', { cause });
  }
  return client;
}

/** Requests per second that `redis-benchmark` reaches with a command; `null` where the program is missing. */
export async function redisBenchmark(
  pipeline: number,
  count: number,
  command: readonly string[],
): Promise<number | null> {
  const { hostname, port } = new URL(REDIS_URL);
  const options = ['-h', hostname, '-p', port || '6379', '-P', `${pipeline}`, '-n', `${count}`, '--csv'];
  try {
    const { stdout } = await promisify(execFile)('redis-benchmark', [...options, ...command]);
    // The name of the test, which comes first, is the command and may have commas of its own.
    return Number(/","([\d.]+)"/.exec(stdout)![1]);
  } catch {
    return null;
  }
}

/** The report of a case whose server is missing. */
export function missing(measured: string, error: unknown): CaseReport {
  return { measured, figures: [], ratios: [], void: error instanceof Error ? error.message : String(error) };
}

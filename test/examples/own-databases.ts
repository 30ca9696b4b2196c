import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { postgresServer, type PostgresServer } from '../servers/postgres.js';
import { redisServer, type RedisServer } from '../servers/redis.js';

/** The servers that an example with both needs. */
export interface Servers {
  readonly postgres: PostgresServer;
  readonly redis: RedisServer;
}

/** Both servers, or `null` if one is missing. */
export async function serversOrSkip(): Promise<Servers | null> {
  const [postgres, redis] = await Promise.all([postgresServer(), redisServer()]);
  return postgres && redis && { postgres, redis };
}

/**
 * Runs work with the environment variables from which examples read the addresses of their servers. Examples choose their schema and keys
 * themselves, so each run gets a new database in PostgreSQL, and a database of Redis that others are unlikely to use.
 */
export async function withOwnDatabases(
  { postgres, redis }: Servers,
  work: (env: NodeJS.ProcessEnv) => Promise<void>,
): Promise<void> {
  const database = `tickmark_example_${randomUUID().replaceAll('-', '').slice(0, 16)}`;
  const admin = new pg.Client({ connectionString: postgres.url });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${database}`);
  try {
    await work({
      TICKMARK_POSTGRES_URL: withPath(postgres.url, database),
      TICKMARK_REDIS_URL: withPath(redis.url, String(1 + (process.pid % 15))),
    });
  } finally {
    await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
    await admin.end();
  }
}

function withPath(address: string, path: string): string {
  const url = new URL(address);
  url.pathname = path;
  return url.href;
}

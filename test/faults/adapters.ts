/** The parts under test, opened on the servers by any process that is told the place. */
import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import pg from 'pg';
import {
  PostgresLock,
  PostgresPortfolioRepository,
  migrate,
  type StoreLock,
  type StoreLockOptions,
} from 'tickmark/postgres';
import {
  RedisLock,
  RedisPubSubEventBus,
  RedisStreamEventBus,
  type RedisPubSubEventBusOptions,
} from 'tickmark/redis';
import { postgresServer } from '../servers/postgres.js';
import { redisServer } from '../servers/redis.js';
import { HUNG_AFTER_MS } from '../waiting.js';

/** Which lock: that of `tickmark/redis` or that of `tickmark/postgres`. */
export type LockKind = 'redis' | 'postgres';

/** Where a test keeps its data, apart from that of others; can be told to other processes. */
export interface Place {
  readonly postgresUrl: string;
  readonly redisUrl: string;
  /** Schema of its tables. */
  readonly schema: string;
  /** What its keys begin with. */
  readonly prefix: string;
}

/** A place and the store in it. */
export interface OpenPlace {
  readonly parts: Place;
  readonly repository: PostgresPortfolioRepository;
  /** Removes the tables and the keys, and closes the connections. */
  remove(): Promise<void>;
}

/** A part of the application, and how to end it with its connections. */
export interface Opened<Part> {
  readonly part: Part;
  close(): Promise<void>;
}

/** Makes a new place on the servers to test against, or on those given; `null` where there are none, which was said then. */
export async function openPlace(servers?: {
  redis: { url: string };
  postgres: { url: string };
}): Promise<OpenPlace | null> {
  const redis = servers?.redis ?? (await redisServer());
  const postgres = servers?.postgres ?? (await postgresServer());
  if (!redis || !postgres) return null;
  const name = `faults_${randomBytes(6).toString('hex')}`;
  const parts = { redisUrl: redis.url, postgresUrl: postgres.url, schema: name, prefix: `${name}:` };
  const pool = new pg.Pool({ connectionString: parts.postgresUrl, max: 8 });
  await migrate(pool, { schema: name });
  const repository = new PostgresPortfolioRepository(pool, { schema: name });
  return {
    parts,
    repository,
    async remove() {
      await pool.query(`DROP SCHEMA IF EXISTS ${name} CASCADE`);
      await repository.close();
      await pool.end();
      await removeKeys(parts.redisUrl, parts.prefix);
    },
  };
}

/** Removes all keys of a prefix. */
export async function removeKeys(redisUrl: string, prefix: string): Promise<void> {
  const redis = new Redis(redisUrl);
  for await (const found of redis.scanStream({ match: `${prefix}*`, count: 1000 }) as AsyncIterable<string[]>)
    if (found.length > 0) await redis.del(...found);
  redis.disconnect();
}

/** Ends the second also after the first has failed. */
export async function inTurn(first: () => Promise<unknown>, second: () => Promise<unknown>): Promise<void> {
  try {
    await first();
  } finally {
    await second();
  }
}

/** Opens the store of a place. */
export function openStore(place: Place, connections: number): Opened<PostgresPortfolioRepository> {
  const pool = new pg.Pool({ connectionString: place.postgresUrl, max: connections });
  const part = new PostgresPortfolioRepository(pool, { schema: place.schema });
  return {
    part,
    close: () =>
      inTurn(
        () => part.close(),
        () => pool.end(),
      ),
  };
}

/** For locks of tests without outages: a request takes longer on a busy machine than the default allows. */
export const UNHURRIED_LOCK: StoreLockOptions = { callTimeoutMs: HUNG_AFTER_MS };

/** Opens a lock of a place. */
export function openLock(kind: LockKind, place: Place, options: StoreLockOptions = {}): Opened<StoreLock> {
  if (kind === 'redis') {
    const client = new Redis(place.redisUrl);
    const part = new RedisLock(client, { ...options, prefix: place.prefix });
    return { part, close: () => part.close().finally(() => client.disconnect()) };
  }
  const pool = new pg.Pool({ connectionString: place.postgresUrl, max: 4 });
  const part = new PostgresLock(pool, { ...options, schema: place.schema });
  return {
    part,
    close: () =>
      inTurn(
        () => part.close(),
        () => pool.end(),
      ),
  };
}

/** Opens a Pub/Sub bus of a place. */
export function openBus(place: Place, options: RedisPubSubEventBusOptions = {}): Opened<RedisPubSubEventBus> {
  const client = new Redis(place.redisUrl);
  const part = new RedisPubSubEventBus(client, { ...options, prefix: `${place.prefix}bus` });
  return { part, close: () => part.close().finally(() => client.disconnect()) };
}

/** Opens a bus of streams of a place. */
export function openStreamBus(place: Place): Opened<RedisStreamEventBus> {
  const client = new Redis(place.redisUrl);
  const part = new RedisStreamEventBus(client, { prefix: `${place.prefix}streams` });
  return { part, close: () => part.close().finally(() => client.disconnect()) };
}

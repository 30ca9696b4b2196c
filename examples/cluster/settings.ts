// What all processes of the cluster know, from their environment: where PostgreSQL and Redis are, and Kafka, if there is one.
import { Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import type { EventBus } from 'tickmark';
import { KafkaEventBus, KafkaShardAssignment } from 'tickmark/kafka';
import { LeaseShardAssignment, type ShardAssignment } from 'tickmark/parts';
import { PostgresPortfolioRepository } from 'tickmark/postgres';
import { RedisLock, RedisPubSubEventBus } from 'tickmark/redis';

export const schema = 'tickmark_cluster';
export const symbols = Array.from({ length: 200 }, (_, n) => `SYM${n}`);

const brokers = process.env.TICKMARK_KAFKA_BROKERS?.split(',');
/** What carries events and decides who has which shard. */
export const transport = brokers ? `Kafka at ${brokers.join(', ')}` : 'Redis';
const SHARDS = 64;

/** The services, each with connections of this process. */
export function services() {
  const pool = new pg.Pool({
    connectionString: process.env.TICKMARK_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/test',
    max: 5,
    connectionTimeoutMillis: 5_000,
  });
  const client = new Redis(process.env.TICKMARK_REDIS_URL ?? 'redis://127.0.0.1:6379', {
    maxRetriesPerRequest: 1,
  }).on('error', () => {});
  const kafka =
    brokers &&
    new Kafka({
      brokers,
      clientId: `cluster-${process.pid}`,
      logLevel: logLevel.NOTHING,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: Number.MAX_SAFE_INTEGER },
    });
  const repository = new PostgresPortfolioRepository(pool, { schema });
  // Made when it is first wanted: not every process has the bus.
  let bus: (EventBus & { close(): Promise<void> }) | undefined;
  let lock: RedisLock | undefined;
  return {
    pool,
    client,
    repository,
    bus(): EventBus {
      bus ??= kafka
        ? new KafkaEventBus(
            {
              consumer: (groupId) =>
                kafka.consumer({ groupId, maxWaitTimeInMs: 1_000, sessionTimeout: 6_000 }),
              producer: () => kafka.producer(),
              admin: () => kafka.admin(),
            },
            { prefix: schema, createTopics: { partitions: SHARDS } },
          )
        : new RedisPubSubEventBus(client, { prefix: schema });
      return bus;
    },
    /** Shares the shards among the processes with the same role. */
    shards(role: 'owner' | 'standby', onError: (error: Error) => void): ShardAssignment {
      if (kafka)
        return new KafkaShardAssignment({
          consumer: (settings) => kafka.consumer({ groupId: `${schema}.${role}`, ...settings }),
          topic: `${schema}.portfolios`,
          shardCount: SHARDS,
          onError,
        });
      lock = new RedisLock(client, { prefix: `${schema}:` });
      return new LeaseShardAssignment({
        lock,
        name: `tickmark/${role}`,
        shardCount: SHARDS,
        leaseMs: 2_000,
        onError,
      });
    },
    async close() {
      await lock?.close();
      await Promise.all([bus?.close(), repository.close()]);
      await Promise.all([pool.end(), client.quit().catch(() => {})]);
    },
  };
}

/** What a worker says of itself, once a second. */
export interface WorkerReport {
  readonly shards: number;
  /** Shards for which a standby acts. */
  readonly takenOver: number;
  readonly portfolios: number;
  /** Totals computed, and valuations stored, since it started. */
  readonly valuations: number;
  readonly saved: number;
  /** How long the oldest value has been waiting for the store, ms. */
  readonly oldestUnsavedMs: number;
}

/** Resolves when the parent, or the platform, asks this process to end. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
    process.once('disconnect', () => resolve());
  });
}

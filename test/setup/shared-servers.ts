/** Before a run that talks to servers: finds or starts one of each kind, once, and hands the addresses to all workers. */
import type { TestProject } from 'vitest/node';
import { kafkaBrokerPrograms, kafkaServer } from '../servers/kafka-broker.js';
import { postgresServer } from '../servers/postgres.js';
import { redisServer } from '../servers/redis.js';

export default async function shareServers({ config }: TestProject): Promise<() => Promise<void>> {
  const suite = config.env.TICKMARK_SUITE;
  const [postgres, redis, kafka] = await Promise.all([
    postgresServer(),
    redisServer(),
    suite === 'services' && needsKafka() ? kafkaServer() : null,
  ]);
  if (postgres) process.env.TICKMARK_POSTGRES_URL = postgres.url;
  if (redis) process.env.TICKMARK_REDIS_URL = redis.url;
  if (kafka) process.env.TICKMARK_KAFKA_BROKER = kafka.broker;
  return async () => {
    await Promise.all([postgres?.dispose?.(), redis?.dispose?.(), kafka?.dispose?.()]);
  };
}

// The broker takes seconds to start: a run of single files does without, unless one of them is about Kafka.
function needsKafka(): boolean {
  if (!kafkaBrokerPrograms().isThere) return false;
  const named = process.argv.slice(2).filter((argument) => argument.includes('test/'));
  return named.length === 0 || named.some((path) => path.includes('kafka'));
}

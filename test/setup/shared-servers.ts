/** Before a run that talks to servers: finds or starts one of each kind, once, and hands the addresses to all workers. */
import { postgresServer } from '../servers/postgres.js';
import { redisServer } from '../servers/redis.js';

export default async function shareServers(): Promise<() => Promise<void>> {
  const [postgres, redis] = await Promise.all([postgresServer(), redisServer()]);
  if (postgres) process.env.TICKMARK_POSTGRES_URL = postgres.url;
  if (redis) process.env.TICKMARK_REDIS_URL = redis.url;
  return async () => {
    await Promise.all([postgres?.dispose?.(), redis?.dispose?.()]);
  };
}

import type { Clock } from '../../core/clock.js';
import {
  isCluster,
  isSentinel,
  type IoredisClient,
  type NodeRedisClient,
  type RedisClient,
} from '../redis-client.js';
import { redisVerdict } from '../redis-failure.js';

/** Of ioredis: cuts the connection, and makes another. */
interface Reconnecting {
  disconnect?(reconnect: boolean): void;
}

// Of each client, however many locks use it and calls of theirs fail.
const renewedAt = new WeakMap<RedisClient, number>();
const AT_MOST_EVERY_MS = 500;

/**
 * What to do with a failure of the caller's own client: where its node has become a replica, or does not do the work for another
 * reason, the client is made to connect anew, as it would after a break. It resends, subscribes again and retries as the caller
 * has set it up. A Cluster client finds its nodes itself, and so does a Sentinel client of node-redis.
 */
export function renewedWhereMoved(client: RedisClient, clock: Clock): (failure: Error) => void {
  if (isCluster(client) || isSentinel(client)) return () => undefined;
  const renew = renewalOf(client);
  return (failure) => {
    if (redisVerdict(failure) !== 'elsewhere') return;
    const now = clock.monotonic();
    if (now - (renewedAt.get(client) ?? -Infinity) < AT_MOST_EVERY_MS) return;
    renewedAt.set(client, now);
    renew();
  };
}

function renewalOf(client: RedisClient): () => void {
  if ('callBuffer' in client) {
    const redis = client as IoredisClient & Reconnecting;
    return () => {
      if (redis.status === 'ready') redis.disconnect?.(true);
    };
  }
  // node-redis forgets its subscriptions when it is destroyed, and keeps them when the server ends the connection.
  const redis = client as NodeRedisClient;
  return () => {
    if (redis.isReady) redis.sendCommand(['QUIT']).catch(() => undefined);
  };
}

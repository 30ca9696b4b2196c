import type { Clock } from '../../core/clock.js';
import {
  isCluster,
  isSentinel,
  type IoredisClient,
  type NodeRedisClient,
  type RedisClient,
} from '../redis-client.js';
import { redisErrorKind } from '../redis-error.js';

/** Of ioredis: cuts the connection, and makes another. */
interface ReconnectableClient {
  disconnect?(reconnect: boolean): void;
}

// Of each client, however many locks use it and calls of theirs fail.
const reconnectedAt = new WeakMap<RedisClient, number>();
const MIN_INTERVAL_MS = 500;

/**
 * What to do with a failure of the caller's own client: where its node has become a replica, or does not do the work for another
 * reason, the client is made to connect anew, as it would after a break. It resends, subscribes again and retries as the caller
 * has set it up. A Cluster client finds its nodes itself, and so does a Sentinel client of node-redis.
 */
export function reconnectOnWrongNode(client: RedisClient, clock: Clock): (failure: Error) => void {
  if (isCluster(client) || isSentinel(client)) return () => undefined;
  const renew = reconnector(client);
  return (failure) => {
    if (redisErrorKind(failure) !== 'wrong-node') return;
    const now = clock.monotonic();
    if (now - (reconnectedAt.get(client) ?? -Infinity) < MIN_INTERVAL_MS) return;
    reconnectedAt.set(client, now);
    renew();
  };
}

function reconnector(client: RedisClient): () => void {
  if ('callBuffer' in client) {
    const redis = client as IoredisClient & ReconnectableClient;
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

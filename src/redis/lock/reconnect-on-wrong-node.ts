import type { Clock } from '../../core/clock.js';
import {
  isCluster,
  isSentinel,
  type IoredisClient,
  type NodeRedisClient,
  type RedisClient,
} from '../redis-client.js';
import { redisErrorKind } from '../redis-error.js';

/** In ioredis: closes the connection and opens another. */
interface ReconnectableClient {
  disconnect?(reconnect: boolean): void;
}

// By client, however many locks share it.
const reconnectedAt = new WeakMap<RedisClient, number>();
const MIN_INTERVAL_MS = 500;

/**
 * Returns a handler of errors of the caller's own client: if its node has become a replica or cannot do the work for another reason,
 * the client reconnects, as after a broken link, and resends, resubscribes and retries as the caller configured it. Cluster clients,
 * and Sentinel clients of node-redis, find the right node themselves.
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
  // node-redis loses its subscriptions when it is destroyed, and keeps them when the server closes the connection.
  const redis = client as NodeRedisClient;
  return () => {
    if (redis.isReady) redis.sendCommand(['QUIT']).catch(() => undefined);
  };
}

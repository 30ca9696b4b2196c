import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import type { RedisClient } from '../../src/redis/redis-client.js';

/** A client of a test, and how to end it. */
export interface TestClient {
  readonly client: RedisClient;
  end(): Promise<void>;
}

/** Makes connected clients of each library. They give up nothing: what waits for the server waits until it is there. */
export const LIBRARIES: Readonly<Record<string, (url: string) => Promise<TestClient>>> = {
  ioredis: async (url) => {
    const client = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
    return { client, end: async () => client.disconnect() };
  },
  'node-redis': async (url) => {
    const client = createClient({ url, socket: { reconnectStrategy: 20 } });
    const hush = (): void => undefined;
    client.on('error', hush);
    await client.connect();
    client.off('error', hush);
    return { client, end: async () => client.destroy() };
  },
};

/** A key prefix that nobody else uses. */
export function ownPrefix(): string {
  return `test:${randomUUID()}:`;
}

/** Every key with the prefix, and what it holds. */
export async function dump(redis: Redis, prefix: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const keys of redis.scanStream({ match: `${prefix}*`, count: 1000 })) {
    for (const key of keys as string[]) found.set(key, String(await redis.get(key)));
  }
  return found;
}

/** Removes every key with the prefix. */
export async function cleanUp(redis: Redis, prefix: string): Promise<void> {
  const keys = [...(await dump(redis, prefix)).keys()];
  if (keys.length > 0) await redis.unlink(...keys);
}

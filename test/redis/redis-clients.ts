import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import type { RedisClient } from '../../src/redis/redis-client.js';
import { tcpProxy, type TcpProxy } from '../servers/tcp-proxy.js';
import type { RedisServer } from '../servers/redis.js';
import { HUNG_AFTER_MS, until } from '../waiting.js';

/** A client of a test, and how to close it. */
export interface TestClient {
  readonly client: RedisClient;
  readonly isReady: () => boolean;
  end(): void;
}

/** Listens to the errors of each client here. */
export const ignoreError = (): void => undefined;

/** Makes a connected client of each library, whose commands wait for the server without a limit. */
export const LIBRARIES: Readonly<Record<string, (url: string) => Promise<TestClient>>> = {
  ioredis: async (url) => {
    const client = ioredis(url);
    await once(client, 'ready');
    return { client, isReady: () => client.status === 'ready', end: () => client.disconnect() };
  },
  'node-redis': async (url) => {
    const client = createClient({ url, socket: { reconnectStrategy: 20 } });
    client.on('error', ignoreError);
    await client.connect();
    return { client, isReady: () => client.isReady, end: () => client.destroy() };
  },
};

/** A client for the test's own commands. */
export function ioredis(url: string): Redis {
  const client = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
  return client.on('error', ignoreError);
}

/** A unique prefix of keys. */
export const ownPrefix = (): string => `test:${randomUUID()}`;

/** Options of a bus: time limits that only a hanging call exceeds, and pings that soon detect a stalled link. */
export const UNHURRIED = { pingIntervalMs: 100, pingTimeoutMs: 30_000, publishTimeoutMs: HUNG_AFTER_MS };

/** A client whose link a test can break. */
export interface LinkedClient extends TestClient {
  readonly proxy: TcpProxy;
}

/** Connects through a proxy. */
export async function linkedClient(library: string, server: RedisServer): Promise<LinkedClient> {
  const proxy = await tcpProxy(server);
  const url = new URL(server.url);
  url.host = `127.0.0.1:${proxy.port}`;
  const client = await LIBRARIES[library]!(url.href);
  return {
    ...client,
    proxy,
    end: () => {
      client.end();
      void proxy.close();
    },
  };
}

/** Cuts the link and refuses new ones; settles when the client knows. */
export async function breakLink({ proxy, isReady }: LinkedClient): Promise<void> {
  await proxy.refuse();
  proxy.cut();
  await until('the client notices the break', () => !isReady());
}

/** Every key that contains the text. */
export async function keysWith(redis: Redis, text: string): Promise<string[]> {
  const found = new Set<string>();
  for await (const keys of redis.scanStream({ match: `*${text}*`, count: 1000 })) {
    for (const key of keys as string[]) found.add(key);
  }
  return [...found];
}

/** Every key that contains the text, and the string that it holds. */
export async function dump(redis: Redis, text: string): Promise<Map<string, string>> {
  const keys = await keysWith(redis, text);
  return new Map(await Promise.all(keys.map(async (key) => [key, String(await redis.get(key))] as const)));
}

/** Removes every key that contains the text. */
export async function removeKeys(redis: Redis, text: string): Promise<void> {
  const keys = await keysWith(redis, text);
  if (keys.length > 0) await redis.unlink(...keys);
}

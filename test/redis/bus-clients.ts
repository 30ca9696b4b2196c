import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import type { EventCodec } from '../../src/core/messaging/event-codec.js';
import type { DomainEvent } from '../../src/core/messaging/event-bus.js';
import type { RedisClient } from '../../src/redis/redis-client.js';
import { tcpProxy, type TcpProxy } from '../servers/tcp-proxy.js';
import { redisServer, type RedisServer } from '../servers/redis.js';

/** A client of a test, and how to end it. */
export interface TestClient {
  readonly client: RedisClient;
  end(): void;
}

/** Makes a connected client of each library. */
export const LIBRARIES: Readonly<Record<string, (url: string) => Promise<TestClient>>> = {
  ioredis: async (url) => {
    const client = new Redis(url, { retryStrategy: () => 20 });
    client.on('error', () => undefined);
    return { client, end: () => client.disconnect() };
  },
  'node-redis': async (url) => {
    const client = createClient({ url, socket: { reconnectStrategy: 20 } });
    client.on('error', () => undefined);
    await client.connect();
    return { client, end: () => client.destroy() };
  },
};

export const shared: RedisServer | null = await redisServer();

/** A prefix that nobody else uses. */
export const ownPrefix = (): string => `test:${randomUUID()}`;

/** A client whose link a test can break. */
export interface LinkedClient extends TestClient {
  readonly proxy: TcpProxy;
}

/** Connects through a proxy. */
export async function linkedClient(library: string): Promise<LinkedClient> {
  const proxy = await tcpProxy(shared!);
  const { client, end } = await LIBRARIES[library]!(
    shared!.url.replace(/\/\/[^/]*/, `//127.0.0.1:${proxy.port}`),
  );
  return {
    client,
    proxy,
    end: () => {
      end();
      void proxy.close();
    },
  };
}

/** Cuts the link and refuses new ones; settles when both ends know. */
export async function breakLink({ proxy }: LinkedClient): Promise<void> {
  await proxy.refuse();
  proxy.cut();
  await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Removes all keys with a prefix. */
export async function removeKeys(prefix: string): Promise<void> {
  const redis = new Redis(shared!.url);
  for await (const keys of redis.scanStream({ match: `*${prefix}*`, count: 1000 })) {
    if ((keys as string[]).length > 0) await redis.unlink(...(keys as string[]));
  }
  redis.disconnect();
}

interface State extends DomainEvent {
  readonly n: number;
  readonly count: number;
}

/** Brings the kit's events of state back as what they were: events that conflate. */
export const STATE_CODEC: EventCodec = {
  type: 'tickmark.conformance.state',
  encode: (event, data) => data.numbers('state', [(event as State).n, (event as State).count]),
  decode: (data, head) => {
    const [n, count] = data.numbers('state', 2);
    return state({ ...head, n: n!, count: count! });
  },
};

const state = (event: State): State => ({
  ...event,
  conflate: (later: State) => state({ ...later, count: event.count + later.count }),
});

/** Settles when it holds, or fails after a time. */
export async function until(holds: () => boolean, what: string, timeoutMs = 5000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

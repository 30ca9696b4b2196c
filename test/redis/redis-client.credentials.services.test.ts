import { inspect } from 'node:util';
import { Cluster, Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TickmarkError } from '../../src/core/errors.js';
import type { EventBus } from '../../src/core/messaging/event-bus.js';
import type { RedisBusOptions } from '../../src/redis/redis-bus-options.js';
import type { RedisClient } from '../../src/redis/redis-client.js';
import { RedisLock } from '../../src/redis/lock/redis-lock.js';
import { RedisPubSubEventBus } from '../../src/redis/pub-sub/redis-pub-sub-event-bus.js';
import { RedisStreamEventBus } from '../../src/redis/streams/redis-stream-event-bus.js';
import { rejection } from '../rejection.js';
import { canStartRedis, privateRedis, type PrivateRedis } from '../servers/redis.js';
import { until } from '../waiting.js';
import { ignoreError } from './redis-clients.js';

const RIGHT = 'right-pa55word';
const WRONG = 'sentinel-pa55word';

interface Access {
  readonly port: number;
  readonly password?: string;
  readonly db?: number;
}

// Not connected, because connecting fails.
const CLIENTS: Record<string, (access: Access) => { client: RedisClient; end: () => void }> = {
  ioredis: (access) => {
    const client = new Redis({ host: '127.0.0.1', ...access, retryStrategy: () => 20 });
    client.on('error', ignoreError);
    return { client, end: () => client.disconnect() };
  },
  'node-redis': ({ port, db, password }) => {
    const client = createClient({
      socket: { port, reconnectStrategy: 20 },
      ...(password !== undefined && { password }),
      ...(db !== undefined && { database: db }),
    });
    client.on('error', ignoreError);
    client.connect().catch(ignoreError);
    return { client, end: () => client.destroy() };
  },
};

const BUSES: Record<string, (client: RedisClient, options: RedisBusOptions) => EventBus> = {
  'Pub/Sub': (client, options) => new RedisPubSubEventBus(client, options),
  streams: (client, options) => new RedisStreamEventBus(client, options),
};

const CASES = Object.keys(CLIENTS).flatMap((library) =>
  Object.keys(BUSES).map((kind) => [library, kind] as const),
);
const EVENT = { type: 't', id: '1', occurredAt: 1 };

describe.skipIf(!canStartRedis())('a Redis that refuses who asks', () => {
  let server: PrivateRedis;
  let admin: Redis;
  beforeAll(async () => {
    server = await privateRedis({ settings: { requirepass: RIGHT } });
    admin = new Redis({ port: server.port, password: RIGHT });
  });
  afterAll(async () => {
    admin.disconnect();
    await server.dispose();
  });

  /** A bus that is refused, after a number of tries. */
  async function tried(library: string, kind: string, access: Omit<Access, 'port'>) {
    const { client, end } = CLIENTS[library]!({ port: server.port, ...access });
    const told: TickmarkError[] = [];
    const bus = BUSES[kind]!(client, { onError: (error) => void told.push(error) });
    const heard: string[] = [];
    bus.subscribe('t', ({ id }) => void heard.push(id));
    const refused: TickmarkError[] = [];
    await until('it has tried for a while', async () => {
      refused.push(await rejection(bus.publish(EVENT)));
      return refused.length > 50;
    });
    return { bus, told, refused, heard, end };
  }

  test.each(CASES)(
    '%s, %s: reports once that the password is wrong, and continues when it is right',
    async (library, kind) => {
      const { bus, told, refused, heard, end } = await tried(library, kind, { password: WRONG });
      // Each of the two links reports it.
      expect(told.map(({ code }) => code)).toEqual(['BUS_FAILED', 'BUS_FAILED']);
      for (const error of [...told, refused.at(-1)!]) {
        expect(error.message).toContain('WRONGPASS');
        expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(WRONG);
      }
      await admin.config('SET', 'requirepass', WRONG);
      await until('it is heard', async () => {
        await bus.publish(EVENT).catch(() => undefined);
        return heard.length > 0;
      });
      await admin.config('SET', 'requirepass', RIGHT);
      expect(told.length).toBe(2);
      await bus.close();
      end();
    },
  );

  test.each(CASES)('%s, %s: reports once that a password is missing', async (library, kind) => {
    const { bus, told, refused, end } = await tried(library, kind, {});
    expect(told.map(({ message }) => message.includes('NOAUTH'))).toEqual([true, true]);
    expect(refused.at(-1)!.message).toContain('NOAUTH');
    await bus.close();
    end();
  });

  test.each(CASES)('%s, %s: uses no other database instead of a missing one', async (library, kind) => {
    const { bus, told, refused, end } = await tried(library, kind, { password: RIGHT, db: 99 });
    expect(told.map(({ message }) => message.includes('DB index is out of range'))).toEqual([true, true]);
    expect(refused.at(-1)!.message).toContain('DB index is out of range');
    await bus.close();
    end();
  });

  test.each(Object.keys(CLIENTS))('%s: a lock says that the password is wrong', async (library) => {
    const { client, end } = CLIENTS[library]!({ port: server.port, password: WRONG });
    const lock = new RedisLock(client, { callTimeoutMs: 1000 });
    let error: TickmarkError;
    // The first may have been sent before Redis refused the password.
    do error = await rejection(lock.acquire('k', { waitMs: 0 }));
    while (error.code === 'TIMEOUT' || error.message.includes('NOAUTH'));
    expect(error).toMatchObject({ code: 'LOCK_FAILED', retryable: false });
    expect(error.message).toContain('WRONGPASS');
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(WRONG);
    await lock.close();
    end();
  });

  test('reports why a Cluster refuses', async () => {
    const client = new Cluster([{ host: '127.0.0.1', port: server.port }], {
      redisOptions: { password: WRONG },
      clusterRetryStrategy: () => 20,
    });
    client.on('error', ignoreError);
    const told: TickmarkError[] = [];
    const bus = new RedisStreamEventBus(client, { onError: (error) => void told.push(error) });
    bus.subscribe('t', () => undefined);
    await until('it says so', () => told.some(({ message }) => message.includes('WRONGPASS')));
    expect(inspect(told, { depth: 9, showHidden: true })).not.toContain(WRONG);
    await bus.close();
    client.disconnect();
  });
});

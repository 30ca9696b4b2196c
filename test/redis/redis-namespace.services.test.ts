import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterEach, describe, expect, test } from 'vitest';
import {
  BUS_GAP,
  type BusGapEvent,
  type DomainEvent,
  type EventBus,
} from '../../src/core/messaging/event-bus.js';
import type { RedisClient } from '../../src/redis/redis-client.js';
import { RedisLock } from '../../src/redis/lock/redis-lock.js';
import { RedisPubSubEventBus } from '../../src/redis/pub-sub/redis-pub-sub-event-bus.js';
import { RedisStreamEventBus } from '../../src/redis/streams/redis-stream-event-bus.js';
import { redisServer } from '../servers/redis.js';
import { until } from '../waiting.js';
import { UNHURRIED, ignoreError, ioredis, keysWith, ownPrefix, removeKeys } from './redis-clients.js';

const server = await redisServer();

interface Settings {
  readonly keyPrefix?: string;
  readonly db?: number;
}

const CLIENTS: Record<string, (settings: Settings) => Promise<{ client: RedisClient; end: () => void }>> = {
  ioredis: async (settings) => {
    const client = new Redis(server!.url, settings);
    client.on('error', ignoreError);
    return { client, end: () => client.disconnect() };
  },
  'node-redis': async ({ db, keyPrefix }) => {
    const client = createClient({
      url: server!.url,
      ...(db !== undefined && { database: db }),
      ...(keyPrefix !== undefined && { keyPrefix }),
    });
    client.on('error', ignoreError);
    await client.connect();
    return { client, end: () => client.destroy() };
  },
};

const BUSES: Record<string, (client: RedisClient, prefix: string) => EventBus> = {
  'Pub/Sub': (client, prefix) => new RedisPubSubEventBus(client, { prefix, ...UNHURRIED }),
  streams: (client, prefix) => new RedisStreamEventBus(client, { prefix, ...UNHURRIED }),
};

const event = (id: string): DomainEvent => ({ type: 'kept', id, occurredAt: 1 });

describe.skipIf(!server).each(Object.keys(CLIENTS))('what a client of %s keeps apart', (library) => {
  const ends: Array<() => unknown> = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  async function client(settings: Settings): Promise<RedisClient> {
    const { client, end } = await CLIENTS[library]!(settings);
    ends.push(end);
    return client;
  }

  async function heardBy(kind: string, prefix: string, settings: Settings) {
    const bus = BUSES[kind]!(await client(settings), prefix);
    ends.push(() => bus.close());
    const heard: string[] = [];
    bus.subscribe(event('').type, ({ id }) => void heard.push(id));
    return { bus, heard };
  }

  test.each(
    Object.keys(BUSES).flatMap((kind): Array<[string, string, Settings, Settings]> => [
      [kind, 'keyPrefix', { keyPrefix: 'one:' }, { keyPrefix: 'two:' }],
      [kind, 'keyPrefix and none', { keyPrefix: 'one:' }, {}],
      [kind, 'database', { db: 1 }, { db: 2 }],
      [kind, 'database and 0', { db: 1 }, {}],
    ]),
  )('%s: buses of another %s hear nothing, those of the same do', async (kind, _, mine, other) => {
    const prefix = ownPrefix();
    const one = await heardBy(kind, prefix, mine);
    const same = await heardBy(kind, prefix, mine);
    const apart = await heardBy(kind, prefix, other);
    // Settles when the subscription is confirmed.
    for (const { bus } of [one, same, apart]) await bus.publish({ ...event('ready'), type: 'none' });
    await one.bus.publish(event('one'));
    await until('the same hears', () => same.heard.length > 0);
    await apart.bus.publish(event('apart'));
    await until('it hears itself', () => apart.heard.length > 0);
    await one.bus.publish(event('last'));
    await until('the same hears the last', () => same.heard.includes('last'));
    expect([same.heard, apart.heard]).toEqual([['one', 'last'], ['apart']]);
    for (const settings of [mine, other]) {
      const admin = new Redis(server!.url, { db: settings.db ?? 0 });
      await removeKeys(admin, prefix);
      admin.disconnect();
    }
  });

  test('keys of a lock begin with keyPrefix, and locks with another keyPrefix are independent', async () => {
    const prefix = `${ownPrefix()}:`;
    const locks: RedisLock[] = [];
    for (const keyPrefix of ['one:', 'two:']) {
      const lock = new RedisLock(await client({ keyPrefix }), { prefix });
      ends.push(() => lock.close());
      locks.push(lock);
    }
    for (const lock of locks) await lock.acquire('k', { waitMs: 0 });
    const admin = ioredis(server!.url);
    const keys = (await keysWith(admin, prefix)).sort();
    expect(keys).toEqual(
      ['one:', 'two:'].flatMap((start) => ['lock', 'token'].map((kind) => `${start}${prefix}{k}:${kind}`)),
    );
    await removeKeys(admin, prefix);
    admin.disconnect();
  });
});

describe.skipIf(!server)('an ioredis client that gives numbers as texts', () => {
  test('changes no counter of a bus', async () => {
    const prefix = ownPrefix();
    const client = new Redis(server!.url, { stringNumbers: true });
    client.on('error', ignoreError);
    const bus = new RedisStreamEventBus(client, { prefix, ...UNHURRIED, maxLength: 1, window: 1 });
    const gaps: BusGapEvent[] = [];
    bus.subscribe(BUS_GAP, (gap) => void gaps.push(gap));
    let release: () => void = () => undefined;
    const first = new Promise<void>((resolve) => (release = resolve));
    const handled: string[] = [];
    bus.subscribe(
      'kept',
      async ({ id }) => {
        if (handled.push(id) === 1) await first;
      },
      { group: 'g' },
    );
    await bus.publish(event('first'));
    await until('the first is being handled', () => handled.length === 1);
    // More entries than a node of the stream holds, so that some are trimmed unread.
    for (let n = 0; n < 300; n++) await bus.publish(event(String(n)));
    release();
    await until('the last is handled', () => handled.includes('299'));
    const stats = bus.stats();
    for (const [name, value] of Object.entries(stats)) expect([name, typeof value]).toEqual([name, 'number']);
    expect(stats.lost).toBeGreaterThan(0);
    expect(gaps.every(({ lost }) => lost === null || typeof lost === 'number')).toBe(true);
    const { lost } = stats;
    expect(handled.length + lost).toBe(301);
    await bus.close();
    client.disconnect();
    const admin = ioredis(server!.url);
    await removeKeys(admin, prefix);
    admin.disconnect();
  });
});

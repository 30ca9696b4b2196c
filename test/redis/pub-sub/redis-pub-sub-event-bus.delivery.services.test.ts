import { inspect } from 'node:util';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterEach, beforeAll, afterAll, describe, expect, test } from 'vitest';
import { BUS_GAP, type BusGapEvent, type DomainEvent } from '../../../src/core/messaging/event-bus.js';
import { EventCodecs } from '../../../src/core/messaging/event-codec.js';
import type { TickmarkError } from '../../../src/core/errors.js';
import { PRICES_CHANGED, PriceChangedBatch } from '../../../src/core/prices/price-changed-event.js';
import type { RedisClient } from '../../../src/redis/redis-client.js';
import { RedisPubSubEventBus } from '../../../src/redis/pub-sub/redis-pub-sub-event-bus.js';
import type { RedisPubSubEventBusOptions } from '../../../src/redis/pub-sub/redis-pub-sub-event-bus-options.js';
import { RedisStreamEventBus } from '../../../src/redis/streams/redis-stream-event-bus.js';
import { redisServer } from '../../servers/redis.js';
import { until } from '../../waiting.js';
import {
  LIBRARIES,
  UNHURRIED,
  breakLink,
  ignoreError,
  ioredis,
  linkedClient,
  ownPrefix,
} from '../redis-clients.js';

const server = await redisServer();

interface Numbered extends DomainEvent {
  readonly n: number;
}
let serial = 0;
const event = (n: number, type = 'tick'): Numbered => ({ type, id: `e${++serial}`, occurredAt: 1, n });

describe.skipIf(!server)('RedisPubSubEventBus', () => {
  let redis: Redis;
  const prefix = ownPrefix();
  const buses: RedisPubSubEventBus[] = [];

  beforeAll(() => {
    redis = ioredis(server!.url);
  });
  afterEach(async () => {
    for (const bus of buses.splice(0)) await bus.close({ timeoutMs: 0 });
  });
  afterAll(() => redis.disconnect());

  const makeBus = (
    options: RedisPubSubEventBusOptions = {},
    client: RedisClient = redis,
  ): RedisPubSubEventBus => {
    const bus = new RedisPubSubEventBus(client, { prefix, ...UNHURRIED, ...options });
    buses.push(bus);
    return bus;
  };

  describe.each(Object.keys(LIBRARIES))('with %s', (library) => {
    test('emits one gap event per break, with its time and types and without a count', async () => {
      const linked = await linkedClient(library, server!);
      const bus = makeBus({}, linked.client);
      const gaps: BusGapEvent[] = [];
      const seen: number[] = [];
      bus.subscribe(BUS_GAP, (gap) => void gaps.push(gap));
      bus.subscribe<Numbered>('tick', ({ n }) => void seen.push(n));
      bus.subscribe<Numbered>('tock', () => undefined);
      await bus.publish(event(0));
      const publisher = makeBus();
      for (let round = 1; round <= 3; round++) {
        const before = Date.now();
        await breakLink(linked);
        // Signs of life arrive until the link is cut.
        const cut = Date.now();
        await publisher.publish([event(-1), event(-2)]);
        await linked.proxy.accept();
        await until('the gap', () => gaps.length === round);
        await publisher.publish(event(round));
        await until('events again', () => seen.at(-1) === round);
        const gap = gaps.at(-1)!;
        expect([[...gap.types].sort(), gap.lost, gap.reason]).toEqual([['tick', 'tock'], null, 'disconnect']);
        expect(gap.from).toBeLessThanOrEqual(cut);
        expect(gap.to).toBeGreaterThanOrEqual(before);
      }
      expect(seen).toEqual([0, 1, 2, 3]);
      // The first message after the break, from a publisher that is known from before, shows how many were lost.
      expect(bus.stats()).toMatchObject({ reconnects: 3, lost: 4 });
      expect(new Set(gaps.map(({ id }) => id)).size).toBe(3);
      linked.end();
    });

    test('rejects publish() after publishTimeoutMs on a stalled link, and at once on a broken one', async () => {
      const linked = await linkedClient(library, server!);
      const bus = makeBus({ publishTimeoutMs: 900, pingTimeoutMs: 1500 }, linked.client);
      const isTaken = () =>
        bus.publish(event(0)).then(
          () => true,
          () => false,
        );
      await expect.poll(isTaken).toBe(true);
      const { published, rejected } = bus.stats();
      linked.proxy.hold('to-client');
      const held = performance.now();
      const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => bus.publish(event(1))));
      // At the same time, not one after the other. The exact times are tested with a fake clock, in publish-queue.test.ts.
      expect(performance.now() - held).toBeLessThan(10_000);
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({
          status: 'rejected',
          reason: { code: 'BUS_FAILED', retryable: true },
        });
      }
      linked.proxy.resume();
      await breakLink(linked);
      await expect(bus.publish(event(2))).rejects.toMatchObject({ code: 'BUS_FAILED', retryable: true });
      expect(bus.stats()).toMatchObject({ published, rejected: rejected + 21 });
      await linked.proxy.accept();
      await expect.poll(isTaken).toBe(true);
      linked.end();
    });

    test('subscribes exactly the wanted channels, in whatever order they are added and removed', async () => {
      const { client, end } = await LIBRARIES[library]!(server!.url);
      const bus = makeBus({}, client);
      const name = (n: number) => `${library}-${n % 7}`;
      const unsubscribes = Array.from({ length: 60 }, (_, n) => bus.subscribe(name(n), () => undefined));
      for (const [n, unsubscribe] of unsubscribes.entries()) if (n % 7 < 4) unsubscribe();
      await bus.publish(event(0));
      const channels = async () =>
        ((await redis.pubsub('CHANNELS', `${prefix}:${library}-*`)) as string[]).sort();
      await expect.poll(channels).toEqual([4, 5, 6].map((n) => `${prefix}:${name(n)}`));
      await bus.close();
      await expect.poll(channels).toEqual([]);
      end();
    });
  });

  test('counts a missing message and reports a gap before the next one', async () => {
    const codecs = new EventCodecs();
    const bus = makeBus();
    const order: unknown[] = [];
    bus.subscribe(BUS_GAP, ({ lost, types, reason }) => void order.push({ lost, types, reason }));
    bus.subscribe<Numbered>('tick', ({ n }) => void order.push(n));
    await bus.publish(event(0, 'other'));
    const send = (n: number, sequence: number) =>
      redis.publish(`${prefix}:tick`, codecs.encode(event(n), { source: 'p', sequence }) as string);
    for (const n of [5, 6, 9, 10]) await send(n, n);
    await until('all', () => order.length === 5);
    expect(order).toEqual([5, 6, { lost: 2, types: ['tick'], reason: 'disconnect' }, 9, 10]);
    expect(bus.stats()).toMatchObject({ lost: 2, received: 4, malformed: 0 });
  });

  test('counts and reports unreadable messages, and delivers the others', async () => {
    const errors: TickmarkError[] = [];
    const bus = makeBus({ maxMessageBytes: 1000, onError: (error) => void errors.push(error) });
    const seen: number[] = [];
    bus.subscribe<Numbered>('tick', ({ n }) => void seen.push(n));
    bus.subscribe(PRICES_CHANGED, () => undefined);
    await bus.publish(event(0));
    const channel = `${prefix}:tick`;
    const other = new EventCodecs().encode(event(1, 'other'), { source: 'p', sequence: 1 }) as string;
    for (const text of ['', '{', '"x"', '\0\xff', 'x'.repeat(2000), other])
      await redis.publish(channel, text);
    await redis.publish(`${prefix}:${PRICES_CHANGED}`, other.replace(/other/, PRICES_CHANGED));
    await redis.publish(channel, Buffer.from([0x54, 0x4d, 9, 0, 0, 0, 0, 0]));
    await bus.publish(event(2));
    await until('the good ones', () => seen.length === 2);
    expect(errors.map(({ code }) => code)).toEqual(Array(8).fill('MALFORMED_INPUT'));
    expect(bus.stats()).toMatchObject({ malformed: 8, received: 10, handled: 2 });
  });

  test.each(['json', 'compact'] as const)(
    'delivers price batches as such, and conflates them (%s)',
    async (encoding) => {
      const bus = makeBus({ encoding });
      const reader = makeBus();
      const seen: PriceChangedBatch[] = [];
      let open = (): void => undefined;
      const door = new Promise<void>((resolve) => (open = resolve));
      reader.subscribe(PRICES_CHANGED, (batch) => {
        seen.push(batch);
        return door;
      });
      await reader.publish(event(0));
      for (let price = 1; price <= 50; price++) {
        await bus.publish(
          PriceChangedBatch.ofUpdates([{ symbol: 'A', price, timestamp: price }], 100 + price),
        );
      }
      await until('all are folded', () => reader.stats().conflated === 48);
      open();
      await until('the rest', () => seen.length === 2);
      expect(seen.map((batch) => batch.at(0).newPrice.toString())).toEqual(['1', '50']);
    },
  );

  test('ten megabytes of brackets, names or empty objects cause one error each, and no other event is lost', async () => {
    const errors: TickmarkError[] = [];
    const bus = makeBus({ onError: (error) => void errors.push(error) });
    const seen: number[] = [];
    bus.subscribe<Numbered>('tick', ({ n }) => void seen.push(n));
    await bus.publish(event(1));
    const channel = `${prefix}:tick`;
    const text = (data: string) =>
      `{"specversion":"1.0","type":"tick","source":"s","id":"i","time":"2023-11-14T22:13:20Z","data":{"a":${data}}}`;
    const names = Array.from({ length: 800_000 }, (_, n) => `"name${n}":1`).join(',');
    for (const data of ['['.repeat(5e6) + ']'.repeat(5e6), `{${names}}`, `[${'{},'.repeat(3e6)}0]`]) {
      await redis.publish(channel, text(data));
      await bus.publish(event(2));
    }
    await until('all honest events', () => seen.length === 4);
    expect(errors.map(({ code }) => code)).toEqual(Array(3).fill('MALFORMED_INPUT'));
    expect(errors.map(({ message }) => /at most \d+ ([a-z]+)/.exec(message)?.[1])).toEqual([
      'levels',
      'different',
      'objects',
    ]);
  });

  test('publishes all events of a list, or none', async () => {
    const bus = makeBus();
    const seen: number[] = [];
    bus.subscribe<Numbered>('tick', ({ n }) => void seen.push(n));
    const broken = { ...event(2), big: 1n } as unknown as DomainEvent;
    await expect(bus.publish([event(1), broken])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await bus.publish([event(3), event(4)]);
    await until('the list', () => seen.length === 2);
    expect(seen).toEqual([3, 4]);
    expect(bus.stats()).toMatchObject({ published: 2, rejected: 2, lost: 0 });
  });

  test('delivers types with hostile names to their own subscriptions only', async () => {
    const names = [
      ': { } * ? [ ] \r \n \0 \' " ;',
      '*',
      't*',
      '\r\nPING',
      'ä😀',
      '__proto__',
      'constructor',
      '\\',
    ];
    const bus = makeBus();
    const seen = names.map((name) => {
      const ids: string[] = [];
      bus.subscribe(name, ({ id }) => void ids.push(id));
      return ids;
    });
    await bus.publish(names.map((type, n) => ({ type, id: `id-${n}`, occurredAt: 1 })));
    await until('each its own', () => seen.every((ids) => ids.length > 0));
    // A misdirected event would have arrived before the second round.
    await bus.publish(names.map((type, n) => ({ type, id: `again-${n}`, occurredAt: 1 })));
    await until('each its own again', () => seen.every((ids) => ids.includes(`again-${seen.indexOf(ids)}`)));
    expect(seen).toEqual(names.map((_, n) => [`id-${n}`, `again-${n}`]));
    expect(await redis.exists(...names.map((name) => `${prefix}:${name}`))).toBe(0);
  });
});

describe.skipIf(!server)('a refused password', () => {
  const SENTINEL = 'sentinel-pass-5f2c';
  const port = (): number => server!.port;
  const clients: Record<string, () => { client: RedisClient; end: () => void }> = {
    ioredis: () => {
      const client = new Redis({
        port: port(),
        password: SENTINEL,
        username: 'nobody-here',
        lazyConnect: true,
      });
      client.on('error', ignoreError);
      return { client, end: () => client.disconnect() };
    },
    'node-redis': () => {
      const client = createClient({ url: `redis://nobody-here:${SENTINEL}@127.0.0.1:${port()}` });
      client.on('error', ignoreError);
      return { client: client as RedisClient, end: () => undefined };
    },
  };

  test.each(Object.keys(clients))('shows in no error and in no view of the bus (%s)', async (library) => {
    for (const Bus of [RedisPubSubEventBus, RedisStreamEventBus]) {
      const { client, end } = clients[library]!();
      const errors: unknown[] = [];
      const bus = new Bus(client, { onError: (error) => void errors.push(error), publishTimeoutMs: 300 });
      bus.subscribe('tick', () => undefined);
      errors.push(await bus.publish(event(1)).catch((error: unknown) => error));
      await until('attempts', () => errors.length > 2);
      const shown = [...errors.map((error) => inspect(error, { depth: 20, showHidden: true })), inspect(bus)];
      expect(shown.join('\n')).not.toContain(SENTINEL);
      expect(JSON.stringify([errors, bus])).not.toContain(SENTINEL);
      await bus.close();
      end();
    }
  });
});

import { inspect } from 'node:util';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterEach, beforeAll, afterAll, describe, expect, test } from 'vitest';
import { BUS_GAP, type BusGapEvent, type DomainEvent } from '../../src/core/messaging/event-bus.js';
import { EventCodecs } from '../../src/core/messaging/event-codec.js';
import type { TickmarkError } from '../../src/core/errors.js';
import { PRICES_CHANGED, PriceChangedBatch } from '../../src/core/market-data/price-changed-event.js';
import type { RedisClient } from '../../src/redis/redis-client.js';
import { RedisPubSubEventBus } from '../../src/redis/redis-pub-sub-event-bus.js';
import type { RedisPubSubEventBusOptions } from '../../src/redis/redis-pub-sub-event-bus.js';
import { RedisStreamEventBus } from '../../src/redis/redis-stream-event-bus.js';
import { LIBRARIES, breakLink, linkedClient, ownPrefix, shared, until } from './bus-clients.js';

interface Numbered extends DomainEvent {
  readonly n: number;
}
let serial = 0;
const event = (n: number, type = 'tick'): Numbered => ({ type, id: `e${++serial}`, occurredAt: 1, n });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe.skipIf(!shared)('RedisPubSubEventBus', () => {
  let redis: Redis;
  const prefix = ownPrefix();
  const buses: RedisPubSubEventBus[] = [];

  beforeAll(() => {
    redis = new Redis(shared!.url);
  });
  afterEach(async () => {
    for (const bus of buses.splice(0)) await bus.close({ timeoutMs: 0 });
  });
  afterAll(() => redis.disconnect());

  const makeBus = (
    options: RedisPubSubEventBusOptions = {},
    client: RedisClient = redis,
  ): RedisPubSubEventBus => {
    const bus = new RedisPubSubEventBus(client, { prefix, pingIntervalMs: 100, ...options });
    buses.push(bus);
    return bus;
  };

  describe.each(Object.keys(LIBRARIES))('with %s', (library) => {
    test('every break is one gap event, with its time, its types and no number', async () => {
      const linked = await linkedClient(library);
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
        // Signs of life come until the link is cut.
        const cut = Date.now();
        await publisher.publish([event(-1), event(-2)]);
        await linked.proxy.accept();
        await until(() => gaps.length === round, 'the gap');
        await publisher.publish(event(round));
        await until(() => seen.at(-1) === round, 'events again');
        const gap = gaps.at(-1)!;
        expect([[...gap.types].sort(), gap.lost, gap.reason]).toEqual([['tick', 'tock'], null, 'disconnect']);
        expect(gap.from).toBeLessThanOrEqual(cut);
        expect(gap.to).toBeGreaterThanOrEqual(before);
      }
      expect(seen).toEqual([0, 1, 2, 3]);
      // The first message of a publisher that was heard before the break shows how many it has cost.
      expect(bus.stats()).toMatchObject({ reconnects: 3, lost: 4 });
      expect(new Set(gaps.map(({ id }) => id)).size).toBe(3);
      linked.end();
    });

    test('publish() is refused within a second on a link that holds packets, and at once on a broken one', async () => {
      const linked = await linkedClient(library);
      const bus = makeBus({}, linked.client);
      await bus.publish(event(0));
      linked.proxy.hold('to-client');
      const held = performance.now();
      const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => bus.publish(event(1))));
      expect(performance.now() - held).toBeLessThan(1000);
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({
          status: 'rejected',
          reason: { code: 'BUS_FAILED', retryable: true },
        });
      }
      linked.proxy.resume();
      await breakLink(linked);
      await expect(bus.publish(event(2))).rejects.toMatchObject({ code: 'BUS_FAILED', retryable: true });
      expect(bus.stats()).toMatchObject({ published: 1, rejected: 21 });
      await linked.proxy.accept();
      await expect
        .poll(
          () =>
            bus.publish(event(3)).then(
              () => true,
              () => false,
            ),
          { timeout: 5000 },
        )
        .toBe(true);
      linked.end();
    });

    test('subscriptions made and ended in any order leave the server with what is wanted', async () => {
      const { client, end } = await LIBRARIES[library]!(shared!.url);
      const bus = makeBus({}, client);
      const name = (n: number) => `${library}-${n % 7}`;
      const subscriptions = Array.from({ length: 60 }, (_, n) => bus.subscribe(name(n), () => undefined));
      for (const [n, subscription] of subscriptions.entries()) if (n % 7 < 4) subscription.unsubscribe();
      await bus.publish(event(0));
      const channels = async () =>
        ((await redis.pubsub('CHANNELS', `${prefix}:${library}-*`)) as string[]).sort();
      await expect.poll(channels).toEqual([4, 5, 6].map((n) => `${prefix}:${name(n)}`));
      await bus.close();
      await expect.poll(channels).toEqual([]);
      end();
    });
  });

  test('a message that never came is counted and announced before the next one', async () => {
    const codecs = new EventCodecs();
    const bus = makeBus();
    const order: unknown[] = [];
    bus.subscribe(BUS_GAP, ({ lost, types, reason }) => void order.push({ lost, types, reason }));
    bus.subscribe<Numbered>('tick', ({ n }) => void order.push(n));
    await bus.publish(event(0, 'other'));
    const send = (n: number, sequence: number) =>
      redis.publish(`${prefix}:tick`, codecs.encode(event(n), { source: 'p', sequence }) as string);
    for (const n of [5, 6, 9, 10]) await send(n, n);
    await until(() => order.length === 5, 'all');
    expect(order).toEqual([5, 6, { lost: 2, types: ['tick'], reason: 'disconnect' }, 9, 10]);
    expect(bus.stats()).toMatchObject({ lost: 2, received: 4, malformed: 0 });
  });

  test('what cannot be read is counted and reported, and the rest flow', async () => {
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
    await until(() => seen.length === 2, 'the good ones');
    expect(errors.map(({ code }) => code)).toEqual(Array(8).fill('MALFORMED_INPUT'));
    expect(bus.stats()).toMatchObject({ malformed: 8, received: 10, handled: 2 });
  });

  test.each(['json', 'compact'] as const)(
    'batches arrive as what they are, and conflate; as %s',
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
      await until(() => reader.stats().conflated === 48, 'all are folded');
      open();
      await until(() => seen.length === 2, 'the rest');
      expect(seen.map((batch) => batch.at(0).newPrice.toString())).toEqual(['1', '50']);
    },
  );

  test('a list of events goes as a whole', async () => {
    const bus = makeBus();
    const seen: number[] = [];
    bus.subscribe<Numbered>('tick', ({ n }) => void seen.push(n));
    const broken = { ...event(2), big: 1n } as unknown as DomainEvent;
    await expect(bus.publish([event(1), broken])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await bus.publish([event(3), event(4)]);
    await until(() => seen.length === 2, 'the list');
    expect(seen).toEqual([3, 4]);
    expect(bus.stats()).toMatchObject({ published: 2, rejected: 2, lost: 0 });
  });

  test('names with every kind of sign reach their own subscription alone', async () => {
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
    const keysBefore = await redis.dbsize();
    await bus.publish(names.map((type, n) => ({ type, id: `id-${n}`, occurredAt: 1 })));
    await until(() => seen.every((ids) => ids.length > 0), 'each its own');
    await pause(20);
    expect(seen).toEqual(names.map((_, n) => [`id-${n}`]));
    expect(await redis.exists(...names.map((name) => `${prefix}:${name}`))).toBe(0);
    expect(keysBefore).toBeGreaterThanOrEqual(0);
  });
});

describe.skipIf(!shared)('a password', () => {
  const SENTINEL = 'sentinel-pass-5f2c';
  const port = (): number => shared!.port;
  const clients: Record<string, () => { client: RedisClient; end: () => void }> = {
    ioredis: () => {
      const client = new Redis({
        port: port(),
        password: SENTINEL,
        username: 'nobody-here',
        lazyConnect: true,
      });
      client.on('error', () => undefined);
      return { client, end: () => client.disconnect() };
    },
    'node-redis': () => {
      const client = createClient({ url: `redis://nobody-here:${SENTINEL}@127.0.0.1:${port()}` });
      client.on('error', () => undefined);
      return { client: client as RedisClient, end: () => undefined };
    },
  };

  test.each(Object.keys(clients))(
    'that is refused shows in no error, and in no view of the bus; %s',
    async (library) => {
      for (const Bus of [RedisPubSubEventBus, RedisStreamEventBus]) {
        const { client, end } = clients[library]!();
        const errors: unknown[] = [];
        const bus = new Bus(client, { onError: (error) => void errors.push(error), publishTimeoutMs: 300 });
        bus.subscribe('tick', () => undefined);
        errors.push(await bus.publish(event(1)).catch((error: unknown) => error));
        await until(() => errors.length > 2, 'attempts');
        const shown = [
          ...errors.map((error) => inspect(error, { depth: 20, showHidden: true })),
          inspect(bus),
        ];
        expect(shown.join('\n')).not.toContain(SENTINEL);
        expect(JSON.stringify([errors, bus])).not.toContain(SENTINEL);
        await bus.close();
        end();
      }
    },
  );
});

import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { BUS_GAP, type BusGapEvent, type DomainEvent } from '../../../src/core/messaging/event-bus.js';
import type { TickmarkError } from '../../../src/core/errors.js';
import type { EventCodec } from '../../../src/core/messaging/event-codec.js';
import { PRICES_CHANGED, PriceChangedBatch } from '../../../src/core/prices/price-changed-event.js';
import { RedisStreamEventBus } from '../../../src/redis/streams/redis-stream-event-bus.js';
import type { RedisClient } from '../../../src/redis/redis-client.js';
import type { RedisStreamEventBusOptions } from '../../../src/redis/streams/redis-stream-event-bus-options.js';
import { redisServer } from '../../servers/redis.js';
import { HUNG_AFTER_MS, until } from '../../waiting.js';
import { UNHURRIED, breakLink, ioredis, linkedClient, ownPrefix, removeKeys } from '../redis-clients.js';

interface Numbered extends DomainEvent {
  readonly n: number;
}
let serial = 0;
const event = (n: number, type = 'trade'): Numbered => ({ type, id: `e${++serial}`, occurredAt: 1, n });
const events = (count: number): Numbered[] => Array.from({ length: count }, (_, n) => event(n));
// Entries of a consumer that is only slow are not claimed; entries of a dead one are claimed soon.
const PATIENT = { ...UNHURRIED, claimIdleMs: 1_000 * HUNG_AFTER_MS, retryDelayMs: 5 };
const HEIR = { claimIdleMs: 150 };

const server = await redisServer();

describe.skipIf(!server)('RedisStreamEventBus', () => {
  let redis: Redis;
  let prefix: string;
  const buses: RedisStreamEventBus[] = [];
  const all = ownPrefix();

  beforeAll(() => {
    redis = ioredis(server!.url);
  });
  afterEach(async () => {
    for (const bus of buses.splice(0)) await bus.close({ timeoutMs: 200 });
  });
  afterAll(async () => {
    await removeKeys(redis, all);
    redis.disconnect();
  });

  const makeBus = (
    options: RedisStreamEventBusOptions = {},
    client: RedisClient = redis,
  ): RedisStreamEventBus => {
    const bus = new RedisStreamEventBus(client, { prefix, ...PATIENT, ...options });
    buses.push(bus);
    return bus;
  };
  const fresh = (): void => void (prefix = `${all}:${++serial}`);
  const opened = async (bus: RedisStreamEventBus, type = 'other'): Promise<void> =>
    bus.publish(event(0, type));
  const dead = async (): Promise<Array<Record<string, string>>> =>
    (await redis.xrange(`{${prefix}}:dead`, '-', '+')).map(([, fields]) =>
      Object.fromEntries(fields.flatMap((field, at) => (at % 2 === 0 ? [[field, fields[at + 1]!]] : []))),
    );
  const idleTimes = async (): Promise<number[]> => {
    const pending = await redis.xpending(`{${prefix}}:events:trade`, 'a', '-', '+', 10);
    return (pending as [string, string, number, number][]).map(([, , idleMs]) => idleMs);
  };
  const shortestIdle = async (): Promise<number> => Math.min(...(await idleTimes()));
  const longestIdle = async (): Promise<number> => Math.max(...(await idleTimes()));
  const pendingOf = async (group: string, type = 'trade'): Promise<number> =>
    Number(((await redis.xpending(`{${prefix}}:events:${type}`, group)) as [number])[0]);

  test('shares the events of a group among its consumers, and gives every group all of them', async () => {
    fresh();
    const seen: Record<string, number[]> = { a1: [], a2: [], b: [], none: [] };
    const [one, two] = [makeBus({ group: 'a', window: 5 }), makeBus({ group: 'a', window: 5 })];
    // Both wait until each has one, so that the faster one does not take them all.
    let go = (): void => undefined;
    const both = new Promise<void>((resolve) => (go = resolve));
    const share = (mine: string, others: string) => (event: Numbered) => {
      seen[mine]!.push(event.n);
      if (seen[others]!.length > 0) go();
      return both;
    };
    one.subscribe<Numbered>('trade', share('a1', 'a2'));
    two.subscribe<Numbered>('trade', share('a2', 'a1'));
    one.subscribe<Numbered>('trade', ({ n }) => void seen['b']!.push(n), { group: 'b' });
    two.subscribe<Numbered>('trade', ({ n }) => void seen['none']!.push(n), { group: null });
    await opened(one);
    await opened(two);
    for (const each of events(60)) await one.publish(each);
    const shares = () => [...seen['a1']!, ...seen['a2']!];
    await until('all', () => shares().length >= 60 && seen['b']!.length >= 60 && seen['none']!.length >= 60);
    const expected = Array.from({ length: 60 }, (_, n) => n);
    expect(shares().sort((x, y) => x - y)).toEqual(expected);
    expect([seen['b'], seen['none']]).toEqual([expected, expected]);
    expect(Math.min(seen['a1']!.length, seen['a2']!.length)).toBeGreaterThan(0);
    await expect.poll(() => pendingOf('a')).toBe(0);
  });

  test('gives each consumer its name, made unique', async () => {
    fresh();
    const bus = makeBus({ group: 'a', consumer: 'mine', window: 1 });
    const seen: number[] = [];
    let open = (): void => undefined;
    const door = new Promise<void>((resolve) => (open = resolve));
    const handle = ({ n }: Numbered): Promise<void> => {
      seen.push(n);
      return door;
    };
    const names = async () =>
      ((await redis.xinfo('CONSUMERS', `{${prefix}}:events:trade`, 'a')) as string[][]).map(
        ([, name]) => name,
      );
    const unsubscribes = [
      bus.subscribe<Numbered>('trade', handle),
      bus.subscribe<Numbered>('trade', handle),
      bus.subscribe<Numbered>('trade', handle, { consumer: 'third' }),
    ];
    await bus.publish(events(3));
    await until('each has one', () => seen.length === 3);
    expect((await names()).sort()).toEqual(['mine', 'mine-2', 'third']);
    open();
    for (const each of unsubscribes) each();
    await expect.poll(names).toEqual([]);
  });

  test('continues a group where it stopped', async () => {
    fresh();
    const first = makeBus({ group: 'a' });
    const seen: number[] = [];
    first.subscribe<Numbered>('trade', ({ n }) => void seen.push(n));
    await first.publish(event(1));
    await until('the first event', () => seen.length === 1);
    await first.close();
    const second = makeBus();
    await second.publish([event(2), event(3)]);
    const third = makeBus({ group: 'a' });
    third.subscribe<Numbered>('trade', ({ n }) => void seen.push(n));
    await until('what was published meanwhile', () => seen.length === 3);
    expect(seen).toEqual([1, 2, 3]);
  });

  test('claims what another consumer left pending, and keeps what it handles slowly', async () => {
    fresh();
    const seen: string[] = [];
    const [slow, dying] = [makeBus({ group: 'a', ...HEIR }), makeBus({ group: 'a' })];
    let let1 = (): void => undefined;
    dying.subscribe<Numbered>('trade', ({ n }) => {
      seen.push(`dying ${n}`);
      return new Promise(() => undefined);
    });
    await opened(dying);
    await dying.publish([event(1), event(2)]);
    await until('the first consumer has it', () => seen.length === 1);
    await dying.close({ timeoutMs: 0 });
    slow.subscribe<Numbered>('trade', ({ n }) => {
      seen.push(`slow ${n}`);
      return new Promise((resolve) => (let1 = resolve));
    });
    await until('the second takes over', () => seen.length === 2);
    // While its handler runs, it renews its claims, so that no other consumer takes its entries.
    let resets = 0;
    let before = 0;
    await until('the idle time is reset three times', async () => {
      const idle = await longestIdle();
      if (idle < before) resets++;
      before = idle;
      return resets >= 3;
    });
    expect(seen).toEqual(['dying 1', 'slow 1']);
    let1();
    await until('the next', () => seen.length === 3);
    let1();
    await expect.poll(() => pendingOf('a')).toBe(0);
    expect(seen).toEqual(['dying 1', 'slow 1', 'slow 2']);
    expect(slow.stats()).toMatchObject({ claimed: 2, handled: 2 });
  });

  test('leaves the events behind a call that never settles to other consumers after handlerTimeoutMs', async () => {
    fresh();
    const stuck = makeBus({ group: 'a', handlerTimeoutMs: 100, ...HEIR });
    const other = makeBus({ group: 'a', ...HEIR });
    const seen: number[] = [];
    let calls = 0;
    stuck.subscribe<Numbered>('trade', () => {
      calls++;
      return new Promise(() => undefined);
    });
    await opened(stuck);
    await stuck.publish([event(1), event(2), event(3)]);
    await until('the first call', () => calls === 1);
    other.subscribe<Numbered>('trade', ({ n }) => void seen.push(n));
    await until('the others', () => seen.length === 3);
    expect(seen.sort()).toEqual([1, 2, 3]);
    expect(calls).toBe(1);
  });

  test.each([undefined, 'a'])(
    'moves events that always fail to the dead-letter stream and handles the others (group %s)',
    async (group) => {
      fresh();
      const bus = makeBus({ ...(group && { group }), maxDeliveries: 3 });
      const tries = new Map<number, number>();
      const handled: number[] = [];
      bus.subscribe<Numbered>('trade', ({ n }) => {
        tries.set(n, (tries.get(n) ?? 0) + 1);
        if (n % 10 === 7) throw new Error(`poison ${n}`);
        handled.push(n);
      });
      const sent = events(50);
      await bus.publish(sent);
      await until('dead letters', () => bus.stats().deadLettered === 5);
      expect(handled).toEqual(sent.map(({ n }) => n).filter((n) => n % 10 !== 7));
      expect([...tries.values()].filter((count) => count !== 1)).toEqual([3, 3, 3, 3, 3]);
      const letters = await dead();
      expect(letters.map(({ id }) => id).sort()).toEqual(
        sent
          .filter(({ n }) => n % 10 === 7)
          .map(({ id }) => id)
          .sort(),
      );
      expect(letters[0]).toMatchObject({
        type: 'trade',
        group: group ?? '',
        deliveries: '3',
        reason: expect.stringMatching(/^HANDLER_FAILED: poison \d+$/) as string,
      });
      expect(JSON.parse(letters[0]!['event']!)).toMatchObject({ specversion: '1.0', type: 'trade' });
      if (group) await expect.poll(() => pendingOf(group)).toBe(0);
      expect(bus.stats()).toMatchObject({ handled: 45, failed: 15, deadLettered: 5, pending: 0 });
    },
  );

  test('dead-letters an event that crashes each consumer, but not one that was only read ahead', async () => {
    fresh();
    const seen: string[] = [];
    for (let life = 1; life <= 3; life++) {
      const mortal = makeBus({ group: 'a', maxDeliveries: 3, ...HEIR });
      mortal.subscribe<Numbered>('trade', ({ n }) => {
        seen.push(`${life}: ${n}`);
        return new Promise(() => undefined);
      });
      await opened(mortal);
      if (life === 1) await mortal.publish([event(1), event(2)]);
      await until(`life ${life}`, () => seen.length === life);
      await mortal.close({ timeoutMs: 0 });
      // The next consumer finds both idle, and claims them in order.
      await expect.poll(shortestIdle).toBeGreaterThan(HEIR.claimIdleMs);
    }
    const last = makeBus({ group: 'a', maxDeliveries: 3, ...HEIR });
    last.subscribe<Numbered>('trade', ({ n }) => void seen.push(`last: ${n}`));
    await until('the one behind it', () => seen.length === 4);
    expect(seen).toEqual(['1: 1', '2: 1', '3: 1', 'last: 2']);
    await expect.poll(async () => (await dead()).length).toBe(1);
    expect((await dead())[0]!['reason']).toContain('3 times');
  });

  test.each([undefined, 'a'])(
    'reports a gap with the number of entries that were trimmed unread (group %s)',
    async (group) => {
      fresh();
      const bus = makeBus({ ...(group && { group }), window: 1 });
      const gaps: BusGapEvent[] = [];
      const seen: number[] = [];
      let open = (): void => undefined;
      const door = new Promise<void>((resolve) => (open = resolve));
      bus.subscribe(BUS_GAP, (gap) => void gaps.push(gap));
      bus.subscribe<Numbered>('trade', ({ n }) => {
        seen.push(n);
        return door;
      });
      await bus.publish(event(0));
      await until('the first event', () => seen.length === 1);
      const before = Date.now();
      for (let n = 1; n <= 30; n++) await bus.publish(event(n));
      await redis.xtrim(`{${prefix}}:events:trade`, 'MAXLEN', 10);
      open();
      await until('the newest event', () => seen.at(-1) === 30);
      expect(seen).toEqual([0, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30]);
      expect(gaps.map(({ lost, types, reason }) => ({ lost, types, reason }))).toEqual([
        { lost: 20, types: ['trade'], reason: 'overflow' },
      ]);
      expect(gaps[0]!.from).toBeLessThanOrEqual(gaps[0]!.to);
      expect(gaps[0]!.to).toBeGreaterThanOrEqual(before);
      expect(bus.stats().lost).toBe(20);
      await bus.publish(event(31));
      await until('the next event', () => seen.at(-1) === 31);
      expect(gaps).toHaveLength(1);
    },
  );

  test('reports a gap when the entries that it claims were trimmed', async () => {
    fresh();
    const dying = makeBus({ group: 'a' });
    let calls = 0;
    dying.subscribe<Numbered>('trade', () => {
      calls++;
      return new Promise(() => undefined);
    });
    await dying.publish(events(5));
    await until('the first call', () => calls === 1);
    await dying.close({ timeoutMs: 0 });
    await redis.xtrim(`{${prefix}}:events:trade`, 'MAXLEN', 2);
    const heir = makeBus({ group: 'a', ...HEIR });
    const gaps: BusGapEvent[] = [];
    const seen: number[] = [];
    heir.subscribe(BUS_GAP, (gap) => void gaps.push(gap));
    heir.subscribe<Numbered>('trade', ({ n }) => void seen.push(n));
    await until('what is left', () => seen.length === 2 && gaps.length > 0);
    expect([seen, gaps.map(({ lost }) => lost), heir.stats().lost]).toEqual([[3, 4], [3], 3]);
    await expect.poll(() => pendingOf('a')).toBe(0);
  });

  test.each([undefined, 'a'])(
    'reports a gap and continues when the stream is deleted (group %s)',
    async (group) => {
      fresh();
      const bus = makeBus({ ...(group && { group }) });
      const gaps: BusGapEvent[] = [];
      const seen: number[] = [];
      bus.subscribe(BUS_GAP, (gap) => void gaps.push(gap));
      bus.subscribe<Numbered>('trade', ({ n }) => void seen.push(n));
      await bus.publish(event(1));
      await until('the first event', () => seen.length === 1);
      await redis.del(`{${prefix}}:events:trade`);
      await bus.publish([event(2), event(3)]);
      await until('what came after', () => seen.length === 3);
      expect([seen, gaps.map(({ lost }) => lost)]).toEqual([[1, 2, 3], [null]]);
    },
  );

  test('handles an event that is published twice only once', async () => {
    fresh();
    const bus = makeBus({ group: 'a' });
    const seen: number[] = [];
    bus.subscribe<Numbered>('trade', ({ n }) => void seen.push(n));
    const twice = event(1);
    await bus.publish([twice, twice, event(2)]);
    await until('all', () => seen.length === 2 && bus.stats().duplicates === 1);
    expect(seen).toEqual([1, 2]);
    await expect.poll(() => pendingOf('a')).toBe(0);
  });

  test('with handledForMs, handles it once across consumers and restarts', async () => {
    fresh();
    const options = { group: 'a', handledForMs: 60_000 };
    const first = makeBus(options);
    const seen: string[] = [];
    first.subscribe<Numbered>('trade', ({ n }) => void seen.push(`first ${n}`));
    const twice = event(1);
    await first.publish(twice);
    await until('the event', () => seen.length === 1);
    await first.close();
    const second = makeBus(options);
    second.subscribe<Numbered>('trade', ({ n }) => void seen.push(`second ${n}`));
    await second.publish([twice, event(2)]);
    await until('the next', () => seen.length === 2);
    expect(seen).toEqual(['first 1', 'second 2']);
    expect(second.stats().duplicates).toBe(1);
    expect(await redis.pttl(`{${prefix}}:handled:1:a:${twice.id}`)).toBeGreaterThan(1000);
  });

  test('dead-letters entries that are not events, and handles the others', async () => {
    fresh();
    const errors: TickmarkError[] = [];
    const bus = makeBus({ group: 'a', onError: (error) => void errors.push(error) });
    const seen: number[] = [];
    bus.subscribe<Numbered>('trade', ({ n }) => void seen.push(n));
    await opened(bus);
    const stream = `{${prefix}}:events:trade`;
    await redis.xadd(stream, '*', 'e', 'no JSON');
    await redis.xadd(stream, '*', 'x', 'y');
    await redis.xadd(
      stream,
      '*',
      'e',
      '{"specversion":"1.0","type":"other","id":"i","source":"s","time":"2026-01-01T00:00:00Z","data":{}}',
    );
    await bus.publish(event(1));
    await until('all', () => seen.length === 1 && bus.stats().deadLettered === 3);
    expect(errors.map(({ code }) => code)).toEqual(Array(3).fill('MALFORMED_INPUT'));
    expect((await dead()).map(({ reason }) => reason!.split(':')[0])).toEqual(
      Array(3).fill('MALFORMED_INPUT'),
    );
    expect(bus.stats().malformed).toBe(3);
    await expect.poll(() => pendingOf('a')).toBe(0);
  });

  test('one subscription waits while its key is not a stream, and the others are served', async () => {
    fresh();
    const errors: TickmarkError[] = [];
    const bus = makeBus({ group: 'a', onError: (error) => void errors.push(error) });
    const seen: string[] = [];
    await redis.set(`{${prefix}}:events:bad`, 'a string');
    for (const type of ['bad', 'good']) bus.subscribe(type, () => void seen.push(type));
    await bus.publish(event(1, 'good'));
    await until('the other type', () => seen.length === 1);
    await expect(bus.publish(event(1, 'bad'))).rejects.toMatchObject({ code: 'BUS_FAILED' });
    expect(errors[0]).toMatchObject({
      code: 'BUS_FAILED',
      message: expect.stringContaining('"bad"') as string,
    });
    await redis.del(`{${prefix}}:events:bad`);
    // The next attempt creates the group, and with it the stream.
    await until('the subscription is open', async () => (await redis.exists(`{${prefix}}:events:bad`)) === 1);
    await bus.publish(event(1, 'bad'));
    await until('the type itself', () => seen.length === 2);
    expect([seen, bus.stats().reconnects]).toEqual([['good', 'bad'], 0]);
  });

  test('acknowledges events that were handled before a break, after it', async () => {
    fresh();
    const linked = await linkedClient('ioredis', server!);
    const bus = makeBus({ group: 'a' }, linked.client);
    let let1 = (): void => undefined;
    const seen: number[] = [];
    bus.subscribe<Numbered>('trade', ({ n }) => {
      seen.push(n);
      return n === 1 ? new Promise((resolve) => (let1 = resolve)) : undefined;
    });
    await bus.publish(event(1));
    await until('the call', () => seen.length === 1);
    await breakLink(linked);
    let1();
    await until('it is handled', () => bus.stats().handled === 1);
    expect(await pendingOf('a')).toBe(1);
    await linked.proxy.accept();
    await expect.poll(() => pendingOf('a')).toBe(0);
    await makeBus().publish(event(2));
    await until('the next event', () => seen.includes(2));
    expect(seen).toEqual([1, 2]);
    await bus.close();
    linked.end();
  });

  test.each(['json', 'compact'] as const)('carries batches as %s', async (encoding) => {
    fresh();
    const bus = makeBus({ encoding, group: 'a' });
    const seen: PriceChangedBatch[] = [];
    bus.subscribe(PRICES_CHANGED, (batch) => void seen.push(batch));
    await bus.publish(
      PriceChangedBatch.ofUpdates(
        [
          { symbol: 'Ä', price: '1.50', timestamp: 5 },
          { symbol: 'B', price: 300, timestamp: 6, bid: '299.5' },
        ],
        9,
      ),
    );
    await until('the batch', () => seen.length === 1);
    expect([...seen[0]!].map(({ symbol, newPrice }) => `${symbol} ${newPrice.toString()}`)).toEqual([
      'Ä 1.5',
      'B 300',
    ]);
    expect(seen[0]).toBeInstanceOf(PriceChangedBatch);
  });

  test('touches only its own keys, for hostile names of types and groups', async () => {
    fresh();
    const bus = makeBus();
    const names = [
      ...[
        ': { } * ? [ ] \r \n \0 \' " ;',
        '{x}',
        '}{',
        '*',
        '\0',
        '\r\nFLUSHALL\r\n',
        'ä😀',
        'constructor',
        '__proto__',
      ],
      ...Array.from(
        { length: 1000 },
        (_, n) => `${['\r\n*1\r\n$8\r\nFLUSHALL', "'; DROP", '} :dead', '*?[a-z]'][n % 4]!}${n}`,
      ),
    ];
    const seen = new Map<string, string[]>();
    const few = names.slice(0, 40);
    for (const name of few) {
      seen.set(name, []);
      bus.subscribe(name, ({ id }) => void seen.get(name)!.push(id), { group: name });
    }
    await bus.publish(names.map((type, n) => ({ type, id: `${n}${type}`, occurredAt: 1 })));
    await until('each its own', () => [...seen.values()].every(({ length }) => length === 1));
    few.forEach((name, n) => expect(seen.get(name)).toEqual([`${n}${name}`]));
    const keys = new Set<string>();
    for await (const found of redis.scanStream({ match: `*${prefix}*`, count: 1000 })) {
      for (const key of found as string[]) keys.add(key);
    }
    const wake = [...keys].filter((key) => key.startsWith(`{${prefix}}:wake:`));
    expect([...keys].filter((key) => !wake.includes(key)).sort()).toEqual(
      names.map((name) => `{${prefix}}:events:${name}`).sort(),
    );
  });

  test('an event of a newer format waits in its group for a consumer that can read it', async () => {
    fresh();
    const format2: EventCodec<Numbered> = {
      type: 'trade',
      format: 2,
      encode: ({ n }, data) => data.value('number', n),
      decode: (data, { format: _, ...header }) => ({ ...header, n: Number(data.value('number')) }),
    };
    const told: TickmarkError[] = [];
    const old = makeBus({ ...HEIR, onError: (error) => void told.push(error) });
    const handledByOld: number[] = [];
    old.subscribe<Numbered>('trade', ({ n }) => void handledByOld.push(n), { group: 'g' });
    await opened(old);
    await makeBus({ codecs: [format2 as EventCodec] }).publish(event(7));
    await until('the old consumer has reported it', () => told.length > 0);
    expect(told[0]).toMatchObject({ code: 'BUS_FAILED', cause: { code: 'NEWER_FORMAT' } });
    const newer = makeBus({ ...HEIR, codecs: [format2 as EventCodec] });
    const handled: number[] = [];
    newer.subscribe<Numbered>('trade', ({ n }) => void handled.push(n), { group: 'g' });
    await old.close();
    await until('the newer consumer has handled it', () => handled.length > 0);
    expect(handled).toEqual([7]);
    expect(handledByOld).toEqual([]);
    expect(await dead()).toEqual([]);
    expect(told).toHaveLength(1);
  });
});

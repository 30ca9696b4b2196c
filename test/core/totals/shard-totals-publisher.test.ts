import { beforeEach, describe, expect, test } from 'vitest';
import type { TickmarkError } from '../../../src/core/errors.js';
import { Fraction } from '../../../src/core/money/fraction.js';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import type { CurrencySums } from '../../../src/core/book/sums/currency-sums.js';
import { SHARD_TOTALS, type ShardTotalsEvent } from '../../../src/core/totals/shard-totals-event.js';
import { ShardTotalsPublisher } from '../../../src/core/totals/shard-totals-publisher.js';
import { InMemoryEventBus } from '../../../src/memory/in-memory-event-bus.js';

const sums = (over: bigint, under: bigint, portfolios = 3): CurrencySums => ({
  portfolios,
  unpriced: 1,
  currencies: [
    {
      currency: 'USD',
      marketValue: Fraction.of(over, under),
      accruedInterest: Fraction.ZERO,
      longExposure: Fraction.ZERO,
      shortExposure: Fraction.ZERO,
      cash: Fraction.of(5n, 1n),
    },
  ],
});

describe('ShardTotalsPublisher', () => {
  let clock: FakeClock;
  let bus: InMemoryEventBus;
  let events: ShardTotalsEvent[];
  let errors: TickmarkError[];
  let owned: number[];
  let portfolios: number;
  let isDown: boolean;
  let publisher: ShardTotalsPublisher;

  beforeEach(() => {
    clock = new FakeClock({ now: 1000 });
    const working = (bus = new InMemoryEventBus({ clock }));
    [events, errors, owned, portfolios, isDown] = [[], [], [0, 2], 3, false];
    bus.subscribe(SHARD_TOTALS, (event) => void events.push(event));
    publisher = new ShardTotalsPublisher({
      engine: {
        shardCount: 4,
        ownedShards: () => owned.map((shard) => ({ shard, since: 7 })),
        shardSums: (shard) => sums(shard === 0 ? 1n : 125n, shard === 0 ? 3n : 100n, portfolios),
      },
      bus: new Proxy(bus, {
        get: (_target, name) =>
          name === 'publish' && isDown
            ? () => Promise.reject(new Error('down'))
            : (...given: unknown[]) =>
                (working[name as 'publish'] as (...all: unknown[]) => unknown)(...given),
      }),
      clock,
      random: () => 0.5,
      onError: (error) => void errors.push(error),
    });
  });

  test('publishes the exact sums of each shard at once and then each second, as plain data', async () => {
    publisher.start();
    publisher.start();
    await clock.advance(0);
    expect(JSON.parse(JSON.stringify(events))).toEqual([
      {
        type: 'tickmark.shards.totals',
        id: expect.any(String),
        occurredAt: 1000,
        format: 1,
        publisher: (2 ** 51).toString(36),
        sequence: 1,
        shardCount: 4,
        shards: [
          {
            shard: 0,
            since: 7,
            portfolios: 3,
            unpriced: 1,
            currencies: { USD: { marketValue: '1/3', cash: '5' } },
          },
          {
            shard: 2,
            since: 7,
            portfolios: 3,
            unpriced: 1,
            currencies: { USD: { marketValue: '1.25', cash: '5' } },
          },
        ],
        released: [],
      },
    ]);
    await clock.advance(999);
    expect(events).toHaveLength(1);
    await clock.advance(1);
    expect(events.map(({ sequence }) => sequence)).toEqual([1, 2]);
  });

  test('tells once which shards were given up, and all of them when it is closed', async () => {
    await publisher.publish();
    owned = [2];
    await publisher.publish();
    await publisher.publish();
    await publisher.close();
    await publisher.close();
    await clock.advance(5000);
    expect(events.map(({ shards, released }) => [shards.map(({ shard }) => shard), released])).toEqual([
      [[0, 2], []],
      [[2], [0]],
      [[2], []],
      [[], [2]],
    ]);
  });

  test('lets other work run between large shards, and leaves out those given up meanwhile', async () => {
    portfolios = 10_000;
    const published = publisher.publish();
    await clock.settle();
    owned = [2];
    expect(events).toEqual([]);
    await clock.advance(0);
    await clock.advance(0);
    await published;
    expect(events[0]!.shards.map(({ shard }) => shard)).toEqual([2]);
  });

  test('reports a bus that fails once, and tells what was given up when it works again', async () => {
    await publisher.publish();
    isDown = true;
    owned = [2];
    await publisher.publish();
    await publisher.publish();
    expect(errors).toMatchObject([{ code: 'BUS_FAILED', retryable: true, cause: { message: 'down' } }]);
    isDown = false;
    await publisher.publish();
    expect(events.at(-1)).toMatchObject({ released: [0], sequence: 4 });
    isDown = true;
    await publisher.publish();
    expect(errors).toHaveLength(2);
  });

  test('refuses an interval that no timer takes', () => {
    expect(
      () =>
        new ShardTotalsPublisher({
          engine: { shardCount: 1, ownedShards: () => [], shardSums: () => null as never },
          bus,
          intervalMs: -1,
        }),
    ).toThrow('ShardTotalsPublisher: intervalMs');
  });
});

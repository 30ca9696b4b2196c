import { Redis } from 'ioredis';
import { RedisLock, RedisPubSubEventBus, RedisStreamEventBus, type RedisClient } from 'tickmark/redis';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { canStartRedis } from '../servers/redis.js';
import { redisPair, sentinels, type RedisPair, type Sentinels } from '../servers/redis-replicas.js';
import { freePort } from '../servers/server-process.js';
import { until } from '../waiting.js';
import { Beating, Told } from './beating.js';
import { printFigure } from './figures.js';

const BUSES = {
  'Pub/Sub': (client: RedisClient, told: Told) =>
    new RedisPubSubEventBus(client, { prefix: 'sentinel', onError: told.onError }),
  streams: (client: RedisClient, told: Told) =>
    new RedisStreamEventBus(client, { prefix: 'sentinel', onError: told.onError }),
};
const KINDS = Object.keys(BUSES) as Array<keyof typeof BUSES>;

describe.skipIf(!canStartRedis())('Redis watched by three Sentinels, through ioredis', () => {
  let pair: RedisPair;
  let watching: Sentinels;
  const closings: Array<() => unknown> = [];

  beforeEach(async () => {
    pair = await redisPair();
    watching = await sentinels(pair);
  });
  afterEach(async () => {
    for (const close of closings.splice(0).reverse()) await close();
    await watching.dispose();
    await pair.dispose();
  });

  async function connected(options: object = {}): Promise<Redis> {
    // One that is not there, first.
    const gone = { host: '127.0.0.1', port: await freePort() };
    const client = new Redis({
      sentinels: [gone, ...watching.addresses],
      name: watching.name,
      sentinelRetryStrategy: () => 50,
      retryStrategy: () => 50,
      maxRetriesPerRequest: null,
      ...options,
    });
    client.on('error', () => undefined);
    closings.push(() => client.disconnect());
    return client;
  }

  async function beating(kind: keyof typeof BUSES, options: object = {}) {
    const told = new Told();
    const from = BUSES[kind](await connected(options), told);
    const to = BUSES[kind](await connected(options), told);
    const beats = new Beating(from, to);
    closings.push(async () => {
      await beats.stop();
      await Promise.all([from.close(), to.close()]);
    });
    await beats.isHeard();
    return { beats, told };
  }

  const moved = async (from: number): Promise<void> => {
    await until('the Sentinels have another master', async () => (await watching.master()) !== from);
  };

  test.each(KINDS)('%s goes on when a failover is asked for, and when the master is killed', async (kind) => {
    const { beats, told } = await beating(kind);
    const first = pair.master().port;
    const askedMs = await beats.through(async () => {
      await watching.failover();
      await moved(first);
    });
    const second = pair.nodes.find(({ port }) => port !== first)!;
    // The one that was the master follows before the other dies.
    await until('the first is a replica', async () => {
      // Sentinel cuts the connections of the node that it makes a replica.
      const info = await pair.tell(pair.master(), 'INFO', 'replication').catch(() => '');
      return String(info).includes('master_link_status:up');
    });
    const killedMs = await beats.through(async () => {
      await second.kill();
      await moved(second.port);
    });
    await beats.stop();
    if (kind === 'Pub/Sub') beats.expectGaps();
    told.expectOnce(8);
    printFigure(`${kind}: heard again ${askedMs} ms after a failover, ${killedMs} ms after a killed master`);
  });

  test.each(KINDS)('%s publishes on the master, whatever the client reads from', async (kind) => {
    const { beats, told } = await beating(kind, { role: 'slave' });
    await beats.isHeard();
    await beats.stop();
    expect(beats.failed).toEqual([]);
    expect(told.errors).toEqual([]);
  });

  test('a lock is granted by the new master', async () => {
    const lock = new RedisLock(await connected());
    closings.push(() => lock.close());
    const before = await lock.acquire('k');
    await before.release();
    const first = pair.master().port;
    await watching.failover();
    await moved(first);
    const tookMs = await until(
      'a lock is granted',
      () =>
        lock.acquire('k', { waitMs: 0 }).then(
          ({ fencingToken }) => fencingToken > before.fencingToken,
          () => false,
        ),
      { everyMs: 50 },
    );
    printFigure(`a lock is granted after ${Math.round(tookMs)} ms`);
  });
});

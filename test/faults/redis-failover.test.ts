import { RedisLock, RedisPubSubEventBus, RedisStreamEventBus, type RedisClient } from 'tickmark/redis';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LIBRARIES, ioredis, type TestClient } from '../redis/redis-clients.js';
import { canStartRedis } from '../servers/redis.js';
import type { ServerAddress } from '../servers/server-process.js';
import { redisPair, type RedisPair } from '../servers/redis-replicas.js';
import { tcpProxy, type TcpProxy } from '../servers/tcp-proxy.js';
import { until } from '../waiting.js';
import { Beating, Told } from './beating.js';
import { printFigure } from './figures.js';

const BUSES = {
  'Pub/Sub': (client: RedisClient, told: Told) =>
    new RedisPubSubEventBus(client, { prefix: 'failover', onError: told.onError }),
  streams: (client: RedisClient, told: Told) =>
    new RedisStreamEventBus(client, { prefix: 'failover', onError: told.onError }),
};
const CASES = Object.keys(LIBRARIES).flatMap((library) =>
  (Object.keys(BUSES) as Array<keyof typeof BUSES>).map((kind) => [library, kind] as const),
);

describe.skipIf(!canStartRedis())('a Redis master behind an address that moves to its replica', () => {
  let pair: RedisPair;
  // Of the bus that publishes, and of the one that hears.
  let fronts: TcpProxy[];
  let clients: TestClient[];
  const closings: Array<() => Promise<void>> = [];

  beforeEach(async () => {
    pair = await redisPair();
    fronts = [await tcpProxy(pair.master()), await tcpProxy(pair.master())];
    clients = [];
  });
  afterEach(async () => {
    for (const close of closings.splice(0)) await close();
    for (const { end } of clients) end();
    for (const front of fronts) await front.close();
    await pair.dispose();
  });

  async function connected(library: string, front = fronts[0]!): Promise<RedisClient> {
    const client = await LIBRARIES[library]!(`redis://${front.host}:${front.port}`);
    clients.push(client);
    return client.client;
  }

  const moveTo = (node: ServerAddress): void => fronts.forEach((front) => front.moveTo(node));

  async function beating(library: string, kind: keyof typeof BUSES) {
    const told = new Told();
    const from = BUSES[kind](await connected(library, fronts[0]), told);
    const to = BUSES[kind](await connected(library, fronts[1]), told);
    const beats = new Beating(from, to);
    closings.push(async () => {
      await beats.stop();
      await from.close();
      await to.close();
    });
    await beats.isHeard();
    return { beats, told, from, to };
  }

  test.each(CASES)('%s, %s: is found when roles change and connections stay open', async (library, kind) => {
    const { beats, told, to } = await beating(library, kind);
    const times: number[] = [];
    for (let turn = 0; turn < 2; turn++) {
      const tookMs = await beats.through(async () => {
        await pair.switchRoles();
        moveTo(pair.master());
        // One is at the new master at once, the other stays with the node of before.
        fronts[1 - turn]!.cut();
      });
      times.push(tookMs);
    }
    // Nothing is left behind with the node of before.
    const { failed } = beats;
    const before = failed.length;
    for (let count = 0; count < 10; count++) await beats.isHeard();
    expect(failed.length).toBe(before);
    await beats.stop();
    if (kind === 'Pub/Sub') {
      beats.expectGaps();
      expect(beats.gaps.length).toBeGreaterThanOrEqual(1);
    }
    expect(to.stats().reconnects).toBeGreaterThanOrEqual(1);
    told.expectOnce(8);
    printFigure(`${library}, ${kind}: heard again after ${times.join(' and ')} ms, ${failed.length} refused`);
  });

  test.each(CASES)('%s, %s: is found when it is killed', async (library, kind) => {
    const { beats, told } = await beating(library, kind);
    const tookMs = await beats.through(async () => {
      const dead = pair.master();
      await dead.kill();
      const replica = pair.nodes.find((node) => node !== dead)!;
      await pair.tell(replica, 'REPLICAOF', 'NO', 'ONE');
      moveTo(replica);
    });
    await beats.stop();
    if (kind === 'Pub/Sub') beats.expectGaps();
    told.expectOnce(8);
    printFigure(`${library}, ${kind}: heard again after ${tookMs} ms`);
  });

  test.each(CASES)(
    '%s, %s: is found when it restarts, and when it is read-only for a while',
    async (library, kind) => {
      const { beats, told } = await beating(library, kind);
      const restartMs = await beats.through(async () => {
        await pair.master().kill();
        await pair.master().start();
      });
      const [master, other] = pair.nodes;
      await pair.tell(master, 'REPLICAOF', other.host, String(other.port));
      await until('it is noticed', () => told.errors.some(({ message }) => message.includes('READONLY')));
      const backMs = await beats.through(async () => {
        await pair.tell(master, 'REPLICAOF', 'NO', 'ONE');
      });
      await beats.stop();
      if (kind === 'Pub/Sub') beats.expectGaps();
      told.expectOnce(8);
      printFigure(
        `${library}, ${kind}: heard again ${restartMs} ms after a restart, ${backMs} ms after read-only`,
      );
    },
  );

  test.each(Object.keys(LIBRARIES))(
    '%s: a bus whose two connections are with two masters is found',
    async (library) => {
      const [one, two] = pair.nodes;
      await pair.tell(two, 'REPLICAOF', 'NO', 'ONE');
      const told = new Told();
      const bus = new RedisPubSubEventBus(await connected(library), {
        prefix: 'failover',
        onError: told.onError,
      });
      const beats = new Beating(bus, bus);
      closings.push(async () => {
        await beats.stop();
        await bus.close();
      });
      await beats.isHeard();
      // What publishes goes to the other node; what listens has no reason to.
      const tookMs = await beats.through(async () => {
        moveTo(two);
        const admin = ioredis(one.url);
        await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
        admin.disconnect();
      });
      await beats.stop();
      beats.expectGaps();
      expect(beats.gaps.length).toBeGreaterThanOrEqual(1);
      expect(told.errors.map(({ message }) => message).join()).toContain('a published message did not reach');
      printFigure(`${library}: heard again after ${tookMs} ms`);
    },
  );

  test.each(Object.keys(LIBRARIES))('%s: a lock is granted again when roles change', async (library) => {
    const lock = new RedisLock(await connected(library));
    closings.push(() => lock.close());
    const first = await lock.acquire('k', { ttlMs: 60_000 });
    const since = performance.now();
    await pair.switchRoles();
    moveTo(pair.master());
    const granted = (): Promise<boolean> =>
      lock.acquire('other', { waitMs: 0 }).then(
        () => true,
        () => false,
      );
    await until('a lock is granted', granted, { everyMs: 50 });
    printFigure(`${library}: a lock is granted after ${Math.round(performance.now() - since)} ms`);
    const next = await lock.acquire('k2');
    expect(next.fencingToken > first.fencingToken).toBe(true);
  });
});

import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { Redis } from 'ioredis';
import { createSentinel } from 'redis';
import type { EventBus } from 'tickmark';
import { RedisLock, RedisPubSubEventBus, RedisStreamEventBus, type RedisClient } from 'tickmark/redis';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rejection } from '../rejection.js';
import { canStartRedis } from '../servers/redis.js';
import { redisPair, sentinels, type RedisPair, type Sentinels } from '../servers/redis-replicas.js';
import { freePort } from '../servers/server-process.js';
import { pause, until } from '../waiting.js';
import { Beating, Told } from './beating.js';
import { printFigure } from './figures.js';

interface Limits {
  readonly publishTimeoutMs?: number;
  readonly pingTimeoutMs?: number;
}

// Where no fault happens, no call may fail, however late a busy machine answers.
const PATIENT: Limits = { publishTimeoutMs: 60_000, pingTimeoutMs: 60_000 };

const BUSES = {
  'Pub/Sub': (client: RedisClient, told: Told, limits: Limits = {}) =>
    new RedisPubSubEventBus(client, { prefix: 'sentinel', onError: told.onError, ...limits }),
  streams: (client: RedisClient, told: Told, limits: Limits = {}) =>
    new RedisStreamEventBus(client, { prefix: 'sentinel', onError: told.onError, ...limits }),
};
const KINDS = Object.keys(BUSES) as Array<keyof typeof BUSES>;

const USER = 'application';
const PASSWORD = 'pa55word-of-the-application';

interface Access {
  readonly name: string;
  readonly addresses: Sentinels['addresses'];
  /** Whether the application reads from a replica. */
  readonly readsReplica: boolean;
  readonly password?: string;
}

/** Makes a client; not connected, it says why it cannot. */
const LIBRARIES: Record<string, (access: Access) => Promise<{ client: RedisClient; end: () => void }>> = {
  ioredis: async ({ name, addresses, readsReplica, password }) => {
    const client = new Redis({
      sentinels: [...addresses],
      name,
      sentinelRetryStrategy: () => 50,
      retryStrategy: () => 50,
      maxRetriesPerRequest: null,
      ...(readsReplica && { role: 'slave' }),
      ...(password !== undefined && { username: USER, password }),
    });
    client.on('error', () => undefined);
    return { client, end: () => client.disconnect() };
  },
  'node-redis': async ({ name, addresses, readsReplica, password }) => {
    const client = createSentinel({
      name,
      sentinelRootNodes: [...addresses],
      replicaPoolSize: readsReplica ? 1 : 0,
      passthroughClientErrorEvents: true,
      maxCommandRediscovers: 1000,
      nodeClientOptions: {
        socket: { reconnectStrategy: 50 },
        ...(password !== undefined && { username: USER, password }),
      },
    });
    client.on('error', () => undefined);
    const connecting = client.connect();
    if (password === undefined) await connecting;
    else connecting.catch(() => undefined);
    return { client, end: () => void client.destroy() };
  },
};

const isGranted = (call: Promise<unknown>) =>
  call.then(
    () => true,
    () => false,
  );

describe.skipIf(!canStartRedis()).each(Object.keys(LIBRARIES))(
  'Redis watched by three Sentinels, through %s',
  (library) => {
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

    async function connected(options: Partial<Access> = {}): Promise<RedisClient> {
      // One that is not there, first.
      const gone = { host: '127.0.0.1', port: await freePort() };
      const addresses = [gone, ...watching.addresses];
      const access = { name: watching.name, addresses, readsReplica: false, ...options };
      const { client, end } = await LIBRARIES[library]!(access);
      closings.push(end);
      return client;
    }

    async function beating(kind: keyof typeof BUSES, options: Partial<Access> = {}, limits: Limits = {}) {
      const told = new Told();
      const from = BUSES[kind](await connected(options), told, limits);
      const to = BUSES[kind](await connected(options), told, limits);
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

    // Before another fault: Sentinel cuts the connections of the node that it makes a replica.
    const formerFollows = async (): Promise<void> => {
      await until('the former master is a replica', async () => {
        const info = await pair.tell(pair.master(), 'INFO', 'replication').catch(() => '');
        return String(info).includes('master_link_status:up');
      });
    };

    test.each(KINDS)(
      '%s goes on when a failover is asked for, and when the master is killed',
      async (kind) => {
        const { beats, told } = await beating(kind);
        const first = pair.master().port;
        const askedMs = await beats.through(async () => {
          await watching.failover();
          await moved(first);
        });
        const second = pair.nodes.find(({ port }) => port !== first)!;
        await formerFollows();
        const killedMs = await beats.through(async () => {
          await second.kill();
          await moved(second.port);
        });
        await beats.stop();
        if (kind === 'Pub/Sub') beats.expectGaps();
        told.expectOnce(8);
        printFigure(
          `${library}, ${kind}: heard again ${askedMs} ms after a failover, ${killedMs} ms after a killed master`,
        );
      },
    );

    test.each(KINDS)('%s publishes on the master, whatever the client reads from', async (kind) => {
      const { beats, told } = await beating(kind, { readsReplica: true }, PATIENT);
      await beats.isHeard();
      await beats.stop();
      expect(beats.failed).toEqual([]);
      expect(told.errors).toEqual([]);
    });

    test('a lock is granted by the new master, after a failover and after a kill', async () => {
      const lock = new RedisLock(await connected());
      closings.push(() => lock.close());
      let token = 0n;
      const granted = async (): Promise<number> => {
        const ms = await until(
          'a lock is granted',
          () =>
            lock.acquire('k', { waitMs: 0 }).then(
              async (lease) => {
                expect(lease.fencingToken).toBeGreaterThan(token);
                token = lease.fencingToken;
                await lease.release();
                return true;
              },
              () => false,
            ),
          { everyMs: 50 },
        );
        return Math.round(ms);
      };
      await granted();
      const first = pair.master().port;
      await watching.failover();
      await moved(first);
      const askedMs = await granted();
      await formerFollows();
      const second = pair.nodes.find(({ port }) => port !== first)!;
      await second.kill();
      await moved(second.port);
      const killedMs = await granted();
      printFigure(
        `${library}: a lock is granted ${askedMs} ms after a failover, ${killedMs} ms after a kill`,
      );
    });

    test('says once that the password is wrong, and goes on when it is right', async () => {
      const told = new Told();
      // Once for each of the two links of a bus; on a busy machine a link may time out before it is refused.
      const refusals = () => told.errors.filter(({ message }) => message.includes('WRONGPASS'));
      const client = await connected({ password: PASSWORD });
      const lock = new RedisLock(client, { callTimeoutMs: 1000 });
      const buses = KINDS.map((kind) => BUSES[kind](client, told));
      closings.push(() => Promise.all([lock, ...buses].map((each) => each.close())));
      const heard = new Set<EventBus>();
      for (const bus of buses) bus.subscribe('t', () => void heard.add(bus));
      const publish = () =>
        buses.map((bus) => bus.publish({ type: 't', id: '1', occurredAt: 1 }).catch(() => undefined));
      await until('all have tried for a while', async () => {
        await Promise.all(publish());
        return refusals().length >= 4;
      });
      await until('the lock says so', async () =>
        (await rejection(lock.acquire('k', { waitMs: 0 }))).message.includes('WRONGPASS'),
      );
      await pause(2000);
      expect(refusals().length).toBe(4);
      expect(inspect(told.errors, { depth: 9, showHidden: true })).not.toContain(PASSWORD);
      await pair.tell(pair.master(), 'ACL', 'SETUSER', USER, 'on', `>${PASSWORD}`, '~*', '&*', '+@all');
      await until('all are heard', async () => {
        await Promise.all(publish());
        return heard.size === buses.length;
      });
      await until('a lock is granted', () => isGranted(lock.acquire('k', { waitMs: 0 })));
      expect(refusals().length).toBe(4);
    });

    // ioredis asks its Sentinels itself.
    const asked = library === 'node-redis' ? [library] : [];
    test.each(asked)('a Sentinel that is silent does not keep a bus of %s', async () => {
      const silent = createServer((socket) => void socket.on('error', () => undefined).resume()).listen(
        0,
        '127.0.0.1',
      );
      await once(silent, 'listening');
      const { port } = silent.address() as AddressInfo;
      const client = createSentinel({
        name: watching.name,
        sentinelRootNodes: [{ host: '127.0.0.1', port }, ...watching.addresses],
      });
      client.on('error', () => undefined);
      const told = new Told();
      const bus = new RedisPubSubEventBus(client, {
        // The silent one is asked first each time, for half of the limit; the others may be late on a busy machine.
        random: () => 0,
        pingTimeoutMs: 10_000,
        publishTimeoutMs: 60_000,
        onError: told.onError,
      });
      closings.push(
        () => bus.close(),
        () => silent.close(),
      );
      await until('it publishes', () =>
        bus.publish({ type: 't', id: '1', occurredAt: 1 }).then(
          () => true,
          () => false,
        ),
      );
      const left = () =>
        new Promise<number>((resolve) => silent.getConnections((_, count) => resolve(count)));
      await until('nothing is left open', async () => (await left()) === 0);
      expect(told.errors).toEqual([]);
    });
  },
);

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DomainEvent } from '../../src/core/messaging/event-bus.js';
import { redisCommands, type RedisClient } from '../../src/redis/redis-client.js';
import { RedisPubSubEventBus } from '../../src/redis/redis-pub-sub-event-bus.js';
import { RedisStreamEventBus } from '../../src/redis/redis-stream-event-bus.js';
import { canStartRedis } from '../servers/redis.js';
import { until } from './bus-clients.js';
import { CLUSTER_CLIENTS, privateCluster, type PrivateCluster } from './private-cluster.js';

interface Numbered extends DomainEvent {
  readonly n: number;
}

const TYPES = Array.from({ length: 12 }, (_, n) => `type {${n}}`);
// One of each type: a list whose keys would be in many slots.
const list = (round: number): Numbered[] =>
  TYPES.map((type, n) => ({ type, id: `${round}-${n}`, occurredAt: 1, n }));

describe.skipIf(!canStartRedis())('on a Redis Cluster', () => {
  let cluster: PrivateCluster;
  beforeAll(async () => void (cluster = await privateCluster()));
  afterAll(() => cluster.dispose());

  async function using(library: string, work: (client: RedisClient) => Promise<void>): Promise<void> {
    const { client, end } = await CLUSTER_CLIENTS[library]!(cluster.ports);
    await work(client);
    await end();
  }

  test.each(Object.keys(CLUSTER_CLIENTS))(
    '%s: Pub/Sub reaches buses wherever they are connected',
    async (library) =>
      using(library, async (client) => {
        const heard: string[][] = [];
        // Each takes a node at random: some of them another one than the publisher.
        const options = { prefix: `pub-sub-${library}`, publishTimeoutMs: 10_000 };
        const buses = Array.from({ length: 6 }, () => new RedisPubSubEventBus(client, options));
        for (const bus of buses) {
          const ids: string[] = [];
          heard.push(ids);
          for (const type of TYPES) bus.subscribe(type, ({ id }) => void ids.push(id));
          // Settles when it listens.
          await bus.publish({ type: 'none', id: 'none', occurredAt: 1 });
        }
        const publisher = new RedisPubSubEventBus(client, options);
        for (let round = 0; round < 3; round++) await publisher.publish(list(round));
        await until(() => heard.every(({ length }) => length >= 3 * TYPES.length), 'all hear all');
        const expected = [0, 1, 2].flatMap(list).map(({ id }) => id);
        for (const ids of heard) expect(ids.sort()).toEqual([...expected].sort());
        for (const bus of [...buses, publisher]) {
          expect(bus.stats()).toMatchObject({ lost: 0, reconnects: 0, malformed: 0 });
          await bus.close();
        }
      }),
  );

  test.each(Object.keys(CLUSTER_CLIENTS))(
    '%s: streams are shared out, claimed, noted and buried in one slot',
    async (library) =>
      using(library, async (client) => {
        const prefix = `streams-${library}`;
        const settings = { prefix, group: 'a', retryDelayMs: 5, maxDeliveries: 2, handledForMs: 60_000 };
        const options = { ...settings, claimIdleMs: 500, publishTimeoutMs: 10_000 };
        const errors: string[] = [];
        const make = () =>
          new RedisStreamEventBus(client, { ...options, onError: (error) => void errors.push(error.code) });
        const [one, two, stuck] = [make(), make(), make()];
        const handled: string[] = [];
        for (const bus of [one, two]) {
          for (const type of TYPES) {
            bus.subscribe<Numbered>(type, ({ id, n }) => {
              if (n === 7) throw new Error('poison');
              handled.push(id);
            });
          }
        }
        // Reads a share and never handles it.
        stuck.subscribe(TYPES[3]!, () => new Promise(() => undefined));
        await stuck.publish({ type: 'none', id: 'none', occurredAt: 1 });
        for (let round = 0; round < 5; round++) await one.publish(list(round));
        await stuck.close({ timeoutMs: 0 });

        const redis = redisCommands(client, 'test');
        const inSlot = { key: `{${prefix}}` };
        const ids = [0, 1, 2, 3, 4].flatMap(list).flatMap(({ id, n }) => (n === 7 ? [] : id));
        const noted = ids.map((id) => `{${prefix}}:handled:1:a:${id}`);
        const isNoted = async () => (await redis.command(['EXISTS', ...noted], inSlot)) === ids.length;
        const buried = async () => {
          const entries = await redis.command(['XRANGE', `{${prefix}}:dead`, '-', '+'], inSlot);
          return (entries as Array<[string, string[]]>).map(([, fields]) => fields[fields.indexOf('id') + 1]);
        };
        await expect.poll(isNoted, { timeout: 30_000 }).toBe(true);
        await expect.poll(buried, { timeout: 30_000 }).toHaveLength(5);
        expect((await buried()).sort()).toEqual([0, 1, 2, 3, 4].map((round) => `${round}-7`));
        // Given again to whichever consumer, they are known.
        await two.publish(list(0).filter(({ n }) => n !== 7));
        const duplicates = () => one.stats().duplicates + two.stats().duplicates;
        await expect.poll(duplicates, { timeout: 30_000 }).toBe(TYPES.length - 1);
        expect(handled.sort()).toEqual(ids.sort());

        redis.close();
        await Promise.all([one.close(), two.close()]);
        expect(new Set(errors)).toEqual(new Set(['HANDLER_FAILED']));
      }),
  );
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DomainEvent } from '../../../src/core/messaging/event-bus.js';
import { redisCommands } from '../../../src/redis/redis-commands.js';
import { type RedisClient } from '../../../src/redis/redis-client.js';
import { RedisPubSubEventBus } from '../../../src/redis/pub-sub/redis-pub-sub-event-bus.js';
import type { RedisStreamEventBusOptions } from '../../../src/redis/streams/redis-stream-event-bus-options.js';
import { RedisStreamEventBus } from '../../../src/redis/streams/redis-stream-event-bus.js';
import { canStartRedis } from '../../servers/redis.js';
import { HUNG_AFTER_MS, until } from '../../waiting.js';
import { UNHURRIED } from '../redis-clients.js';
import { CLUSTER_CLIENTS, privateCluster, type PrivateCluster } from '../private-cluster.js';

interface Numbered extends DomainEvent {
  readonly n: number;
}

const TYPES = Array.from({ length: 12 }, (_, n) => `type {${n}}`);
// One event of each type: without a hash tag, their keys would be in many slots.
const list = (round: number): Numbered[] =>
  TYPES.map((type, n) => ({ type, id: `${round}-${n}`, occurredAt: 1, n }));

describe.skipIf(!canStartRedis())('the buses on a Redis Cluster', () => {
  let cluster: PrivateCluster;
  beforeAll(async () => void (cluster = await privateCluster()));
  afterAll(() => cluster.dispose());

  async function using(library: string, work: (client: RedisClient) => Promise<void>): Promise<void> {
    const { client, end } = await CLUSTER_CLIENTS[library]!(cluster.ports);
    await work(client);
    end();
  }

  test.each(Object.keys(CLUSTER_CLIENTS))('Pub/Sub reaches buses on all nodes (%s)', async (library) =>
    using(library, async (client) => {
      const heard: string[][] = [];
      // Each connects to a random node, some of them to another one than the publisher.
      const options = { prefix: `pub-sub-${library}`, ...UNHURRIED };
      const buses = Array.from({ length: 6 }, () => new RedisPubSubEventBus(client, options));
      for (const bus of buses) {
        const ids: string[] = [];
        heard.push(ids);
        for (const type of TYPES) bus.subscribe(type, ({ id }) => void ids.push(id));
        // Settles when the subscription is confirmed.
        await bus.publish({ type: 'none', id: 'none', occurredAt: 1 });
      }
      const publisher = new RedisPubSubEventBus(client, options);
      for (let round = 0; round < 3; round++) await publisher.publish(list(round));
      await until('all hear all', () => heard.every(({ length }) => length >= 3 * TYPES.length));
      const expected = [0, 1, 2].flatMap(list).map(({ id }) => id);
      for (const ids of heard) expect(ids.sort()).toEqual([...expected].sort());
      for (const bus of [...buses, publisher]) {
        expect(bus.stats()).toMatchObject({ lost: 0, reconnects: 0, malformed: 0 });
        await bus.close();
      }
    }),
  );

  test.each(Object.keys(CLUSTER_CLIENTS))(
    'streams deliver, claim, record and dead-letter events in one slot (%s)',
    async (library) =>
      using(library, async (client) => {
        const prefix = `streams-${library}`;
        const settings = { prefix, group: 'a', retryDelayMs: 5, maxDeliveries: 2, handledForMs: 3_600_000 };
        // Entries of a consumer that is only slow are not claimed.
        const options = { ...UNHURRIED, ...settings, claimIdleMs: 1_000 * HUNG_AFTER_MS };
        const errors: string[] = [];
        const make = (own: RedisStreamEventBusOptions = {}) =>
          new RedisStreamEventBus(client, {
            ...options,
            ...own,
            onError: (error) => void errors.push(error.code),
          });
        const [one, two, stuck] = [make(), make(), make({ consumer: 'stuck' })];
        const handled: string[] = [];
        // Reads an event and never handles it.
        let isStuck = false;
        stuck.subscribe(TYPES[3]!, () => {
          isStuck = true;
          return new Promise(() => undefined);
        });
        await stuck.publish({ type: TYPES[3]!, id: 'left', occurredAt: 1, n: 3 } as Numbered);
        await until('a consumer is stuck', () => isStuck);
        for (const bus of [one, two]) {
          for (const type of TYPES) {
            bus.subscribe<Numbered>(type, ({ id, n }) => {
              if (n === 7) throw new Error('poison');
              handled.push(id);
            });
          }
        }
        await one.publish({ type: 'none', id: 'none', occurredAt: 1 });
        await two.publish({ type: 'none', id: 'none', occurredAt: 1 });
        for (let round = 0; round < 5; round++) await one.publish(list(round));

        const redis = redisCommands(client, 'test');
        const inSlot = { key: `{${prefix}}` };
        const ids = ['left', ...[0, 1, 2, 3, 4].flatMap(list).flatMap(({ id, n }) => (n === 7 ? [] : id))];
        const noted = ids.map((id) => `{${prefix}}:handled:1:a:${id}`);
        const isNoted = async () => (await redis.command(['EXISTS', ...noted], inSlot)) === ids.length;
        const buried = async () => {
          const entries = await redis.command(['XRANGE', `{${prefix}}:dead`, '-', '+'], inSlot);
          return (entries as Array<[string, string[]]>).map(([, fields]) => fields[fields.indexOf('id') + 1]);
        };
        await expect.poll(buried).toHaveLength(5);
        const holders = async () => {
          const key = `{${prefix}}:events:${TYPES[3]!}`;
          const [, , , consumers] = (await redis.command(['XPENDING', key, 'a'], inSlot)) as [
            number,
            string,
            string,
            Array<[string, string]>,
          ];
          return consumers.map(([consumer]) => consumer);
        };
        await expect.poll(holders).toEqual(['stuck']);
        await stuck.close({ timeoutMs: 0 });
        const heir = make({ claimIdleMs: 100 });
        heir.subscribe<Numbered>(TYPES[3]!, ({ id }) => void handled.push(id));
        await expect.poll(isNoted).toBe(true);
        expect((await buried()).sort()).toEqual([0, 1, 2, 3, 4].map((round) => `${round}-7`));
        // Delivered again to any consumer, they are recognized.
        await two.publish(list(0).filter(({ n }) => n !== 7));
        const duplicates = () => [one, two, heir].reduce((sum, bus) => sum + bus.stats().duplicates, 0);
        await expect.poll(duplicates).toBe(TYPES.length - 1);
        expect(handled.sort()).toEqual(ids.sort());

        redis.close();
        await Promise.all([one.close(), two.close(), heir.close()]);
        expect(new Set(errors)).toEqual(new Set(['HANDLER_FAILED']));
      }),
  );
});

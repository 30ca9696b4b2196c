import { Cluster, Redis } from 'ioredis';
import { createClient, createCluster, createSentinel } from 'redis';
import { expect, test } from 'vitest';
import type { RedisClient } from '../../src/redis/redis-client.js';
import { redisNamespace } from '../../src/redis/redis-namespace.js';

const ioredis = (options: object): RedisClient => new Redis({ lazyConnect: true, ...options });

test.each<[string, RedisClient, string, number]>([
  ['ioredis', ioredis({}), '', 0],
  ['ioredis with both', ioredis({ keyPrefix: 'app:', db: 3 }), 'app:', 3],
  ['ioredis with bytes', ioredis({ keyPrefix: Buffer.from('äpp:') }), 'äpp:', 0],
  ['ioredis by URL', new Redis('redis://127.0.0.1/4?keyPrefix=app:', { lazyConnect: true }), 'app:', 4],
  ['an ioredis Cluster', new Cluster([], { lazyConnect: true, keyPrefix: 'app:' }), 'app:', 0],
  [
    'an ioredis Cluster by its nodes',
    new Cluster([], { lazyConnect: true, redisOptions: { keyPrefix: 'app:' } }),
    'app:',
    0,
  ],
  ['node-redis', createClient(), '', 0],
  ['node-redis with both', createClient({ keyPrefix: 'app:', database: 3 }), 'app:', 3],
  ['node-redis by URL', createClient({ url: 'redis://127.0.0.1/4' }), '', 4],
  ['a node-redis cluster', createCluster({ rootNodes: [], keyPrefix: 'app:' }), 'app:', 0],
  ['a node-redis Sentinel client', createSentinel({ name: 'm', sentinelRootNodes: [] }), '', 0],
  [
    'a node-redis Sentinel client with both',
    createSentinel({
      name: 'm',
      sentinelRootNodes: [],
      keyPrefix: 'app:',
      nodeClientOptions: { database: 3 },
    }),
    'app:',
    3,
  ],
])('redisNamespace() reads keyPrefix and database of %s', (_, client, keyPrefix, db) => {
  expect(redisNamespace(client, 'here')).toEqual({ keyPrefix, db });
});

test('redisNamespace() reads the database that ioredis selected later', () => {
  const client = ioredis({ db: 3 });
  Object.assign(client, { condition: { select: 5 } });
  expect(redisNamespace(client, 'here').db).toBe(5);
});

test.each([
  ['no text', Buffer.from([0xff, 0x3a])],
  ['an empty hash tag', 'a{}b'],
])('redisNamespace() rejects a keyPrefix that is %s', (_, keyPrefix) => {
  expect(() => redisNamespace(ioredis({ keyPrefix }), 'here')).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
  );
});

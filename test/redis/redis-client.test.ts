import { inspect } from 'node:util';
import { Cluster, Redis } from 'ioredis';
import { createClient, createClientPool, createCluster, createSentinel } from 'redis';
import { expect, test } from 'vitest';
import { redisCommands, type RedisClient } from '../../src/redis/redis-client.js';

const SECRET = 'sentinel-secret';

test.each<[string, () => RedisClient, string, boolean]>([
  ['ioredis', () => new Redis({ lazyConnect: true }), 'ioredis', false],
  ['an ioredis Cluster', () => new Cluster([], { lazyConnect: true }), 'ioredis', true],
  ['node-redis', () => createClient(), 'node-redis', false],
  ['node-redis with RESP2', () => createClient({ RESP: 2 }), 'node-redis', false],
  ['a node-redis cluster', () => createCluster({ rootNodes: [] }), 'node-redis', true],
])('recognises %s', (_, make, library, isCluster) => {
  const client = make();
  const before = (client as Redis).listenerCount('error');
  const commands = redisCommands(client, 'test');
  expect(commands).toMatchObject({ library, isCluster });
  expect((client as Redis).listenerCount('error')).toBe(before + 1);
  commands.close();
  commands.close();
  expect((client as Redis).listenerCount('error')).toBe(before);
});

test.each<[string, unknown]>([
  ['a URL', `redis://user:${SECRET}@127.0.0.1:6379`],
  ['nothing', undefined],
  ['null', null],
  ['options', { host: '127.0.0.1', password: SECRET }],
  ['a pool of node-redis', createClientPool()],
  ['a Sentinel client of node-redis', createSentinel({ name: 'm', sentinelRootNodes: [] })],
  ['an emitter that sends nothing', { on() {}, off() {}, duplicate() {}, connect() {}, isReady: true }],
])('rejects %s with INVALID_ARGUMENT', (_, given) => {
  let error: unknown;
  try {
    redisCommands(given as RedisClient, 'here: client');
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
  expect(String(error)).toMatch(/here: client: expected a client of ioredis .* or of node-redis/);
  expect(inspect(error)).not.toContain(SECRET);
});

test('twenty users of one client add one listener, and remove it with the last', () => {
  const client = new Redis({ lazyConnect: true });
  const users = Array.from({ length: 20 }, () => redisCommands(client, 'test'));
  expect(client.listenerCount('error')).toBe(1);
  for (const user of users.slice(1)) user.close();
  for (const user of users.slice(1)) user.close();
  expect(client.listenerCount('error')).toBe(1);
  users[0]!.close();
  expect(client.listenerCount('error')).toBe(0);
});

import { EventEmitter } from 'node:events';
import { inspect } from 'node:util';
import { Cluster, Redis } from 'ioredis';
import { createClient, createClientPool, createCluster, createSentinel } from 'redis';
import { expect, test } from 'vitest';
import { redisCommands } from '../../src/redis/redis-commands.js';
import { connectionRefusal } from '../../src/redis/client-errors.js';
import { type RedisClient } from '../../src/redis/redis-client.js';

const SECRET = 'sentinel-secret';

test.each<[string, () => RedisClient, string, boolean]>([
  ['ioredis', () => new Redis({ lazyConnect: true }), 'ioredis', false],
  ['an ioredis Cluster', () => new Cluster([], { lazyConnect: true }), 'ioredis', true],
  ['node-redis', () => createClient(), 'node-redis', false],
  ['node-redis with RESP2', () => createClient({ RESP: 2 }), 'node-redis', false],
  ['a node-redis cluster', () => createCluster({ rootNodes: [] }), 'node-redis', true],
  [
    'a node-redis Sentinel client',
    () => createSentinel({ name: 'm', sentinelRootNodes: [] }),
    'node-redis',
    false,
  ],
])('recognizes %s', (_, make, library, isCluster) => {
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

test('twenty users of one client share one listener, and the last one removes it', () => {
  const client = new Redis({ lazyConnect: true });
  const users = Array.from({ length: 20 }, () => redisCommands(client, 'test'));
  expect(client.listenerCount('error')).toBe(1);
  for (const user of users.slice(1)) user.close();
  for (const user of users.slice(1)) user.close();
  expect(client.listenerCount('error')).toBe(1);
  users[0]!.close();
  expect(client.listenerCount('error')).toBe(0);
});

function fakeSentinel() {
  const sent: unknown[][] = [];
  const outcomes: Array<{ resolve: (reply: unknown) => void; reject: (error: Error) => void }> = [];
  const client = Object.assign(new EventEmitter(), {
    isOpen: true,
    isReady: false,
    connect: async () => null,
    destroy: async () => undefined,
    getMasterNode: () => null,
    getSentinelNode: () => null,
    _execute: async () => null,
    duplicate: () => null,
    sendCommand: (...args: unknown[]) => {
      sent.push(args);
      return new Promise((resolve, reject) => outcomes.push({ resolve, reject }));
    },
  });
  return { client, sent, outcomes };
}

test('a Sentinel client sends commands to its master, with strings or bytes as replies', async () => {
  const { client, sent, outcomes } = fakeSentinel();
  const commands = redisCommands(client, 'test');
  const replies = [commands.command(['GET', 'k']), commands.command(['GET', 'k'], { buffers: true })];
  for (const { resolve } of outcomes) resolve('v');
  expect(await Promise.all(replies)).toEqual(['v', 'v']);
  expect(sent.map(([isReadonly, args]) => [isReadonly, args])).toEqual([
    [false, ['GET', 'k']],
    [false, ['GET', 'k']],
  ]);
  expect(sent[1]![2]).toMatchObject({ typeMapping: { 36: Buffer } });
  commands.close();
});

test.each([
  [
    'passes on',
    (client: EventEmitter) => client.emit('error', new Error('Master Client (h:1): WRONGPASS no')),
  ],
  [
    'reports for a command',
    (_: EventEmitter, reject: (error: Error) => void) => reject(new Error('WRONGPASS no')),
  ],
])('the reason why a Sentinel client is refused comes from what it %s, until it is ready', async (_, say) => {
  const { client, sent, outcomes } = fakeSentinel();
  const commands = redisCommands(client, 'test');
  const call = commands.command(['GET', 'k']).catch((error: Error) => error);
  expect(connectionRefusal(client)).toBeNull();
  say(client, outcomes[0]!.reject);
  outcomes[0]!.reject(new Error('Socket closed unexpectedly'));
  expect(String(await call)).toContain('WRONGPASS');
  expect(connectionRefusal(client)?.message).toContain('WRONGPASS');
  // Meanwhile one command at a time makes it try again.
  expect(sent.slice(1).map(([, args]) => args)).toEqual([['PING']]);
  outcomes[1]!.reject(new Error('WRONGPASS no'));
  await Promise.resolve();
  connectionRefusal(client);
  expect(sent.length).toBe(3);
  client.emit('ready');
  expect(connectionRefusal(client)).toBeNull();
  // Version 6.0 emits no such event.
  client.emit('error', new Error('WRONGPASS no'));
  client.isReady = true;
  expect(connectionRefusal(client)).toBeNull();
  client.isReady = false;
  expect(connectionRefusal(client)).toBeNull();
  commands.close();
  expect(client.eventNames()).toEqual([]);
});

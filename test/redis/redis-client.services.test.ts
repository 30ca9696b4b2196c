import { inspect } from 'node:util';
import { Cluster, Redis } from 'ioredis';
import { createClient, createClientPool, createCluster, createSentinel } from 'redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  redisCommands,
  redisFailure,
  redisScript,
  type RedisClient,
  type RedisCommands,
} from '../../src/redis/redis-client.js';
import { privateRedis, canStartRedis, redisServer, type PrivateRedis } from '../servers/redis.js';
import { LIBRARIES, cleanUp, ownPrefix } from './lock-clients.js';

const SECRET = 'sentinel-secret';
const server = await redisServer();

test.each<[string, () => RedisClient, string, boolean]>([
  ['ioredis', () => new Redis({ lazyConnect: true }), 'ioredis', false],
  ['an ioredis Cluster', () => new Cluster([], { lazyConnect: true }), 'ioredis', true],
  ['node-redis', () => createClient(), 'node-redis', false],
  ['node-redis with RESP2', () => createClient({ RESP: 2 }), 'node-redis', false],
  ['a node-redis cluster', () => createCluster({ rootNodes: [] }), 'node-redis', true],
])('%s is known by what it can do', (_, make, library, isCluster) => {
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
])('%s is refused', (_, given) => {
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

describe('a failure', () => {
  test('keeps name, code and message, and nothing that the client attached', () => {
    const error = Object.assign(new Error('connect ECONNREFUSED'), {
      name: 'ReplyError',
      code: 'ECONNREFUSED',
      command: { name: 'auth', args: [SECRET] },
      cause: new Error(SECRET),
    });
    const clean = redisFailure(error);
    expect(clean).toMatchObject({
      name: 'ReplyError',
      code: 'ECONNREFUSED',
      message: 'connect ECONNREFUSED',
    });
    expect(inspect(clean, { depth: null, showHidden: true })).not.toContain(SECRET);
  });

  test.each([
    `cannot reach redis://user:${SECRET}@host:6379/0`,
    `cannot reach redis://user:a/${SECRET}@host`,
    `ERR unknown command 'AUTH', with args beginning with: '${SECRET}' `,
  ])('tells no secret of "%s"', (message) => {
    expect(inspect(redisFailure(new Error(message)))).not.toContain(SECRET);
  });

  test.each([
    [new AggregateError([new Error('a')]), 'The Redis client failed.'],
    [Object.assign(new Error(''), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
    ['a text', 'The Redis client failed.'],
    [null, 'The Redis client failed.'],
  ])('has a message whatever was thrown: %s', (thrown, message) => {
    expect(redisFailure(thrown).message).toBe(message);
  });
});

describe.skipIf(!server).each(Object.keys(LIBRARIES))('through %s', async (library) => {
  if (!server) return;
  const { client, end } = await LIBRARIES[library]!(server.url);
  const prefix = ownPrefix();
  const key = `${prefix}k`;
  let redis: RedisCommands;
  beforeAll(() => void (redis = redisCommands(client, 'test')));
  afterAll(async () => {
    const own = new Redis(server.url);
    await cleanUp(own, prefix);
    own.disconnect();
    redis.close();
    await end();
  });

  test('bytes go and come as they are, texts as UTF-8', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, n) => n);
    expect(await redis.command(['SET', key, bytes.subarray(1)], { key })).toBe('OK');
    const got = await redis.command(['GET', key], { key, buffers: true });
    expect(Buffer.from(bytes.subarray(1)).equals(got as Buffer)).toBe(true);
    await redis.command(['SET', key, 'ä\r\n\0行'], { key });
    expect(await redis.command(['get', key], { key })).toBe('ä\r\n\0行');
    expect(await redis.command(['GET', `${key}?`], { key })).toBeNull();
  });

  test('a script that the server does not know is sent, once', async () => {
    const script = redisScript(`return {KEYS[1], ARGV[1], ${Date.now()}.5, 7}`);
    const known = (): Promise<unknown> => redis.command(['SCRIPT', 'EXISTS', script.sha]);
    expect(await known()).toEqual([0]);
    const reply = (await redis.run(script, [key], ['x'])) as unknown[];
    expect([reply[0], reply[1], Number(reply[3])]).toEqual([key, 'x', 7]);
    expect(await known()).toEqual([1]);
    expect(((await redis.run(script, [key], ['y'])) as unknown[])[1]).toBe('y');
    expect(await redis.run(redisScript('return #KEYS'), [])).toBe(0);
  });

  test('a script that fails is not run again', async () => {
    const failing = redisScript(`redis.call('INCR', KEYS[1]) return redis.error_reply('MINE it is')`);
    await redis.command(['DEL', key], { key });
    await expect(redis.run(failing, [key])).rejects.toThrow(/^MINE it is/);
    await expect(redis.run(failing, [key])).rejects.toThrow(/^MINE it is/);
    expect(await redis.command(['GET', key], { key })).toBe('2');
  });

  test('commands of a pipeline have outcomes of their own, in order', async () => {
    const outcomes = await redis.pipeline(
      [
        ['SET', key, '1'],
        ['LPUSH', key, 'x'],
        ['INCR', key],
      ],
      { key },
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((outcomes[1] as PromiseRejectedResult).reason.message).toMatch(/^WRONGTYPE/);
    expect((outcomes[2] as PromiseFulfilledResult<unknown>).value).toBe(2);
  });
});

describe.skipIf(!canStartRedis()).each(Object.keys(LIBRARIES))('a server that goes away, %s', (library) => {
  let own: PrivateRedis;
  beforeAll(async () => void (own = await privateRedis()));
  afterAll(() => own.dispose());

  test('does not end the process by an error event, and the client goes on when it is back', async () => {
    const { client, end } = await LIBRARIES[library]!(own.url);
    const redis = redisCommands(client, 'test');
    await redis.command(['PING']);
    await own.kill();
    const isReady = (): boolean =>
      'isReady' in client ? client.isReady : (client as Redis).status === 'ready';
    while (isReady()) await new Promise((resolve) => void setTimeout(resolve, 5));
    await own.start();
    expect(await redis.command(['PING'])).toBe('PONG');
    await end();
  });
});

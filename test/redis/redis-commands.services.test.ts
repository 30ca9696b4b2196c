import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { redisCommands, redisScript, type RedisCommands } from '../../src/redis/redis-commands.js';
import { privateRedis, canStartRedis, redisServer, type PrivateRedis } from '../servers/redis.js';
import { until } from '../waiting.js';
import { LIBRARIES, ignoreError, ioredis, ownPrefix, removeKeys } from './redis-clients.js';

const server = await redisServer();

describe.skipIf(!server).each(Object.keys(LIBRARIES))('redisCommands() through %s', async (library) => {
  if (!server) return;
  const { client, end } = await LIBRARIES[library]!(server.url);
  const prefix = ownPrefix();
  const key = `${prefix}:k`;
  let redis: RedisCommands;
  beforeAll(() => void (redis = redisCommands(client, 'test')));
  afterAll(async () => {
    const own = ioredis(server.url);
    await removeKeys(own, prefix);
    own.disconnect();
    redis.close();
    end();
  });

  test('sends and returns bytes unchanged, and strings as UTF-8', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, n) => n);
    expect(await redis.command(['SET', key, bytes.subarray(1)], { key })).toBe('OK');
    const got = await redis.command(['GET', key], { key, buffers: true });
    expect(Buffer.from(bytes.subarray(1)).equals(got as Buffer)).toBe(true);
    await redis.command(['SET', key, 'ä\r\n\0行'], { key });
    expect(await redis.command(['get', key], { key })).toBe('ä\r\n\0行');
    expect(await redis.command(['GET', `${key}?`], { key })).toBeNull();
  });

  test('sends the source of a script once if the server does not know it', async () => {
    const script = redisScript(`return {KEYS[1], ARGV[1], ${Date.now()}.5, 7}`);
    const known = (): Promise<unknown> => redis.command(['SCRIPT', 'EXISTS', script.sha]);
    expect(await known()).toEqual([0]);
    const reply = (await redis.run(script, [key], ['x'])) as unknown[];
    expect([reply[0], reply[1], Number(reply[3])]).toEqual([key, 'x', 7]);
    expect(await known()).toEqual([1]);
    expect(((await redis.run(script, [key], ['y'])) as unknown[])[1]).toBe('y');
    expect(await redis.run(redisScript('return #KEYS'), [])).toBe(0);
  });

  test('does not retry a failing script', async () => {
    const failing = redisScript(`redis.call('INCR', KEYS[1]) return redis.error_reply('MINE it is')`);
    await redis.command(['DEL', key], { key });
    await expect(redis.run(failing, [key])).rejects.toThrow(/^MINE it is/);
    await expect(redis.run(failing, [key])).rejects.toThrow(/^MINE it is/);
    expect(await redis.command(['GET', key], { key })).toBe('2');
  });

  test('returns the outcome of each command of a pipeline, in order', async () => {
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

describe.skipIf(!canStartRedis()).each(Object.keys(LIBRARIES))(
  'redisCommands() with %s, when the server is killed',
  (library) => {
    let own: PrivateRedis;
    beforeAll(async () => void (own = await privateRedis()));
    afterAll(() => own.dispose());

    test('keeps error events from ending the process, and works when the server is back', async () => {
      const { client, isReady, end } = await LIBRARIES[library]!(own.url);
      const redis = redisCommands(client, 'test');
      // An application without an error listener.
      (client as Redis).off('error', ignoreError);
      await redis.command(['PING']);
      await own.kill();
      await until('the client knows', () => !isReady());
      await own.start();
      expect(await redis.command(['PING'])).toBe('PONG');
      end();
    });
  },
);

import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { privateRedis, canStartRedis, redisServer, type PrivateRedis } from './redis.js';

const shared = await redisServer();

test.skipIf(!shared)('the shared Redis answers', async () => {
  const client = new Redis(shared!.url);
  expect(await client.ping()).toBe('PONG');
  client.disconnect();
});

describe.skipIf(!canStartRedis())('a private Redis', () => {
  let server: PrivateRedis;
  let client: Redis;

  beforeAll(async () => {
    server = await privateRedis({ appendOnly: true });
    client = new Redis(server.url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
    client.on('error', () => undefined);
  });

  afterAll(async () => {
    client.disconnect();
    await server.dispose();
  });

  test('comes back under its address, with what it had when it keeps a file', async () => {
    await client.set('key', 'kept');
    await server.stop();
    await server.start();
    expect(await client.get('key')).toBe('kept');
    await server.kill();
    await server.start();
    expect(await client.get('key')).toBe('kept');
  });

  test('answers nothing while frozen', async () => {
    await server.pause();
    const answer = client.ping();
    const silence = new Promise((resolve) => setTimeout(() => resolve('silence'), 200));
    expect(await Promise.race([answer, silence])).toBe('silence');
    await server.resume();
    expect(await answer).toBe('PONG');
  });
});

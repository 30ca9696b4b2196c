import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ioredis } from '../redis/redis-clients.js';
import { privateRedis, canStartRedis, redisServer, type PrivateRedis } from './redis.js';

const shared = await redisServer();

test.skipIf(!shared)('the shared Redis answers', async () => {
  const client = ioredis(shared!.url);
  expect(await client.ping()).toBe('PONG');
  client.disconnect();
});

describe.skipIf(!canStartRedis())('a private Redis', () => {
  let server: PrivateRedis;
  let client: Redis;

  beforeAll(async () => {
    server = await privateRedis({ appendOnly: true });
    client = ioredis(server.url);
  });

  afterAll(async () => {
    client.disconnect();
    await server.dispose();
  });

  test('comes back under its address with its data, also after a kill', async () => {
    await client.set('key', 'kept');
    await server.stop();
    await server.start();
    expect(await client.get('key')).toBe('kept');
    await server.kill();
    await server.start();
    expect(await client.get('key')).toBe('kept');
  });

  test('answers nothing while frozen', async () => {
    const other = await privateRedis();
    const running = ioredis(other.url);
    await client.ping();
    await server.pause();
    let isAnswered = false;
    const answer = client.ping().finally(() => (isAnswered = true));
    // Another one has answered a thousand times in the meantime.
    for (let n = 0; n < 1000; n++) await running.ping();
    expect(isAnswered).toBe(false);
    await server.resume();
    expect(await answer).toBe('PONG');
    running.disconnect();
    await other.dispose();
  });
});

import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Lease } from '../../../src/core/locking/lock.js';
import { RedisLock } from '../../../src/redis/lock/redis-lock.js';
import { privateRedis, canStartRedis, type PrivateRedis } from '../../servers/redis.js';
import { HUNG_AFTER_MS } from '../../waiting.js';
import { hostile } from '../hostile-keys.js';
import { LIBRARIES, dump, ioredis } from '../redis-clients.js';

describe.skipIf(!canStartRedis()).each(Object.keys(LIBRARIES))('RedisLock through %s', (library) => {
  let server: PrivateRedis;
  let admin: Redis;
  beforeAll(async () => {
    server = await privateRedis();
    admin = ioredis(server.url);
  });
  afterAll(async () => {
    admin.disconnect();
    await server.dispose();
  });

  test.each([undefined, 'tag'])(
    'touches only the two Redis keys of each of 1,000 hostile keys (hash tag: %s)',
    async (hashTag) => {
      const { client, end } = await LIBRARIES[library]!(server.url);
      const lock = new RedisLock(client, {
        callTimeoutMs: HUNG_AFTER_MS,
        ...(hashTag !== undefined && { hashTag }),
      });
      const keys = [...new Set(fc.sample(hostile, { numRuns: 1500, seed: 7 }))].slice(0, 1000);
      expect(keys.length).toBe(1000);
      await admin.flushall();
      // Keys of Redis that would be touched if a key were not encoded, or had no prefix.
      for (const key of keys) await admin.set(Buffer.from(key), 'foreign');
      for (const key of ['tickmark:lock:', 'tickmark:lock', 'tickmark', '{tickmark:lock:}'])
        await admin.set(key, 'foreign');
      const foreign = await snapshot(admin);

      const leases = await Promise.all(keys.map((key) => lock.acquire(key, { ttlMs: 3_600_000, waitMs: 0 })));
      const stored = (await admin.keys('tickmark:lock:{*')).length;
      expect(stored).toBe(2000);
      await Promise.all(leases.map((lease: Lease) => lease.extend()));
      await Promise.all(leases.map((lease) => lease.release()));
      const all = await lock.acquireMany(keys, { ttlMs: 3_600_000, waitMs: 0 });
      expect(all.fencingTokens.size).toBe(1000);
      await all.release();
      await lock.close();
      end();

      // The tokens.
      const left = await admin.keys('tickmark:lock:{*');
      expect(left.length).toBe(1000);
      await admin.del(...left);
      expect(await snapshot(admin)).toEqual(foreign);
    },
  );

  test('never grants a key twice to contenders for overlapping keys, and its tokens rise', async () => {
    const { client, end } = await LIBRARIES[library]!(server.url);
    await admin.flushall();
    const names = ['a', 'b', 'c', 'd'];
    const holders = new Map<string, string>();
    const last = new Map<string, bigint>();
    let granted = 0;
    const contender = async (name: string, seed: number): Promise<void> => {
      const lock = new RedisLock(client, { retryMs: 5, callTimeoutMs: HUNG_AFTER_MS });
      for (const keys of fc.sample(fc.shuffledSubarray(names, { minLength: 1 }), { numRuns: 25, seed })) {
        const lease = await lock.acquireMany(keys, { ttlMs: 3_600_000, waitMs: 3_600_000 });
        granted++;
        for (const [key, token] of lease.fencingTokens) {
          expect(holders.get(key)).toBeUndefined();
          expect(token > (last.get(key) ?? 0n)).toBe(true);
          last.set(key, token);
          holders.set(key, name);
        }
        await new Promise((resolve) => void setImmediate(resolve));
        for (const key of keys) holders.delete(key);
        await lease.release();
      }
      await lock.close();
    };
    await Promise.all(Array.from({ length: 8 }, (_, n) => contender(`c${n}`, n)));
    expect(granted).toBe(200);
    end();
    expect((await dump(admin, '')).size).toBe(4);
  });
});

async function snapshot(redis: Redis): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const key of await redis.keysBuffer('*')) {
    found.set(key.toString('hex'), (await redis.dumpBuffer(key))!.toString('hex'));
  }
  return found;
}

import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodedKey } from '../../src/core/locking/lease-store.js';
import type { Lease } from '../../src/core/locking/lock.js';
import { RedisLock, type RedisLockOptions } from '../../src/redis/redis-lock.js';
import { privateRedis, canStartRedis, type PrivateRedis } from '../servers/redis.js';
import { LIBRARIES, dump } from './lock-clients.js';

const HOSTILE = [
  ...`:{}*?[]\r\n\0'"; \\%\uD800\uDC00\u00e4a$^|&()<>,`,
  '{}',
  '}{',
  '\r\n',
  'DEL',
  '*1\r\n$8\r\nFLUSHALL\r\n',
  ':lock',
  ':token',
];
const hostile = fc
  .array(fc.constantFrom(...HOSTILE), { minLength: 1, maxLength: 12 })
  .map((parts) => parts.join(''));

test('keys are told apart however alike they look', () => {
  fc.assert(
    fc.property(hostile, hostile, (one, other) => {
      expect(encodedKey(one) === encodedKey(other)).toBe(one === other);
      expect(encodedKey(one)).toMatch(/^[\w.~:/@%-]+$/);
    }),
    { numRuns: 10_000 },
  );
  expect(encodedKey('portfolio:42/a_b.c~d@e-F')).toBe('portfolio:42/a_b.c~d@e-F');
  expect(encodedKey('%003A')).not.toBe(encodedKey(':'));
  expect(encodedKey('\uD800')).not.toBe(encodedKey('\uD801'));
});

test.each<[string, RedisLockOptions]>([
  ['an empty prefix', { prefix: '' }],
  ['a prefix with braces', { prefix: 'a{b}' }],
  ['a prefix with a line break', { prefix: 'a\r\n' }],
  ['a prefix that is a pattern', { prefix: '*' }],
  ['a long prefix', { prefix: 'a'.repeat(129) }],
  ['a prefix that is no text', { prefix: 5 as never }],
  ['a hash tag with braces', { hashTag: '}' }],
  ['an empty hash tag', { hashTag: '' }],
])('%s is refused', (_, options) => {
  const client = new Redis({ lazyConnect: true });
  expect(() => new RedisLock(client, options)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  expect(client.listenerCount('error')).toBe(0);
});

describe.skipIf(!canStartRedis()).each(Object.keys(LIBRARIES))('%s', (library) => {
  let server: PrivateRedis;
  let admin: Redis;
  beforeAll(async () => {
    server = await privateRedis();
    admin = new Redis(server.url);
  });
  afterAll(async () => {
    admin.disconnect();
    await server.dispose();
  });

  test.each([undefined, 'tag'])(
    '1,000 hostile keys touch no key but their own two (hash tag: %s)',
    async (hashTag) => {
      const { client, end } = await LIBRARIES[library]!(server.url);
      const lock = new RedisLock(client, hashTag === undefined ? {} : { hashTag });
      const keys = [...new Set(fc.sample(hostile, { numRuns: 1500, seed: 7 }))].slice(0, 1000);
      expect(keys.length).toBe(1000);
      await admin.flushall();
      // What a key would name that is not encoded, or not within its prefix.
      for (const key of keys) await admin.set(Buffer.from(key), 'foreign');
      for (const key of ['tickmark:lock:', 'tickmark:lock', 'tickmark', '{tickmark:lock:}'])
        await admin.set(key, 'foreign');
      const foreign = await snapshot(admin);

      const leases = await Promise.all(keys.map((key) => lock.acquire(key, { ttlMs: 60_000, waitMs: 0 })));
      const stored = (await admin.keys('tickmark:lock:{*')).length;
      expect(stored).toBe(2000);
      await Promise.all(leases.map((lease: Lease) => lease.extend()));
      await Promise.all(leases.map((lease) => lease.release()));
      const all = await lock.acquireMany(keys, { ttlMs: 60_000, waitMs: 0 });
      expect(all.fencingTokens.size).toBe(1000);
      await all.release();
      await lock.close();
      await end();

      // The tokens.
      const left = await admin.keys('tickmark:lock:{*');
      expect(left.length).toBe(1000);
      await admin.del(...left);
      expect(await snapshot(admin)).toEqual(foreign);
    },
    30_000,
  );

  test('random contenders never hold a key together, and tokens rise', async () => {
    const { client, end } = await LIBRARIES[library]!(server.url);
    await admin.flushall();
    const names = ['a', 'b', 'c', 'd'];
    const holders = new Map<string, string>();
    const last = new Map<string, bigint>();
    let granted = 0;
    const contender = async (name: string, seed: number): Promise<void> => {
      const lock = new RedisLock(client, { retryMs: 5 });
      for (const keys of fc.sample(fc.shuffledSubarray(names, { minLength: 1 }), { numRuns: 25, seed })) {
        const lease = await lock.acquireMany(keys, { waitMs: 30_000 });
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
    await end();
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

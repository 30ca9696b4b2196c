import { inspect } from 'node:util';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RedisLock } from '../../src/redis/redis-lock.js';
import { privateRedis, canStartRedis, type PrivateRedis } from '../servers/redis.js';
import { LIBRARIES, dump, type TestClient } from './lock-clients.js';

const SECRET = 'sentinel-secret';
const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));
const until = async (holds: () => boolean): Promise<void> => {
  for (let waited = 0; !holds() && waited < 5000; waited += 5) await pause(5);
  expect(holds()).toBe(true);
};
const failure = (promise: Promise<unknown>): Promise<{ code: string; retryable: boolean }> =>
  promise.then(
    () => expect.fail('should have failed'),
    (error: { code: string; retryable: boolean }) => error,
  );

describe.skipIf(!canStartRedis()).each(Object.keys(LIBRARIES))('%s', (library) => {
  let server: PrivateRedis;
  let admin: Redis;
  let one: TestClient;
  let two: TestClient;
  let lock: RedisLock;
  let other: RedisLock;

  beforeAll(async () => {
    server = await privateRedis();
    admin = new Redis(server.url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
    admin.on('error', () => undefined);
  });
  afterAll(async () => {
    admin.disconnect();
    await server.dispose();
  });
  beforeEach(async () => {
    await admin.flushall();
    [one, two] = [await LIBRARIES[library]!(server.url), await LIBRARIES[library]!(server.url)];
    lock = new RedisLock(one.client, { callTimeoutMs: 500 });
    other = new RedisLock(two.client, { callTimeoutMs: 500 });
  });
  afterEach(async () => {
    await Promise.all([lock.close(), other.close()]);
    await Promise.all([one.end(), two.end()]);
  });

  test('a lease leaves its token and nothing else', async () => {
    const lease = await lock.acquire('portfolio:42', { ttlMs: 10_000 });
    const [owned, token] = ['tickmark:lock:{portfolio:42}:lock', 'tickmark:lock:{portfolio:42}:token'];
    expect([...(await dump(admin, ''))].map(([key]) => key).sort()).toEqual([owned, token]);
    const left = await admin.pttl(owned);
    expect(left > 9_000 && left <= 10_011).toBe(true);
    expect(await admin.get(token)).toBe(String(lease.fencingToken));
    expect((await admin.pttl(token)) > 6 * 86_400_000).toBe(true);
    await lease.release();
    expect([...(await dump(admin, '')).keys()]).toEqual([token]);
  });

  test('what comes of a lease that ran out unnoticed does not touch the next holder', async () => {
    const lease = await lock.acquire('k', { ttlMs: 60_000 });
    // As when the holder stood still for a minute.
    await admin.del('tickmark:lock:{k}:lock');
    const next = await other.acquire('k', { ttlMs: 60_000, waitMs: 0 });
    expect(next.fencingToken > lease.fencingToken).toBe(true);
    const before = await dump(admin, '');
    await lease.release();
    expect(await dump(admin, '')).toEqual(before);
  });

  test('extend() after the key was taken fails with LEASE_LOST and touches nothing', async () => {
    const lease = await lock.acquire('k', { ttlMs: 60_000 });
    await admin.del('tickmark:lock:{k}:lock');
    await other.acquire('k', { ttlMs: 30_000, waitMs: 0 });
    const { signal } = lease;
    expect(await failure(lease.extend())).toMatchObject({ code: 'LEASE_LOST', key: 'k' });
    expect([lease.held, signal.aborted]).toEqual([false, true]);
    expect((await admin.pttl('tickmark:lock:{k}:lock')) <= 30_031).toBe(true);
  });

  test('a lease that extends itself is lost within a third of its time when the data are lost', async () => {
    const lease = await lock.acquire('k', { ttlMs: 600, autoExtend: true });
    await pause(700);
    expect([lease.held, lease.signal.aborted]).toEqual([true, false]);
    await admin.flushall();
    await until(() => lease.signal.aborted);
    expect((lease.signal.reason as { code: string }).code).toBe('LEASE_LOST');
  });

  test('a lease that extends itself lasts through a restart that keeps it, and tokens rise through one that does not', async () => {
    const before = await lock.acquire('k', { ttlMs: 60_000 });
    const lease = await lock.acquire('auto', { ttlMs: 1500, autoExtend: true });
    const { signal } = lease;
    await server.kill();
    await server.start();
    await until(() => signal.aborted);
    expect(before.held).toBe(true);
    const next = await other.acquire('k', { ttlMs: 60_000 });
    expect(next.fencingToken > before.fencingToken).toBe(true);
    expect((await failure(before.extend())).code).toBe('LEASE_LOST');
  });

  test('calls to a server that stands still are given up, and what it grants later is given back', async () => {
    await lock.acquire('warm-up');
    const held = await lock.acquire('held', { ttlMs: 600 });
    await server.pause();
    const asked = failure(lock.acquire('k', { ttlMs: 60_000 }));
    const extended = failure(held.extend());
    expect(await asked).toMatchObject({ code: 'TIMEOUT', retryable: true });
    expect((await extended).code).toBe('TIMEOUT');
    await until(() => held.signal.aborted);
    await server.resume();
    const next = await other.acquire('k', { ttlMs: 60_000, waitMs: 2000 });
    expect(next.held).toBe(true);
    expect(lock.stats().failed).toBeGreaterThanOrEqual(2);
  });

  test('close() ends in time while the server is down', async () => {
    const lease = await lock.acquire('k', { ttlMs: 60_000 });
    const { signal } = lease;
    await server.kill();
    const waiting = failure(lock.acquire('k'));
    await lock.close();
    expect([signal.aborted, (await waiting).code]).toEqual([true, 'CLOSED']);
    await server.start();
  });

  test('scripts that the server has forgotten are sent again', async () => {
    const lease = await lock.acquire('k');
    await admin.script('FLUSH');
    await lease.extend();
    await admin.script('FLUSH');
    await lease.release();
    await admin.script('FLUSH');
    expect((await other.acquire('k', { waitMs: 0 })).held).toBe(true);
  });

  test('a request that is sent twice is granted once, to the same holder', async () => {
    const lease = await lock.acquire('k');
    const owner = (await admin.get('tickmark:lock:{k}:lock'))!;
    const { GRANT } = await import('../../src/redis/redis-lock-scripts.js');
    const again = await admin.eval(
      GRANT.lua,
      2,
      'tickmark:lock:{k}:lock',
      'tickmark:lock:{k}:token',
      owner,
      5000,
      5000,
    );
    expect(BigInt((again as string[])[0]!) > lease.fencingToken).toBe(true);
    await lease.extend();
    expect(lease.held).toBe(true);
  });

  test('keys that are something else are left alone, and the call fails for good', async () => {
    await admin.lpush('tickmark:lock:{a}:lock', 'x');
    await admin.lpush('tickmark:lock:{b}:token', 'x');
    for (const key of ['a', 'b']) {
      expect(await failure(lock.acquire(key))).toMatchObject({ code: 'LOCK_FAILED', retryable: false });
    }
    expect((await admin.keys('*')).length).toBe(2);
  });

  test('no error, lease or lock tells the password of the client', async () => {
    await admin.acl('SETUSER', 'app', 'on', `>${SECRET}`, '~*', '+@all');
    const { client, end } = await LIBRARIES[library]!(server.url.replace('//', `//app:${SECRET}@`));
    const own = new RedisLock(client, { callTimeoutMs: 300 });
    const lease = await own.acquire('k');
    await admin.acl('SETUSER', 'app', '-evalsha');
    const told: unknown[] = [own, lease, await failure(own.acquire('j')), own.stats()];
    expect(told[2]).toMatchObject({ code: 'LOCK_FAILED', retryable: false });
    await admin.acl('SETUSER', 'app', '+evalsha', '>another');
    await admin.client('KILL', 'USER', 'app');
    await admin.acl('SETUSER', 'app', 'resetpass');
    await server.kill();
    told.push(await failure(own.acquire('j')), await failure(lease.extend()));
    await own.close();
    await end();
    for (const each of told) {
      expect(inspect(each, { depth: 10, showHidden: true })).not.toContain(SECRET);
      expect(
        JSON.stringify(each, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)),
      ).not.toContain(SECRET);
    }
    await server.start();
  });
});

import { inspect } from 'node:util';
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { GRANT } from '../../../src/redis/lock/redis-lock-scripts.js';
import { RedisLock } from '../../../src/redis/lock/redis-lock.js';
import { rejection } from '../../rejection.js';
import { privateRedis, canStartRedis, type PrivateRedis } from '../../servers/redis.js';
import { HUNG_AFTER_MS, until } from '../../waiting.js';
import { LIBRARIES, dump, ioredis, type TestClient } from '../redis-clients.js';

const SECRET = 'sentinel-secret';
const LONG = { ttlMs: 3_600_000 };
const OWNED = 'tickmark:lock:{k}:lock';

describe.skipIf(!canStartRedis()).each(Object.keys(LIBRARIES))('RedisLock through %s', (library) => {
  let server: PrivateRedis;
  let admin: Redis;
  let one: TestClient;
  let two: TestClient;
  let lock: RedisLock;
  let other: RedisLock;

  beforeAll(async () => {
    server = await privateRedis();
    admin = ioredis(server.url);
  });
  afterAll(async () => {
    admin.disconnect();
    await server.dispose();
  });
  beforeEach(async () => {
    await admin.flushall();
    [one, two] = [await LIBRARIES[library]!(server.url), await LIBRARIES[library]!(server.url)];
    lock = new RedisLock(one.client, { callTimeoutMs: HUNG_AFTER_MS });
    other = new RedisLock(two.client, { callTimeoutMs: HUNG_AFTER_MS });
  });
  afterEach(async () => {
    await Promise.all([lock.close(), other.close()]);
    for (const { end } of [one, two]) end();
  });

  // A lock with the time limits of a fake clock.
  const timedLock = () => {
    const clock = new FakeClock();
    return { clock, timed: new RedisLock(one.client, { clock, callTimeoutMs: 500 }) };
  };

  test('keeps only the token of a released lease', async () => {
    const lease = await lock.acquire('portfolio:42', { ttlMs: 600_000 });
    const [owned, token] = ['tickmark:lock:{portfolio:42}:lock', 'tickmark:lock:{portfolio:42}:token'];
    expect([...(await dump(admin, ''))].map(([key]) => key).sort()).toEqual([owned, token]);
    const left = await admin.pttl(owned);
    expect(left > 300_000 && left <= 600_601).toBe(true);
    expect(await admin.get(token)).toBe(String(lease.fencingToken));
    expect((await admin.pttl(token)) > 6 * 86_400_000).toBe(true);
    await lease.release();
    expect([...(await dump(admin, '')).keys()]).toEqual([token]);
  });

  test('releasing an expired lease does not affect the next holder', async () => {
    const lease = await lock.acquire('k', LONG);
    // As if the holder was frozen for a minute.
    await admin.del(OWNED);
    const next = await other.acquire('k', { ...LONG, waitMs: 0 });
    expect(next.fencingToken > lease.fencingToken).toBe(true);
    const before = await dump(admin, '');
    await lease.release();
    expect(await dump(admin, '')).toEqual(before);
  });

  test('extend() rejects with LEASE_LOST and changes nothing once another holder has the key', async () => {
    const lease = await lock.acquire('k', LONG);
    await admin.del(OWNED);
    await other.acquire('k', { ttlMs: 1_800_000, waitMs: 0 });
    const { signal } = lease;
    expect(await rejection(lease.extend())).toMatchObject({ code: 'LEASE_LOST', key: 'k' });
    expect([lease.held, signal.aborted]).toEqual([false, true]);
    expect((await admin.pttl(OWNED)) <= 1_801_801).toBe(true);
  });

  test('extends a lease after each third of its time, and so notices lost data within a third', async () => {
    const { clock, timed } = timedLock();
    const lease = await timed.acquire('k', { ttlMs: 600_000, autoExtend: true });
    await admin.pexpire(OWNED, 300_000);
    await clock.advance(200_000);
    await until('it is extended', async () => (await admin.pttl(OWNED)) > 300_000);
    expect([lease.held, lease.signal.aborted]).toEqual([true, false]);
    await admin.flushall();
    await clock.advance(200_000);
    await until('it is lost', () => lease.signal.aborted);
    expect((lease.signal.reason as { code: string }).code).toBe('LEASE_LOST');
    await timed.close();
  });

  test('a lease that extends itself notices that a restart lost the data, and tokens still rise', async () => {
    const before = await lock.acquire('k', LONG);
    const { clock, timed } = timedLock();
    const { signal } = await timed.acquire('auto', { ttlMs: 600_000, autoExtend: true });
    await server.kill();
    await server.start();
    await until('the client is connected again', one.isReady);
    await clock.advance(200_000);
    await until('it is lost', () => signal.aborted);
    expect(before.held).toBe(true);
    const next = await other.acquire('k', LONG);
    expect(next.fencingToken > before.fencingToken).toBe(true);
    expect((await rejection(before.extend())).code).toBe('LEASE_LOST');
    await timed.close();
  });

  test('abandons calls to a frozen server, and releases what it is granted later', async () => {
    const { clock, timed } = timedLock();
    await timed.acquire('warm-up');
    const held = await timed.acquire('held', { ttlMs: 600 });
    await server.pause();
    const asked = rejection(timed.acquire('k', LONG));
    const extended = rejection(held.extend());
    await clock.advance(500);
    expect(await asked).toMatchObject({ code: 'TIMEOUT', retryable: true });
    expect((await extended).code).toBe('TIMEOUT');
    await clock.advance(100);
    await until('the lease runs out', () => held.signal.aborted);
    await server.resume();
    const next = await other.acquire('k', { ...LONG, waitMs: HUNG_AFTER_MS });
    expect(next.held).toBe(true);
    expect(timed.stats().failed).toBeGreaterThanOrEqual(2);
    await timed.close();
  });

  test('close() settles while the server is down', async () => {
    const { clock, timed } = timedLock();
    const { signal } = await timed.acquire('k', LONG);
    await server.kill();
    const waiting = rejection(timed.acquire('k'));
    const closing = timed.close();
    await clock.advance(500);
    await closing;
    expect([signal.aborted, (await waiting).code]).toEqual([true, 'CLOSED']);
    await server.start();
  });

  test('sends scripts again when the server has lost them', async () => {
    const lease = await lock.acquire('k', LONG);
    await admin.script('FLUSH');
    await lease.extend();
    await admin.script('FLUSH');
    await lease.release();
    await admin.script('FLUSH');
    expect((await other.acquire('k', { waitMs: 0 })).held).toBe(true);
  });

  test('a request that is sent twice is granted to the same holder', async () => {
    const lease = await lock.acquire('k', LONG);
    const owner = (await admin.get(OWNED))!;
    const again = await admin.eval(
      GRANT.lua,
      2,
      OWNED,
      'tickmark:lock:{k}:token',
      owner,
      3_600_000,
      3_600_000,
    );
    expect(BigInt((again as string[])[0]!) > lease.fencingToken).toBe(true);
    await lease.extend();
    expect(lease.held).toBe(true);
  });

  test('does not touch keys with other data, and fails permanently', async () => {
    await admin.lpush('tickmark:lock:{a}:lock', 'x');
    await admin.lpush('tickmark:lock:{b}:token', 'x');
    for (const key of ['a', 'b']) {
      expect(await rejection(lock.acquire(key))).toMatchObject({ code: 'LOCK_FAILED', retryable: false });
    }
    expect((await admin.keys('*')).length).toBe(2);
  });

  test('never shows the password of the client in an error, lease or lock', async () => {
    await admin.acl('SETUSER', 'app', 'on', `>${SECRET}`, '~*', '+@all');
    const { client, end } = await LIBRARIES[library]!(server.url.replace('//', `//app:${SECRET}@`));
    const clock = new FakeClock();
    const own = new RedisLock(client, { clock, callTimeoutMs: 300 });
    const lease = await own.acquire('k', LONG);
    await admin.acl('SETUSER', 'app', '-evalsha');
    const told: unknown[] = [own, lease, await rejection(own.acquire('j')), own.stats()];
    expect(told[2]).toMatchObject({ code: 'LOCK_FAILED', retryable: false });
    await admin.acl('SETUSER', 'app', '+evalsha', '>another');
    await admin.client('KILL', 'USER', 'app');
    await admin.acl('SETUSER', 'app', 'resetpass');
    await server.kill();
    const hanging = [rejection(own.acquire('j')), rejection(lease.extend())];
    await clock.advance(300);
    told.push(...(await Promise.all(hanging)));
    const closing = own.close();
    await clock.advance(300);
    await closing;
    end();
    for (const each of told) {
      expect(inspect(each, { depth: 10, showHidden: true })).not.toContain(SECRET);
      expect(
        JSON.stringify(each, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)),
      ).not.toContain(SECRET);
    }
    await server.start();
  });
});

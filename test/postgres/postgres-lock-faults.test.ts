import { inspect } from 'node:util';
import fc from 'fast-check';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PostgresLock } from '../../src/postgres/postgres-lock.js';
import { postgresServer } from '../servers/postgres.js';
import { SERVER_DRIVERS, lockDatabase } from './lock-databases.js';

const SECRET = 'sentinel-secret';
const server = await postgresServer();
const failure = (promise: Promise<unknown>): Promise<{ code: string; retryable: boolean }> =>
  promise.then(
    () => expect.fail('should have failed'),
    (error: { code: string; retryable: boolean }) => error,
  );

const HOSTILE = [
  ...`:{}*?[]\r\n\0'"; \\%$1\uD800\uDC00\u00e4a,`,
  '{}',
  `'); DROP TABLE x; --`,
  'NULL',
  '\\x00',
  '""',
  '\\0',
];
const hostile = fc
  .array(fc.constantFrom(...HOSTILE), { minLength: 1, maxLength: 12 })
  .map((parts) => parts.join(''));

describe.each(['pglite', ...SERVER_DRIVERS])('%s', (driver) => {
  const { pool, names, table, query } = lockDatabase(driver);
  let lock: PostgresLock;
  let other: PostgresLock;
  beforeEach(async () => {
    await query(`DELETE FROM ${table}`);
    lock = new PostgresLock(pool, names);
    other = new PostgresLock(pool, names);
  });
  afterEach(async () => {
    await Promise.all([lock.close(), other.close()]);
  });
  const rows = () =>
    query(
      `SELECT convert_from(key, 'UTF8') AS key, token::text, owner, expires_at::text FROM ${table} ORDER BY key`,
    );

  test('a lease is a row, which stays when it is released, with its token', async () => {
    const lease = await lock.acquire('portfolio:42', { ttlMs: 10_000 });
    const [row] = await query(
      `SELECT token::text, owner, extract(epoch FROM expires_at - clock_timestamp())::float8 AS left FROM ${table}`,
    );
    expect(row).toMatchObject({ token: String(lease.fencingToken), owner: expect.any(String) as string });
    expect(Number(row!.left)).toBeGreaterThan(9);
    expect(Number(row!.left)).toBeLessThanOrEqual(10.011);
    await lease.release();
    expect(await rows()).toMatchObject([
      { key: 'portfolio:42', token: String(lease.fencingToken), owner: null },
    ]);
    expect((await other.acquire('portfolio:42', { waitMs: 0 })).fencingToken > lease.fencingToken).toBe(true);
  });

  test('what comes of a lease that ran out unnoticed does not touch the next holder', async () => {
    const lease = await lock.acquire('k', { ttlMs: 60_000 });
    // As when the holder stood still for a minute.
    await query(`UPDATE ${table} SET expires_at = clock_timestamp()`);
    const next = await other.acquire('k', { ttlMs: 60_000, waitMs: 0 });
    const before = await rows();
    expect(await failure(lease.extend())).toMatchObject({ code: 'LEASE_LOST', key: 'k' });
    expect([lease.held, lease.signal.aborted, next.held]).toEqual([false, true, true]);
    await lease.release();
    expect(await rows()).toEqual(before);
  });

  test('a lease that ran out is not extended, though nobody took it', async () => {
    const lease = await lock.acquire('k', { ttlMs: 60_000 });
    await query(`UPDATE ${table} SET expires_at = clock_timestamp()`);
    expect((await failure(lease.extend())).code).toBe('LEASE_LOST');
  });

  test('tokens rise through prune(), and from one that is ahead of the clock', async () => {
    const lease = await lock.acquire('k', { ttlMs: 60_000 });
    expect(await lock.prune(0)).toBe(0);
    await lease.release();
    await query(`SELECT pg_sleep(0.01)`);
    expect(await lock.prune()).toBe(0);
    expect(await lock.prune(0)).toBe(1);
    const next = await lock.acquire('k');
    expect(next.fencingToken > lease.fencingToken).toBe(true);
    await next.release();
    await query(`UPDATE ${table} SET token = 9000000000000000000`);
    expect((await lock.acquire('k')).fencingToken).toBe(9000000000000000001n);
    expect((await failure(lock.prune(NaN))).code).toBe('INVALID_ARGUMENT');
  });

  test('acquireMany takes all or none', async () => {
    const one = await other.acquire('b');
    expect((await failure(lock.acquireMany(['a', 'b', 'c'], { waitMs: 0 }))).code).toBe('LOCK_TIMEOUT');
    expect(await query(`SELECT FROM ${table} WHERE owner IS NOT NULL`)).toHaveLength(1);
    await one.release();
    const all = await lock.acquireMany(['c', 'a', 'b'], { waitMs: 0 });
    const stored = new Map((await rows()).map(({ key, token }) => [key, BigInt(String(token))]));
    expect(new Map(all.fencingTokens)).toEqual(stored);
    await query(`UPDATE ${table} SET owner = 'somebody' WHERE key = 'b'`);
    expect((await failure(all.extend())).code).toBe('LEASE_LOST');
    await lock.close();
    expect(await query(`SELECT FROM ${table} WHERE owner IS NOT NULL`)).toHaveLength(1);
  });

  test('1,000 hostile keys are kept apart, and touch no other row or table', async () => {
    const tables = `SELECT schemaname, tablename FROM pg_tables WHERE schemaname = '${names.schema}' ORDER BY 1, 2`;
    const before = await query(tables);
    await query(`INSERT INTO ${table} VALUES ('foreign', 5, 'somebody', 'infinity')`);
    const keys = [...new Set(fc.sample(hostile, { numRuns: 1500, seed: 7 }))].slice(0, 998);
    keys.push('k'.repeat(5000), `${'k'.repeat(4999)}l`);
    const leases = await lock.acquireMany(keys, { ttlMs: 60_000, waitMs: 0 });
    expect(leases.fencingTokens.size).toBe(1000);
    expect(await query(`SELECT FROM ${table}`)).toHaveLength(1001);
    for (const key of keys.slice(-20)) {
      expect((await failure(other.acquire(key, { waitMs: 0 }))).code).toBe('LOCK_TIMEOUT');
    }
    await leases.extend();
    await leases.release();
    expect(await query(`SELECT FROM ${table} WHERE owner IS NOT NULL`)).toHaveLength(1);
    const [foreign] = await query(
      `SELECT token::text, owner, expires_at::text FROM ${table} WHERE key = 'foreign'`,
    );
    expect(foreign).toEqual({ token: '5', owner: 'somebody', expires_at: 'infinity' });
    expect(await query(tables)).toEqual(before);
  });

  test('a table that is not there fails for good', async () => {
    const missing = new PostgresLock(pool, { ...names, prefix: 'missing_' });
    expect(await failure(missing.acquire('k'))).toMatchObject({ code: 'LOCK_FAILED', retryable: false });
    await missing.close();
  });

  test('random contenders on overlapping keys never hold one together, and tokens rise', async () => {
    const all = Array.from({ length: 6 }, (_, n) => `key ${n}`);
    // An embedded database has one connection, behind which every look of every contender waits.
    const contenders = driver === 'pglite' ? 3 : 8;
    const holders = new Set<string>();
    const last = new Map<string, bigint>();
    const contender = async (seed: number): Promise<void> => {
      const own = new PostgresLock(pool, { ...names, retryMs: contenders === 8 ? 5 : 25 });
      for (const keys of fc.sample(fc.shuffledSubarray(all, { minLength: 1, maxLength: 4 }), {
        numRuns: 15,
        seed,
      })) {
        const lease = await own.acquireMany(keys, { waitMs: 30_000 });
        for (const [key, token] of lease.fencingTokens) {
          expect([holders.has(key), token > (last.get(key) ?? 0n)]).toEqual([false, true]);
          last.set(key, token);
          holders.add(key);
        }
        await new Promise((resolve) => void setImmediate(resolve));
        for (const key of keys) holders.delete(key);
        await lease.release();
      }
      expect(own.stats()).toMatchObject({ granted: 15, lost: 0, failed: 0 });
      await own.close();
    };
    await Promise.all(Array.from({ length: contenders }, (_, n) => contender(n)));
    expect(last.size).toBe(6);
  });
});

describe.skipIf(!server)('on a server', () => {
  if (!server) return;
  const { pool, names, table, query } = lockDatabase('pg');

  test('a request that has to wait for a row is given up, and what it is granted later is given back', async () => {
    const lock = new PostgresLock(pool, { ...names, callTimeoutMs: 300 });
    await (await lock.acquire('k')).release();
    const client = await (pool as pg.Pool).connect();
    await client.query('BEGIN');
    await client.query(`SELECT FROM ${table} FOR UPDATE`);
    expect(await failure(lock.acquire('k', { ttlMs: 60_000 }))).toMatchObject({
      code: 'TIMEOUT',
      retryable: true,
    });
    await client.query('COMMIT');
    client.release();
    const other = new PostgresLock(pool, names);
    expect((await other.acquire('k', { waitMs: 3000 })).held).toBe(true);
    await Promise.all([lock.close(), other.close()]);
  });

  test('a key that is new to the table and taken meanwhile is not taken away, nor are others kept', async () => {
    const lock = new PostgresLock(pool, names);
    const client = await (pool as pg.Pool).connect();
    await client.query('BEGIN');
    await client.query(
      `INSERT INTO ${table} VALUES (convert_to('new b', 'UTF8'), 1, 'somebody', clock_timestamp() + interval '1 minute')`,
    );
    const asked = failure(lock.acquireMany(['new a', 'new b'], { waitMs: 0 }));
    const blocked = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%${names.schema}%'`;
    while ((await query(blocked)).length === 0) await new Promise((resolve) => void setTimeout(resolve, 5));
    await client.query('COMMIT');
    client.release();
    expect((await asked).code).toBe('LOCK_TIMEOUT');
    expect(
      await query(
        `SELECT convert_from(key, 'UTF8') AS key, owner FROM ${table} WHERE key >= 'new' AND owner IS NOT NULL`,
      ),
    ).toEqual([{ key: 'new b', owner: 'somebody' }]);
    await lock.close();
  });

  test('connections that are cut cost a call, no lease and no process; nothing of a session is used', async () => {
    const connectionString = `${server.url}?application_name=cut_${process.pid}`;
    const own = new pg.Pool({ connectionString, max: 4 });
    const lock = new PostgresLock(own, names);
    const lease = await lock.acquire('cut', { ttlMs: 60_000 });
    const mine = `FROM pg_stat_activity WHERE application_name = 'cut_${process.pid}'`;
    expect(await query(`SELECT state ${mine}`)).toEqual([{ state: 'idle' }]);
    expect(await query(`SELECT l.locktype FROM pg_locks l JOIN (SELECT pid ${mine}) a USING (pid)`)).toEqual(
      [],
    );
    await query(`SELECT pg_terminate_backend(pid) ${mine}`);
    await new Promise((resolve) => void setTimeout(resolve, 50));
    await lease.extend();
    expect(lease.held).toBe(true);
    await lock.close();
    await own.end();
  });

  test('no error, lease or lock tells the password of the pool', async () => {
    const url = server.url.replace(/\/\/[^@]*@/, `//nobody:${SECRET}@`);
    const own = new pg.Pool({ connectionString: url });
    const lock = new PostgresLock(own, names);
    const error = await failure(lock.acquire('k'));
    for (const each of [error, lock, lock.stats()]) {
      expect(inspect(each, { depth: 10, showHidden: true })).not.toContain(SECRET);
    }
    expect(error.code).toBe('LOCK_FAILED');
    await lock.close();
    expect((own as unknown as NodeJS.EventEmitter).listenerCount('error')).toBe(0);
    await own.end();
  });
});

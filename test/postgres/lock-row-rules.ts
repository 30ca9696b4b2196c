import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PostgresLock } from '../../src/postgres/postgres-lock.js';
import { rejection } from '../rejection.js';
import { LONG, type LockDatabase } from './lock-databases.js';

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

/** Rules about the rows of a lock: what it writes, and what it does when others change them. */
export function lockRowRules(
  { pool, options, table, query }: LockDatabase,
  { contenders, retryMs }: { readonly contenders: number; readonly retryMs: number },
): void {
  let lock: PostgresLock;
  let other: PostgresLock;
  beforeEach(async () => {
    await query(`DELETE FROM ${table}`);
    lock = new PostgresLock(pool, options);
    other = new PostgresLock(pool, options);
  });
  afterEach(async () => {
    await Promise.all([lock.close(), other.close()]);
  });
  const rows = () =>
    query(
      `SELECT convert_from(key, 'UTF8') AS key, token::text, owner, expires_at::text FROM ${table} ORDER BY key`,
    );

  test('stores a lease as a row, and keeps the row with its token after the release', async () => {
    const lease = await lock.acquire('portfolio:42', LONG);
    const [row] = await query(
      `SELECT token::text, owner, extract(epoch FROM expires_at)::float8 - token / 1e6 AS seconds FROM ${table}`,
    );
    expect(row).toMatchObject({ token: String(lease.fencingToken), owner: expect.any(String) as string });
    // A thousandth longer than its holder relies on. The token is the time of the grant, in µs.
    expect(Number(row!.seconds)).toBeGreaterThan(3603);
    expect(Number(row!.seconds)).toBeLessThan(3700);
    await lease.release();
    expect(await rows()).toMatchObject([
      { key: 'portfolio:42', token: String(lease.fencingToken), owner: null },
    ]);
    expect((await other.acquire('portfolio:42', { waitMs: 0 })).fencingToken > lease.fencingToken).toBe(true);
  });

  test('leaves the next holder alone when an expired lease is extended or released', async () => {
    const lease = await lock.acquire('k', LONG);
    // As if the holder was frozen for a minute.
    await query(`UPDATE ${table} SET expires_at = clock_timestamp()`);
    const next = await other.acquire('k', { ...LONG, waitMs: 0 });
    const before = await rows();
    expect(await rejection(lease.extend())).toMatchObject({ code: 'LEASE_LOST', key: 'k' });
    expect([lease.held, lease.signal.aborted, next.held]).toEqual([false, true, true]);
    await lease.release();
    expect(await rows()).toEqual(before);
  });

  test('does not extend an expired lease, even if nobody has taken the key since', async () => {
    const lease = await lock.acquire('k', LONG);
    await query(`UPDATE ${table} SET expires_at = clock_timestamp()`);
    expect((await rejection(lease.extend())).code).toBe('LEASE_LOST');
  });

  test('issues larger tokens after prune(), and after a token that is ahead of the clock', async () => {
    const lease = await lock.acquire('k', LONG);
    expect(await lock.prune(0)).toBe(0);
    await lease.release();
    expect(await lock.prune()).toBe(0);
    await query(`UPDATE ${table} SET expires_at = expires_at - interval '1 second'`);
    expect(await lock.prune(0)).toBe(1);
    const next = await lock.acquire('k', LONG);
    expect(next.fencingToken > lease.fencingToken).toBe(true);
    await next.release();
    await query(`UPDATE ${table} SET token = 9000000000000000000`);
    expect((await lock.acquire('k', LONG)).fencingToken).toBe(9000000000000000001n);
    expect((await rejection(lock.prune(NaN))).code).toBe('INVALID_ARGUMENT');
  });

  test('acquireMany() takes all keys or none', async () => {
    const one = await other.acquire('b', LONG);
    expect((await rejection(lock.acquireMany(['a', 'b', 'c'], { waitMs: 0 }))).code).toBe('LOCK_TIMEOUT');
    expect(await query(`SELECT FROM ${table} WHERE owner IS NOT NULL`)).toHaveLength(1);
    await one.release();
    const all = await lock.acquireMany(['c', 'a', 'b'], { ...LONG, waitMs: 0 });
    const stored = new Map((await rows()).map(({ key, token }) => [key, BigInt(String(token))]));
    expect(new Map(all.fencingTokens)).toEqual(stored);
    await query(`UPDATE ${table} SET owner = 'somebody' WHERE key = 'b'`);
    expect((await rejection(all.extend())).code).toBe('LEASE_LOST');
    await lock.close();
    expect(await query(`SELECT FROM ${table} WHERE owner IS NOT NULL`)).toHaveLength(1);
  });

  test('keeps 1,000 hostile keys apart, and touches no other row or table', async () => {
    const tables = `SELECT schemaname, tablename FROM pg_tables WHERE schemaname = '${options.schema}' ORDER BY 1, 2`;
    const before = await query(tables);
    await query(`INSERT INTO ${table} VALUES ('foreign', 5, 'somebody', 'infinity')`);
    const keys = [...new Set(fc.sample(hostile, { numRuns: 1500, seed: 7 }))].slice(0, 998);
    keys.push('k'.repeat(5000), `${'k'.repeat(4999)}l`);
    const leases = await lock.acquireMany(keys, { ...LONG, waitMs: 0 });
    expect(leases.fencingTokens.size).toBe(1000);
    expect(await query(`SELECT FROM ${table}`)).toHaveLength(1001);
    for (const key of keys.slice(-20)) {
      expect((await rejection(other.acquire(key, { waitMs: 0 }))).code).toBe('LOCK_TIMEOUT');
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

  test('rejects for good when its table is missing', async () => {
    const missing = new PostgresLock(pool, { ...options, prefix: 'missing_' });
    expect(await rejection(missing.acquire('k'))).toMatchObject({ code: 'LOCK_FAILED', retryable: false });
    await missing.close();
  });

  test('never grants a key twice to contenders for overlapping keys, and its tokens rise', async () => {
    const all = Array.from({ length: 6 }, (_, n) => `key ${n}`);
    const holders = new Set<string>();
    const last = new Map<string, bigint>();
    const contender = async (seed: number): Promise<void> => {
      const own = new PostgresLock(pool, { ...options, retryMs });
      for (const keys of fc.sample(fc.shuffledSubarray(all, { minLength: 1, maxLength: 4 }), {
        numRuns: 15,
        seed,
      })) {
        const lease = await own.acquireMany(keys, { ...LONG, waitMs: 3_600_000 });
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
}

import { inspect } from 'node:util';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { PostgresLock } from '../../src/postgres/postgres-lock.js';
import { rejection } from '../rejection.js';
import { postgresServer } from '../servers/postgres.js';
import { HUNG_AFTER_MS, until } from '../waiting.js';
import { LONG, lockDatabase } from './lock-databases.js';
import { pgStore } from './stores.js';

const SECRET = 'sentinel-secret';
const server = await postgresServer();

describe.skipIf(!server)('PostgresLock on a server', () => {
  if (!server) return;
  const { pool, options, table, query } = lockDatabase('pg_faults', pgStore(server));

  test('abandons a request that waits for a row, and releases what it is granted later', async () => {
    const lock = new PostgresLock(pool, { ...options, callTimeoutMs: 300 });
    const other = new PostgresLock(pool, options);
    await (await other.acquire('k')).release();
    const client = await (pool as pg.Pool).connect();
    await client.query('BEGIN');
    await client.query(`SELECT FROM ${table} FOR UPDATE`);
    expect(await rejection(lock.acquire('k', LONG))).toMatchObject({
      code: 'TIMEOUT',
      retryable: true,
    });
    await client.query('COMMIT');
    client.release();
    expect((await other.acquire('k', { waitMs: HUNG_AFTER_MS })).held).toBe(true);
    await Promise.all([lock.close(), other.close()]);
  });

  test('takes no new key that another has inserted meanwhile, and keeps none of the other keys of the request', async () => {
    const lock = new PostgresLock(pool, options);
    const client = await (pool as pg.Pool).connect();
    await client.query('BEGIN');
    await client.query(
      `INSERT INTO ${table} VALUES (convert_to('new b', 'UTF8'), 1, 'somebody', clock_timestamp() + interval '1 hour')`,
    );
    const asked = rejection(lock.acquireMany(['new a', 'new b'], { waitMs: 0 }));
    const blocked = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%${options.schema}%'`;
    await until('the request waits for the row', async () => (await query(blocked)).length > 0);
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

  test('keeps its leases when its connections break, because it has no session state', async () => {
    const connectionString = `${server.url}?application_name=cut_${process.pid}`;
    const own = new pg.Pool({ connectionString, max: 4 });
    const lock = new PostgresLock(own, options);
    const lease = await lock.acquire('cut', LONG);
    const mine = `FROM pg_stat_activity WHERE application_name = 'cut_${process.pid}'`;
    expect(await query(`SELECT state ${mine}`)).toEqual([{ state: 'idle' }]);
    expect(await query(`SELECT l.locktype FROM pg_locks l JOIN (SELECT pid ${mine}) a USING (pid)`)).toEqual(
      [],
    );
    await query(`SELECT pg_terminate_backend(pid) ${mine}`);
    await until('the pool knows', () => own.totalCount === 0);
    await lease.extend();
    expect(lease.held).toBe(true);
    await lock.close();
    await own.end();
  });

  test('never shows the password of the pool in an error, lease or lock', async () => {
    const url = server.url.replace(/\/\/[^@]*@/, `//nobody:${SECRET}@`);
    const own = new pg.Pool({ connectionString: url });
    const lock = new PostgresLock(own, options);
    const error = await rejection(lock.acquire('k'));
    for (const each of [error, lock, lock.stats()]) {
      expect(inspect(each, { depth: 10, showHidden: true })).not.toContain(SECRET);
    }
    expect(error.code).toBe('LOCK_FAILED');
    await lock.close();
    expect((own as unknown as NodeJS.EventEmitter).listenerCount('error')).toBe(0);
    await own.end();
  });
});

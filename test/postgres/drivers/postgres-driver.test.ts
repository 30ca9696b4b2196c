import { inspect } from 'node:util';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import postgres from 'postgres';
import { expect, test } from 'vitest';
import { postgresClient } from '../../../src/postgres/drivers/postgres-driver.js';
import type { PostgresPool } from '../../../src/postgres/drivers/postgres-pool.js';

const lite = PGlite.prototype as PGlite;

test.each<[string, () => PostgresPool]>([
  ['pg', () => new pg.Pool()],
  ['postgres.js', () => postgres({ host: '127.0.0.1', max: 1 })],
  ['pglite', () => lite],
])('recognizes a pool of %s', (kind, make) => {
  const client = postgresClient(make(), 'test');
  expect(client.kind).toBe(kind);
  client.close();
});

test.each<[string, unknown]>([
  ['a single pg.Client', new pg.Client()],
  ['a connection string', 'postgres://user:sentinel-secret@127.0.0.1/db'],
  ['nothing', undefined],
  ['null', null],
  ['a plain object', {}],
  ['a function', () => undefined],
])('rejects %s with INVALID_ARGUMENT', (_, given) => {
  let error: unknown;
  try {
    postgresClient(given as PostgresPool, 'here: pool');
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
  expect(String(error)).toMatch(/here: pool: expected a pg\.Pool/);
  expect(inspect(error)).not.toMatch(/sentinel-secret/);
});

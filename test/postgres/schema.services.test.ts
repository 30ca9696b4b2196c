import { expect, test } from 'vitest';
import { migrate } from '../../src/postgres/schema.js';
import { postgresServer } from '../servers/postgres.js';
import { pgStore } from './stores.js';

const server = await postgresServer();

test.skipIf(!server)('eight migrate() calls at once apply each migration once', async () => {
  const schema = `tickmark_test_at_once_${process.pid}`;
  const stores = Array.from({ length: 8 }, () => pgStore(server!, { max: 1 }));
  try {
    const applied = await Promise.all(stores.map(({ pool }) => migrate(pool, { schema })));
    expect(applied.flat()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  } finally {
    await stores[0]!.sql(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    await Promise.all(stores.map(({ end }) => end()));
  }
});

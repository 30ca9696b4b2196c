import { expect, test } from 'vitest';
import { migrate } from '../../src/postgres/schema.js';
import { shardIndexSql } from '../../src/postgres/shard-index.js';
import { sharedPglite } from './empty-pglite.js';

test('creates the index for another number of shards, also if it is there', async () => {
  const database = sharedPglite();
  const options = { schema: 'spread', prefix: 'Acme_' };
  await migrate(database, options);
  for (let round = 0; round < 2; round++) await database.exec(shardIndexSql(1024, options));
  const { rows } = await database.query(
    `SELECT indexdef FROM pg_indexes WHERE schemaname = 'spread' AND indexname = 'Acme_portfolios_shard_1024'`,
  );
  expect(rows).toHaveLength(1);
  expect(JSON.stringify(rows)).toContain('((shard_hash % 1024)), id)');
});

test.each([0, 65_537, 1.5])('refuses %d shards', (count) => {
  expect(() => shardIndexSql(count)).toThrow(
    'shardIndexSql: shardCount: expected a whole number from 1 to 65536',
  );
});

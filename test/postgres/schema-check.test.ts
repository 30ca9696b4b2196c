import { describe, expect, test } from 'vitest';
import { migrate, migrationSql } from '../../src/postgres/schema.js';
import { SLOW_TEST_MS } from '../waiting.js';
import { sharedPglite } from './empty-pglite.js';

const database = sharedPglite();

async function definitions(schema: string): Promise<unknown> {
  const text = `SELECT viewname, definition FROM pg_views WHERE schemaname = $1
UNION ALL SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = $1 ORDER BY 1`;
  return (await database.query(text, [schema])).rows;
}

describe('migrate() on an incomplete schema', { timeout: SLOW_TEST_MS }, () => {
  test('creates missing views and indexes again, exactly as before', async () => {
    const schema = 'repaired';
    await migrate(database, { schema });
    const before = await definitions(schema);
    await database.exec(`
DROP VIEW ${schema}.tickmark_position_values, ${schema}.tickmark_portfolio_values, ${schema}.tickmark_cash_balances;
DROP INDEX ${schema}.tickmark_positions_symbol, ${schema}.tickmark_entries_at;`);
    expect(await definitions(schema)).not.toEqual(before);
    expect(await migrate(database, { schema })).toEqual([]);
    expect(await definitions(schema)).toEqual(before);
  });

  test.each(['portfolios', 'positions', 'valuations', 'prices', 'day_closes', 'day_results', 'leases'])(
    'fails if the table %s is missing, and names it',
    async (table) => {
      const schema = `lost_${table}`;
      await migrate(database, { schema });
      await database.exec(`DROP TABLE ${schema}.tickmark_${table} CASCADE`);
      await expect(migrate(database, { schema })).rejects.toMatchObject({
        code: 'REPOSITORY_FAILED',
        retryable: false,
        message: expect.stringContaining(`changed: "${schema}"."tickmark_${table}". Restore`) as string,
      });
    },
  );

  test('fails if a column or a primary key is missing, and names each', async () => {
    const schema = 'narrowed';
    await migrate(database, { schema });
    await database.exec(`
ALTER TABLE ${schema}.tickmark_portfolios DROP COLUMN recent_saves;
ALTER TABLE ${schema}.tickmark_prices DROP CONSTRAINT tickmark_prices_pkey;`);
    await expect(migrate(database, { schema })).rejects.toThrow(
      `"${schema}"."tickmark_portfolios".recent_saves, the primary key of "${schema}"."tickmark_prices"`,
    );
  });

  test('fails if a view was replaced by another one, and leaves it alone', async () => {
    const schema = 'replaced';
    await migrate(database, { schema });
    await database.exec(`
DROP VIEW ${schema}.tickmark_cash_balances; CREATE VIEW ${schema}.tickmark_cash_balances AS SELECT 1 AS mine;`);
    const before = await definitions(schema);
    await expect(migrate(database, { schema })).rejects.toThrow(/"tickmark_cash_balances" \(.*Restore/);
    expect(await definitions(schema)).toEqual(before);
  });

  test('requires only the columns that the migrations create', async () => {
    const schema = 'whole';
    await database.exec(migrationSql({ schema, prefix: 'Own_' }));
    expect(await migrate(database, { schema, prefix: 'Own_' })).toEqual([]);
  });
});

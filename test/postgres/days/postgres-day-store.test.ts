import { beforeAll, describe, expect, test } from 'vitest';
import { sampleClose, sampleResult } from '../../../src/conformance/day-store/sample-days.js';
import { Decimal } from '../../../src/core/money/decimal.js';
import { DayCloseStatements } from '../../../src/postgres/days/day-close-statements.js';
import { PostgresDayStore } from '../../../src/postgres/days/postgres-day-store.js';
import { migrate } from '../../../src/postgres/schema.js';
import { tableNames } from '../../../src/postgres/table-names.js';
import { rejection } from '../../rejection.js';
import { SLOW_TEST_MS } from '../../waiting.js';
import { sharedPglite } from '../empty-pglite.js';

const database = sharedPglite();

describe('days in PostgreSQL', { timeout: SLOW_TEST_MS }, () => {
  beforeAll(async () => void (await migrate(database)), SLOW_TEST_MS);

  test('are rows that SQL can read', async () => {
    const store = new PostgresDayStore(database);
    const given = { currency: 'USD', accrued: Decimal.from('0.25'), source: 'official' as const };
    await store.saveCloses([sampleClose('AAPL', '271.49', given), sampleClose('EURUSD', '1.0875')]);
    await store.saveResults([sampleResult('pension', '-12.5', { officialCloses: 2 })]);
    const closes = `SELECT symbol, date + 1 AS next, price * 2 AS twice, currency, accrued, source FROM tickmark_day_closes`;
    expect((await database.query(`${closes} ORDER BY symbol`)).rows).toEqual([
      { symbol: 'AAPL', next: new Date('2026-01-07'), twice: '542.98', ...given, accrued: '0.25' },
      {
        symbol: 'EURUSD',
        next: new Date('2026-01-07'),
        twice: '2.1750',
        currency: null,
        accrued: null,
        source: 'recorded',
      },
    ]);
    const sums = `SELECT currency, sum(pnl) AS pnl FROM tickmark_day_results WHERE date >= '2026-01-01' GROUP BY currency`;
    expect((await database.query(sums)).rows).toEqual([{ currency: 'USD', pnl: '-12.5' }]);
  });

  test('have the same dates whatever style the database has', async () => {
    const store = new PostgresDayStore(database);
    await store.saveResults([sampleResult('styled', 1)]);
    await database.exec(`SET datestyle = 'German, DMY'`);
    const [loaded] = await store.loadResults('styled', { from: '2026-01-06', to: '2026-01-06' });
    await database.exec('RESET datestyle');
    expect(loaded!.date).toBe('2026-01-06');
  });

  test('are found by index, however many there are', async () => {
    await database.exec(`
INSERT INTO tickmark_day_closes (calendar, date, symbol, price, closed_at, source)
SELECT 'many', date '2026-01-01' + n % 200, 'S' || n, 1, 0, 'recorded' FROM generate_series(1, 20000) n; ANALYZE tickmark_day_closes`);
    const { load } = new DayCloseStatements(tableNames({}, 'test'));
    const plan = await database.query(`EXPLAIN ${load.replace('$1', `'{many}'`).replace('$2', '2')}`);
    expect(JSON.stringify(plan.rows)).not.toContain('Seq Scan');
    expect(await new PostgresDayStore(database).loadCloses(['many'], 2)).toHaveLength(200);
  });

  test('need migrate(), and the error asks for it', async () => {
    const error = await rejection(new PostgresDayStore(database, { schema: 'nowhere' }).loadCloses(['X'], 1));
    expect(error).toMatchObject({ code: 'REPOSITORY_FAILED', retryable: false });
    expect(error.message).toContain('Call migrate() of tickmark/postgres first');
  });
});

import { afterEach, expect, test } from 'vitest';
import {
  samplePortfolio,
  samplePrice,
  sampleValuation,
} from '../../src/conformance/portfolio-repository/sample-data.js';
import { inversePerpetual } from '../../src/core/instruments/instrument-presets.js';
import { STREAMED_FIGURES } from '../../src/core/portfolio/figures/portfolio-totals.js';
import { Portfolio } from '../../src/core/portfolio/portfolio.js';
import { SqliteInstrumentStore } from '../../src/sqlite/instruments/sqlite-instrument-store.js';
import { migrate } from '../../src/sqlite/schema.js';
import type { SqliteDatabase } from '../../src/sqlite/sqlite-database.js';
import { SqlitePortfolioRepository } from '../../src/sqlite/sqlite-portfolio-repository.js';
import { columnOf } from '../../src/sqlite/statements/valuation-statements.js';
import { rejection } from '../rejection.js';
import { newSqliteFile, openSqlite, type SqliteHandle } from '../servers/sqlite.js';
import { eachDriver } from './stores.js';

eachDriver('migrate() of SQLite', (driver) => {
  const closings: (() => void)[] = [];
  afterEach(() => closings.splice(0).forEach((close) => close()));
  const open = (file: string): SqliteHandle => {
    const handle = openSqlite(driver, file);
    closings.push(() => handle.close());
    return handle;
  };
  const rowsOf = (handle: SqliteHandle, sql: string) =>
    handle.prepare(sql).all() as Record<string, unknown>[];

  test('applies each migration once, and keeps what is stored', async () => {
    const file = newSqliteFile();
    const handle = open(file);
    expect(await migrate(handle)).toEqual([1]);
    await new SqlitePortfolioRepository(handle).save(samplePortfolio('p'));
    expect(await migrate(handle)).toEqual([]);
    expect(await migrate(open(file))).toEqual([]);
    expect((await new SqlitePortfolioRepository(handle).load('p'))!.version).toBe(1);
  });

  test('sets the file to write-ahead logging, and leaves a database in memory as it is', async () => {
    const handle = open(newSqliteFile());
    await migrate(handle);
    expect(rowsOf(handle, 'PRAGMA journal_mode')).toMatchObject([{ journal_mode: 'wal' }]);
    const memory = open(':memory:');
    expect(await migrate(memory)).toEqual([1]);
    expect((await new SqlitePortfolioRepository(memory).save(samplePortfolio('p'))).version).toBe(1);
  });

  test('waits for another process, and gives up after busyTimeoutMs with nothing created', async () => {
    const file = newSqliteFile();
    const other = open(file);
    other.exec('CREATE TABLE notes (text TEXT); BEGIN EXCLUSIVE');
    const handle = open(file);
    const error = await rejection(migrate(handle, { busyTimeoutMs: 1 }));
    expect(error).toMatchObject({ code: 'REPOSITORY_FAILED', retryable: true });
    expect(error.message).toMatch(/^migrate\(\) failed: .*\(SQLITE_BUSY\)$/);
    other.exec('ROLLBACK');
    expect(await migrate(handle)).toEqual([1]);
  });

  test('waits where SQLite itself does not: two processes that change the journal at once', async () => {
    const handle = open(newSqliteFile());
    let refusals = 0;
    const contended: SqliteDatabase = {
      exec(sql) {
        if (sql === 'PRAGMA journal_mode = WAL' && refusals++ < 2)
          throw Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' });
        return handle.exec(sql);
      },
      prepare: (sql) => handle.prepare(sql),
    };
    expect(await migrate(contended)).toEqual([1]);
    expect(refusals).toBe(3);
  });

  test.each([
    ['a repository', (handle: SqliteHandle) => new SqlitePortfolioRepository(handle).load('p'), 'load()'],
    [
      'a store of instruments',
      (handle: SqliteHandle) => new SqliteInstrumentStore(handle).loadInstruments(),
      'loadInstruments()',
    ],
  ])('is what %s asks for before it was called', async (_, call, what) => {
    const error = await rejection(call(open(newSqliteFile())));
    expect(error).toMatchObject({ code: 'REPOSITORY_FAILED', retryable: false });
    expect(error.message).toBe(
      `${what} failed: the database has no table "tickmark_portfolios". Call migrate(database) of tickmark/sqlite first.`,
    );
  });

  test('refuses a file that a newer version has written, as does a repository, and changes nothing', async () => {
    const handle = open(newSqliteFile());
    await migrate(handle);
    const repository = new SqlitePortfolioRepository(handle);
    await repository.save(samplePortfolio('p'));
    handle.exec('INSERT INTO tickmark_migrations (version) VALUES (7); PRAGMA journal_mode = DELETE');
    for (const call of [migrate(handle), repository.load('p'), repository.save(samplePortfolio('q'))]) {
      const error = await rejection(call);
      expect(error).toMatchObject({ code: 'REPOSITORY_FAILED', retryable: false });
      expect(error.message).toMatch(
        /a newer version of tickmark wrote this database \(migration 7; this one knows 1\)/,
      );
    }
    expect(rowsOf(handle, 'SELECT id FROM tickmark_portfolios')).toMatchObject([{ id: 'p' }]);
    expect(rowsOf(handle, 'PRAGMA journal_mode')).toMatchObject([{ journal_mode: 'delete' }]);
  });

  test('asks for an upgrade of a file that an older version has written', async () => {
    const handle = open(newSqliteFile());
    await migrate(handle);
    handle.exec('UPDATE tickmark_migrations SET version = -1');
    const error = await rejection(new SqlitePortfolioRepository(handle).load('p'));
    expect(error.message).toMatch(/are of migration -1, and this version of tickmark needs 1. Call migrate/);
  });

  test('keeps sets of tables with different prefixes apart', async () => {
    const handle = open(newSqliteFile());
    await migrate(handle, { prefix: 'a_' });
    await migrate(handle, { prefix: 'b_' });
    const [a, b] = ['a_', 'b_'].map((prefix) => new SqlitePortfolioRepository(handle, { prefix }));
    await a!.save(samplePortfolio('p'));
    expect(await b!.load('p')).toBeNull();
    expect((await rejection(new SqlitePortfolioRepository(handle).load('p'))).message).toMatch(/migrate\(/);
  });

  test('creates a view of totals with a column for each figure', async () => {
    const handle = open(newSqliteFile());
    await migrate(handle);
    const repository = new SqlitePortfolioRepository(handle);
    for (const id of ['old', 'p', 'part']) await repository.save(samplePortfolio(id));
    const later = { liveUntil: 4_000_000_000_000, dayPnl: null };
    await repository.saveValuations([
      sampleValuation('old'),
      sampleValuation('p', later),
      sampleValuation('part', { ...later, complete: false, unpriced: ['TSLA'] }),
    ]);
    await repository.save(samplePortfolio('old').withVersion(1));
    const [old, p, part] = rowsOf(handle, 'SELECT * FROM tickmark_portfolio_values ORDER BY portfolio_id');
    const figures = STREAMED_FIGURES.map((name) => [
      columnOf(name),
      sampleValuation('old')[name]!.toString(),
    ]);
    expect(old).toMatchObject(Object.fromEntries(figures) as object);
    expect(old).toMatchObject({
      version: 1,
      is_current: 0,
      grade: 'stale',
      valued_at: '2023-11-14T22:13:20.005Z',
    });
    expect(p).toMatchObject({ is_current: 1, grade: 'live', day_pnl: null, missing: null });
    expect(part).toMatchObject({ grade: 'missing', missing: '{"unpriced":["TSLA"],"unconverted":[]}' });
  });

  test('creates a view of positions at the last price', async () => {
    const handle = open(newSqliteFile());
    await migrate(handle);
    const repository = new SqlitePortfolioRepository(handle);
    await repository.save(samplePortfolio('p'));
    await repository.savePrices([
      samplePrice('AAPL', '187.20', 1_700_000_000_000, { liveUntil: null, currency: 'USD' }),
    ]);
    const [aapl, tsla] = rowsOf(handle, 'SELECT * FROM tickmark_position_values ORDER BY symbol');
    expect(aapl).toMatchObject({
      portfolio_id: 'p',
      quantity: '10',
      price: '187.2',
      about_market_value: 1872,
      about_unrealized_pnl: 369.5,
      grade: 'live',
      price_time: '2023-11-14T22:13:20.000Z',
    });
    expect(tsla).toMatchObject({ price: null, about_market_value: null, grade: 'missing' });
    const perpetual = inversePerpetual({ symbol: 'BTC-PERP', currency: 'USD', settlementCurrency: 'BTC' });
    const coins = Portfolio.create({
      id: 'coins',
      currency: 'USD',
      instruments: [perpetual],
      positions: [{ symbol: 'BTC-PERP', quantity: 100, averageCost: 50_000 }],
    });
    await repository.save(coins);
    await repository.savePrices([samplePrice('BTC-PERP', 50_000, 1_700_000_000_000, { currency: 'USD' })]);
    // Worth 100 / 50,000 coins.
    expect(rowsOf(handle, `SELECT * FROM tickmark_position_values WHERE symbol = 'BTC-PERP'`)).toMatchObject([
      { quantity: '100', currency: 'BTC', price: '50000', about_market_value: null },
    ]);
    await repository.savePrices([samplePrice('TSLA', 200, 1_700_000_000_000, { currency: 'EUR' })]);
    expect(rowsOf(handle, `SELECT * FROM tickmark_position_values WHERE symbol = 'TSLA'`)).toMatchObject([
      { price: '200', price_currency: 'EUR', about_market_value: null, grade: 'stale' },
    ]);
  });
});

import { afterEach, expect, test } from 'vitest';
import {
  plain,
  samplePortfolio,
  sampleValuation,
} from '../../src/conformance/portfolio-repository/sample-data.js';
import { STREAMED_FIGURES, mapFigures } from '../../src/core/portfolio/figures/portfolio-totals.js';
import { MIGRATIONS } from '../../src/sqlite/migrations/migrations.js';
import { columnOf } from '../../src/sqlite/statements/valuation-statements.js';
import { tableNames } from '../../src/sqlite/table-names.js';
import { SqliteDayStore } from '../../src/sqlite/days/sqlite-day-store.js';
import { SqliteInstrumentStore } from '../../src/sqlite/instruments/sqlite-instrument-store.js';
import { migrateSqlite } from '../../src/sqlite/schema.js';
import type { SqliteDatabase } from '../../src/sqlite/sqlite-database.js';
import { SqlitePortfolioRepository } from '../../src/sqlite/sqlite-portfolio-repository.js';
import { rejection } from '../rejection.js';
import { newSqliteFile, openSqlite, type SqliteHandle } from '../servers/sqlite.js';
import { eachDriver } from './stores.js';

eachDriver('migrateSqlite()', (driver) => {
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
    expect(await migrateSqlite(handle)).toEqual([1, 2, 3, 4, 5]);
    await new SqlitePortfolioRepository(handle).save(samplePortfolio('p'));
    expect(await migrateSqlite(handle)).toEqual([]);
    expect(await migrateSqlite(open(file))).toEqual([]);
    expect((await new SqlitePortfolioRepository(handle).load('p'))!.version).toBe(1);
  });

  test('sets the file to write-ahead logging, and leaves a database in memory as it is', async () => {
    const handle = open(newSqliteFile());
    await migrateSqlite(handle);
    expect(rowsOf(handle, 'PRAGMA journal_mode')).toMatchObject([{ journal_mode: 'wal' }]);
    const memory = open(':memory:');
    expect(await migrateSqlite(memory)).toEqual([1, 2, 3, 4, 5]);
    expect((await new SqlitePortfolioRepository(memory).save(samplePortfolio('p'))).version).toBe(1);
  });

  test('waits for another process, and gives up after busyTimeoutMs with nothing created', async () => {
    const file = newSqliteFile();
    const other = open(file);
    other.exec('CREATE TABLE notes (text TEXT); BEGIN EXCLUSIVE');
    const handle = open(file);
    const error = await rejection(migrateSqlite(handle, { busyTimeoutMs: 1 }));
    expect(error).toMatchObject({ code: 'REPOSITORY_FAILED', retryable: true });
    expect(error.message).toMatch(/^migrateSqlite\(\) failed: .*\(SQLITE_BUSY\)$/);
    other.exec('ROLLBACK');
    expect(await migrateSqlite(handle)).toEqual([1, 2, 3, 4, 5]);
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
    expect(await migrateSqlite(contended)).toEqual([1, 2, 3, 4, 5]);
    expect(refusals).toBe(3);
  });

  test('creates nothing where it fails half-way', async () => {
    const handle = open(newSqliteFile());
    handle.exec('CREATE TABLE tickmark_prices (mine TEXT)');
    const error = await rejection(migrateSqlite(handle));
    expect(error).toMatchObject({ code: 'REPOSITORY_FAILED', retryable: false });
    expect(error.message).toMatch(/^migrateSqlite\(\) failed: .*tickmark_prices.* already exists/);
    expect(rowsOf(handle, 'SELECT name FROM sqlite_master')).toMatchObject([{ name: 'tickmark_prices' }]);
    handle.exec('DROP TABLE tickmark_prices');
    expect(await migrateSqlite(handle)).toEqual([1, 2, 3, 4, 5]);
  });

  test.each([
    ['a repository', (handle: SqliteHandle) => new SqlitePortfolioRepository(handle).load('p'), 'load()'],
    [
      'a store of instruments',
      (handle: SqliteHandle) => new SqliteInstrumentStore(handle).loadInstruments(),
      'loadInstruments()',
    ],
    [
      'a store of days',
      (handle: SqliteHandle) => new SqliteDayStore(handle).loadCloses(['X'], 1),
      'loadCloses()',
    ],
  ])('is what %s asks for before it was called', async (_, call, what) => {
    const error = await rejection(call(open(newSqliteFile())));
    expect(error).toMatchObject({ code: 'REPOSITORY_FAILED', retryable: false });
    expect(error.message).toBe(
      `${what} failed: the database has no table "tickmark_portfolios". Call migrateSqlite(database) of tickmark/sqlite first.`,
    );
  });

  test('refuses a file that a newer version has written, as does a repository, and changes nothing', async () => {
    const handle = open(newSqliteFile());
    await migrateSqlite(handle);
    const repository = new SqlitePortfolioRepository(handle);
    await repository.save(samplePortfolio('p'));
    handle.exec('INSERT INTO tickmark_migrations (version) VALUES (7); PRAGMA journal_mode = DELETE');
    for (const call of [migrateSqlite(handle), repository.load('p'), repository.save(samplePortfolio('q'))]) {
      const error = await rejection(call);
      expect(error).toMatchObject({ code: 'REPOSITORY_FAILED', retryable: false });
      expect(error.message).toMatch(
        /a newer version of tickmark wrote this database \(migration 7; this one knows 5\)/,
      );
    }
    expect(rowsOf(handle, 'SELECT id FROM tickmark_portfolios')).toMatchObject([{ id: 'p' }]);
    expect(rowsOf(handle, 'PRAGMA journal_mode')).toMatchObject([{ journal_mode: 'delete' }]);
  });

  test('asks for an upgrade of a file that an older version has written', async () => {
    const handle = open(newSqliteFile());
    await migrateSqlite(handle);
    handle.exec('UPDATE tickmark_migrations SET version = version - 6');
    const error = await rejection(new SqlitePortfolioRepository(handle).load('p'));
    expect(error.message).toMatch(/are of migration -1, and this version of tickmark needs 5. Call migrate/);
  });

  test('leaves exposures of stored totals unknown until a portfolio is valued again at the same prices', async () => {
    const handle = open(newSqliteFile());
    const names = tableNames({}, 'test');
    handle.exec(`CREATE TABLE ${names.migrations} (version INTEGER PRIMARY KEY, applied_at TEXT)`);
    for (const [index, statements] of MIGRATIONS.slice(0, 3).entries())
      handle.exec(`${statements(names)}; INSERT INTO ${names.migrations} (version) VALUES (${index + 1})`);
    const { priceOrder, valuedAt, priceTime, liveUntil, receivedAt } = sampleValuation('p');
    const older = STREAMED_FIGURES.slice(0, STREAMED_FIGURES.indexOf('longExposure'));
    const figures = older.map((name) => `'${sampleValuation('p')[name]!.toString()}'`);
    handle.exec(`
INSERT INTO ${names.portfolios} (id, version, currency, terms, changed, deleted)
  VALUES ('p', 1, 'USD', '{"costMethod":"average","tags":{},"instruments":[]}', 1, 0);
INSERT INTO ${names.valuations} (portfolio_id, version, price_order, basis, valued_at, price_time, received_at, live_until, currency,
    complete, priced_market_value, ${older.map(columnOf).join(', ')})
  VALUES ('p', 1, '${priceOrder}', '', ${valuedAt}, ${priceTime}, ${receivedAt}, ${liveUntil}, 'USD', 1, '1040.55', ${figures.join(', ')})`);
    expect(await migrateSqlite(handle)).toEqual([4, 5]);
    const repository = new SqlitePortfolioRepository(handle);
    const unknown = mapFigures((name) => (older.includes(name) ? sampleValuation('p')[name] : null));
    expect((await repository.loadValuations(['p'])).map(plain)).toEqual([
      plain(sampleValuation('p', unknown)),
    ]);
    const view = 'SELECT equity, long_exposure, leverage FROM tickmark_portfolio_values';
    expect(rowsOf(handle, view)).toMatchObject([{ equity: '2043.77', long_exposure: null, leverage: null }]);
    expect(await repository.saveValuations([sampleValuation('p')])).toEqual(['saved']);
    expect((await repository.loadValuations(['p'])).map(plain)).toEqual([plain(sampleValuation('p'))]);
  });

  test('keeps sets of tables with different prefixes apart', async () => {
    const handle = open(newSqliteFile());
    await migrateSqlite(handle, { prefix: 'a_' });
    await migrateSqlite(handle, { prefix: 'b_' });
    const [a, b] = ['a_', 'b_'].map((prefix) => new SqlitePortfolioRepository(handle, { prefix }));
    await a!.save(samplePortfolio('p'));
    expect(await b!.load('p')).toBeNull();
    expect((await rejection(new SqlitePortfolioRepository(handle).load('p'))).message).toMatch(
      /migrateSqlite\(/,
    );
  });
});

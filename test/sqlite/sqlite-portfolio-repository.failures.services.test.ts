import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import {
  samplePortfolio,
  samplePrice,
  sampleValuation,
} from '../../src/conformance/portfolio-repository/sample-data.js';
import type { PortfolioRepository } from '../../src/core/portfolio/portfolio-repository.js';
import { migrateSqlite } from '../../src/sqlite/schema.js';
import { SqlitePortfolioRepository } from '../../src/sqlite/sqlite-portfolio-repository.js';
import { rejection } from '../rejection.js';
import { newSqliteFile, openSqlite } from '../servers/sqlite.js';
import { eachDriver, freshRepository } from './stores.js';

const FAILED = { name: 'RepositoryError', code: 'REPOSITORY_FAILED' };

/** One call of each method that rejects when the store fails. */
const CALLS: Readonly<Record<string, (repository: Required<PortfolioRepository>) => Promise<unknown>>> = {
  load: (repository) => repository.load('p'),
  loadMany: (repository) => repository.loadMany(['p']),
  findHolders: (repository) => repository.findHolders('AAPL'),
  stream: (repository) => repository.stream()[Symbol.asyncIterator]().next(),
  save: (repository) => repository.save(samplePortfolio('new')),
  delete: (repository) => repository.delete('p', 1),
  changesSince: (repository) => repository.changesSince(null),
  saveValuations: (repository) => repository.saveValuations([sampleValuation('p')]),
  loadValuations: (repository) => repository.loadValuations(['p']),
  savePrices: (repository) => repository.savePrices([samplePrice('A', 1)]),
  loadPrices: (repository) => repository.loadPrices(),
};
const WRITES = ['save', 'delete', 'saveValuations', 'savePrices'];

eachDriver('a failure of SQLite', (driver) => {
  const closings: (() => void)[] = [];
  afterEach(() => closings.splice(0).forEach((close) => close()));
  const fresh = async (options = {}) => {
    const store = await freshRepository(driver, options);
    closings.push(store.close);
    return store;
  };

  test('in the middle of a save leaves everything as it was', async () => {
    const { repository, handle, rows } = await fresh();
    const before = await repository.save(samplePortfolio('p'));
    const { cursor } = await repository.changesSince(null);
    handle.exec(`CREATE TRIGGER refuse BEFORE INSERT ON tickmark_entries WHEN NEW.id = 'bad'
      BEGIN SELECT RAISE(ABORT, 'not today'); END`);
    const changed = before.buy('AAPL', 1, 200, { id: 'good' }).deposit(1, 'EUR', { id: 'bad' });
    const error = await rejection(repository.save(changed));
    expect(error).toMatchObject({ ...FAILED, retryable: false });
    expect(error.message).toMatch(/^save\(\) failed: not today \(SQLITE_CONSTRAINT/);
    expect((await repository.load('p'))!.toSnapshot()).toEqual(before.toSnapshot());
    expect(rows(`SELECT 1 FROM tickmark_entries WHERE id = 'good'`)).toEqual([]);
    expect(rows(`SELECT quantity FROM tickmark_positions WHERE symbol = 'AAPL'`)).toMatchObject([
      { quantity: '10' },
    ]);
    expect(await repository.changesSince(cursor)).toEqual({ cursor, portfolios: [], isReset: false });
    handle.exec('DROP TRIGGER refuse');
    expect((await repository.save(changed)).version).toBe(2);
  });

  test('with one portfolio of a set does not keep the others from being saved', async () => {
    const { repository, handle } = await fresh();
    handle.exec(`CREATE TRIGGER refuse BEFORE INSERT ON tickmark_positions WHEN NEW.portfolio_id = 'b' AND NEW.symbol = 'TSLA'
      BEGIN SELECT RAISE(ABORT, 'not today'); END`);
    const outcomes = await repository.saveMany(['a', 'b', 'c'].map((id) => samplePortfolio(id)));
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['saved', 'failed', 'saved']);
    expect(outcomes[1]).toMatchObject({
      error: { ...FAILED, message: expect.stringMatching(/not today/) as string },
    });
    expect((await repository.loadMany(['a', 'b', 'c'])).map(({ id }) => id)).toEqual(['a', 'c']);
    expect(await repository.findHolders('AAPL')).toEqual(['a', 'c']);
  });

  test('that takes back the whole set makes all of it fail', async () => {
    const { repository, handle } = await fresh();
    handle.exec(`CREATE TRIGGER refuse BEFORE INSERT ON tickmark_portfolios WHEN NEW.id = 'b'
      BEGIN SELECT RAISE(ROLLBACK, 'not today'); END`);
    const outcomes = await repository.saveMany(['a', 'b', 'c'].map((id) => samplePortfolio(id)));
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'failed']);
    expect(outcomes[0]).toMatchObject({ error: { message: expect.stringMatching(/not today/) as string } });
    expect(await repository.loadMany(['a', 'b', 'c'])).toEqual([]);
  });

  test('by a full disk stores nothing of the call, and the next one succeeds when there is room', async () => {
    const { repository, handle, rows } = await fresh();
    await repository.save(samplePortfolio('p'));
    const [pages] = rows('PRAGMA page_count');
    handle.exec(`PRAGMA max_page_count = ${String(pages!.page_count)}`);
    const prices = Array.from({ length: 2_000 }, (_, n) => samplePrice(`S${n}`, 1));
    const error = await rejection(repository.savePrices(prices));
    expect(error).toMatchObject({ ...FAILED, retryable: true });
    expect(error.message).toMatch(/SQLITE_FULL/);
    expect(await repository.loadPrices()).toEqual([]);
    const many = Array.from({ length: 500 }, (_, n) => samplePortfolio(`q${n}`));
    const outcomes = await repository.saveMany(many);
    const stored = (await repository.loadMany(many.map(({ id }) => id))).map(({ id }) => id);
    expect(outcomes.flatMap((each) => (each.outcome === 'saved' ? each.portfolio.id : []))).toEqual(stored);
    expect(outcomes.some(({ outcome }) => outcome === 'failed')).toBe(true);
    handle.exec('PRAGMA max_page_count = 1000000');
    await repository.savePrices(prices);
    expect(await repository.loadPrices()).toHaveLength(2_000);
  });

  test.each(Object.keys(CALLS))('by a closed handle makes %s() reject, for good', async (name) => {
    const { repository, close } = await fresh();
    await repository.load('p');
    close();
    expect(await rejection(CALLS[name]!(repository))).toMatchObject({ ...FAILED, retryable: false });
    expect(await repository.saveMany([samplePortfolio('x')])).toMatchObject([
      { outcome: 'failed', error: FAILED },
    ]);
  });

  test.each(WRITES)(
    'by another writer makes %s() reject after busyTimeoutMs, and reads go on',
    async (name) => {
      const { repository, open } = await fresh({ busyTimeoutMs: 1 });
      await repository.save(samplePortfolio('p'));
      const other = open();
      other.exec('BEGIN IMMEDIATE');
      const error = await rejection(CALLS[name]!(repository));
      expect(error).toMatchObject({ ...FAILED, retryable: true });
      expect(error.message).toMatch(/database is locked \(SQLITE_BUSY\)$/);
      expect(await repository.saveMany([samplePortfolio('x')])).toMatchObject([
        { outcome: 'failed', error: { ...FAILED, retryable: true } },
      ]);
      expect((await repository.load('p'))!.version).toBe(1);
      other.exec('ROLLBACK');
      await CALLS[name]!(repository);
    },
  );

  test('by a transaction that the application has left open leaves that transaction alone', async () => {
    const { repository, handle, rows } = await fresh();
    handle.exec('CREATE TABLE notes (text TEXT); BEGIN; INSERT INTO notes VALUES (1)');
    const error = await rejection(repository.save(samplePortfolio('p')));
    expect(error).toMatchObject(FAILED);
    expect(error.message).toMatch(/transaction/);
    handle.exec('COMMIT');
    expect(rows('SELECT text FROM notes')).toHaveLength(1);
    expect((await repository.save(samplePortfolio('p'))).version).toBe(1);
  });

  test('by damaged pages makes calls reject, for good', async () => {
    const { repository, handle, file, close } = await fresh();
    await repository.save(samplePortfolio('p'));
    handle.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    close();
    const bytes = readFileSync(file);
    // All but the first page, which has the schema.
    writeFileSync(file, bytes.fill(0xff, 4096));
    const damaged = openSqlite(driver, file);
    closings.push(() => damaged.close());
    const error = await rejection(new SqlitePortfolioRepository(damaged).save(samplePortfolio('q')));
    expect(error).toMatchObject({ ...FAILED, retryable: false });
    expect(error.message).toMatch(/malformed \(SQLITE_CORRUPT/);
  });

  test('by a file that is no database makes all calls reject, for good', async () => {
    const file = newSqliteFile();
    writeFileSync(file, 'portfolios, as CSV\n'.repeat(1_000));
    const handle = openSqlite(driver, file);
    closings.push(() => handle.close());
    const repository = new SqlitePortfolioRepository(handle);
    for (const call of [migrateSqlite(handle), repository.load('p'), repository.save(samplePortfolio('p'))]) {
      const error = await rejection(call);
      expect(error).toMatchObject({ ...FAILED, retryable: false });
      expect(error.message).toMatch(/not a database \(SQLITE_NOTADB\)/);
    }
  });
});

eachDriver('SQLite', (driver) => {
  test('writes each commit to the disk, and waits for other writers as long as asked', async () => {
    const { repository, rows, close } = await freshRepository(driver, { busyTimeoutMs: 321 });
    await repository.load('p');
    expect(rows('PRAGMA synchronous')).toMatchObject([{ synchronous: 2 }]);
    expect(rows('PRAGMA busy_timeout')).toMatchObject([{ timeout: 321 }]);
    expect(rows('PRAGMA journal_mode')).toMatchObject([{ journal_mode: 'wal' }]);
    close();
  });
});

import { copyFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import {
  plain,
  samplePortfolio,
  samplePrice,
  sampleValuation,
} from '../../src/conformance/portfolio-repository/sample-data.js';
import { Decimal } from '../../src/core/money/decimal.js';
import { mapFigures } from '../../src/core/portfolio/figures/portfolio-totals.js';
import { SqlitePortfolioRepository } from '../../src/sqlite/sqlite-portfolio-repository.js';
import { openSqlite } from '../servers/sqlite.js';
import { eachDriver, freshRepository } from './stores.js';

eachDriver('SqlitePortfolioRepository', (driver) => {
  const closings: (() => void)[] = [];
  afterEach(() => closings.splice(0).forEach((close) => close()));
  const fresh = async (options = {}) => {
    const store = await freshRepository(driver, options);
    closings.push(store.close);
    return store;
  };

  test('stores amounts as text and times as integers', async () => {
    const { repository, rows } = await fresh();
    await repository.save(samplePortfolio('p'));
    await repository.saveValuations([sampleValuation('p')]);
    await repository.savePrices([
      samplePrice('AAPL', '187.20', 1_700_000_000_000, { bid: Decimal.from('187.1') }),
    ]);
    const types = (table: string, columns: string) =>
      rows(`SELECT ${columns.replace(/\w+/g, 'typeof($&) AS $&')} FROM ${table}`)[0];
    const all = (names: string, type: string) =>
      Object.fromEntries(names.split(', ').map((name) => [name, type]));
    const amounts = 'market_value, cash, day_pnl_pct, priced_market_value';
    expect(types('tickmark_valuations', amounts)).toEqual(all(amounts, 'text'));
    const times = 'valued_at, price_time, received_at, live_until';
    expect(types('tickmark_valuations', times)).toEqual(all(times, 'integer'));
    const stamps = 'price_time, received_at, venue_time, arrival, gap, live_until';
    expect(types('tickmark_prices', stamps)).toEqual(all(stamps, 'integer'));
    expect(types('tickmark_prices', 'price, bid')).toEqual({ price: 'text', bid: 'text' });
    expect(types('tickmark_positions', 'quantity, cost_basis')).toEqual({
      quantity: 'text',
      cost_basis: 'text',
    });
    expect(rows('SELECT quantity, cost_basis FROM tickmark_positions ORDER BY ordinal')).toEqual(
      [
        { quantity: '10', cost_basis: '1502.5' },
        { quantity: '-2.5', cost_basis: '-500' },
      ].map((row) => expect.objectContaining(row) as unknown),
    );
    expect(rows('SELECT amount FROM tickmark_cash_balances')).toEqual([
      expect.objectContaining({ amount: '1000.01' }),
    ]);
  });

  test('returns figures of any length, and times with a fraction, exactly', async () => {
    const { repository } = await fresh();
    await repository.save(samplePortfolio('p'));
    const figure = Decimal.fromTotal(`-${'9'.repeat(60)}.${'123456789'.repeat(4)}`);
    const valuation = sampleValuation('p', {
      ...mapFigures((name) => (name === 'cash' ? null : figure)),
      priceTime: 1_700_000_000_000.25,
      valuedAt: 0.1 + 0.2,
    });
    expect(await repository.saveValuations([valuation])).toEqual(['saved']);
    expect((await repository.loadValuations(['p'])).map(plain)).toEqual([plain(valuation)]);
    expect(await repository.saveValuations([valuation])).toEqual(['outdated']);
  });

  test('keeps everything when the file is closed and opened again', async () => {
    const { repository, file, close } = await fresh();
    const saved = await repository.save(samplePortfolio('p').buy('AAPL', 5, '190.10', { id: 'b1' }));
    await repository.saveValuations([sampleValuation('p')]);
    await repository.savePrices([samplePrice('AAPL', '187.20')]);
    const { cursor } = await repository.changesSince(null);
    close();
    const handle = openSqlite(driver, file);
    closings.push(() => handle.close());
    const reopened = new SqlitePortfolioRepository(handle);
    expect((await reopened.load('p'))!.toSnapshot()).toEqual(saved.toSnapshot());
    expect((await reopened.loadValuations(['p'])).map(plain)).toEqual([plain(sampleValuation('p'))]);
    expect((await reopened.loadPrices()).map(plain)).toEqual([plain(samplePrice('AAPL', '187.20'))]);
    expect(await reopened.changesSince(cursor)).toEqual({ cursor, portfolios: [], isReset: false });
  });

  test('adds what is new to the ledger of a loaded portfolio, and writes what is there no second time', async () => {
    const { repository, handle, rows } = await fresh();
    await repository.save(samplePortfolio('p'));
    handle.exec(`CREATE TABLE written (name TEXT);
      CREATE TRIGGER entries AFTER INSERT ON tickmark_entries BEGIN INSERT INTO written VALUES (NEW.id); END;
      CREATE TRIGGER positions AFTER UPDATE ON tickmark_positions BEGIN INSERT INTO written VALUES (NEW.symbol); END;`);
    const loaded = (await repository.load('p'))!;
    const second = await repository.save(loaded.buy('AAPL', 1, 190, { id: 'b1', at: 5 }));
    // A late one: it goes before the other.
    const third = await repository.save(second.deposit(1, 'USD', { id: 'd1', at: 4 }));
    expect(rows('SELECT name FROM written').map(({ name }) => name)).toEqual(['AAPL', 'b1', 'd1']);
    expect((await repository.load('p'))!.toSnapshot()).toEqual(third.toSnapshot());
    // The position that no trade has changed has the version it was last changed in.
    expect(
      rows('SELECT version FROM tickmark_positions ORDER BY symbol').map(({ version }) => version),
    ).toEqual([2, 1]);
  });

  test('writes no price that is older than the stored one', async () => {
    const { repository, handle, rows } = await fresh();
    await repository.savePrices([samplePrice('A', 1, 8)]);
    handle.exec(`CREATE TABLE written (symbol TEXT);
      CREATE TRIGGER prices AFTER INSERT ON tickmark_prices BEGIN INSERT INTO written VALUES (NEW.symbol); END;`);
    await repository.savePrices([samplePrice('A', 2, 7), samplePrice('B', 2, 7)]);
    expect(rows('SELECT symbol FROM written').map(({ symbol }) => symbol)).toEqual(['B']);
  });

  test('reads a handle that gives integers as bigints', async () => {
    const { repository, open } = await fresh();
    await repository.save(samplePortfolio('p'));
    await repository.saveValuations([sampleValuation('p')]);
    await repository.savePrices([samplePrice('AAPL', 1, 7, { previousCloseAt: 3 })]);
    const bigints = new SqlitePortfolioRepository(open({ bigints: true }));
    const saved = await bigints.save((await bigints.load('p'))!.deposit(1));
    expect(saved.version).toBe(2);
    expect((await bigints.loadValuations(['p'])).map(plain)).toEqual([plain(sampleValuation('p'))]);
    expect((await bigints.loadPrices()).map(plain)).toEqual(
      [samplePrice('AAPL', 1, 7, { previousCloseAt: 3 })].map(plain),
    );
    const { cursor } = await repository.changesSince(null);
    await bigints.delete('p', 2);
    expect((await bigints.changesSince(cursor)).portfolios).toEqual([['p', null]]);
    await expect(bigints.save(saved)).rejects.toMatchObject({ code: 'PORTFOLIO_DELETED' });
  });

  test('streams page by page, and keeps no writer waiting in between', async () => {
    const { repository, open } = await fresh({ pageSize: 2 });
    for (const id of ['a', 'b', 'c', 'd', 'e']) await repository.save(samplePortfolio(id));
    const other = open();
    const peer = new SqlitePortfolioRepository(other, { busyTimeoutMs: 0 });
    const seen: string[] = [];
    for await (const portfolio of repository.stream()) {
      seen.push(portfolio.id);
      await peer.save(portfolio.deposit(1));
      // A read that is still open would keep the log from being emptied.
      expect(other.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()).toMatchObject({ busy: 0 });
    }
    expect(seen).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('reports a reset when the file was replaced by an older copy of it', async () => {
    const { repository, handle, file, close } = await fresh();
    await repository.save(samplePortfolio('p'));
    handle.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    copyFileSync(file, `${file}.backup`);
    await repository.save(samplePortfolio('q'));
    const { cursor } = await repository.changesSince(null);
    close();
    const restored = openSqlite(driver, `${file}.backup`);
    closings.push(() => restored.close());
    const answer = await new SqlitePortfolioRepository(restored).changesSince(cursor);
    expect(answer).toMatchObject({ isReset: true });
  });

  test('lists of many changes only those since the cursor', async () => {
    const { repository } = await fresh();
    for (const id of ['a', 'b', 'c']) await repository.save(samplePortfolio(id));
    const { cursor } = await repository.changesSince(null);
    await repository.save(samplePortfolio('b').withVersion(1));
    expect((await repository.changesSince(cursor)).portfolios).toEqual([['b', 2]]);
  });

  test('counts writes, conflicts, failures and the outcomes of valuations', async () => {
    const { repository, close } = await fresh();
    const first = await repository.save(samplePortfolio('p'));
    await repository.save(first.deposit(1));
    await expect(repository.save(first.deposit(2))).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    await repository.saveMany([first.deposit(3), samplePortfolio('q')]);
    await expect(repository.delete('p', 1)).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    const valuations = [{ version: 2 }, { version: 2 }, {}].map((given) => sampleValuation('p', given));
    await repository.saveValuations([...valuations, sampleValuation('x')]);
    await repository.delete('p', 2);
    close();
    await expect(repository.load('p')).rejects.toMatchObject({ code: 'REPOSITORY_FAILED' });
    expect(repository.stats()).toEqual({
      writes: 4,
      conflicts: 3,
      outcomes: { saved: 1, outdated: 1, conflict: 1, missing: 1 },
      failures: 1,
    });
  });
});

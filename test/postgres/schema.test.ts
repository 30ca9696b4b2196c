import { describe, expect, test } from 'vitest';
import {
  NOON,
  plain,
  samplePortfolio,
  samplePrice,
  sampleValuation,
} from '../../src/conformance/portfolio-repository/sample-data.js';
import { idsOf } from '../../src/conformance/portfolio-repository/ledger/sample-ledgers.js';
import { Decimal } from '../../src/core/money/decimal.js';
import { PACKED_FIGURES } from '../../src/postgres/statements/figure-columns.js';
import { STREAMED_FIGURES, mapFigures } from '../../src/core/portfolio/figures/portfolio-totals.js';
import { priceGrade, valuationGrade } from '../../src/core/portfolio/stored-grade.js';
import { PostgresPortfolioRepository } from '../../src/postgres/postgres-portfolio-repository.js';
import { migrate, migrationSql } from '../../src/postgres/schema.js';
import { portfolioHash } from '../../src/core/shards/shard-of.js';
import { storedName } from '../../src/core/portfolio/stored-name.js';
import { SLOW_TEST_MS } from '../waiting.js';
import { sharedPglite } from './empty-pglite.js';

const database = sharedPglite();

async function rows(text: string): Promise<unknown[][]> {
  return (await database.query<unknown[]>(text, [], { rowMode: 'array' })).rows;
}

async function structure(schema: string): Promise<unknown> {
  const strip = (found: unknown[][]) => JSON.parse(JSON.stringify(found).replaceAll(schema, 'S')) as unknown;
  return {
    columns: strip(
      await rows(
        `SELECT table_name, column_name, data_type, is_nullable, column_default, collation_name FROM information_schema.columns WHERE table_schema = '${schema}' ORDER BY 1, 2`,
      ),
    ),
    tables: strip(
      await rows(
        `SELECT relname, relkind, reloptions FROM pg_class WHERE relnamespace = '${schema}'::regnamespace ORDER BY 1`,
      ),
    ),
    constraints: strip(
      await rows(
        `SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = '${schema}'::regnamespace ORDER BY 1`,
      ),
    ),
    views: strip(
      await rows(`SELECT viewname, definition FROM pg_views WHERE schemaname = '${schema}' ORDER BY 1`),
    ),
    applied: await rows(`SELECT version FROM ${schema}.tickmark_migrations ORDER BY 1`),
  };
}

/** Applies the migrations below a number. */
async function migrateBefore(schema: string, version: number): Promise<void> {
  const end = migrationSql({ schema }).search(
    new RegExp(`DO \\$tickmark\\$ BEGIN\nIF NOT EXISTS .* WHERE version = ${version}\\)`),
  );
  await database.exec(`${migrationSql({ schema }).slice(0, end)}COMMIT;`);
}

describe('migrate()', { timeout: SLOW_TEST_MS }, () => {
  test('creates the same tables as the script of migrationSql()', async () => {
    expect(await migrate(database, { schema: 'run' })).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await database.exec(migrationSql({ schema: 'printed' }));
    const made = await structure('run');
    expect(await structure('printed')).toEqual(made);
    expect((made as { tables: unknown[] }).tables.length).toBeGreaterThan(6);
  });

  test('changes nothing when it runs again', async () => {
    const options = { schema: 'again', prefix: 'Acme_' };
    expect(await migrate(database, options)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const repository = new PostgresPortfolioRepository(database, options);
    await repository.save(samplePortfolio('p'));
    expect(await migrate(database, options)).toEqual([]);
    await database.exec(migrationSql(options));
    expect((await repository.load('p'))?.version).toBe(1);
    expect(await rows(`SELECT version FROM again."Acme_migrations"`)).toEqual([
      [1],
      [2],
      [3],
      [4],
      [5],
      [6],
      [7],
      [8],
      [9],
    ]);
  });

  test('lets any new price or value replace those of the old order', async () => {
    const schema = 'healed';
    await migrateBefore(schema, 2);
    const repository = new PostgresPortfolioRepository(database, { schema });
    const micros = NOON * 1000;
    await database.exec(`
INSERT INTO ${schema}.tickmark_portfolios VALUES ('p', 1, 'USD', 'cash', '{}', '{}', '{}', '{}', '{}');
INSERT INTO ${schema}.tickmark_valuations (portfolio_id, holdings_version) VALUES ('p', 1);
INSERT INTO ${schema}.tickmark_prices VALUES ('AAPL', 1, ${micros}, 'USD', 0.9);
UPDATE ${schema}.tickmark_valuations SET version = 1, price_time = ${micros}, price_time_sum = ${micros},
  valued_at = ${micros}, currency = 'USD', priced_market_value = 1, complete = true WHERE portfolio_id = 'p'`);
    expect(await migrate(database, { schema })).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    const [stale] = await repository.loadPrices();
    expect(stale).toMatchObject({ symbol: 'AAPL', currency: 'USD', stamp: { venueTime: 0, arrival: 0 } });
    expect(priceGrade(stale!, Date.now() + 1)).toBe('stale');
    expect(stale!.timestamp).toBeLessThanOrEqual(Date.now());
    const [value] = await repository.loadValuations(['p']);
    expect([valuationGrade(value!, 1), value!.priceOrder]).toEqual(['stale', '']);
    await repository.savePrices([samplePrice('AAPL', 150)]);
    expect(plain((await repository.loadPrices())[0])).toEqual(plain(samplePrice('AAPL', 150)));
    expect(await repository.saveValuations([sampleValuation('p', { valuedAt: 1 })])).toEqual(['saved']);
  });

  test('turns stored holdings into opening balances, whose cost is known in the currency of the portfolio where that is their own', async () => {
    const schema = 'opened';
    await migrateBefore(schema, 3);
    await database.exec(`
INSERT INTO ${schema}.tickmark_portfolios
  VALUES ('p', 4, 'USD', 'cash', '{USD,GBp}', '{12.5,300}', '{USD}', '{7}', '{}');
INSERT INTO ${schema}.tickmark_positions (portfolio_id, symbol, ordinal, version, currency, quantity, cost_basis, realized_pnl)
  VALUES ('p', 'AAPL', 1, 4, 'USD', 10, 1500.25, 7), ('p', 'VOD\\\\x"', 2, 4, 'GBp', -3, -222, 0);
INSERT INTO ${schema}.tickmark_valuations (portfolio_id, holdings_version) VALUES ('p', 4)`);
    expect(await migrate(database, { schema })).toEqual([3, 4, 5, 6, 7, 8, 9]);
    const repository = new PostgresPortfolioRepository(database, { schema });
    const loaded = (await repository.load('p'))!;
    const { positions, cash, version } = loaded;
    expect([version, [...cash].map(([currency, amount]) => [currency, amount.toString()])]).toEqual([
      4,
      [
        ['USD', '12.5'],
        ['GBP', '3'],
      ],
    ]);
    expect(
      positions.map(({ symbol, quantity, costBasis, baseCost, realizedPnl, currency }) =>
        [symbol, quantity, costBasis, baseCost, realizedPnl, currency].map((each) => each && String(each)),
      ),
    ).toEqual([
      ['AAPL', '10', '1500.25', '1500.25', '7', 'USD'],
      ['VOD\\x"', '-3', '-2.22', null, '0', 'GBP'],
    ]);
    const saved = await repository.save(loaded.buy('AAPL', 1, 160, { id: 'b1', at: '2026-03-02T15:00:00Z' }));
    expect(plain(await repository.load('p'))).toEqual(plain(saved));
  });

  test('gives opening balances an order that later entries of their time go on', async () => {
    const schema = 'ordered';
    await migrateBefore(schema, 3);
    await database.exec(`
INSERT INTO ${schema}.tickmark_portfolios VALUES ('p', 1, 'USD', 'cash', '{USD}', '{5}', '{}', '{}', '{}');
INSERT INTO ${schema}.tickmark_positions (portfolio_id, symbol, ordinal, version, currency, quantity, cost_basis, realized_pnl)
  VALUES ('p', 'AAPL', 1, 1, 'USD', 10, 1500.25, 7), ('p', 'VOD\\\\x"', 2, 1, 'USD', -3, -222, 0);
INSERT INTO ${schema}.tickmark_valuations (portfolio_id, holdings_version) VALUES ('p', 1)`);
    await migrate(database, { schema });
    const repository = new PostgresPortfolioRepository(database, { schema, ledgerPageSize: 1 });
    await repository.save((await repository.load('p'))!.deposit(1, 'USD', { id: 'd1', at: 0 }));
    expect(await idsOf(repository, 'p')).toEqual([
      'opening position AAPL',
      'opening position VOD\\x"',
      'opening cash USD',
      'd1',
    ]);
    const ordinals = `SELECT ordinal FROM ${schema}.tickmark_entries ORDER BY ordinal`;
    expect(await rows(ordinals)).toEqual([[0], [1], [2], [3]]);
  });

  test('leaves the totals of the ledger and the day unknown until a portfolio is valued again at the same prices', async () => {
    const schema = 'untold';
    await migrateBefore(schema, 4);
    const { priceOrder, valuedAt, priceTime } = sampleValuation('p');
    await database.exec(`
INSERT INTO ${schema}.tickmark_portfolios (id, version, currency, terms, cash_currencies, cash_amounts, recent_saves)
  VALUES ('p', 1, 'USD', '{"costMethod":"average","tags":{},"instruments":[]}', '{}', '{}', '{}');
INSERT INTO ${schema}.tickmark_valuations (portfolio_id, holdings_version, version, price_order, basis, valued_at, price_time,
    received_at, live_until, currency, market_value, cost_basis, unrealized_pnl, cash, equity, priced_market_value, complete)
  VALUES ('p', 1, 1, '${priceOrder}', '', ${valuedAt}, ${priceTime},
    ${NOON + 1}, ${NOON + 60_001}, 'USD', 1040.55, 1002.5, 38.05, 1000.01, 2043.77, 1040.55, true)`);
    expect(await migrate(database, { schema })).toEqual([4, 5, 6, 7, 8, 9]);
    const repository = new PostgresPortfolioRepository(database, { schema });
    const { marketValue, costBasis, unrealizedPnl, cash, equity } = sampleValuation('p');
    const known = { ...mapFigures(() => null), marketValue, costBasis, unrealizedPnl, cash, equity };
    expect((await repository.loadValuations(['p'])).map(plain)).toEqual([plain(sampleValuation('p', known))]);
    expect(await repository.saveValuations([sampleValuation('p')])).toEqual(['saved']);
    expect((await repository.loadValuations(['p'])).map(plain)).toEqual([plain(sampleValuation('p'))]);
  });

  test('leaves exposures unknown until a portfolio is valued again at the same prices', async () => {
    const schema = 'unexposed';
    await migrateBefore(schema, 7);
    const valuation = sampleValuation('p');
    const { priceOrder, valuedAt, priceTime } = valuation;
    const older = PACKED_FIGURES.slice(0, 15).map((name) => valuation[name]!.toString());
    await database.exec(`
INSERT INTO ${schema}.tickmark_portfolios (id, version, currency, terms, cash_currencies, cash_amounts, recent_saves)
  VALUES ('p', 1, 'USD', '{"costMethod":"average","tags":{},"instruments":[]}', '{}', '{}', '{}');
INSERT INTO ${schema}.tickmark_valuations (portfolio_id, holdings_version, version, price_order, basis, valued_at, price_time, received_at,
    live_until, currency, market_value, cost_basis, unrealized_pnl, cash, equity, packed_figures, priced_market_value, complete)
  VALUES ('p', 1, 1, '${priceOrder}', '', ${valuedAt}, ${priceTime}, ${NOON + 1},
    ${NOON + 60_001}, 'USD', 1040.55, 1002.5, 38.05, 1000.01, 2043.77, '${older.join(',')}', 1040.55, true)`);
    expect(await migrate(database, { schema })).toEqual([7, 8, 9]);
    const repository = new PostgresPortfolioRepository(database, { schema });
    const unknown = mapFigures((name) => (PACKED_FIGURES.indexOf(name) < 15 ? valuation[name] : null));
    expect((await repository.loadValuations(['p'])).map(plain)).toEqual([
      plain(sampleValuation('p', unknown)),
    ]);
    const view = `SELECT day_pnl::text, long_exposure, leverage FROM ${schema}.tickmark_portfolio_values`;
    expect(await rows(view)).toEqual([['-6.02', null, null]]);
    expect(await repository.saveValuations([valuation])).toEqual(['saved']);
    expect((await repository.loadValuations(['p'])).map(plain)).toEqual([plain(valuation)]);
  });

  test('computes the hash of every id, also of one that was stored before, as Kafka does', async () => {
    const schema = 'hashed';
    await migrateBefore(schema, 8);
    const ids = [
      ...[
        '',
        'a',
        'ab',
        'abc',
        'abcd',
        'ä',
        '组合',
        '😀',
        'a\\b',
        '\\',
        '\\0',
        'x\0y',
        '\uD83D',
        '\uDE00',
        '\\u0041',
      ],
      ...Array.from({ length: 300 }, (_, n) => `portfolio ${n * 7_919}`),
    ];
    const [before, after] = [ids.slice(0, 150), ids.slice(150)];
    const insert = (given: readonly string[]) =>
      database.query(
        `INSERT INTO ${schema}.tickmark_portfolios (id, version, currency, terms, cash_currencies, cash_amounts, recent_saves)
         SELECT id, 1, 'USD', '{}', '{}', '{}', '{}' FROM unnest($1::text[]) id`,
        [given.map(storedName)],
      );
    await insert(before);
    expect(await migrate(database, { schema })).toEqual([8, 9]);
    await insert(after);
    const stored = await rows(`SELECT id, shard_hash FROM ${schema}.tickmark_portfolios`);
    expect(new Map(stored as [string, number][])).toEqual(
      new Map(ids.map((id) => [storedName(id), portfolioHash(id)])),
    );
  });

  test('adds the tables of days, and changes no other: code of the version before goes on working', async () => {
    const schema = 'dayless';
    const others = async () => {
      const { columns, tables, constraints, views } = (await structure(schema)) as Record<string, unknown[]>;
      const isOther = (row: unknown): boolean => !JSON.stringify(row).includes('tickmark_day_');
      return [columns, tables, constraints, views].map((found) => found!.filter(isOther));
    };
    await migrateBefore(schema, 9);
    const before = await others();
    expect(await migrate(database, { schema })).toEqual([9]);
    expect(await others()).toEqual(before);
    const added = `SELECT relname FROM pg_class WHERE relnamespace = '${schema}'::regnamespace AND relkind = 'r' AND relname ~ '_day_'`;
    expect(await rows(`${added} ORDER BY 1`)).toEqual([['tickmark_day_closes'], ['tickmark_day_results']]);
    expect(await rows(`SELECT max(oldest_code) FROM ${schema}.tickmark_migrations`)).toEqual([[0]]);
  });

  test('keeps two prefixes in one schema apart', async () => {
    for (const prefix of ['one_', 'two_']) await migrate(database, { schema: 'shared', prefix });
    const [one, two] = ['one_', 'two_'].map(
      (prefix) => new PostgresPortfolioRepository(database, { schema: 'shared', prefix }),
    );
    await one!.save(samplePortfolio('p'));
    expect(await two!.load('p')).toBe(null);
  });

  test.each(['', 'a b', 'a"b', "a'b", 'a;b', 'a.b', '1a', 'a\0', 'ä', 'x'.repeat(64)])(
    'rejects a schema named %j with INVALID_ARGUMENT',
    async (schema) => {
      expect(() => migrationSql({ schema })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
      await expect(migrate(database, { schema })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    },
  );

  test('fails with REPOSITORY_FAILED and leaves nothing behind if a table with that name already exists', async () => {
    await database.exec('CREATE SCHEMA taken; CREATE TABLE taken.tickmark_prices (n int)');
    await expect(migrate(database, { schema: 'taken' })).rejects.toMatchObject({
      code: 'REPOSITORY_FAILED',
      cause: { code: '42P07' },
    });
    expect(await rows(`SELECT relname FROM pg_class WHERE relnamespace = 'taken'::regnamespace`)).toEqual([
      ['tickmark_prices'],
    ]);
  });

  test('is required: without it, the error of a repository asks for it', async () => {
    const repository = new PostgresPortfolioRepository(database, { schema: 'nowhere' });
    await expect(repository.load('p')).rejects.toThrow(
      /nowhere\.tickmark_\w+" does not exist \(42P01\)\. Call migrate\(\) of tickmark\/postgres first/,
    );
  });
});

describe('the views', { timeout: SLOW_TEST_MS }, () => {
  test('show market values by position, and null where a price is missing or in another currency', async () => {
    await migrate(database, { schema: 'views' });
    const repository = new PostgresPortfolioRepository(database, { schema: 'views' });
    const positions = [
      { symbol: 'AAPL', quantity: '10', averageCost: '150.25' },
      { symbol: 'TSLA', quantity: '-2.5', averageCost: '200' },
      { symbol: 'VOD.L', quantity: 100, averageCost: '0.7', currency: 'GBP' },
      { symbol: 'UNPRICED', quantity: 1 },
    ];
    await repository.save(samplePortfolio('p', { positions, cash: { USD: '1.50', EUR: '-2' } }));
    await repository.savePrices([
      { ...samplePrice('AAPL', '160.5'), currency: 'USD' },
      samplePrice('TSLA', 190),
      { ...samplePrice('VOD.L', 74), currency: 'GBp' },
    ]);
    const read = `SELECT symbol, market_value::text, unrealized_pnl::text, price_currency FROM views.tickmark_position_values ORDER BY symbol`;
    expect(await rows(read)).toEqual([
      ['AAPL', '1605.0', '102.5', 'USD'],
      ['TSLA', '-475.0', '25.0', 'USD'],
      ['UNPRICED', null, null, 'USD'],
      ['VOD.L', null, null, 'GBp'],
    ]);
    expect(await rows(`SELECT currency, amount::text FROM views.tickmark_cash_balances ORDER BY 1`)).toEqual([
      ['EUR', '-2'],
      ['USD', '1.5'],
    ]);
    const totals = `SELECT version::int, is_current, market_value::text FROM views.tickmark_portfolio_values`;
    expect(await rows(totals)).toEqual([]);
    await repository.saveValuations([sampleValuation('p')]);
    expect(await rows(totals)).toEqual([[1, true, '1040.55']]);
    const again = await repository.save((await repository.load('p'))!.buy('TSLA', 1, 200));
    expect(await rows(totals)).toEqual([[1, false, '1040.55']]);
    const versions = `SELECT symbol, version::int FROM views.tickmark_positions ORDER BY ordinal`;
    expect(await rows(versions)).toEqual([
      ['AAPL', 1],
      ['TSLA', 2],
      ['VOD.L', 1],
      ['UNPRICED', 1],
    ]);
    await repository.delete('p', again.version);
    for (const view of ['position_values', 'portfolio_values', 'cash_balances']) {
      expect(await rows(`SELECT 1 FROM views.tickmark_${view}`)).toEqual([]);
    }
  });

  test('show every figure of a portfolio as a number, and null where it is unknown', async () => {
    const schema = 'figures';
    await migrate(database, { schema });
    const repository = new PostgresPortfolioRepository(database, { schema });
    for (const id of ['known', 'long', 'unknown']) await repository.save(samplePortfolio(id));
    const valuation = sampleValuation('known');
    const { marketValue } = valuation;
    const exposures = { longExposure: marketValue, grossExposure: marketValue, netExposure: marketValue };
    const longOnly = sampleValuation('long', { ...exposures, shortExposure: Decimal.from(0) });
    await repository.saveValuations([
      valuation,
      longOnly,
      sampleValuation(
        'unknown',
        mapFigures(() => null),
      ),
    ]);
    const names = STREAMED_FIGURES.map((name) =>
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    );
    const read = `SELECT ${names.map((name) => `(${name} + 0)::text`).join(', ')} FROM ${schema}.tickmark_portfolio_values`;
    expect(await rows(`${read} ORDER BY portfolio_id`)).toEqual([
      STREAMED_FIGURES.map((name) => valuation[name]!.toString()),
      STREAMED_FIGURES.map((name) => longOnly[name]!.toString()),
      STREAMED_FIGURES.map(() => null),
    ]);
    expect((await repository.loadValuations(['long'])).map(plain)).toEqual([plain(longOnly)]);
  });

  test('show the grades of prices and values now', async () => {
    const schema = 'grades';
    await migrate(database, { schema });
    const repository = new PostgresPortfolioRepository(database, { schema });
    const far = { liveUntil: Date.now() + 1e9 };
    const near = { liveUntil: Date.now() - 1 };
    const prices = [
      samplePrice('live', 1, NOON, far),
      samplePrice('ageless', 1, NOON, { liveUntil: null }),
      samplePrice('stale', 1, NOON, near),
      samplePrice('delayed', 1, NOON, { ...far, state: 'delayed' }),
      samplePrice('late', 1, NOON, { ...near, state: 'delayed' }),
      samplePrice('closed', 1, NOON, { ...near, state: 'closed' }),
      samplePrice('halted', 1, NOON, { ...near, state: 'halted' }),
    ];
    await repository.savePrices(prices);
    const symbols = [...prices.map(({ symbol }) => symbol), 'missing'];
    const positions = symbols.map((symbol) => ({ symbol, quantity: 1 }));
    for (const id of ['p', 'q', 'r']) await repository.save(samplePortfolio(id, { positions }));
    const shown = `SELECT symbol, grade FROM ${schema}.tickmark_position_values WHERE portfolio_id = 'p'`;
    const grades = new Map((await rows(shown)) as [string, string][]);
    expect(grades.get('missing')).toBe('missing');
    for (const price of await repository.loadPrices())
      expect(grades.get(price.symbol), price.symbol).toBe(priceGrade(price, Date.now()));
    expect([...grades.values()].sort()).toEqual(
      ['live', 'live', 'stale', 'delayed', 'stale', 'delayed', 'halted', 'missing'].sort(),
    );
    await repository.saveValuations([
      sampleValuation('p', far),
      sampleValuation('q', near),
      sampleValuation('r', { ...far, complete: false, unpriced: ['missing'] }),
    ]);
    expect(
      await rows(`SELECT grade, missing FROM ${schema}.tickmark_portfolio_values ORDER BY portfolio_id`),
    ).toEqual([
      ['live', null],
      ['stale', null],
      ['missing', '{"unpriced":["missing"],"unconverted":[]}'],
    ]);
    const valuations = await repository.loadValuations(['p', 'q', 'r']);
    const told = valuations.map((each) => `${each.portfolioId} ${valuationGrade(each, Date.now())}`);
    expect(told.sort()).toEqual(['p live', 'q stale', 'r missing']);
  });

  test('find the holders of a symbol by index', async () => {
    await database.exec('SET enable_seqscan = off');
    const plan = async (text: string): Promise<string> => JSON.stringify(await rows(`EXPLAIN ${text}`));
    expect(await plan(`SELECT portfolio_id FROM views.tickmark_positions WHERE symbol = 'X'`)).toMatch(
      /Scan (using|on) tickmark_positions_symbol/,
    );
    await database.exec('RESET enable_seqscan');
  });

  test('find the portfolios of a shard by index, in the order of their ids', async () => {
    await database.exec('SET enable_seqscan = off; SET enable_bitmapscan = off');
    const page = `SELECT id FROM views.tickmark_portfolios p WHERE deletion IS NULL AND p.shard_hash % 64 = 3
      AND id > '' COLLATE "C" ORDER BY id LIMIT 500`;
    const plan = JSON.stringify(await rows(`EXPLAIN ${page}`));
    expect(plan).toMatch(/tickmark_portfolios_shard_64/);
    expect(plan).not.toMatch(/Sort/);
    await database.exec('RESET enable_seqscan; RESET enable_bitmapscan');
  });
});

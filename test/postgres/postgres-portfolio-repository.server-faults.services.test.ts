import { inspect } from 'node:util';
import { findHolders } from '../../src/core/portfolio/repository-calls.js';
import pg from 'pg';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  assertSamePortfolio,
  plain,
  samplePortfolio,
  samplePrice,
  sampleOrder,
  sampleValuation,
} from '../../src/conformance/portfolio-repository/sample-data.js';
import type { PortfolioRepository } from '../../src/core/portfolio/portfolio-repository.js';
import { PostgresPortfolioRepository } from '../../src/postgres/postgres-portfolio-repository.js';
import { migrate } from '../../src/postgres/schema.js';
import { postgresServer } from '../servers/postgres.js';
import { sized } from '../sizes.js';
import { until } from '../waiting.js';
import { UNHURRIED, freshRepository, freshSchema, pgStore, postgresJsStore } from './stores.js';

const server = await postgresServer();

describe.skipIf(!server)('PostgresPortfolioRepository on a server', () => {
  let store: ReturnType<typeof pgStore>;
  beforeAll(() => {
    store = pgStore(server!);
  });
  afterAll(() => store.end());

  async function waitingFor(schema: string): Promise<void> {
    const waiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%${schema}%'`;
    await until('a statement waits for a lock', async () => (await store.sql(waiting)).length > 0);
  }

  test.each([
    ['node-postgres', pgStore],
    ['postgres.js', postgresJsStore],
  ] as const)('reports what a deferred trigger refuses at COMMIT as refused (%s)', async (_, open) => {
    const own = open(server!);
    const { repository, schema, dispose } = await freshRepository(own);
    await own.sql(`
CREATE FUNCTION ${schema}.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$`);
    await own.sql(`
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON ${schema}.tickmark_prices DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION ${schema}.refuse()`);
    await expect(repository.savePrices([samplePrice('A', 1)])).rejects.toMatchObject({
      message: 'savePrices() failed: not today (P0001)',
      retryable: false,
    });
    await dispose();
    await own.end();
  });

  test('judges a valuation that waited for a trade by the holdings after the trade', async () => {
    const { repository, schema, dispose } = await freshRepository(store);
    await repository.save(samplePortfolio('p'));
    await repository.save(samplePortfolio('q'));
    const trade = await store.pool.connect();
    await trade.query(
      `BEGIN; UPDATE ${schema}.tickmark_valuations SET holdings_version = 2 WHERE portfolio_id = 'p'`,
    );
    const stale = repository.saveValuations([sampleValuation('q'), sampleValuation('p')]);
    await waitingFor(schema);
    const fresh = repository.saveValuations([sampleValuation('p', { version: 2 })]);
    await trade.query('COMMIT');
    trade.release();
    expect(await stale).toEqual(['saved', 'conflict']);
    // It is compared with the state before or after the trade, so it never replaces a newer value.
    expect(['saved', 'conflict']).toContain((await fresh)[0]);
    await dispose();
  });

  test('keeps the newer of two valuations when one had to wait for the other', async () => {
    const { repository, schema, dispose } = await freshRepository(store);
    await repository.save(samplePortfolio('p'));
    const newer = sampleValuation('p', { priceOrder: sampleOrder(3) });
    const blocker = await store.pool.connect();
    await blocker.query(
      `BEGIN; UPDATE ${schema}.tickmark_valuations SET version = 1, price_order = '9', basis = '', price_time = 1e15, currency = 'USD', priced_market_value = 1, valued_at = 1, complete = false WHERE portfolio_id = 'p'`,
    );
    const waiting = repository.saveValuations([newer]);
    await waitingFor(schema);
    await blocker.query('COMMIT');
    blocker.release();
    expect(await waiting).toEqual(['outdated']);
    await dispose();
  });

  test('waits for a locked row no longer than lockTimeoutMs', async () => {
    const { repository, schema, dispose } = await freshRepository(store, { lockTimeoutMs: 50 });
    await repository.save(samplePortfolio('p'));
    const blocker = await store.pool.connect();
    await blocker.query(`BEGIN; SELECT 1 FROM ${schema}.tickmark_valuations FOR UPDATE`);
    await expect(repository.saveValuations([sampleValuation('p')])).rejects.toMatchObject({
      code: 'REPOSITORY_FAILED',
      retryable: true,
      cause: { code: '55P03' },
    });
    await blocker.query('ROLLBACK');
    blocker.release();
    expect(await repository.saveValuations([sampleValuation('p')])).toEqual(['saved']);
    await dispose();
  });

  test('leaves no setting, lock or prepared statement on a connection', async () => {
    const single = pgStore(server!, { max: 1 });
    const { repository, dispose } = await freshRepository(single, { statementTimeoutMs: 1234 });
    const settings = `SELECT name, setting FROM pg_settings WHERE name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'jit', 'transaction_isolation')`;
    const before = await single.sql(settings);
    await repository.save(samplePortfolio('p'));
    await repository.saveValuations([sampleValuation('p')]);
    await expect(repository.delete('p', 9)).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    expect(await single.sql(settings)).toEqual(before);
    expect(await single.sql('SELECT name FROM pg_prepared_statements')).toEqual([]);
    expect(
      await single.sql("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"),
    ).toEqual([]);
    await dispose();
    await single.end();
  });

  test('loses and repeats no change while the server ends its connections', async () => {
    const application_name = `tickmark-test-${process.pid}`;
    const mine = pgStore(server!, { application_name });
    const patience = { retryBaseMs: 2, attempts: 10_000 };
    const { repository, dispose } = await freshRepository(mine, patience);
    await repository.save(samplePortfolio('p', { cash: { USD: 0 } }));
    const ended = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '${application_name}' ORDER BY random() LIMIT 1`;
    const kills: Array<Promise<unknown[][]>> = [];
    const least = sized({ quick: 40, gate: 100, full: 1_000 });
    let saved = 0;
    let killed = 0;
    const isEnough = () => saved >= 3 * least && killed > least / 10 && repository.stats().retries > 0;
    const writer = async (): Promise<void> => {
      while (!isEnough()) {
        try {
          await repository.save((await repository.load('p'))!.deposit(1));
          // While the other two are running.
          if (++saved % 4 === 0) kills.push(store.sql(ended).finally(() => killed++));
        } catch (error) {
          if ((error as { code?: string }).code !== 'VERSION_CONFLICT') throw error;
        }
      }
    };
    await Promise.all([writer(), writer(), writer()]);
    await Promise.all(kills);
    const last = (await repository.load('p'))!;
    expect([last.version, last.cash.get('USD')?.toString()]).toEqual([saved + 1, String(saved)]);
    expect(repository.stats().failures).toBe(0);
    await dispose();
    await mine.end();
  });

  test('settles a call whose connection of postgres.js the server ends', async () => {
    const mine = postgresJsStore(server!, { max: 3, fetch_types: false });
    const { repository, schema, dispose } = await freshRepository(store);
    const tried = new PostgresPortfolioRepository(mine.pool, {
      schema,
      ...UNHURRIED,
      attemptTimeoutMs: 3000,
    });
    const first = await repository.save(samplePortfolio('p'));
    const blocker = await store.pool.connect();
    await blocker.query(`BEGIN; SELECT 1 FROM ${schema}.tickmark_portfolios FOR UPDATE`);
    const saving = tried.save(first.deposit(1)).then(
      ({ version }) => version,
      (error: { code: string }) => error.code,
    );
    await waitingFor(schema);
    await blocker.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%${schema}%'`,
    );
    await blocker.query('ROLLBACK');
    blocker.release();
    const outcome = await saving;
    expect([2, 'REPOSITORY_FAILED']).toContain(outcome);
    expect((await repository.load('p'))?.version).toBe(outcome === 2 ? 2 : 1);
    await dispose();
    await tried.close();
    await mine.end();
  });

  test.each<
    [
      string,
      () => { pool: ConstructorParameters<typeof PostgresPortfolioRepository>[0]; end: () => Promise<void> },
    ]
  >([
    [
      'pg with custom parsers',
      () => {
        const types = { getTypeParser: () => () => 'parsed' } as unknown as pg.CustomTypesConfig;
        const pool = new pg.Pool({ connectionString: server!.url, types });
        return { pool, end: () => pool.end() };
      },
    ],
    [
      'pg with a role that rounds floats and uses serializable transactions',
      () => {
        const options =
          '-c extra_float_digits=0 -c default_transaction_isolation=serializable -c search_path=pg_temp';
        const pool = new pg.Pool({ connectionString: server!.url, options });
        return { pool, end: () => pool.end() };
      },
    ],
    [
      'postgres.js that renames columns',
      () => {
        const sql = postgres(server!.url, {
          max: 3,
          transform: postgres.camel,
          prepare: false,
          onnotice: () => undefined,
        });
        return { pool: sql, end: () => sql.end() };
      },
    ],
    [
      'postgres.js without fetched types and with a custom type for bigint',
      () => {
        const sql = postgres(server!.url, {
          max: 3,
          fetch_types: false,
          onnotice: () => undefined,
          types: { bigint: postgres.BigInt },
        });
        return { pool: sql, end: () => sql.end() };
      },
    ],
    [
      'postgres.js with default options',
      () => {
        const sql = postgres(server!.url, { max: 3, onnotice: () => undefined });
        return { pool: sql, end: () => sql.end() };
      },
    ],
  ])('returns what was stored through %s', async (_, open) => {
    const { schema, drop } = await freshSchema(store);
    const { pool, end } = open();
    const repository: PortfolioRepository = new PostgresPortfolioRepository(pool, { schema, ...UNHURRIED });
    expect(await migrate(pool, { schema })).toEqual([]);
    const portfolio = samplePortfolio('p', {
      cash: { USD: '0.000000000000000001', EUR: '-99999999999999999.25' },
    });
    const saved = await repository.save(portfolio);
    assertSamePortfolio(await repository.load('p'), portfolio.withVersion(1));
    const valuation = sampleValuation('p', { priceTime: 17_000_000_000_000_124 * 1.0000001, cash: null });
    expect(await repository.saveValuations([valuation, sampleValuation('x')])).toEqual(['saved', 'missing']);
    expect((await repository.loadValuations(['p'])).map(plain)).toEqual([plain(valuation)]);
    await repository.savePrices([samplePrice('A', '1.5')]);
    expect((await repository.loadPrices()).map(plain)).toEqual([plain(samplePrice('A', '1.5'))]);
    expect(await findHolders(repository, 'AAPL')).toEqual(['p']);
    await repository.delete('p', saved.version);
    await drop();
    await end();
  });

  test('shows no password in the error for an unreachable server', async () => {
    const SENTINEL = 'sentinel-pa55word';
    const url = new URL(server!.url);
    url.port = '1';
    url.password = SENTINEL;
    for (const gone of [
      pgStore({ ...server!, url: url.href }),
      postgresJsStore({ ...server!, url: url.href }),
    ]) {
      const repository = new PostgresPortfolioRepository(gone.pool, {
        ...UNHURRIED,
        attempts: 2,
        retryBaseMs: 1,
      });
      const error = await repository.load('p').catch((failure: unknown) => failure);
      expect(error).toMatchObject({ code: 'REPOSITORY_FAILED', retryable: true });
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(SENTINEL);
      await repository.close();
      await gone.end();
    }
  });
});

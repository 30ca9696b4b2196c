import { describe, expect, test } from 'vitest';
import {
  plain,
  samplePortfolio,
  samplePrice,
  sampleValuation,
} from '../../src/conformance/portfolio-repository/sample-data.js';
import { Decimal } from '../../src/core/money/decimal.js';
import { mapFigures } from '../../src/core/portfolio/figures/portfolio-totals.js';
import { tableNames } from '../../src/postgres/table-names.js';
import { SLOW_TEST_MS } from '../waiting.js';
import { sharedPglite } from './empty-pglite.js';
import { freshRepository, insertPortfolios, pgliteStore } from './stores.js';

const database = sharedPglite();
const store = pgliteStore(database);
const fresh = async (options = {}) => (await freshRepository(store, options)).repository;

describe('PostgresPortfolioRepository on PGlite', { timeout: SLOW_TEST_MS }, () => {
  test('stores ordinary names so that SQL reads them as they are', async () => {
    const { repository, schema } = await freshRepository(store);
    await repository.save(samplePortfolio('growth: 上证'));
    const { rows } = await database.query(`SELECT id FROM ${schema}.tickmark_portfolios`);
    expect(rows).toEqual([{ id: 'growth: 上证' }]);
  });

  test.each([
    { priceTime: NaN },
    { receivedAt: Infinity },
    { liveUntil: NaN },
    { valuedAt: -Infinity },
    { version: 1.5 },
    { version: -1 },
    { priceTime: '1; DROP' as unknown as number },
  ])('rejects a valuation with %o as INVALID_ARGUMENT, and stores nothing of its set', async (wrong) => {
    const repository = await fresh();
    await repository.save(samplePortfolio('p'));
    const set = [sampleValuation('p'), sampleValuation('q', wrong)];
    await expect(repository.saveValuations(set)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await repository.loadValuations(['p'])).toEqual([]);
  });

  test.each([NaN, Infinity])('rejects a price time of %s as INVALID_ARGUMENT', async (timestamp) => {
    const repository = await fresh();
    const set = [samplePrice('A', 1), samplePrice('B', 1, timestamp)];
    await expect(repository.savePrices(set)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await repository.loadPrices()).toEqual([]);
  });

  test('returns figures of any length and times of any precision exactly', async () => {
    const repository = await fresh();
    await repository.save(samplePortfolio('p'));
    const figure = Decimal.fromTotal(`-${'9'.repeat(60)}.${'123456789'.repeat(4)}`);
    const priceTime = 17_000_000_000_000_124 * 1.0000001;
    const valuation = sampleValuation('p', {
      ...mapFigures((name) => (name === 'cash' ? null : figure)),
      priceTime,
      valuedAt: 0.1 + 0.2,
    });
    expect(await repository.saveValuations([valuation])).toEqual(['saved']);
    expect((await repository.loadValuations(['p'])).map(plain)).toEqual([plain(valuation)]);
    expect(await repository.saveValuations([valuation])).toEqual(['outdated']);
  });

  test('counts writes, conflicts and the outcomes of valuations', async () => {
    const repository = await fresh();
    const first = await repository.save(samplePortfolio('p'));
    await repository.save(first.deposit(1));
    await expect(repository.save(first.deposit(2))).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    await expect(repository.delete('p', 1)).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    await repository.saveValuations([
      sampleValuation('p', { version: 2 }),
      sampleValuation('p', { version: 2 }),
      sampleValuation('p'),
      sampleValuation('x'),
    ]);
    await repository.delete('p', 2);
    expect(repository.stats()).toEqual({
      writes: 3,
      conflicts: 2,
      outcomes: { saved: 1, outdated: 1, conflict: 1, missing: 1 },
      statements: expect.any(Number) as number,
      retries: 0,
      failures: 0,
      connectionErrors: 0,
    });
  });

  test('saves a set of valuations with one statement per chunk', async () => {
    const repository = await fresh({ chunkSize: 10 });
    for (let n = 0; n < 25; n++) await repository.save(samplePortfolio(`p${n}`));
    const before = repository.stats().statements;
    await repository.saveValuations(Array.from({ length: 25 }, (_, n) => sampleValuation(`p${n}`)));
    expect(repository.stats().statements - before).toBe(3);
  });

  test('stores 2,500 valuations in one call', async () => {
    const { repository, schema } = await freshRepository(store);
    const { portfolios, valuations } = tableNames({ schema }, 'test');
    await database.exec(insertPortfolios(portfolios, valuations, 2_500));
    const ids = Array.from({ length: 2_500 }, (_, n) => `p${n + 1}`);
    const set = ids.map((id, n) => sampleValuation(id, { priceTime: n, version: n % 10 === 3 ? 9 : 1 }));
    const outcomes = await repository.saveValuations(set);
    expect(outcomes).toEqual(ids.map((_, n) => (n % 10 === 3 ? 'conflict' : 'saved')));
    const stored = await repository.loadValuations(ids);
    expect(stored).toHaveLength(2_250);
    for (const { portfolioId, priceTime } of stored) expect(portfolioId).toBe(ids[priceTime]);
  });
});

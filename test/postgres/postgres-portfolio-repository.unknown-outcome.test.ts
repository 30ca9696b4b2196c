import { beforeEach, describe, expect, test } from 'vitest';
import {
  assertSamePortfolio,
  samplePortfolio,
  sampleOrder,
  sampleValuation,
} from '../../src/conformance/portfolio-repository/sample-data.js';
import { PostgresPortfolioRepository } from '../../src/postgres/postgres-portfolio-repository.js';
import type { PGliteDatabase } from '../../src/postgres/drivers/postgres-pool.js';
import { migrate } from '../../src/postgres/schema.js';
import { driverError } from './fake-pool.js';
import { SLOW_TEST_MS } from '../waiting.js';
import { sharedPglite } from './empty-pglite.js';
import { UNHURRIED } from './stores.js';

// Loses the answer to COMMIT a given number of times, after the transaction took effect or before.
let lost = 0;
let takesEffect = true;
let meanwhile: () => Promise<unknown> = async () => undefined;
let cases = 0;

const database = sharedPglite();
const cut: PGliteDatabase = {
  query: (text, parameters, options) => database.query(text, parameters, options),
  exec: (text) => database.exec(text),
  async transaction(work) {
    const isCut = lost > 0;
    if (isCut) lost--;
    const result = await database.transaction(async (scope) => {
      const done = await work(scope);
      if (isCut && !takesEffect) await scope.rollback();
      return done;
    });
    if (!isCut) return result;
    await meanwhile();
    throw driverError('ECONNRESET', 'read ECONNRESET');
  },
};

let repository: PostgresPortfolioRepository;
let other: PostgresPortfolioRepository;

beforeEach(async () => {
  const schema = `case_${++cases}`;
  await migrate(database, { schema });
  repository = new PostgresPortfolioRepository(cut, { schema, ...UNHURRIED, retryBaseMs: 1 });
  other = new PostgresPortfolioRepository(database, { schema, ...UNHURRIED });
  meanwhile = async () => undefined;
  lost = 0;
}, SLOW_TEST_MS);

describe('when the answer to COMMIT is lost', { timeout: SLOW_TEST_MS }, () => {
  test.each([true, false])('applies a save once (it took effect: %s)', async (effect) => {
    takesEffect = effect;
    lost = 1;
    const first = await repository.save(samplePortfolio('p'));
    expect(first.version).toBe(1);
    lost = 2;
    const changed = first.deposit(1);
    const second = await repository.save(changed);
    expect(second.version).toBe(2);
    assertSamePortfolio(await repository.load('p'), changed.withVersion(2));
    expect(repository.stats()).toMatchObject({ retries: 3, writes: 2, conflicts: 0, failures: 0 });
  });

  test.each([true, false])('applies a set of saves once (it took effect: %s)', async (effect) => {
    takesEffect = effect;
    const first = await other.save(samplePortfolio('p'));
    lost = 1;
    const changed = first.deposit(1);
    const outcomes = await repository.saveMany([samplePortfolio('new'), changed, first.deposit(2)]);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['saved', 'saved', 'conflict']);
    assertSamePortfolio(await repository.load('p'), changed.withVersion(2));
    expect((await repository.load('new'))?.version).toBe(1);
    expect(repository.stats()).toMatchObject({ retries: 1, writes: 2, conflicts: 1, failures: 0 });
  });

  test('reports a set of saves as failed after the last attempt, and does not try the next set', async () => {
    takesEffect = true;
    lost = Infinity;
    const first = samplePortfolio('p');
    const outcomes = await repository.saveMany([first, samplePortfolio('q'), first]);
    expect(outcomes).toMatchObject([
      { outcome: 'failed', error: { code: 'REPOSITORY_FAILED' } },
      { outcome: 'failed', error: { code: 'REPOSITORY_FAILED' } },
      { outcome: 'failed', error: { code: 'REPOSITORY_FAILED' } },
    ]);
    expect(repository.stats()).toMatchObject({ failures: 1, writes: 0 });
  });

  test('recognizes its own save, even after later saves by others', async () => {
    takesEffect = true;
    const first = await other.save(samplePortfolio('p'));
    lost = 1;
    meanwhile = async () => {
      for (let n = 0; n < 3; n++) await other.save((await other.load('p'))!.deposit(10));
    };
    const changed = first.deposit(1);
    const second = await repository.save(changed);
    expect(second.version).toBe(2);
    expect((await repository.load('p'))?.version).toBe(5);
  });

  test('rejects with VERSION_CONFLICT when another writer has saved that version', async () => {
    takesEffect = false;
    const first = await other.save(samplePortfolio('p'));
    lost = 1;
    meanwhile = () => other.save(first.deposit(10));
    await expect(repository.save(first.deposit(1))).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
  });

  test('reports that the outcome is unknown when too many saves have followed', async () => {
    takesEffect = true;
    const first = await other.save(samplePortfolio('p'));
    lost = 1;
    meanwhile = async () => {
      for (let n = 0; n < 33; n++) await other.save((await other.load('p'))!.deposit(10));
    };
    await expect(repository.save(first.deposit(1))).rejects.toMatchObject({
      code: 'REPOSITORY_FAILED',
      retryable: false,
    });
  });

  test.each([true, false])('completes a delete (it took effect: %s)', async (effect) => {
    takesEffect = effect;
    await other.save(samplePortfolio('p'));
    lost = 1;
    await repository.delete('p', 1);
    expect(await repository.load('p')).toBe(null);
  });

  test("does not mistake another writer's delete for its own", async () => {
    takesEffect = false;
    await other.save(samplePortfolio('p'));
    lost = 1;
    meanwhile = () => other.delete('p', 1);
    await expect(repository.delete('p', 1)).rejects.toMatchObject({ code: 'PORTFOLIO_DELETED' });
  });

  test('saves a set of valuations again, which changes nothing', async () => {
    takesEffect = true;
    await other.save(samplePortfolio('p'));
    lost = 1;
    expect(await repository.saveValuations([sampleValuation('p')])).toEqual(['outdated']);
    expect(await repository.loadValuations(['p'])).toHaveLength(1);
    takesEffect = false;
    lost = 1;
    expect(
      await repository.saveValuations([sampleValuation('p', { priceOrder: sampleOrder(2e12) })]),
    ).toEqual(['saved']);
  });

  test('reports after the last attempt that the save may have taken effect', async () => {
    takesEffect = true;
    lost = Infinity;
    await expect(repository.save(samplePortfolio('p'))).rejects.toThrow(/may have taken effect/);
  });
});

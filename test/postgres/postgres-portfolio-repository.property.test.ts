import fc from 'fast-check';
import { findHolders, loadPortfolios } from '../../src/core/portfolio/repository-calls.js';
import { expect, test } from 'vitest';
import {
  plain,
  samplePortfolio,
  samplePrice,
  sampleValuation,
} from '../../src/conformance/portfolio-repository/sample-data.js';
import { Portfolio } from '../../src/core/portfolio/portfolio.js';
import { InMemoryPortfolioRepository } from '../../src/memory/in-memory-portfolio-repository.js';
import { contentsOf, repositoryStep, runStep } from '../conformance/repository-steps.js';
import { sized } from '../sizes.js';
import { SLOW_TEST_MS } from '../waiting.js';
import { sharedPglite } from './empty-pglite.js';
import { freshRepository, pgliteStore } from './stores.js';

// Large runs use the time limit of their suite.
const LIMIT = sized({ quick: { timeout: SLOW_TEST_MS }, full: {} });
const database = sharedPglite();
const store = pgliteStore(database);

test(
  'returns the same results as the in-memory repository, for any saves, deletes, valuations and prices',
  LIMIT,
  async () => {
    const { repository, schema } = await freshRepository(store, {
      pageSize: 1,
      chunkSize: 2,
      ledgerPageSize: 1,
    });
    const wipe = `TRUNCATE ${schema}.tickmark_portfolios, ${schema}.tickmark_prices CASCADE`;
    await fc.assert(
      fc.asyncProperty(fc.array(repositoryStep, { maxLength: 20, size: 'max' }), async (script) => {
        await database.exec(wipe);
        const model = new InMemoryPortfolioRepository();
        for (const each of script)
          expect(await runStep(repository, each)).toEqual(await runStep(model, each));
        expect(await contentsOf(repository)).toEqual(await contentsOf(model));
      }),
      { numRuns: sized({ quick: 15, gate: 20, full: 1_000 }) },
    );
  },
);

const ODD = [
  ':',
  '{',
  '}',
  '*',
  '?',
  '[',
  ']',
  '\r',
  '\n',
  '\0',
  "'",
  '"',
  ';',
  '\\',
  '\ud800',
  '$1',
  '--',
  '%',
  'NULL',
  ',',
];
const INJECTIONS = [
  "'; DROP TABLE tickmark_portfolios; --",
  "' OR '1'='1",
  '"; DELETE FROM bystander; --',
  '\'); UPDATE bystander SET note = 1; ("',
  '{"}',
  '},{',
  "\\'; DROP SCHEMA public CASCADE; --",
  '$$; DROP TABLE bystander; $$',
  '/* */ UNION SELECT * FROM pg_user --',
  "E'\\x27'; COMMIT; DROP TABLE bystander",
];

test('returns 1,000 hostile names unchanged from every method, and touches nothing else', LIMIT, async () => {
  const { repository } = await freshRepository(store, { chunkSize: 300 });
  await database.exec("CREATE TABLE bystander (note text); INSERT INTO bystander VALUES ('untouched')");
  const relations = `SELECT count(*) FROM pg_class`;
  const before = (await database.query(relations)).rows;
  const names = Array.from(
    { length: 1000 },
    (_, n) => `${INJECTIONS[n % 10]}${ODD[n % ODD.length]}${ODD[(n >> 4) % ODD.length]}${n}`,
  );
  expect(new Set(names).size).toBe(1000);
  const whole = Portfolio.create({
    id: names[0]!,
    currency: 'USD',
    positions: names.map((name, n) => ({ symbol: name, quantity: n + 1 })),
  });
  await repository.save(whole);
  expect(plain((await repository.load(names[0]!, { ledger: 'whole' }))!.toSnapshot())).toEqual(
    plain(whole.withVersion(1).toSnapshot()),
  );
  await repository.savePrices(names.map((name, n) => samplePrice(name, n + 1)));
  const prices = await repository.loadPrices();
  expect(prices.map((price) => price.symbol).sort()).toEqual([...names].sort());
  const count = sized({ quick: 100, gate: 300, full: 1000 });
  for (const name of names.slice(1, count)) await repository.save(samplePortfolio(name));
  const stored = names.slice(0, count);
  const outcomes = await repository.saveValuations(names.map((name) => sampleValuation(name)));
  expect(outcomes).toEqual(names.map((_, n) => (n < stored.length ? 'saved' : 'missing')));
  const loaded = await repository.loadValuations(names);
  expect(loaded.map(({ portfolioId }) => portfolioId).sort()).toEqual([...stored].sort());
  expect((await loadPortfolios(repository, names)).map((each) => each.id).sort()).toEqual([...stored].sort());
  for (const name of names.slice(0, count / 2)) {
    expect(await findHolders(repository, name)).toEqual([names[0]]);
    expect((await repository.load(name))?.id).toBe(name);
  }
  const streamed: string[] = [];
  for await (const each of repository.stream()) streamed.push(each.id);
  expect(streamed.sort()).toEqual([...stored].sort());
  for (const name of stored.slice(0, 50)) await repository.delete(name, 1);
  expect(await loadPortfolios(repository, stored.slice(0, 50))).toEqual([]);
  expect((await database.query('SELECT note FROM bystander')).rows).toEqual([{ note: 'untouched' }]);
  expect((await database.query(relations)).rows).toEqual(before);
});

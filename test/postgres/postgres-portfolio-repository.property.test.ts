import fc from 'fast-check';
import { findHolders, loadPortfolios, savePortfolios } from '../../src/core/portfolio/repository-calls.js';
import { expect, test } from 'vitest';
import {
  plain,
  samplePortfolio,
  samplePrice,
  sampleOrder,
  sampleValuation,
} from '../../src/conformance/portfolio-repository/sample-data.js';
import type { TickmarkError } from '../../src/core/errors.js';
import { Decimal } from '../../src/core/money/decimal.js';
import type { PortfolioRepository } from '../../src/core/portfolio/portfolio-repository.js';
import { STREAMED_FIGURES } from '../../src/core/portfolio/figures/portfolio-totals.js';
import { Portfolio } from '../../src/core/portfolio/portfolio.js';
import { InMemoryPortfolioRepository } from '../../src/memory/in-memory-portfolio-repository.js';
import { sized } from '../sizes.js';
import { SLOW_TEST_MS } from '../waiting.js';
import { sharedPglite } from './empty-pglite.js';
import { freshRepository, pgliteStore } from './stores.js';

// Large runs use the time limit of their suite.
const LIMIT = sized({ quick: { timeout: SLOW_TEST_MS }, full: {} });
const database = sharedPglite();
const store = pgliteStore(database);

const id = fc.constantFrom('p', 'q');
const version = fc.nat(4);
const symbol = fc.constantFrom('A', 'B', 'C');
const step = fc.oneof(
  fc.record({
    do: fc.constant('save' as const),
    id,
    version,
    held: fc.dictionary(symbol, fc.integer({ min: 1, max: 9 })),
  }),
  fc.record({
    do: fc.constant('save many' as const),
    given: fc.array(fc.record({ id, version, held: fc.subarray(['A', 'B', 'C']) }), { maxLength: 5 }),
  }),
  fc.record({ do: fc.constant('delete' as const), id, version }),
  fc.record({
    do: fc.constant('value' as const),
    offers: fc.array(
      fc.record({
        id: fc.constantFrom('p', 'q', 'x'),
        version,
        time: fc.nat(2),
        sum: fc.nat(2),
        name: fc.constantFrom(...STREAMED_FIGURES),
        figure: fc.option(fc.nat(1)),
      }),
      { maxLength: 5 },
    ),
  }),
  fc.record({
    do: fc.constant('price' as const),
    prices: fc.array(fc.tuple(symbol, fc.integer(), fc.nat(3)), { maxLength: 4 }),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function run(repository: PortfolioRepository, each: Step): Promise<unknown> {
  try {
    if (each.do === 'save') {
      const positions = Object.entries(each.held).map(([name, quantity]) => ({ symbol: name, quantity }));
      const portfolio = Portfolio.create({
        id: each.id,
        currency: 'USD',
        positions,
        cash: { USD: each.version },
      });
      return plain(await repository.save(portfolio.withVersion(each.version)));
    }
    if (each.do === 'save many') {
      const portfolios = each.given.map(({ id: portfolioId, version: at, held }) =>
        Portfolio.create({
          id: portfolioId,
          currency: 'USD',
          positions: held.map((name) => ({ symbol: name, quantity: at + 1 })),
          cash: { USD: at, EUR: 1 },
        }).withVersion(at),
      );
      return (await savePortfolios(repository, portfolios)).map((result) => {
        if (result.outcome === 'saved') return plain(result.portfolio);
        const { code, actualVersion } = result.error as TickmarkError & { actualVersion?: number };
        return [result.outcome, code, actualVersion];
      });
    }
    if (each.do === 'delete') return await repository.delete(each.id, each.version);
    if (each.do === 'price') {
      return await repository.savePrices(
        each.prices.map(([name, price, time]) => samplePrice(name, price, time)),
      );
    }
    return await repository.saveValuations(
      each.offers.map(({ id: portfolioId, version: at, time, sum, name, figure }) =>
        sampleValuation(portfolioId, {
          version: at,
          priceOrder: sampleOrder(time),
          valuedAt: sum,
          [name]: figure === null ? null : Decimal.from(figure),
        }),
      ),
    );
  } catch (error) {
    const { code, actualVersion } = error as TickmarkError & { actualVersion?: number };
    return { code, actualVersion };
  }
}

async function contents(repository: PortfolioRepository): Promise<unknown> {
  const streamed: unknown[] = [];
  for await (const portfolio of repository.stream()) streamed.push(portfolio);
  const prices = (await repository.loadPrices()).sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
  const valuations = await repository.loadValuations(['p', 'q', 'x']);
  const holders = await Promise.all(['A', 'B', 'C'].map((name) => findHolders(repository, name)));
  return plain({
    portfolios: [await repository.load('p'), await repository.load('q')],
    streamed: sortedBy('id', streamed as { id: string }[]),
    valuations: sortedBy('portfolioId', valuations),
    prices,
    holders: holders.map((each) => each.sort()),
  });
}

function sortedBy<Key extends string, Item extends Record<Key, string>>(key: Key, items: Item[]): Item[] {
  return items.sort((a, b) => (a[key] < b[key] ? -1 : 1));
}

test(
  'returns the same results as the in-memory repository, for any saves, deletes, valuations and prices',
  LIMIT,
  async () => {
    const { repository, schema } = await freshRepository(store, { pageSize: 1, chunkSize: 2 });
    const wipe = `TRUNCATE ${schema}.tickmark_portfolios, ${schema}.tickmark_prices CASCADE`;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20, size: 'max' }), async (script) => {
        await database.exec(wipe);
        const model = new InMemoryPortfolioRepository();
        for (const each of script) expect(await run(repository, each)).toEqual(await run(model, each));
        expect(await contents(repository)).toEqual(await contents(model));
      }),
      { numRuns: sized({ quick: 15, gate: 250, full: 1_000 }) },
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
  expect(plain((await repository.load(names[0]!))!.toSnapshot())).toEqual(
    plain(whole.withVersion(1).toSnapshot()),
  );
  await repository.savePrices(names.map((name, n) => samplePrice(name, n + 1)));
  const prices = await repository.loadPrices();
  expect(prices.map((price) => price.symbol).sort()).toEqual([...names].sort());
  const count = sized({ quick: 100, gate: 1000, full: 1000 });
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

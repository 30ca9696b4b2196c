import type { ConcurrencyError } from '../../core/errors.js';
import { Portfolio } from '../../core/portfolio/portfolio.js';
import { assert, assertEqual, assertRejects } from '../assertions.js';
import { skipWithout, type RepositoryKit } from './repository-kit.js';
import { assertSamePortfolio, samplePortfolio, sorted } from './sample-data.js';

export function holdingsRules(kit: RepositoryKit): void {
  kit.factoryRule('createHarness() makes stores that share nothing', async (one, other) => {
    assert(one.repository !== other.repository, 'createHarness() gives a new repository each time');
    await one.repository.save(samplePortfolio('p'));
    assertEqual(await other.repository.load('p'), null, 'a portfolio of another store');
  });

  kit.rule('load() of an unknown id returns null', async ({ repository }) => {
    assertEqual(await repository.load('p'), null, 'load() of an unknown id');
  });

  kit.rule('a saved portfolio loads as it was saved, at version 1', async ({ repository }) => {
    const portfolio = samplePortfolio('p');
    const saved = await repository.save(portfolio);
    assertSamePortfolio(saved, portfolio.withVersion(1));
    assertSamePortfolio(await repository.load('p'), saved);
    assertEqual(portfolio.version, 0, 'version of the portfolio that was given');
  });

  kit.rule('each save raises the version by one', async ({ repository }) => {
    let portfolio = samplePortfolio('p');
    for (let version = 1; version <= 4; version++) {
      portfolio = await repository.save(portfolio.buy('MSFT', version, '300.5'));
      assertEqual(portfolio.version, version, 'version after a save');
      assertSamePortfolio(await repository.load('p'), portfolio);
    }
  });

  kit.rule(
    'a save that expects another version fails with VERSION_CONFLICT and changes nothing',
    async (h) => {
      const first = await h.repository.save(samplePortfolio('p'));
      const second = await h.repository.save(first.deposit(1));
      for (const stale of [first, second.withVersion(3)]) {
        const error = await assertRejects(h.repository.save(stale.deposit(99)), 'VERSION_CONFLICT', 'save()');
        const { portfolioId, expectedVersion } = error as ConcurrencyError;
        assertEqual(
          [portfolioId, expectedVersion],
          ['p', stale.version],
          'portfolio and version of the error',
        );
        assert(error.retryable, 'VERSION_CONFLICT is retryable');
      }
      assertSamePortfolio(await h.repository.load('p'), second);
    },
  );

  kit.rule('a new portfolio with an existing id fails with VERSION_CONFLICT', async ({ repository }) => {
    const saved = await repository.save(samplePortfolio('p'));
    await assertRejects(repository.save(samplePortfolio('p').deposit(99)), 'VERSION_CONFLICT', 'save()');
    assertSamePortfolio(await repository.load('p'), saved);
  });

  kit.rule('a save that expects a version of an unknown id fails with PORTFOLIO_NOT_FOUND', async (h) => {
    const unknown = samplePortfolio('p').withVersion(3);
    const error = await assertRejects(h.repository.save(unknown), 'PORTFOLIO_NOT_FOUND', 'save()');
    assertEqual((error as { portfolioId?: string }).portfolioId, 'p', 'portfolio of the error');
    assertEqual(await h.repository.load('p'), null, 'load() afterwards');
  });

  kit.rule(
    'loadMany(), optional, returns the portfolios that exist, each once',
    async ({ repository }) => {
      for (const id of ['a', 'b', 'c']) await repository.save(samplePortfolio(id));
      const loaded = await repository.loadMany!(['c', 'x', 'a', 'c']);
      assertEqual(sorted(loaded.map(({ id }) => id)), ['a', 'c'], 'ids');
      for (const each of loaded) assertSamePortfolio(each, samplePortfolio(each.id).withVersion(1));
      assertEqual(await repository.loadMany!([]), [], 'loadMany() of no ids');
    },
    skipWithout('loadMany'),
  );

  kit.rule('a portfolio without positions and cash can be stored', async ({ repository }) => {
    const saved = await repository.save(Portfolio.create({ id: 'p', currency: 'EUR' }));
    assertSamePortfolio(await repository.load('p'), saved);
  });
}

import type { ConcurrencyError, EntityNotFoundError } from '../../core/errors.js';
import type { PortfolioRepository } from '../../core/portfolio/portfolio-repository.js';
import type { Portfolio } from '../../core/portfolio/portfolio.js';
import { findHolders, loadPortfolios, savePortfolios } from '../../core/portfolio/repository-calls.js';
import { assert, assertEqual } from '../assertions.js';
import { skipWithout, type RepositoryKit } from './repository-kit.js';
import { assertSamePortfolio, offer, samplePortfolio, sampleValuation, sorted } from './sample-data.js';

export function saveManyRules(kit: RepositoryKit): void {
  const rule: RepositoryKit['rule'] = (name, run) => kit.rule(name, run, skipWithout('saveMany'));

  rule('saveMany() stores new and changed portfolios, each one version higher', async ({ repository }) => {
    const first = await repository.save(samplePortfolio('changed'));
    const changed = first.buy('MSFT', 1, '300.5').sell('AAPL', 10, 160);
    const given = [samplePortfolio('z'), changed, samplePortfolio('a', { positions: [], cash: {} })];
    const saved = await allSaved(repository, given);
    for (const [at, portfolio] of given.entries()) {
      assertSamePortfolio(saved[at], portfolio.withVersion(portfolio.version + 1));
      assertSamePortfolio(await repository.load(portfolio.id), saved[at]!);
    }
    assertEqual(given[0]!.version, 0, 'version of a portfolio that was given');
    assertEqual(await findHolders(repository, 'MSFT'), ['changed'], 'holders of a symbol that was bought');
    assertEqual(await findHolders(repository, 'AAPL'), ['z'], 'holders of a symbol that was sold');
  });

  rule(
    'saveMany() accepts or rejects each portfolio individually and returns outcomes in order',
    async ({ repository }) => {
      const stale = await repository.save(samplePortfolio('stale'));
      const newer = await repository.save(stale.deposit(1));
      const deleted = await repository.save(samplePortfolio('deleted'));
      await repository.delete('deleted', 1);
      const good = await repository.save(samplePortfolio('good'));
      const changed = good.deposit(5);
      const given = [
        stale.deposit(99),
        samplePortfolio('new'),
        samplePortfolio('unknown').withVersion(3),
        deleted.deposit(99),
        changed,
        samplePortfolio('stale').deposit(99),
      ];
      const outcomes = await savePortfolios(repository, given);
      assertEqual(
        outcomes.map(({ outcome }) => outcome),
        ['conflict', 'saved', 'missing', 'missing', 'saved', 'conflict'],
        'outcomes',
      );
      const errors = outcomes.map((each) => (each.outcome === 'saved' ? null : each.error.code));
      assertEqual(
        errors,
        ['VERSION_CONFLICT', null, 'PORTFOLIO_NOT_FOUND', 'PORTFOLIO_DELETED', null, 'VERSION_CONFLICT'],
        'codes of the errors',
      );
      const refused = outcomes.flatMap((each) => (each.outcome === 'saved' ? [] : each.error));
      assertEqual(
        refused.map((error) => (error as ConcurrencyError | EntityNotFoundError).portfolioId),
        ['stale', 'unknown', 'deleted', 'stale'],
        'portfolios of the errors',
      );
      assertEqual((refused[0] as ConcurrencyError).expectedVersion, 1, 'version that was expected');
      assertSamePortfolio(await repository.load('stale'), newer);
      assertSamePortfolio(await repository.load('good'), changed.withVersion(2));
      const stored = await loadPortfolios(repository, ['new', 'unknown', 'deleted']);
      assertEqual(
        stored.map(({ id }) => id),
        ['new'],
        'portfolios that exist of those that were new, unknown and deleted',
      );
    },
  );

  rule('saveMany() of two changes of one portfolio compares the second with the first', async (h) => {
    const loaded = await h.repository.save(samplePortfolio('p'));
    const last = loaded.deposit(3);
    const given = [loaded.deposit(1), loaded.deposit(2), last.withVersion(2)];
    const outcomes = await savePortfolios(h.repository, given);
    assertEqual(
      outcomes.map(({ outcome }) => outcome),
      ['saved', 'conflict', 'saved'],
      'outcomes',
    );
    assertSamePortfolio(await h.repository.load('p'), last.withVersion(3));
  });

  rule(
    'saveMany() can use a deleted id again, at a version above all earlier ones',
    async ({ repository }) => {
      const first = await repository.save(samplePortfolio('p'));
      await repository.save(first.deposit(1));
      await repository.delete('p', 2);
      const [saved] = await allSaved(repository, [samplePortfolio('p')]);
      assert(saved!.version > 2, `the version is above 2: ${saved!.version}`);
      assertSamePortfolio(await repository.load('p'), saved!);
    },
  );

  rule('after saveMany(), a valuation of the version before it is a conflict', async ({ repository }) => {
    const saved = await allSaved(repository, [samplePortfolio('p'), samplePortfolio('q')]);
    assertEqual(await offer(repository, sampleValuation('p')), 'saved', 'valuation of the version stored');
    await allSaved(repository, [saved[0]!.deposit(1)]);
    assertEqual(await offer(repository, sampleValuation('p', { valuedAt: 9e12 })), 'conflict', 'valuation');
  });

  rule(
    'when overlapping sets are saved at the same time, each portfolio is saved by exactly one of them',
    async ({ repository }) => {
      const ids = Array.from({ length: 20 }, (_, index) => `p${index}`);
      const loaded = await allSaved(
        repository,
        ids.map((id) => samplePortfolio(id)),
      );
      const sets = [loaded, [...loaded].reverse(), loaded.slice(5), loaded.slice(0, 15)];
      const results = await Promise.all(
        sets.map((set, at) =>
          savePortfolios(
            repository,
            set.map((portfolio) => portfolio.deposit(at + 1)),
          ),
        ),
      );
      const saved: Portfolio[] = [];
      for (const result of results.flat()) {
        if (result.outcome === 'saved') saved.push(result.portfolio);
        else assertEqual(result.outcome, 'conflict', 'outcome of a portfolio that lost the race');
      }
      assertEqual(sorted(saved.map(({ id }) => id)), sorted(ids), 'portfolios that were saved');
      for (const portfolio of saved) assertSamePortfolio(await repository.load(portfolio.id), portfolio);
    },
  );

  rule('saveMany() of an empty list returns no outcomes', async ({ repository }) => {
    assertEqual(await repository.saveMany!([]), [], 'outcomes');
  });
}

async function allSaved(
  repository: PortfolioRepository,
  portfolios: readonly Portfolio[],
): Promise<Portfolio[]> {
  const outcomes = await savePortfolios(repository, portfolios);
  return outcomes.map((result) => {
    if (result.outcome !== 'saved') throw result.error;
    return result.portfolio;
  });
}

import { assert, assertEqual, assertRejects } from '../assertions.js';
import { findHolders, loadPortfolios } from '../../core/portfolio/repository-calls.js';
import type { RepositoryKit } from './repository-kit.js';
import { assertSamePortfolio, offer, samplePortfolio, sampleValuation } from './sample-data.js';

export function deletionRules(kit: RepositoryKit): void {
  kit.rule('a deleted portfolio is no longer returned by any method', async ({ repository }) => {
    await repository.save(samplePortfolio('p'));
    await repository.save(samplePortfolio('other'));
    await repository.delete('p', 1);
    assertEqual(await repository.load('p'), null, 'load()');
    assertEqual(
      (await loadPortfolios(repository, ['p', 'other'])).map(({ id }) => id),
      ['other'],
      'loadMany()',
    );
    assertEqual(await findHolders(repository, 'AAPL'), ['other'], 'findHolders()');
    const streamed: string[] = [];
    for await (const { id } of repository.stream()) streamed.push(id);
    assertEqual(streamed, ['other'], 'stream()');
  });

  kit.rule('delete() removes the valuation', async ({ repository }) => {
    await repository.save(samplePortfolio('p'));
    await offer(repository, sampleValuation('p'));
    await repository.delete('p', 1);
    assertEqual(await repository.loadValuations(['p']), [], 'loadValuations() after delete()');
    await repository.save(samplePortfolio('p'));
    assertEqual(await repository.loadValuations(['p']), [], 'loadValuations() after the id is used again');
  });

  kit.rule(
    'delete() that expects another version fails with VERSION_CONFLICT and deletes nothing',
    async (h) => {
      const first = await h.repository.save(samplePortfolio('p'));
      const second = await h.repository.save(first.deposit(1));
      await offer(h.repository, sampleValuation('p', { version: 2 }));
      for (const version of [0, 1, 3]) {
        await assertRejects(
          h.repository.delete('p', version),
          'VERSION_CONFLICT',
          `delete() of version ${version}`,
        );
      }
      assertSamePortfolio(await h.repository.load('p'), second);
      assertEqual((await h.repository.loadValuations(['p'])).length, 1, 'valuations');
    },
  );

  kit.rule('delete() of an unknown id fails with PORTFOLIO_NOT_FOUND', async ({ repository }) => {
    await assertRejects(repository.delete('p', 1), 'PORTFOLIO_NOT_FOUND', 'delete()');
  });

  kit.rule(
    'save() and delete() of a deleted portfolio fail with PORTFOLIO_DELETED',
    async ({ repository }) => {
      const saved = await repository.save(samplePortfolio('p'));
      await repository.delete('p', 1);
      const error = await assertRejects(repository.save(saved.deposit(1)), 'PORTFOLIO_DELETED', 'save()');
      assertEqual((error as { portfolioId?: string }).portfolioId, 'p', 'portfolio of the error');
      await assertRejects(repository.delete('p', 1), 'PORTFOLIO_DELETED', 'delete() again');
      assertEqual(await repository.load('p'), null, 'load() after the rejected save');
    },
  );

  kit.rule('a deleted id can be used again, at a version above all earlier ones', async ({ repository }) => {
    const first = await repository.save(samplePortfolio('p'));
    const second = await repository.save(first.deposit(1));
    await repository.delete('p', second.version);
    const again = await repository.save(
      samplePortfolio('p', { positions: [{ symbol: 'MSFT', quantity: 1 }] }),
    );
    assert(
      again.version > second.version,
      `version ${again.version}, after the id was used again, is above ${second.version}`,
    );
    assertSamePortfolio(await repository.load('p'), again);
    assertEqual(await findHolders(repository, 'MSFT'), ['p'], 'holders of a symbol of the new portfolio');
    assertEqual(await findHolders(repository, 'AAPL'), [], 'holders of a symbol of the deleted portfolio');
    const next = await repository.save(again.deposit(1));
    assertEqual(next.version, again.version + 1, 'version after the next save');
  });

  kit.rule(
    'versions from before a deletion are rejected once the id is used again',
    async ({ repository }) => {
      const former = [await repository.save(samplePortfolio('p'))];
      former.push(await repository.save(former[0]!.deposit(1)));
      await repository.delete('p', 2);
      const again = await repository.save(samplePortfolio('p'));
      for (const portfolio of former) {
        const { version } = portfolio;
        await assertRejects(
          repository.save(portfolio.deposit(99)),
          'VERSION_CONFLICT',
          `save() of version ${version}`,
        );
        await assertRejects(
          repository.delete('p', version),
          'VERSION_CONFLICT',
          `delete() of version ${version}`,
        );
        const outcome = await offer(repository, sampleValuation('p', { version }));
        assertEqual(outcome, 'conflict', `outcome of a valuation of version ${version}`);
      }
      assertSamePortfolio(await repository.load('p'), again);
    },
  );
}

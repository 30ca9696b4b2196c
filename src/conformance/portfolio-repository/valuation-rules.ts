import { mapFigures } from '../../core/portfolio/figures/portfolio-totals.js';
import { assertEqual } from '../assertions.js';
import type { RepositoryKit } from './repository-kit.js';
import {
  assertSamePortfolio,
  assertStored,
  offer,
  sampleOrder,
  samplePortfolio,
  sampleValuation,
  sorted,
} from './sample-data.js';

const MANY = 2_500;

export function valuationRules(kit: RepositoryKit): void {
  kit.rule('a valuation is stored as it was given', async ({ repository }) => {
    await repository.save(samplePortfolio('p'));
    const valuation = sampleValuation('p');
    assertEqual(await offer(repository, valuation), 'saved', 'outcome');
    await assertStored(repository, valuation);
  });

  kit.rule('unknown figures are stored as null, never as 0', async ({ repository }) => {
    await repository.save(samplePortfolio('p'));
    const valuation = sampleValuation('p', {
      ...mapFigures(() => null),
      complete: false,
      priceTime: 0,
      receivedAt: null,
      liveUntil: null,
      unpriced: ['AAPL', 'TSLA'],
      unconverted: ['EUR'],
    });
    assertEqual(await offer(repository, valuation), 'saved', 'outcome');
    await assertStored(repository, valuation);
  });

  kit.rule('a valuation changes neither version nor holdings', async ({ repository }) => {
    const saved = await repository.save(samplePortfolio('p'));
    await offer(repository, sampleValuation('p'));
    assertSamePortfolio(await repository.load('p'), saved);
    assertEqual((await repository.save(saved.deposit(1))).version, 2, 'version after the next save');
  });

  kit.rule('a valuation of an older version of the holdings is a conflict', async ({ repository }) => {
    const first = await repository.save(samplePortfolio('p'));
    await repository.save(first.deposit(1));
    const newer = sampleValuation('p', { version: 1, priceOrder: sampleOrder(2) });
    assertEqual(await offer(repository, newer), 'conflict', 'outcome');
    assertEqual(await repository.loadValuations(['p']), [], 'stored valuations');
  });

  kit.rule('a valuation of a version that is not stored is a conflict', async ({ repository }) => {
    await repository.save(samplePortfolio('p'));
    for (const version of [0, 2]) {
      assertEqual(
        await offer(repository, sampleValuation('p', { version })),
        'conflict',
        `version ${version}`,
      );
    }
    assertEqual(await repository.loadValuations(['p']), [], 'stored valuations');
  });

  kit.rule('after a change of holdings, a valuation with older prices is saved', async ({ repository }) => {
    const first = await repository.save(samplePortfolio('p'));
    await offer(repository, sampleValuation('p', { priceOrder: sampleOrder(2) }));
    await repository.save(first.deposit(1));
    const valuation = sampleValuation('p', { version: 2, priceOrder: sampleOrder(1) });
    assertEqual(await offer(repository, valuation), 'saved', 'outcome');
    await assertStored(repository, valuation);
  });

  kit.rule(
    'a valuation of an unknown or deleted portfolio has the outcome missing',
    async ({ repository }) => {
      await repository.save(samplePortfolio('deleted'));
      await repository.delete('deleted', 1);
      for (const id of ['unknown', 'deleted']) {
        assertEqual(
          await offer(repository, sampleValuation(id)),
          'missing',
          `outcome for an ${id} portfolio`,
        );
      }
      assertEqual(await repository.loadValuations(['unknown', 'deleted']), [], 'stored valuations');
    },
  );

  kit.rule(
    'saveValuations() accepts or rejects each valuation individually and returns outcomes in order',
    async ({ repository }) => {
      for (const id of ['a', 'b', 'c', 'd']) await repository.save(samplePortfolio(id));
      await repository.save(samplePortfolio('b').withVersion(1));
      await offer(repository, sampleValuation('c'));
      const set = [
        sampleValuation('unknown'),
        sampleValuation('d'),
        sampleValuation('c', { priceOrder: sampleOrder(1) }),
        sampleValuation('b'),
        sampleValuation('a'),
      ];
      const outcomes = await repository.saveValuations(set);
      assertEqual(outcomes, ['missing', 'saved', 'outdated', 'conflict', 'saved'], 'outcomes');
      const stored = await repository.loadValuations(['a', 'b', 'c', 'd']);
      assertEqual(sorted(stored.map(({ portfolioId }) => portfolioId)), ['a', 'c', 'd'], 'stored valuations');
      await assertStored(repository, sampleValuation('c'));
    },
  );

  kit.rule('saveValuations() of an empty list returns an empty list', async ({ repository }) => {
    assertEqual(await repository.saveValuations([]), [], 'outcomes');
  });

  kit.rule('loadValuations() returns the valuations that exist, each once', async ({ repository }) => {
    for (const id of ['a', 'b', 'unvalued']) await repository.save(samplePortfolio(id));
    await repository.saveValuations([sampleValuation('a'), sampleValuation('b')]);
    const loaded = await repository.loadValuations(['b', 'unvalued', 'unknown', 'b']);
    assertEqual(
      loaded.map(({ portfolioId }) => portfolioId),
      ['b'],
      'ids',
    );
    assertEqual(await repository.loadValuations([]), [], 'loadValuations() of no ids');
  });

  kit.rule('saveValuations() stores 2,500 valuations in one call', async ({ repository }) => {
    const ids = Array.from({ length: MANY }, (_, n) => `p${n}`);
    for (let at = 0; at < MANY; at += 500) {
      const created = ids.slice(at, at + 500).map((id) => samplePortfolio(id));
      if (repository.saveMany) await repository.saveMany(created);
      else await Promise.all(created.map((portfolio) => repository.save(portfolio)));
    }
    const set = ids.map((id, n) => sampleValuation(id, { priceTime: n, version: n % 10 === 3 ? 9 : 1 }));
    const outcomes = await repository.saveValuations(set);
    assertEqual(
      outcomes,
      ids.map((_, n) => (n % 10 === 3 ? 'conflict' : 'saved')),
      'outcomes',
    );
    const stored = await repository.loadValuations(ids);
    assertEqual(stored.length, MANY * 0.9, 'number of stored valuations');
    for (const { portfolioId, priceTime } of stored) {
      assertEqual(`p${priceTime}`, portfolioId, 'whose valuation it is');
    }
  });
}

import type { PortfolioRepository } from '../../core/portfolio/portfolio-repository.js';
import { assert, assertEqual } from '../assertions.js';
import { skipWithout, type RepositoryKit } from './repository-kit.js';
import { samplePortfolio } from './sample-data.js';

const IDS = Array.from({ length: 250 }, (_, n) => `p${n}`);

export function changeRules(kit: RepositoryKit): void {
  const rule: RepositoryKit['rule'] = (name, run) => kit.rule(name, run, skipWithout('changesSince'));

  rule(
    'changesSince() lists what was saved, created or deleted since then, with its version',
    async ({ repository }) => {
      for (const id of ['same', 'saved', 'deleted', 'again']) await repository.save(samplePortfolio(id));
      await repository.delete('again', 1);
      const { cursor, isReset } = await repository.changesSince!(null);
      assertEqual(isReset, false, 'whether the store was reset');
      await repository.save(samplePortfolio('saved').withVersion(1));
      await repository.save(samplePortfolio('saved').withVersion(2));
      await repository.delete('deleted', 1);
      await repository.save(samplePortfolio('again'));
      await repository.save(samplePortfolio('new'));
      const now = { again: 2, deleted: null, new: 1, same: 1, saved: 3 };
      const changes = await changed(repository, cursor);
      for (const id of ['again', 'deleted', 'new', 'saved']) assert(changes.has(id), `${id} is listed`);
      // Unchanged portfolios may be listed as well, but only with their versions.
      for (const [id, version] of changes)
        assertEqual(version, now[id as keyof typeof now], `version of ${id}`);
      await repository.saveValuations([]);
      const next = (await repository.changesSince!(cursor)).cursor;
      await repository.save(samplePortfolio('new').withVersion(1));
      assertEqual((await changed(repository, next)).get('new'), 2, 'version of a later change');
      assertEqual((await changed(repository, cursor)).get('saved'), 3, 'version of an earlier change');
    },
  );

  rule('changesSince() misses none of many concurrent saves', async ({ repository }) => {
    const versions = new Map<string, number>();
    let cursor = (await repository.changesSince!(null)).cursor;
    const look = async (): Promise<void> => {
      const changes = await repository.changesSince!(cursor);
      for (const [id, version] of changes.portfolios)
        versions.set(id, Math.max(versions.get(id) ?? 0, version!));
      cursor = changes.cursor;
    };
    let isDone = false;
    const looks = (async () => {
      while (!isDone) await look();
    })();
    await Promise.all(
      IDS.map(async (id) => {
        for (let version = 0; version < 3; version++)
          await repository.save(samplePortfolio(id).withVersion(version));
      }),
    );
    isDone = true;
    await looks;
    await look();
    for (const id of IDS) assertEqual(versions.get(id), 3, `last listed version of ${id}`);
  });

  rule('changesSince() with a cursor of another store reports a reset', async ({ repository }) => {
    await repository.save(samplePortfolio('p'));
    const answer = await repository.changesSince!('900000000000000000');
    assertEqual(answer.isReset, true, 'whether the store was reset');
    assertEqual(
      (await repository.changesSince!(answer.cursor)).isReset,
      false,
      'whether it was reset after that',
    );
  });
}

async function changed(repository: PortfolioRepository, since: string): Promise<Map<string, number | null>> {
  const { portfolios } = await repository.changesSince!(since);
  const changes = new Map(portfolios);
  assertEqual(changes.size, portfolios.length, 'number of portfolios, each listed once');
  return changes;
}

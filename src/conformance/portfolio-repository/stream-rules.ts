import type { PortfolioRepository } from '../../core/portfolio/portfolio-repository.js';
import { assert, assertEqual } from '../assertions.js';
import type { RepositoryKit } from './repository-kit.js';
import { assertSamePortfolio, samplePortfolio, sorted } from './sample-data.js';

const COUNT = 250;
const IDS = Array.from({ length: COUNT }, (_, n) => `p${String(n).padStart(3, '0')}`);

export function streamRules(kit: RepositoryKit): void {
  kit.rule('stream() yields every portfolio once', async ({ repository }) => {
    await fill(repository);
    const seen: string[] = [];
    for await (const portfolio of repository.stream()) {
      seen.push(portfolio.id);
      assertSamePortfolio(portfolio, samplePortfolio(portfolio.id).withVersion(1));
    }
    assertEqual(sorted(seen), IDS, 'ids');
  });

  kit.rule('stream() of an empty store yields nothing', async ({ repository }) => {
    for await (const { id } of repository.stream()) assert(false, `no portfolio is stored, but ${id} came`);
  });

  kit.rule('a stream that is left early does not block later calls', async ({ repository }) => {
    await fill(repository);
    for (let round = 0; round < 20; round++) {
      for await (const { id } of repository.stream()) {
        if (id) break;
      }
    }
    const saved = await repository.save(samplePortfolio('late'));
    assertSamePortfolio(await repository.load('late'), saved);
  });

  kit.rule('two concurrent streams each yield every portfolio once', async ({ repository }) => {
    await fill(repository);
    const walk = async (): Promise<string[]> => {
      const seen: string[] = [];
      for await (const { id } of repository.stream()) seen.push(id);
      return sorted(seen);
    };
    for (const seen of await Promise.all([walk(), walk()])) assertEqual(seen, IDS, 'ids');
  });

  kit.rule(
    'stream() yields every lasting portfolio once while others are saved, deleted and created',
    async (h) => {
      await fill(h.repository);
      const seen = new Map<string, number>();
      let step = 0;
      for await (const portfolio of h.repository.stream()) {
        const { id } = portfolio;
        seen.set(id, (seen.get(id) ?? 0) + 1);
        // What is made here may come too, so this must end.
        if (step++ % 10 !== 0 || step > COUNT) continue;
        if (portfolio.version === 1) await h.repository.save(portfolio.deposit(1));
        await h.repository.save(samplePortfolio(`new-${step}`));
        if (step > 10) await h.repository.delete(`new-${step - 10}`, 1);
      }
      for (const id of IDS) assert(seen.has(id), `${id} came`);
      for (const [id, times] of seen) assertEqual(times, 1, `times that ${id} came`);
    },
  );
}

/** For repositories that can say what has changed. */
export function changeRules(kit: RepositoryKit): void {
  kit.rule('changesSince() names what was saved, created or deleted since, with its version', async (h) => {
    const { repository } = h;
    if (!repository.changesSince) return;
    for (const id of ['same', 'saved', 'deleted', 'again']) await repository.save(samplePortfolio(id));
    await repository.delete('again', 1);
    const { cursor, isReset } = await repository.changesSince(null);
    assertEqual(isReset, false, 'whether the store was reset');
    await repository.save(samplePortfolio('saved').withVersion(1));
    await repository.save(samplePortfolio('saved').withVersion(2));
    await repository.delete('deleted', 1);
    await repository.save(samplePortfolio('again'));
    await repository.save(samplePortfolio('new'));
    const now = { again: 2, deleted: null, new: 1, same: 1, saved: 3 };
    const changes = await changed(repository, cursor);
    for (const id of ['again', 'deleted', 'new', 'saved']) assert(changes.has(id), `${id} is named`);
    // Others may be named as well, never with another version than they have.
    for (const [id, version] of changes)
      assertEqual(version, now[id as keyof typeof now], `version of ${id}`);
    await repository.saveValuations([]);
    const next = (await repository.changesSince(cursor)).cursor;
    await repository.save(samplePortfolio('new').withVersion(1));
    assertEqual((await changed(repository, next)).get('new'), 2, 'version of a later change');
    assertEqual((await changed(repository, cursor)).get('saved'), 3, 'version of an earlier change');
  });

  kit.rule('changesSince() misses no save of many that run at the same time', async ({ repository }) => {
    if (!repository.changesSince) return;
    const versions = new Map<string, number>();
    let cursor = (await repository.changesSince(null)).cursor;
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
    for (const id of IDS) assertEqual(versions.get(id), 3, `version heard of ${id}`);
  });

  kit.rule('changesSince() of a cursor of another store says so', async ({ repository }) => {
    if (!repository.changesSince) return;
    await repository.save(samplePortfolio('p'));
    const answer = await repository.changesSince('900000000000000000');
    assertEqual(answer.isReset, true, 'whether the store was reset');
    assertEqual((await repository.changesSince(answer.cursor)).isReset, false, 'whether it was after that');
  });
}

async function changed(repository: PortfolioRepository, since: string): Promise<Map<string, number | null>> {
  const { portfolios } = await repository.changesSince!(since);
  const changes = new Map(portfolios);
  assertEqual(changes.size, portfolios.length, 'portfolios named once');
  return changes;
}

async function fill(repository: PortfolioRepository): Promise<void> {
  await Promise.all(IDS.map((id) => repository.save(samplePortfolio(id))));
}

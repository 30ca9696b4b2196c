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
    for await (const { id } of repository.stream())
      assert(false, `no portfolio is stored, but ${id} was streamed`);
  });

  kit.rule('leaving stream() early does not block later calls', async ({ repository }) => {
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
    'stream() yields each remaining portfolio exactly once while others are saved, deleted and created',
    async (h) => {
      await fill(h.repository);
      const seen = new Map<string, number>();
      let step = 0;
      for await (const portfolio of h.repository.stream()) {
        const { id } = portfolio;
        seen.set(id, (seen.get(id) ?? 0) + 1);
        // New portfolios may be streamed too, so at some time none must be added.
        if (step++ % 10 !== 0 || step > COUNT) continue;
        if (portfolio.version === 1) await h.repository.save(portfolio.deposit(1));
        await h.repository.save(samplePortfolio(`new-${step}`));
        if (step > 10) await h.repository.delete(`new-${step - 10}`, 1);
      }
      for (const id of IDS) assert(seen.has(id), `${id} was streamed`);
      for (const [id, times] of seen) assertEqual(times, 1, `times that ${id} was streamed`);
    },
  );
}

async function fill(repository: PortfolioRepository): Promise<void> {
  await Promise.all(IDS.map((id) => repository.save(samplePortfolio(id))));
}

import { findHolders, streamPortfolios } from '../../core/portfolio/repository-calls.js';
import { shardOf } from '../../core/shards/shard-of.js';
import type { ShardSelection } from '../../core/shards/shard-selection.js';
import { assertEqual } from '../assertions.js';
import { skipWithout, type RepositoryKit } from './repository-kit.js';
import { samplePortfolio, sorted } from './sample-data.js';

// Of all kinds: ids are hashed in UTF-8, and stores escape what their text cannot contain.
const UNUSUAL_IDS = [
  'ä',
  '组合',
  '😀 mixed',
  'a\\b',
  '\\',
  '\\0',
  'null\0',
  'half \uD83D',
  '\uDE00',
  "o'neill",
  ' ',
  '0',
];
const IDS = [
  ...UNUSUAL_IDS,
  ...Array.from({ length: 100 }, (_, n) => `p${n}`),
  ...Array.from({ length: 20 }, (_, n) => 'x'.repeat(n + 1)),
];
const COUNTS = [1, 3, 64];

/** Rules of calls that are limited to some shards. A repository that ignores the limit passes: callers leave the others out. */
export function shardRules(kit: RepositoryKit): void {
  kit.rule('stream() of some shards yields all their portfolios, each once', async ({ repository }) => {
    for (const id of IDS) await repository.save(samplePortfolio(id));
    for (const count of COUNTS)
      for (const shards of selections(count)) {
        const seen: string[] = [];
        for await (const { id } of streamPortfolios(repository, { shards })) seen.push(id);
        assertEqual(sorted(seen), idsIn(shards), `ids in ${shown(shards)}`);
      }
  });

  kit.rule(
    'findHolders() of some shards returns all their holders',
    async ({ repository }) => {
      for (const id of IDS) await repository.save(samplePortfolio(id));
      await repository.save(samplePortfolio('other', { positions: [] }));
      for (const count of COUNTS)
        for (const shards of selections(count))
          for (const since of [undefined, 0])
            assertEqual(
              sorted(await findHolders(repository, 'AAPL', since, { shards })),
              idsIn(shards),
              `holders in ${shown(shards)}`,
            );
    },
    skipWithout('findHolders'),
  );

  kit.rule(
    'changesSince() of some shards lists all their changes, and its cursor serves other shards',
    async ({ repository }) => {
      await repository.save(samplePortfolio('before'));
      let { cursor } = await repository.changesSince!(null, { shards: { count: 3, shards: [] } });
      for (const id of IDS.slice(0, 40)) await repository.save(samplePortfolio(id));
      for (const shards of selections(3)) {
        const changes = await repository.changesSince!(cursor, { shards });
        const listed = new Map(changes.portfolios);
        for (const id of idsIn(shards, IDS.slice(0, 40)))
          assertEqual(listed.get(id), 1, `version of ${JSON.stringify(id)} in ${shown(shards)}`);
      }
      ({ cursor } = await repository.changesSince!(cursor, { shards: { count: 3, shards: [0] } }));
      await repository.delete('p1', 1);
      const { portfolios } = await repository.changesSince!(cursor, {
        shards: { count: 64, shards: [shardOf('p1', 64)] },
      });
      assertEqual(new Map(portfolios).get('p1'), null, 'version of a deleted portfolio');
    },
    skipWithout('changesSince'),
  );
}

function selections(count: number): ShardSelection[] {
  const all = Array.from({ length: count }, (_, shard) => shard);
  return [
    { count, shards: [] },
    { count, shards: [count - 1] },
    { count, shards: all.filter((shard) => shard % 2 === 0) },
    { count, shards: [...all.toReversed(), 0] },
  ];
}

const idsIn = ({ count, shards }: ShardSelection, ids: readonly string[] = IDS): string[] =>
  sorted(ids.filter((id) => shards.includes(shardOf(id, count))));

const shown = ({ count, shards }: ShardSelection): string =>
  `shards ${shards.join(', ') || 'none'} of ${count}`;

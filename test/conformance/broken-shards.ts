import type { HoldingsChanges } from '../../src/core/portfolio/portfolio-repository.js';
import type { Portfolio } from '../../src/core/portfolio/portfolio.js';
import { murmur2 } from '../../src/core/shards/shard-of.js';
import {
  shardFilter,
  type ShardOptions,
  type ShardSelection,
} from '../../src/core/shards/shard-selection.js';
import { InMemoryPortfolioRepository } from '../../src/memory/in-memory-portfolio-repository.js';

/** Hashes the characters of an id instead of its UTF-8. */
class HashesCharacters extends InMemoryPortfolioRepository {
  override async *stream({ shards }: ShardOptions = {}): AsyncIterable<Portfolio> {
    for await (const portfolio of super.stream()) {
      const characters = Uint8Array.from(portfolio.id, (character) => character.charCodeAt(0));
      const hash = murmur2(characters) & 0x7fffffff;
      if (!shards || shards.shards.includes(hash % shards.count)) yield portfolio;
    }
  }
}

const first = ({ shards }: ShardOptions): ShardSelection | undefined =>
  shards && { ...shards, shards: shards.shards.slice(0, 1) };

class StreamsTheFirstShardOnly extends InMemoryPortfolioRepository {
  override stream(options: ShardOptions = {}): AsyncIterable<Portfolio> {
    return super.stream({ shards: first(options) });
  }
}

class StreamsShardsThatAreGivenTwiceTwice extends InMemoryPortfolioRepository {
  override async *stream({ shards }: ShardOptions = {}): AsyncIterable<Portfolio> {
    if (!shards) return yield* super.stream();
    for (const shard of shards.shards) yield* super.stream({ shards: { ...shards, shards: [shard] } });
  }
}

class LosesHoldersOfShards extends InMemoryPortfolioRepository {
  override async findHolders(symbol: string, since?: number, options: ShardOptions = {}): Promise<string[]> {
    return super.findHolders(symbol, since, { shards: first(options) });
  }
}

class LosesChangesOfShards extends InMemoryPortfolioRepository {
  override async changesSince(since: string | null, options: ShardOptions = {}): Promise<HoldingsChanges> {
    return super.changesSince(since, { shards: first(options) });
  }
}

class LosesDeletionsOfShards extends InMemoryPortfolioRepository {
  override async changesSince(since: string | null, options: ShardOptions = {}): Promise<HoldingsChanges> {
    const changes = await super.changesSince(since, options);
    const isSelected = shardFilter(options.shards, 'changesSince()');
    return {
      ...changes,
      portfolios: changes.portfolios.filter(([id, version]) => isSelected(id) && version !== null),
    };
  }
}

const STREAMS = 'stream() of some shards yields all their portfolios, each once';
const CHANGES = 'changesSince() of some shards lists all their changes, and its cursor serves other shards';

/** Broken repositories, each with the rule that finds it. */
export const BROKEN_SHARDS: Array<[new () => InMemoryPortfolioRepository, string]> = [
  [HashesCharacters, STREAMS],
  [StreamsTheFirstShardOnly, STREAMS],
  [StreamsShardsThatAreGivenTwiceTwice, STREAMS],
  [LosesHoldersOfShards, 'findHolders() of some shards returns all their holders'],
  [LosesChangesOfShards, CHANGES],
  [LosesDeletionsOfShards, CHANGES],
];

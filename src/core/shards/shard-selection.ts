import { checkNumber, checkOptions } from '../options.js';
import { invalidArgument } from '../errors.js';
import { checkShardCount, portfolioHash } from './shard-of.js';

/** Some of the shards into which portfolios fall. */
export interface ShardSelection {
  /** Number of all shards, 1 to 65,536. */
  readonly count: number;
  /** Those that are meant, each from 0 to `count` − 1. */
  readonly shards: readonly number[];
}

/** Options of calls that can be limited to the portfolios of some shards. */
export interface ShardOptions {
  /** The shards whose portfolios are meant. Default: all portfolios. */
  readonly shards?: ShardSelection | undefined;
}

/**
 * A test for ids of portfolios: whether each is in the selected shards. Without a selection, all are.
 *
 * @throws TickmarkError `INVALID_ARGUMENT` for a number of shards, or a shard, out of range.
 *
 * @example
 * ```ts
 * import { shardFilter } from 'tickmark/parts';
 *
 * const isOurs = shardFilter({ count: 64, shards: [0, 44] }, 'example');
 * console.log(isOurs('desk')); // true
 * ```
 */
export function shardFilter(
  selection: ShardSelection | undefined,
  where: string,
): (portfolioId: string) => boolean {
  const checked = checkedSelection({ shards: selection }, where);
  if (!checked) return () => true;
  const { count } = checked;
  const selected = new Set(checked.shards);
  return (portfolioId) => selected.has(portfolioHash(portfolioId) % count);
}

/** The same for the options of a call, whose names are checked. */
export function filterOf(options: ShardOptions, where: string): (portfolioId: string) => boolean {
  return shardFilter(checkedSelection(options, where), where);
}

/**
 * The selected shards of a call, each once.
 * @throws TickmarkError `INVALID_ARGUMENT` for a number of shards, or a shard, out of range.
 */
export function checkedSelection(options: ShardOptions, where: string): ShardSelection | undefined {
  checkOptions(where, options, { shards: true });
  const { shards: selection } = options;
  if (selection === undefined) return undefined;
  const { count, shards } = selection;
  checkShardCount(count, `${where}: shards.count`);
  if (!Array.isArray(shards)) throw invalidArgument(`${where}: shards.shards`, shards, 'an array of numbers');
  for (const shard of shards)
    checkNumber(`${where}: shards.shards`, shard, { from: 0, to: count - 1, isWhole: true });
  return { count, shards: [...new Set<number>(shards)] };
}

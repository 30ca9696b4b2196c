import { checkNumber, withDefaults, checkOptions } from '../options.js';
import type { ShardAssignment, ShardHandlers } from './shard-assignment.js';
import { DEFAULT_SHARD_COUNT, checkShardCount } from './shard-of.js';

/** Options of {@link fixedShards}. */
export interface FixedShardsOptions {
  /** Number of all shards, 1 to 65,536, and at least the number of processes. Default 64. */
  readonly shardCount?: number;
}

/**
 * Every process gets a fixed part of the shards by its number: for platforms that number their processes and restart those that failed,
 * such as a StatefulSet of Kubernetes. Nothing takes over the shards of a process that is down.
 *
 * @param index Number of this process, 0 to `count` − 1.
 * @param count Number of processes.
 * @throws TickmarkError `INVALID_ARGUMENT` for a number out of range.
 *
 * @example
 * ```ts
 * import { fixedShards } from 'tickmark/parts';
 *
 * const ordinal = Number((process.env.HOSTNAME ?? 'worker-0').split('-').at(-1));
 * const shards = fixedShards(ordinal, 4);
 * console.log(shards.shardCount); // 64
 * ```
 */
export function fixedShards(index: number, count: number, options: FixedShardsOptions = {}): ShardAssignment {
  checkOptions('fixedShards', options, { shardCount: true });
  const { shardCount } = withDefaults(options, { shardCount: DEFAULT_SHARD_COUNT });
  checkShardCount(shardCount, 'fixedShards: shardCount');
  checkNumber('fixedShards: count', count, { from: 1, to: shardCount, isWhole: true });
  checkNumber('fixedShards: index', index, { from: 0, to: count - 1, isWhole: true });
  const shards = Array.from({ length: shardCount }, (_, shard) => shard).filter(
    (shard) => shard % count === index,
  );
  return new FixedShards(shardCount, shards);
}

class FixedShards implements ShardAssignment {
  readonly shardCount: number;
  readonly #shards: readonly number[];
  #handlers: ShardHandlers | null = null;
  #stopping: Promise<void> | null = null;

  constructor(shardCount: number, shards: readonly number[]) {
    this.shardCount = shardCount;
    this.#shards = shards;
  }

  async start(handlers: ShardHandlers): Promise<void> {
    this.#handlers = handlers;
    await handlers.assigned(this.#shards);
  }

  async stop(): Promise<void> {
    // A failure to give them up is reported where it happens.
    this.#stopping ??= this.#handlers?.revoked(this.#shards).catch(() => undefined) ?? Promise.resolve();
    await this.#stopping;
  }
}

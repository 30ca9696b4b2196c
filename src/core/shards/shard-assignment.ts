import { partShape } from '../options.js';

/** What a {@link ShardAssignment} calls when the shards of this process change. */
export interface ShardHandlers {
  /**
   * These shards belong to this process from now on, in addition to those it has. Resolves when their portfolios are loaded; it need not be
   * awaited before others are assigned.
   */
  assigned(shards: readonly number[]): Promise<void>;
  /**
   * These shards are to be given up: an orderly hand-over. Resolves when their last values are stored, as far as the store takes them in time,
   * and their portfolios are dropped. The next owner should get them only then.
   */
  revoked(shards: readonly number[]): Promise<void>;
  /** These shards may belong to another process already. Their portfolios are dropped at once, and nothing more is stored. */
  lost(shards: readonly number[]): void;
}

/**
 * Port: says which shards of all portfolios belong to this process, and tells when that changes. Each shard should belong to one process at
 * a time; two for a moment are harmless, since the store accepts only newer valuations.
 *
 * Known implementations: `fixedShards()` (the platform numbers its processes), `LeaseShardAssignment` (over any `Lock`), and
 * `KafkaShardAssignment` of `tickmark/kafka` (a consumer group).
 *
 * An implementation must
 * - assign only shards from 0 to `shardCount` − 1, and none that this process has already;
 * - revoke or lose only shards that this process has, and not assign one again before `revoked()` of it has settled;
 * - call `lost` instead of `revoked` as soon as another process may have a shard;
 * - call nothing before `start()` and after `stop()`.
 *
 * The kit `shardAssignmentConformance` of `tickmark/conformance` tests this.
 */
export interface ShardAssignment {
  /** Number of all shards. All processes must have the same. */
  readonly shardCount: number;
  /**
   * Starts to take part. Resolves when this process is a member; shards may have been assigned before. Called once.
   * @throws TickmarkError if it cannot take part, such as for a topic with another number of partitions than `shardCount`.
   */
  start(handlers: ShardHandlers): Promise<void>;
  /** Gives up all shards, each after `revoked()` of it has settled, and leaves. Idempotent; also before `start()`. */
  stop(): Promise<void>;
}

/** Methods of a shard assignment. */
export const SHARD_ASSIGNMENT = partShape<ShardAssignment>('a ShardAssignment', 'start', 'stop');

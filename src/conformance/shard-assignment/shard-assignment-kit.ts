import type { ShardAssignment } from '../../core/shards/shard-assignment.js';
import type { Harness, Kit, KitOptions } from '../kit.js';

/** A fresh group of members for one case. */
export interface ShardAssignmentHarness extends Harness {
  /** Makes a member of the group, as in another process. It is not started. At most four are made. */
  readonly member: () => Promise<ShardAssignment> | ShardAssignment;
  /** Cuts a member off, as if its process or network had stopped: others take over its shards. Needed for `supports.isolation`. */
  readonly isolate?: (member: ShardAssignment) => Promise<void> | void;
  /** Ends what `isolate` has begun. Needed for `supports.isolation`. */
  readonly reconnect?: (member: ShardAssignment) => Promise<void> | void;
}

/** Abilities of an assignment. */
export interface ShardAssignmentSupport {
  /** Whether members that come and go share the shards among them; `fixedShards()` does not. */
  readonly sharing: boolean;
  /**
   * Whether a shard goes to another member only after `revoked()` has settled, as with leases. Without it, as with the eager protocol of consumer
   * groups, a shard may have two owners while the first gives it up.
   */
  readonly handover: boolean;
  /** Whether `createHarness` returns `isolate` and `reconnect`. */
  readonly isolation: boolean;
}

/** Options of {@link shardAssignmentConformance}. */
export interface ShardAssignmentConformanceOptions extends KitOptions<
  ShardAssignmentHarness,
  ShardAssignmentSupport
> {
  /** Time in ms after which nothing moves any more once members have come or gone. Default 3,000. */
  readonly quietMs?: number;
}

export type ShardAssignmentKit = Kit<ShardAssignmentHarness, ShardAssignmentSupport>;

/** A member of a group, and what it says that it owns. */
export interface ShardClaim {
  readonly memberId: string;
  /** Shards that it owns. */
  readonly shards: readonly number[];
  /** Generation of the group in which they were assigned: where two members claim a shard, the later one is right. */
  readonly generation: number;
}

/**
 * Shares the shards among the members: all parts differ by one shard at most, every shard has one member, and each member keeps what it has as
 * far as its part allows. Does not depend on the order of the members.
 *
 * The idea is that of Kafka's sticky assignor: https://cwiki.apache.org/confluence/display/KAFKA/KIP-54+-+Sticky+Partition+Assignment+Strategy
 *
 * @returns The shards of each member, in ascending order.
 */
export function shareShards(
  members: readonly ShardClaim[],
  shardCount: number,
): ReadonlyMap<string, readonly number[]> {
  const owned = ownedShards(members, shardCount);
  // Those that have most get the larger parts, so that they keep them.
  const ids = [...owned.keys()].sort(
    (a, b) => owned.get(b)!.length - owned.get(a)!.length || (a < b ? -1 : 1),
  );
  const least = Math.floor(shardCount / ids.length);
  const larger = shardCount % ids.length;
  const shares = ids.map((id, at) => {
    const size = least + (at < larger ? 1 : 0);
    return { id, size, shards: owned.get(id)!.slice(0, size) };
  });
  const kept = new Set(shares.flatMap(({ shards }) => shards));
  const free = Array.from({ length: shardCount }, (_, shard) => shard).filter((shard) => !kept.has(shard));
  return new Map(
    shares.map(({ id, size, shards }) => [
      id,
      [...shards, ...free.splice(0, size - shards.length)].sort((a, b) => a - b),
    ]),
  );
}

/** What each member owns: of several claims of a shard, that of the latest generation holds. */
function ownedShards(members: readonly ShardClaim[], shardCount: number): Map<string, number[]> {
  const latestFirst = [...members].sort(
    (a, b) => b.generation - a.generation || (a.memberId < b.memberId ? -1 : 1),
  );
  const taken = new Set<number>();
  const owned = new Map<string, number[]>();
  for (const { memberId, shards } of latestFirst) {
    const own = shards.filter((shard) => {
      const isFree = Number.isInteger(shard) && shard >= 0 && shard < shardCount && !taken.has(shard);
      if (isFree) taken.add(shard);
      return isFree;
    });
    owned.set(
      memberId,
      own.sort((a, b) => a - b),
    );
  }
  return owned;
}

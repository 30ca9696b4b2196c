import type { Buffer } from 'node:buffer';
import { encodeAssignment, encodeSubscription, userDataOf } from './consumer-protocol.js';
import { shareShards, type ShardClaim } from './share-shards.js';

/** An assigner of partitions as `kafkajs` takes them. Source: https://kafka.js.org/docs/consuming#custom-partition-assigner */
export type KafkaPartitionAssigner = (config: {
  readonly cluster: {
    findTopicPartitionMetadata(topic: string): ReadonlyArray<{ readonly partitionId: number }>;
  };
}) => {
  name: string;
  version: number;
  /** Called in the leader of the group with what all members have sent. */
  assign(group: {
    members: Array<{ memberId: string; memberMetadata: Buffer }>;
  }): Promise<Array<{ memberId: string; memberAssignment: Buffer }>>;
  /** Called in each member before it joins: what it sends. */
  protocol(subscription: { topics: string[] }): { name: string; metadata: Buffer };
};

/** What {@link stickyShardAssigner} needs of the member that it belongs to. */
export interface StickyShardAssignerOptions {
  readonly topic: string;
  readonly shardCount: number;
  /** What this member owns now. */
  readonly claim: () => Omit<ShardClaim, 'memberId'>;
  /** This member is about to join, and the topic has so many partitions. What it throws keeps the member out. */
  readonly joining: (partitions: number) => void;
}

/** Name of the protocol, which all members of a group need to have. */
const NAME = 'tickmark-shards';

/** Shares the partitions of a topic so that members keep what they have. Each member tells the leader what that is. */
export function stickyShardAssigner(options: StickyShardAssignerOptions): KafkaPartitionAssigner {
  const { topic, shardCount, claim, joining } = options;
  return ({ cluster }) => ({
    name: NAME,
    version: 0,
    protocol({ topics }) {
      joining(cluster.findTopicPartitionMetadata(topic).length);
      return { name: NAME, metadata: encodeSubscription(topics, JSON.stringify(claim())) };
    },
    async assign({ members }) {
      const claims = members.map(({ memberId, memberMetadata }) => claimOf(memberId, memberMetadata));
      return [...shareShards(claims, shardCount)].map(([memberId, shards]) => ({
        memberId,
        memberAssignment: encodeAssignment(topic, shards),
      }));
    },
  });
}

// A member whose data cannot be read gets its part like one that has nothing.
function claimOf(memberId: string, metadata: Buffer): ShardClaim {
  try {
    const { shards, generation } = JSON.parse(userDataOf(metadata)) as Partial<ShardClaim>;
    if (Array.isArray(shards) && typeof generation === 'number')
      return { memberId, shards: shards as number[], generation };
  } catch {
    // As below.
  }
  return { memberId, shards: [], generation: -1 };
}

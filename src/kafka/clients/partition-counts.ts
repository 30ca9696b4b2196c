import type { KafkaTopicPartition } from '../../kafka-client/kafka-consumer.js';
import type { KafkaPartitionAssigner } from '../shards/sticky-shard-assigner.js';
import type { GroupMember } from './group-member.js';

type Assigner = ReturnType<KafkaPartitionAssigner>;

/**
 * Where the brokers share the partitions, assigners have nothing to assign. They are still told how many partitions there are before the
 * consumer joins, and when there are more, so that they can keep it out.
 */
export class PartitionCounts {
  readonly #assigners: readonly Assigner[];
  readonly #counts = new Map<string, number>();

  constructor(assigners: readonly KafkaPartitionAssigner[]) {
    const findTopicPartitionMetadata = (topic: string): Array<{ partitionId: number }> =>
      Array.from({ length: this.#counts.get(topic) ?? 0 }, (_, partitionId) => ({ partitionId }));
    this.#assigners = assigners.map((assigner) => assigner({ cluster: { findTopicPartitionMetadata } }));
  }

  /** Looks at the topics. @throws what an assigner throws. */
  async check(member: GroupMember, topics: readonly string[]): Promise<void> {
    if (this.#assigners.length === 0) return;
    for (const topic of topics) this.#counts.set(topic, await member.partitionCount(topic));
    for (const assigner of this.#assigners) assigner.protocol({ topics: [...topics] });
  }

  /** Looks again if there are more partitions than were known; `refused` gets what an assigner throws. */
  recheck(
    member: GroupMember,
    partitions: readonly KafkaTopicPartition[],
    refused: (error: unknown) => void,
  ): void {
    const isNew = partitions.some(({ topic, partition }) => partition >= (this.#counts.get(topic) ?? 0));
    if (isNew) void this.check(member, [...this.#counts.keys()]).catch(refused);
  }
}

import type { KafkaRecord, KafkaTopicPartition } from '../../kafka-client/kafka-consumer.js';

/** Where a partition is read from. */
export interface ReadStart extends KafkaTopicPartition {
  readonly offset: bigint;
}

/** Records of a partition, in order. */
export interface ReadBatch extends KafkaTopicPartition {
  readonly messages: readonly KafkaRecord[];
  /** Offset of the first record, also of one that is not delivered; `null` if unknown. */
  readonly firstOffset: bigint | null;
  /** Offset after the newest record of the partition; `null` if unknown. */
  readonly highWatermark: bigint | null;
}

/** What a {@link GroupMember} tells. */
export interface GroupMemberHandlers {
  /** These are all partitions of this member from now on. */
  assigned(partitions: readonly KafkaTopicPartition[]): void;
  /** The group shares the partitions anew: nothing may be delivered until `assigned()`. */
  rebalancing(): void;
  /** A broker has answered. */
  heard(): void;
  /** It is no longer a member, and does not become one again by itself. */
  lost(error: unknown): void;
}

/** How a {@link GroupMember} joins. */
export interface JoinOptions {
  readonly topics: readonly string[];
  /** Where a partition is read from if there is no committed offset, or if that does not exist: its oldest record, or its end. */
  readonly fromBeginning: boolean;
  readonly handlers: GroupMemberHandlers;
}

/** A member of a consumer group, over one client library. It reads the partitions and offsets that it is given. Its errors come from `clientError()`. */
export interface GroupMember {
  readonly memberId: string | null;
  /** Resolves when a broker has answered. */
  connect(): Promise<void>;
  /** Partitions of a topic that exist now. @throws an error of type `UNKNOWN_TOPIC_OR_PARTITION`. */
  partitionCount(topic: string): Promise<number>;
  /** Resolves when it is a member. Partitions may be assigned later. */
  join(options: JoinOptions): Promise<void>;
  /** Where reading starts: at the committed offset, otherwise as `fromBeginning` says. */
  startsOf(partitions: readonly KafkaTopicPartition[]): Promise<readonly ReadStart[]>;
  /** Reads these partitions from these offsets on, and no others. */
  read(starts: readonly ReadStart[]): void;
  /** Waits for records; may resolve without any. Has to be called again and again. */
  next(): Promise<readonly ReadBatch[]>;
  commit(offsets: readonly ReadStart[]): Promise<void>;
  /** Leaves the group and closes all connections. */
  close(): Promise<void>;
}

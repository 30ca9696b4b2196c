/** Headers of a record as the client passes them: bytes, strings, or arrays of these. */
export type KafkaHeaders = Readonly<Record<string, unknown>>;

/** One record of a topic. */
export interface KafkaRecord {
  readonly key: Uint8Array | null;
  /** `null` for a tombstone: the key is deleted. */
  readonly value: Uint8Array | null;
  /** When it was produced or appended, ms since 1970, as a string. */
  readonly timestamp: string;
  /** Its offset in the partition, as a string. */
  readonly offset: string;
  readonly headers?: KafkaHeaders;
}

/** A partition of a topic. */
export interface KafkaTopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** Offsets to commit: each is that of the next record to read. */
export interface KafkaOffsets {
  topics: { topic: string; partitions: { partition: number; offset: string }[] }[];
}

/** Argument of `eachBatch`. */
export interface KafkaBatchPayload {
  readonly batch: KafkaTopicPartition & {
    readonly messages: readonly KafkaRecord[];
    /** Offset of the first record, also of one that is not delivered, such as the end of a transaction. */
    firstOffset?(): string | null;
    /** Offset after the newest record of the partition. */
    readonly highWatermark?: string;
  };
  /** The record at this offset and all before it are processed. */
  resolveOffset(offset: string): void;
  /** Keeps the membership in the group; rejects when the group rebalances. */
  heartbeat(): Promise<void>;
  commitOffsetsIfNecessary(offsets?: KafkaOffsets): Promise<void>;
  /** Whether the consumer has not been stopped. */
  isRunning(): boolean;
  /** Whether the rest of the batch must be skipped, because of a seek or because the partition was revoked. */
  isStale(): boolean;
}

/** Event of a consumer. */
export interface KafkaConsumerEvent {
  readonly payload?: unknown;
}

/**
 * A consumer of `kafkajs`, of `platformaticKafka()` or `confluentKafka()`, or of the KafkaJS API of `@confluentinc/kafka-javascript`. It must not be connected yet, and must not be shared
 * between adapters.
 *
 * Source: https://kafka.js.org/docs/consuming
 */
export interface KafkaConsumer {
  connect(): Promise<void>;
  subscribe(subscription: { topics: string[]; fromBeginning?: boolean }): Promise<void>;
  run(config: {
    eachBatchAutoResolve: boolean;
    /** Whether the client commits offsets by itself, too. */
    autoCommit?: boolean;
    eachBatch: (payload: KafkaBatchPayload) => Promise<void>;
  }): Promise<void>;
  disconnect(): Promise<void>;
  /** Reads a partition from an offset on. Needed for `admin` of `KafkaPriceStreamAdapter`, and some starting positions of `KafkaFillStream`. */
  seek?(start: KafkaTopicPartition & { readonly offset: string }): void;
  /** Stops fetching from topics, and stays a member of the group. Needed for `KafkaShardAssignment`. */
  pause?(topics: Array<{ topic: string }>): void;
  /** Adds a listener; returns the function that removes it. Without it (`@confluentinc/kafka-javascript`), outages are not detected. */
  on?(event: string, listener: (event: KafkaConsumerEvent) => void): unknown;
}

/** Whether a consumer has events. That of `@confluentinc/kafka-javascript` has an `on()` that throws. */
export function hasEvents(consumer: KafkaConsumer): boolean {
  if (typeof consumer.on !== 'function') return false;
  try {
    const off = consumer.on('consumer.connect', () => undefined);
    if (typeof off === 'function') (off as () => void)();
    return true;
  } catch {
    return false;
  }
}

/** An administrative client of the same libraries. Source: https://kafka.js.org/docs/admin */
export interface KafkaAdmin {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  /** By partition: the oldest offset that exists (`low`), and the one after the newest (`high`). */
  fetchTopicOffsets(topic: string): Promise<Array<{ partition: number; low: string; high: string }>>;
  /** By partition: the offset of the first record at or after a time, ms since 1970. */
  fetchTopicOffsetsByTimestamp(
    topic: string,
    timestamp?: number,
  ): Promise<Array<{ partition: number; offset: string }>>;
  /** Committed offsets of a group; below 0 where there is none. */
  fetchOffsets(of: {
    groupId: string;
    topics: string[];
  }): Promise<Array<{ topic: string; partitions: Array<{ partition: number; offset: string }> }>>;
}

/** An administrative client that can create topics. */
export interface KafkaTopicAdmin extends KafkaAdmin {
  /** Resolves with whether something was created. */
  createTopics(request: {
    topics: Array<{ topic: string; numPartitions?: number; replicationFactor?: number }>;
    waitForLeaders?: boolean;
  }): Promise<unknown>;
}

/** A record to send. */
export interface KafkaMessage {
  /** Default: the producer chooses. */
  partition?: number;
  key?: Uint8Array | string | null;
  value: Uint8Array | string | null;
  headers?: Record<string, unknown>;
}

/** A producer of the same libraries. The caller connects it. Source: https://kafka.js.org/docs/producing */
export interface KafkaProducer {
  send(record: { topic: string; messages: KafkaMessage[] }): Promise<unknown>;
}

/** A producer of the same libraries that is not connected. Source: https://kafka.js.org/docs/producing */
export interface KafkaBatchProducer {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  /**
   * Resolves when the brokers have acknowledged the records, with `{ topicName, partition }` of each partition that has: `acks: -1` is by all
   * replicas in sync.
   */
  sendBatch(batch: {
    acks?: number;
    topicMessages?: Array<{ topic: string; messages: KafkaMessage[] }>;
  }): Promise<ReadonlyArray<{ topicName: string; partition: number }>>;
}

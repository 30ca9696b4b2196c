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
  readonly batch: KafkaTopicPartition & { readonly messages: readonly KafkaRecord[] };
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
 * A consumer of `kafkajs`, or of the KafkaJS API of `@confluentinc/kafka-javascript`. It must not be connected yet, and must not be shared
 * between adapters.
 *
 * Source: https://kafka.js.org/docs/consuming
 */
export interface KafkaConsumer {
  connect(): Promise<void>;
  subscribe(subscription: { topics: string[]; fromBeginning?: boolean }): Promise<void>;
  run(config: {
    eachBatchAutoResolve: boolean;
    eachBatch: (payload: KafkaBatchPayload) => Promise<void>;
  }): Promise<void>;
  disconnect(): Promise<void>;
  /** Adds a listener; returns the function that removes it. Without it (`@confluentinc/kafka-javascript`), outages are not detected. */
  on?(event: string, listener: (event: KafkaConsumerEvent) => void): unknown;
}

/** A record to send. */
export interface KafkaMessage {
  key?: Uint8Array | string | null;
  value: Uint8Array | string | null;
  headers?: Record<string, unknown>;
}

/** A producer of the same libraries. The caller connects it. Source: https://kafka.js.org/docs/producing */
export interface KafkaProducer {
  send(record: { topic: string; messages: KafkaMessage[] }): Promise<unknown>;
}

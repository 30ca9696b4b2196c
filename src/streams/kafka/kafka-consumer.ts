/** Headers of a record, as the client gives them: bytes, texts, or arrays of those. */
export type KafkaHeaders = Readonly<Record<string, unknown>>;

/** One record of a topic. */
export interface KafkaRecord {
  readonly key: Uint8Array | null;
  /** `null` is a tombstone: the key is deleted. */
  readonly value: Uint8Array | null;
  /** When it was produced or appended, ms since 1970, as text. */
  readonly timestamp: string;
  /** Its place in the partition, as text. */
  readonly offset: string;
  readonly headers?: KafkaHeaders;
}

/** Where a record lies. */
export interface KafkaTopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** Offsets to commit: of the next record to read, not of the last one read. */
export interface KafkaOffsets {
  topics: { topic: string; partitions: { partition: number; offset: string }[] }[];
}

/** What the client hands to `eachBatch`. */
export interface KafkaBatchPayload {
  readonly batch: KafkaTopicPartition & { readonly messages: readonly KafkaRecord[] };
  /** The record at this offset and all before it are done with. */
  resolveOffset(offset: string): void;
  /** Keeps the place in the group; rejects when the group rebalances. */
  heartbeat(): Promise<void>;
  commitOffsetsIfNecessary(offsets?: KafkaOffsets): Promise<void>;
  /** Whether the consumer has not been stopped. */
  isRunning(): boolean;
  /** Whether the rest of the batch is no longer wanted, because the position was moved or the partition taken away. */
  isStale(): boolean;
}

/** What an event of the consumer carries. */
export interface KafkaConsumerEvent {
  readonly payload?: unknown;
}

/**
 * A consumer of the KafkaJS shape: that of `kafkajs`, or of the KafkaJS API of `@confluentinc/kafka-javascript`. It must not be
 * connected yet, and belongs to one adapter.
 */
export interface KafkaConsumer {
  connect(): Promise<void>;
  subscribe(subscription: { topics: string[]; fromBeginning?: boolean }): Promise<void>;
  run(config: {
    eachBatchAutoResolve: boolean;
    eachBatch: (payload: KafkaBatchPayload) => Promise<void>;
  }): Promise<void>;
  disconnect(): Promise<void>;
  /** Listens to an event, gives how to stop that. Without it (`@confluentinc/kafka-javascript`) breaks cannot be seen. */
  on?(event: string, listener: (event: KafkaConsumerEvent) => void): unknown;
}

/** A record to be sent. */
export interface KafkaMessage {
  key?: Uint8Array | string | null;
  value: Uint8Array | string | null;
  headers?: Record<string, unknown>;
}

/** A producer of the KafkaJS shape, connected by the caller. */
export interface KafkaProducer {
  send(record: { topic: string; messages: KafkaMessage[] }): Promise<unknown>;
}

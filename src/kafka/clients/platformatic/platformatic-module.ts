// The parts of `@platformatic/kafka` that are used. Source: https://github.com/platformatic/kafka (docs/consumer.md, producer.md, admin.md)

/** A batch of records. */
export interface FetchedBatch {
  readonly attributes: number;
  readonly producerId: bigint;
  readonly firstOffset: bigint;
  readonly lastOffsetDelta: number;
  readonly firstTimestamp: bigint;
  readonly records: ReadonlyArray<{
    readonly offsetDelta: number;
    readonly timestampDelta: bigint;
    readonly key: Uint8Array | null;
    readonly value: Uint8Array | null;
    readonly headers: ReadonlyArray<readonly [Uint8Array | null, Uint8Array | null]>;
  }>;
}

/** A partition of an answer to a fetch. */
export interface FetchedPartition {
  readonly partitionIndex: number;
  readonly errorCode: number;
  readonly highWatermark: bigint;
  readonly abortedTransactions: ReadonlyArray<{
    readonly producerId: bigint;
    readonly firstOffset: bigint;
  }> | null;
  readonly records?: readonly FetchedBatch[];
}

/** A topic of a fetch. */
export interface FetchTopic {
  readonly topicId: string;
  readonly partitions: Array<{
    readonly partition: number;
    readonly fetchOffset: bigint;
    readonly partitionMaxBytes: number;
    readonly currentLeaderEpoch: number;
    readonly lastFetchedEpoch: number;
  }>;
}

/** The answer to a fetch. */
export interface FetchAnswer {
  readonly responses: ReadonlyArray<{
    readonly topicId: string;
    readonly partitions: readonly FetchedPartition[];
  }>;
}

/** A broker. */
export interface PlatformaticBroker {
  readonly host: string;
  readonly port: number;
}

/** What a client knows of the cluster. */
export interface PlatformaticMetadata {
  readonly brokers: ReadonlyMap<number, PlatformaticBroker>;
  readonly topics: ReadonlyMap<
    string,
    {
      readonly id: string;
      readonly partitionsCount: number;
      readonly partitions: ReadonlyArray<{ readonly leader: number }>;
    }
  >;
}

/** What all clients of `@platformatic/kafka` have. */
export interface PlatformaticClient {
  metadata(options: { topics: string[]; forceUpdate?: boolean }): Promise<PlatformaticMetadata>;
  clearMetadata(): void;
  /** Its connections; the fetch requests go over them. */
  readonly connections: Iterable<readonly [string, { close(): Promise<unknown> }]> & {
    get(broker: PlatformaticBroker): Promise<unknown>;
  };
  close(force?: boolean): Promise<void>;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each event has arguments of its own
  on(event: any, listener: (...args: any[]) => void): unknown;
}

/** A `Consumer` of `@platformatic/kafka`. */
export interface PlatformaticConsumer extends PlatformaticClient {
  readonly memberId: string | null;
  readonly assignments: ReadonlyArray<{
    readonly topic: string;
    readonly partitions: readonly number[];
  }> | null;
  readonly topics: { track(topic: string): boolean };
  joinGroup(options: object): Promise<unknown>;
  leaveGroup(force: boolean): Promise<unknown>;
  consume(options: { topics: string[]; mode: 'latest'; autocommit: false }): Promise<{
    on(event: 'error', listener: () => void): unknown;
  }>;
  listApis(): Promise<
    ReadonlyArray<{ readonly name: string; readonly minVersion: number; readonly maxVersion: number }>
  >;
  commit(options: {
    offsets: Array<{ topic: string; partition: number; offset: bigint; leaderEpoch: number }>;
  }): Promise<void>;
  listOffsets(options: {
    topics: string[];
    partitions?: Record<string, number[]>;
    timestamp?: bigint;
  }): Promise<ReadonlyMap<string, readonly bigint[]>>;
  listCommittedOffsets(options: {
    topics: Array<{ topic: string; partitions: number[] }>;
  }): Promise<ReadonlyMap<string, readonly bigint[]>>;
}

/** A `Producer` of `@platformatic/kafka`. */
export interface PlatformaticProducer extends PlatformaticClient {
  send(options: {
    acks: number;
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the types of keys and values are those of its serializers
    messages: any[];
  }): Promise<{ offsets?: ReadonlyArray<{ readonly topic: string; readonly partition: number }> }>;
}

/** An `Admin` of `@platformatic/kafka`. */
export interface PlatformaticAdmin extends PlatformaticClient {
  createTopics(options: { topics: string[]; partitions?: number; replicas?: number }): Promise<unknown>;
  listOffsets(options: {
    topics: Array<{ name: string; partitions: Array<{ partitionIndex: number; timestamp: bigint }> }>;
  }): Promise<
    ReadonlyArray<{
      readonly name: string;
      readonly partitions: ReadonlyArray<{ readonly partitionIndex: number; readonly offset: bigint }>;
    }>
  >;
  listConsumerGroupOffsets(options: {
    groups: Array<{ groupId: string; topics: Array<{ name: string; partitionIndexes: number[] }> }>;
  }): Promise<
    ReadonlyArray<{
      readonly topics: ReadonlyArray<{
        readonly name: string;
        readonly partitions: ReadonlyArray<{
          readonly partitionIndex: number;
          readonly committedOffset: bigint;
        }>;
      }>;
    }>
  >;
}

/** A version of the fetch request. */
export interface PlatformaticFetchApi {
  readonly api: {
    /* eslint-disable @typescript-eslint/no-explicit-any -- its connection is its own */
    async(
      connection: any,
      maxWaitMs: number,
      minBytes: number,
      maxBytes: number,
      isolationLevel: number,
      sessionId: number,
      sessionEpoch: number,
      topics: any[],
      forgotten: any[],
      rackId: string,
    ): Promise<any>;
    /* eslint-enable @typescript-eslint/no-explicit-any */
  };
}

/** The package `@platformatic/kafka`, as `import * as platformatic from '@platformatic/kafka'` gives it. */
export interface PlatformaticModule {
  /* eslint-disable @typescript-eslint/no-explicit-any -- its options are its own */
  readonly Consumer: new (options: any) => object;
  readonly Producer: new (options: any) => object;
  readonly Admin: new (options: any) => object;
  /* eslint-enable @typescript-eslint/no-explicit-any */
  /** Versions of the fetch request. */
  readonly fetchV13?: object;
  readonly fetchV14?: object;
  readonly fetchV15?: object;
  readonly fetchV16?: object;
  readonly fetchV17?: object;
}

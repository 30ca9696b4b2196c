// The parts of `@confluentinc/kafka-javascript` that are used. Source: https://github.com/confluentinc/confluent-kafka-javascript
// (index.d.ts and types/kafkajs.d.ts)

/** A partition, as this package takes it; `offset` is an offset or one of its special numbers. */
export interface ConfluentPartition {
  readonly topic: string;
  readonly partition: number;
  readonly offset?: number;
}

/** A record, as this package gives it. */
export interface ConfluentRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key?: Uint8Array | string | null;
  readonly value: Uint8Array | null;
  readonly timestamp?: number;
  readonly headers?: ReadonlyArray<Readonly<Record<string, unknown>>>;
}

type Callback<Result> = (error: unknown, result: Result) => void;

/** A `KafkaConsumer` of the package: that of librdkafka itself. */
export interface ConfluentConsumer {
  connect(options: { allTopics: boolean; timeout: number }, done: Callback<unknown>): unknown;
  disconnect(done: () => void): unknown;
  isConnected(): boolean;
  subscribe(topics: string[]): unknown;
  rebalanceProtocol(): string;
  assign(partitions: ConfluentPartition[]): unknown;
  unassign(): unknown;
  incrementalAssign(partitions: ConfluentPartition[]): unknown;
  incrementalUnassign(partitions: ConfluentPartition[]): unknown;
  pause(partitions: ConfluentPartition[]): unknown;
  resume(partitions: ConfluentPartition[]): unknown;
  seek(partition: ConfluentPartition, timeoutMs: number, done: (error?: unknown) => void): unknown;
  consume(number: number, done: Callback<ConfluentRecord[]>): unknown;
  setDefaultConsumeTimeout(ms: number): void;
  committed(
    partitions: ConfluentPartition[],
    timeoutMs: number,
    done: Callback<Array<{ readonly topic: string; readonly partition: number; readonly offset?: number }>>,
  ): unknown;
  commitCb(partitions: ConfluentPartition[], done: (error: unknown) => void): unknown;
  queryWatermarkOffsets(
    topic: string,
    partition: number,
    timeoutMs: number,
    done: Callback<{ readonly lowOffset: number; readonly highOffset: number }>,
  ): unknown;
  getWatermarkOffsets(topic: string, partition: number): { readonly highOffset: number };
  getMetadata(
    options: { topic: string; timeout: number },
    done: Callback<{
      readonly topics: ReadonlyArray<{ readonly name: string; readonly partitions: readonly unknown[] }>;
    }>,
  ): unknown;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each event has arguments of its own
  on(event: any, listener: (...args: any[]) => void): unknown;
}

/** A producer of the package's `KafkaJS` API. */
export interface ConfluentProducer {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  send(record: {
    topic: string;
    messages: object[];
  }): Promise<ReadonlyArray<{ topicName: string; partition: number }>>;
}

/** An administrative client of the package's `KafkaJS` API. */
export interface ConfluentAdmin {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  createTopics(options: {
    topics: Array<{ topic: string; numPartitions?: number; replicationFactor?: number }>;
  }): Promise<boolean>;
  fetchTopicOffsets(topic: string): Promise<Array<{ partition: number; low: string; high: string }>>;
  fetchTopicOffsetsByTimestamp(
    topic: string,
    timestamp?: number,
  ): Promise<Array<{ partition: number; offset: string }>>;
}

/** The package `@confluentinc/kafka-javascript`, as `import confluent from '@confluentinc/kafka-javascript'` gives it. */
export interface ConfluentModule {
  /* eslint-disable @typescript-eslint/no-explicit-any -- its options are its own */
  readonly KafkaConsumer: new (settings: any, topicSettings: any) => object;
  readonly KafkaJS: {
    readonly Kafka: new (settings: any) => { producer(settings: any): object; admin(settings?: any): object };
  };
  /* eslint-enable @typescript-eslint/no-explicit-any */
}

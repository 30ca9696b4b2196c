import type {
  KafkaAdmin,
  KafkaBatchPayload,
  KafkaConsumer,
  KafkaConsumerEvent,
  KafkaRecord,
} from '../../../src/kafka/index.js';
import { record } from '../../streams/kafka/scripted-consumer.js';

type Listener = (event: KafkaConsumerEvent) => void;
type EachBatch = (payload: KafkaBatchPayload) => Promise<void>;

const TOPIC = 'fills';

/** A topic in memory, with the offsets of one group. */
export class SimulatedTopic {
  /** Records by partition; those that are deleted are `null`. */
  readonly partitions: Array<Array<KafkaRecord | null>>;
  /** Offsets that the group has committed, by partition. */
  readonly committed = new Map<number, number>();
  readonly consumers = new Set<SimulatedConsumer>();
  readonly admins: string[] = [];
  /** Most records in a batch. */
  batchSize = 10;
  /** What connecting fails with. */
  refusal: Error | null = null;
  isUp = true;

  constructor(partitions = 1) {
    this.partitions = Array.from({ length: partitions }, () => []);
  }

  append(key: string | null, value: string | null, partition = 0, timestamp = '1700000000000'): void {
    const records = this.partitions[partition]!;
    records.push(record(key, value, records.length, timestamp));
    this.wake();
  }

  /** Retention deletes the records before an offset. */
  deleteBefore(offset: number, partition = 0): void {
    this.partitions[partition]!.fill(null, 0, offset);
  }

  oldest(partition: number): number {
    const records = this.partitions[partition]!;
    const first = records.findIndex((each) => each !== null);
    return first < 0 ? records.length : first;
  }

  consumer(): SimulatedConsumer {
    return new SimulatedConsumer(this);
  }

  /** The brokers are gone: consumers restart by themselves. */
  break(): void {
    this.isUp = false;
    for (const consumer of this.consumers) consumer.crash(new Error('connection lost'));
  }

  restore(): void {
    this.isUp = true;
    this.wake();
  }

  wake(): void {
    for (const consumer of this.consumers) consumer.wake();
  }

  admin(): KafkaAdmin {
    const offsets = () => this.partitions.map((records, partition) => ({ partition, records }));
    return {
      connect: async () => {
        if (this.refusal) throw this.refusal;
        this.admins.push('connect');
      },
      disconnect: async () => void this.admins.push('disconnect'),
      fetchTopicOffsets: async () =>
        offsets().map(({ partition, records }) => ({
          partition,
          low: String(this.oldest(partition)),
          high: String(records.length),
        })),
      fetchTopicOffsetsByTimestamp: async (_topic, time = 0) =>
        offsets().map(({ partition, records }) => {
          const first = records.findIndex((each) => each !== null && Number(each.timestamp) >= time);
          return { partition, offset: String(first < 0 ? records.length : first) };
        }),
      fetchOffsets: async () => {
        const partitions = offsets().map(({ partition }) => ({
          partition,
          offset: String(this.committed.get(partition) ?? -1),
        }));
        return [{ topic: TOPIC, partitions }];
      },
    };
  }
}

/** A consumer of a {@link SimulatedTopic}: the only member of its group. */
export class SimulatedConsumer implements KafkaConsumer {
  heartbeats = 0;
  /** What the next heartbeat fails with: the group rebalances. */
  rebalance: Error | null = null;
  readonly #topic: SimulatedTopic;
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #positions = new Map<number, number>();
  #isRunning = false;
  #isIn = false;
  #wake: () => void = () => undefined;
  #work: Promise<void> = Promise.resolve();

  constructor(topic: SimulatedTopic) {
    this.#topic = topic;
  }

  async connect(): Promise<void> {
    if (this.#topic.refusal) throw this.#topic.refusal;
    this.#topic.consumers.add(this);
  }

  subscribe(): Promise<void> {
    return Promise.resolve();
  }

  async run({ eachBatch }: { eachBatch: EachBatch }): Promise<void> {
    this.#isRunning = true;
    this.#work = this.#consume(eachBatch);
  }

  async disconnect(): Promise<void> {
    await this.stop();
    this.#topic.consumers.delete(this);
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    this.wake();
    await this.#work;
    this.#isIn = false;
    this.emit('stop');
  }

  seek({ partition, offset }: { partition: number; offset: string }): void {
    this.#positions.set(partition, Number(offset));
  }

  on(event: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  get listeners(): number {
    return [...this.#listeners.values()].reduce((count, each) => count + each.size, 0);
  }

  emit(event: string, payload: unknown = {}): void {
    for (const listener of this.#listeners.get(`consumer.${event}`) ?? []) listener({ payload });
  }

  crash(error: Error, restart = true): void {
    this.#isIn = false;
    this.emit('stop');
    this.emit('crash', { error, restart });
  }

  wake(): void {
    this.#wake();
  }

  async #consume(eachBatch: EachBatch): Promise<void> {
    for (let rounds = 0; this.#isRunning; rounds++) {
      if (rounds > 10_000) throw new Error('The same batch is fetched again and again.');
      if (this.#topic.isUp && !this.#isIn) this.#join();
      const batch = this.#isIn && this.#topic.isUp ? this.#fetch() : null;
      if (batch) await this.#deliver(eachBatch, ...batch);
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #join(): void {
    this.#isIn = true;
    const partitions = this.#topic.partitions.map((_, partition) => partition);
    for (const partition of partitions)
      this.#positions.set(partition, this.#topic.committed.get(partition) ?? 0);
    this.emit('group_join', { memberAssignment: { [TOPIC]: partitions } });
    this.emit('fetch');
  }

  #fetch(): [partition: number, records: KafkaRecord[]] | null {
    for (const [partition, all] of this.#topic.partitions.entries()) {
      // One that was added since the last join is not assigned.
      if (!this.#positions.has(partition)) continue;
      const from = Math.max(this.#positions.get(partition) ?? 0, this.#topic.oldest(partition));
      const records = all.slice(from, from + this.#topic.batchSize).filter((each) => each !== null);
      if (records.length > 0) return [partition, records];
    }
    return null;
  }

  async #deliver(eachBatch: EachBatch, partition: number, messages: KafkaRecord[]): Promise<void> {
    const isIn = (): boolean => this.#isIn;
    const payload: KafkaBatchPayload = {
      batch: { topic: TOPIC, partition, messages },
      resolveOffset: (offset) => void this.#positions.set(partition, Number(offset) + 1),
      heartbeat: async () => {
        this.heartbeats++;
        const error = this.rebalance;
        this.rebalance = null;
        if (error) throw error;
        this.emit('heartbeat');
      },
      commitOffsetsIfNecessary: async (offsets) => {
        for (const each of offsets!.topics[0]!.partitions)
          this.#topic.committed.set(each.partition, Number(each.offset));
      },
      isRunning: () => this.#isRunning,
      isStale: () => !isIn(),
    };
    await eachBatch(payload).catch(() => {
      this.emit('rebalancing');
      this.#isIn = false;
    });
  }
}

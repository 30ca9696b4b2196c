import { Buffer } from 'node:buffer';
import type {
  KafkaBatchPayload,
  KafkaBatchProducer,
  KafkaConsumer,
  KafkaConsumerEvent,
  KafkaEventBusClients,
  KafkaMessage,
  KafkaRecord,
  KafkaTopicAdmin,
} from '../../src/kafka/index.js';

type Listener = (event: KafkaConsumerEvent) => void;
type EachBatch = (payload: KafkaBatchPayload) => Promise<void>;
type TopicMessages = Array<{ topic: string; messages: KafkaMessage[] }>;

/** What clients say when they reach no broker. */
const unreachable = (): Error =>
  Object.assign(new Error('Connection error: connect ECONNREFUSED'), {
    name: 'KafkaJSConnectionError',
    retriable: true,
  });

const BATCH_SIZE = 10;

/** The way of one process to the broker, which a test can cut. */
export class SimulatedLink {
  readonly #broker: SimulatedBroker;
  isUp = true;

  constructor(broker: SimulatedBroker) {
    this.#broker = broker;
  }

  cut(): void {
    this.isUp = false;
    for (const consumer of this.#broker.consumers) consumer.cutOff(this);
  }

  mend(): void {
    this.isUp = true;
    this.#broker.wake();
  }
}

/** A broker in memory. Each group has one member. */
export class SimulatedBroker {
  /** Records by topic and partition; those that are deleted are `null`. */
  readonly topics = new Map<string, Array<Array<KafkaRecord | null>>>();
  /** Committed offsets by group, topic and partition. */
  readonly committed = new Map<string, number>();
  readonly consumers = new Set<SimulatedConsumer>();
  /** Requests of producers so far: the ids of their events by topic. */
  readonly requests: Array<Record<string, string[]>> = [];
  /** What sending to a topic fails with. */
  readonly refusals = new Map<string, Error>();
  /** Holds requests of producers back until it resolves. */
  gate: Promise<void> = Promise.resolve();
  /** Answers nothing to producers. */
  isMute = false;
  producers = 0;
  /** How often a topic that was just created is still unknown. */
  unknownFor = 0;
  /** Where consumers were told to read from, as `partition@offset`. */
  readonly seeks: string[] = [];
  /** Whether consumers do what `seek()` says. */
  obeysSeeks = true;

  create(topic: string, partitions: number): void {
    this.topics.set(
      topic,
      Array.from({ length: partitions }, () => []),
    );
  }

  append(topic: string, message: KafkaMessage): void {
    const records = this.topics.get(topic)![message.partition ?? 0]!;
    const bytes = (text: Uint8Array | string | null | undefined) =>
      typeof text === 'string' ? Buffer.from(text) : (text ?? null);
    records.push({
      key: bytes(message.key),
      value: bytes(message.value),
      headers: message.headers ?? {},
      timestamp: String(1_700_000_000_000 + records.length),
      offset: String(records.length),
    });
    this.wake();
  }

  /** Retention deletes the records before an offset. */
  deleteBefore(topic: string, offset: number): void {
    this.topics.get(topic)![0]!.fill(null, 0, offset);
  }

  oldest(topic: string, partition: number): number {
    const records = this.topics.get(topic)![partition]!;
    const first = records.findIndex((each) => each !== null);
    return first < 0 ? records.length : first;
  }

  wake(): void {
    for (const consumer of this.consumers) consumer.wake();
  }

  /** Clients that go over a link. */
  clients(link: SimulatedLink): KafkaEventBusClients {
    return {
      consumer: (groupId) => new SimulatedConsumer(this, link, groupId),
      producer: () => this.#producer(link),
      admin: () => this.#admin(link),
    };
  }

  #producer(link: SimulatedLink): KafkaBatchProducer {
    this.producers++;
    // As kafkajs: it knows the partitions that there were when it asked, and leaves out records for others.
    const known = new Map<string, number>();
    return {
      connect: () => this.#reach(link),
      disconnect: () => Promise.resolve(),
      sendBatch: async ({ topicMessages = [] }) => {
        await this.gate;
        if (this.isMute) await new Promise(() => undefined);
        await this.#reach(link);
        return this.#sendBatch(topicMessages, known);
      },
    };
  }

  #sendBatch(
    topicMessages: TopicMessages,
    known: Map<string, number>,
  ): Array<{ topicName: string; partition: number }> {
    const idOf = ({ headers }: KafkaMessage): string => String(headers?.ce_id);
    this.requests.push(
      Object.fromEntries(topicMessages.map(({ topic, messages }) => [topic, messages.map(idOf)])),
    );
    const results: Array<{ topicName: string; partition: number }> = [];
    for (const { topic, messages } of topicMessages) {
      if (!known.has(topic)) known.set(topic, this.topics.get(topic)!.length);
      for (const message of messages.filter(({ partition = 0 }) => partition < known.get(topic)!)) {
        const refusal = this.refusals.get(topic);
        if (refusal) throw refusal;
        this.append(topic, message);
        results.push({ topicName: topic, partition: message.partition ?? 0 });
      }
    }
    return results;
  }

  #admin(link: SimulatedLink): KafkaTopicAdmin {
    const partitionsOf = async (topic: string): Promise<Array<Array<KafkaRecord | null>>> => {
      await this.#reach(link);
      const partitions = this.topics.get(topic);
      if (partitions && this.unknownFor-- <= 0) return partitions;
      throw Object.assign(new Error('This server does not host this topic-partition'), {
        type: 'UNKNOWN_TOPIC_OR_PARTITION',
      });
    };
    return {
      connect: () => this.#reach(link),
      disconnect: () => Promise.resolve(),
      createTopics: async ({ topics }) => {
        await this.#reach(link);
        for (const { topic, numPartitions = 1 } of topics)
          if (!this.topics.has(topic)) this.create(topic, numPartitions);
      },
      fetchTopicOffsets: async (topic) =>
        (await partitionsOf(topic)).map((records, partition) => ({
          partition,
          low: String(this.oldest(topic, partition)),
          high: String(records.length),
        })),
      fetchTopicOffsetsByTimestamp: () => Promise.reject(new Error('not asked')),
      fetchOffsets: async ({ groupId, topics: [topic] }) => {
        const partitions = (await partitionsOf(topic!)).map((_, partition) => ({
          partition,
          offset: String(this.committed.get(`${groupId} ${topic} ${partition}`) ?? -1),
        }));
        return [{ topic: topic!, partitions }];
      },
    };
  }

  async #reach(link: SimulatedLink): Promise<void> {
    await Promise.resolve();
    if (!link.isUp) throw unreachable();
  }
}

/** A consumer of a {@link SimulatedBroker}: the only member of its group. It does not restart by itself. */
export class SimulatedConsumer implements KafkaConsumer {
  readonly groupId: string;
  readonly #broker: SimulatedBroker;
  readonly #link: SimulatedLink;
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #positions = new Map<number, number>();
  #topic = '';
  #fromBeginning = false;
  #commits = true;
  #isRunning = false;
  #isIn = false;
  #wake: () => void = () => undefined;
  #work: Promise<void> = Promise.resolve();

  constructor(broker: SimulatedBroker, link: SimulatedLink, groupId: string) {
    this.#broker = broker;
    this.#link = link;
    this.groupId = groupId;
  }

  async connect(): Promise<void> {
    await Promise.resolve();
    if (!this.#link.isUp) throw unreachable();
    this.#broker.consumers.add(this);
  }

  async subscribe({ topics, fromBeginning = false }: { topics: string[]; fromBeginning?: boolean }) {
    this.#topic = topics[0]!;
    this.#fromBeginning = fromBeginning;
  }

  async run({ eachBatch, autoCommit = true }: { eachBatch: EachBatch; autoCommit?: boolean }): Promise<void> {
    this.#commits = autoCommit;
    this.#isRunning = true;
    this.#work = this.#consume(eachBatch);
  }

  async disconnect(): Promise<void> {
    await this.stop();
    this.#broker.consumers.delete(this);
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    this.wake();
    await this.#work;
    this.#isIn = false;
    this.#emit('stop');
  }

  seek({ partition, offset }: { partition: number; offset: string }): void {
    this.#broker.seeks.push(`${partition}@${offset}`);
    if (!this.#broker.obeysSeeks) return;
    this.#positions.set(partition, Number(offset));
    if (this.#commits) this.#commit(partition, Number(offset));
  }

  on(event: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** A link was cut: crashes if it is its own. */
  cutOff(link: SimulatedLink): void {
    if (link !== this.#link || !this.#isRunning) return;
    this.#isIn = false;
    this.#emit('stop');
    this.#emit('crash', { error: unreachable(), restart: true });
  }

  wake(): void {
    this.#wake();
  }

  #emit(event: string, payload: unknown = {}): void {
    for (const listener of this.#listeners.get(`consumer.${event}`) ?? []) listener({ payload });
  }

  async #consume(eachBatch: EachBatch): Promise<void> {
    for (let rounds = 0; this.#isRunning; rounds++) {
      if (rounds > 100_000) throw new Error('The same batch is fetched again and again.');
      if (this.#link.isUp && !this.#isIn) this.#join();
      const batch = this.#isIn && this.#link.isUp ? this.#fetch() : null;
      if (batch) await this.#deliver(eachBatch, ...batch);
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #join(): void {
    this.#isIn = true;
    const partitions = this.#broker.topics.get(this.#topic)!.map((_, partition) => partition);
    for (const partition of partitions) {
      const committed = this.#broker.committed.get(`${this.groupId} ${this.#topic} ${partition}`);
      const end = this.#broker.topics.get(this.#topic)![partition]!.length;
      this.#positions.set(partition, committed ?? (this.#fromBeginning ? 0 : end));
    }
    this.#emit('group_join', { memberAssignment: { [this.#topic]: partitions } });
    this.#emit('fetch');
  }

  #fetch(): [partition: number, records: KafkaRecord[], high: number] | null {
    for (const [partition, all] of (this.#broker.topics.get(this.#topic) ?? []).entries()) {
      // One that was added since the last join is not assigned.
      const position = this.#positions.get(partition);
      if (position === undefined) continue;
      // A position that does not exist is replaced by the oldest that does.
      const from =
        position > all.length ? 0 : Math.max(position, this.#broker.oldest(this.#topic, partition));
      const records = all.slice(from, from + BATCH_SIZE).filter((each) => each !== null);
      if (records.length > 0) return [partition, records, all.length];
    }
    return null;
  }

  async #deliver(
    eachBatch: EachBatch,
    partition: number,
    messages: KafkaRecord[],
    highWatermark: number,
  ): Promise<void> {
    const payload: KafkaBatchPayload = {
      batch: { topic: this.#topic, partition, messages, highWatermark: String(highWatermark) },
      resolveOffset: (offset) => void this.#positions.set(partition, Number(offset) + 1),
      heartbeat: async () => this.#emit('heartbeat'),
      commitOffsetsIfNecessary: async (offsets) => {
        for (const each of offsets!.topics[0]!.partitions) this.#commit(each.partition, Number(each.offset));
      },
      isRunning: () => this.#isRunning,
      isStale: () => !this.#isIn,
    };
    const before = this.#positions.get(partition);
    await eachBatch(payload).catch(() => (this.#isIn = false));
    // What nobody takes is not asked for again and again.
    if (this.#isRunning && this.#positions.get(partition) === before)
      await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  #commit(partition: number, offset: number): void {
    this.#broker.committed.set(`${this.groupId} ${this.#topic} ${partition}`, offset);
  }
}

/** Clients of a broker of their own. */
export function simulatedClients(): KafkaEventBusClients {
  const broker = new SimulatedBroker();
  return broker.clients(new SimulatedLink(broker));
}

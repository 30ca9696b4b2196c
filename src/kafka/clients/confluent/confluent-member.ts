import { sleep, systemClock } from '../../../core/clock.js';
import type { KafkaRecord, KafkaTopicPartition } from '../../../kafka-client/kafka-consumer.js';
import { keyOfPartition } from '../../../kafka-client/topic-questions.js';
import { unknownTopic, isFinal } from '../client-error.js';
import type { GroupMember, GroupMemberHandlers, JoinOptions, ReadBatch, ReadStart } from '../group-member.js';
import { confluentError } from './confluent-error.js';
import type { ConfluentConsumer, ConfluentModule, ConfluentRecord } from './confluent-module.js';
import { ConfluentPositions } from './confluent-positions.js';
import { NativeCalls } from './native-calls.js';

const ASSIGN = -175;
const ALL_BROKERS_DOWN = -187;
const FATAL = -150;
const ASK_TIMEOUT_MS = 5_000;
const MAX_RECORDS = 1_000;
// Records wake it; this is for changes of the group.
const POLL_MS = 100;

/** What {@link ConfluentMember} needs. */
export interface ConfluentMemberOptions {
  readonly client: ConfluentModule;
  /** Settings of librdkafka, with `group.id`. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** A member of a group by means of `@confluentinc/kafka-javascript`. It has no events of its own but these: its rebalance callback and its statistics. */
export class ConfluentMember implements GroupMember {
  readonly memberId = null;
  readonly #consumer: ConfluentConsumer;
  readonly #calls = new NativeCalls();
  readonly #positions: ConfluentPositions;
  #handlers: GroupMemberHandlers | null = null;
  #fromBeginning = false;
  #received = 0;
  #failure: unknown = null;
  #wake: () => void = () => undefined;
  #isConnected = false;

  constructor({ client, settings }: ConfluentMemberOptions) {
    this.#consumer = new client.KafkaConsumer(
      {
        ...settings,
        'enable.auto.commit': false,
        'enable.auto.offset.store': false,
        rebalance_cb: (error: { code: number }, partitions: KafkaTopicPartition[]) =>
          this.#rebalanced(error.code, partitions),
        queue_non_empty_cb: () => this.#wake(),
      },
      // Offsets that are committed or asked for begin where they say; this is for those that do not exist any more.
      { 'auto.offset.reset': 'earliest' },
    ) as ConfluentConsumer;
    this.#positions = new ConfluentPositions(this.#consumer, this.#calls);
    this.#consumer.setDefaultConsumeTimeout(0);
    this.#consumer.on('event.error', (error: { code: number }) => this.#failed(error));
    this.#consumer.on('event.stats', ({ message }: { message: string }) => this.#counted(message));
    this.#consumer.on('rebalance.error', (error: unknown) => this.#handlers?.lost(confluentError(error)));
  }

  async connect(): Promise<void> {
    await this.#calls.callback((done) =>
      this.#consumer.connect({ allTopics: false, timeout: ASK_TIMEOUT_MS }, done),
    );
    this.#isConnected = true;
  }

  async partitionCount(topic: string): Promise<number> {
    const { topics } = await this.#calls.callback<{
      topics: ReadonlyArray<{ name: string; partitions: readonly unknown[] }>;
    }>((done) => this.#consumer.getMetadata({ topic, timeout: ASK_TIMEOUT_MS }, done));
    const count = topics.find(({ name }) => name === topic)?.partitions.length ?? 0;
    if (count === 0) throw unknownTopic(topic);
    return count;
  }

  async join({ topics, fromBeginning, handlers }: JoinOptions): Promise<void> {
    this.#handlers = handlers;
    this.#fromBeginning = fromBeginning;
    this.#consumer.subscribe([...topics]);
  }

  async startsOf(partitions: readonly KafkaTopicPartition[]): Promise<readonly ReadStart[]> {
    const committed = await this.committed(partitions);
    return Promise.all(
      committed.map(async (start) => {
        if (start.offset >= 0n) return start;
        const { topic, partition } = start;
        const { lowOffset, highOffset } = await this.#calls.callback<{
          lowOffset: number;
          highOffset: number;
        }>((done) => this.#consumer.queryWatermarkOffsets(topic, partition, ASK_TIMEOUT_MS, done));
        return { ...start, offset: BigInt(this.#fromBeginning ? lowOffset : highOffset) };
      }),
    );
  }

  /** What the group has committed; −1 where there is nothing. It need not have joined. */
  async committed(partitions: readonly KafkaTopicPartition[]): Promise<readonly ReadStart[]> {
    const asked = partitions.map(({ topic, partition }) => ({ topic, partition }));
    const found = await this.#calls.callback<ReadonlyArray<KafkaTopicPartition & { offset?: number }>>(
      (done) => this.#consumer.committed(asked, ASK_TIMEOUT_MS, done),
    );
    return found.map(({ topic, partition, offset = -1 }) => ({
      topic,
      partition,
      offset: BigInt(Math.max(-1, offset)),
    }));
  }

  read(starts: readonly ReadStart[]): void {
    this.#positions.read(starts);
  }

  async next(): Promise<readonly ReadBatch[]> {
    const failure = this.#failure;
    this.#failure = null;
    if (failure !== null) throw failure as Error;
    await this.#positions.apply();
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    const records = await this.#calls.callback<ConfluentRecord[]>((done) =>
      this.#consumer.consume(MAX_RECORDS, done),
    );
    if (records.length === 0) await sleep(systemClock, POLL_MS, woken.signal).catch(() => undefined);
    return this.#batchesOf(records);
  }

  async commit(offsets: readonly ReadStart[]): Promise<void> {
    const commits = offsets.map((each) => ({ ...each, offset: Number(each.offset) }));
    await this.#calls.callback<undefined>((done) =>
      this.#consumer.commitCb(commits, (error) => done(error, undefined)),
    );
  }

  async close(): Promise<void> {
    this.#handlers = null;
    this.#wake();
    await this.#calls.close();
    if (!this.#isConnected) return;
    this.#isConnected = false;
    await new Promise<void>((resolve) => this.#consumer.disconnect(resolve));
  }

  #batchesOf(records: readonly ConfluentRecord[]): ReadBatch[] {
    const batches = new Map<string, ReadBatch & { readonly messages: KafkaRecord[] }>();
    for (const record of records) {
      const { topic, partition } = record;
      const key = keyOfPartition(topic, partition);
      if (!this.#positions.take(key, record.offset)) continue;
      let batch = batches.get(key);
      if (!batch) {
        batch = {
          topic,
          partition,
          messages: [],
          firstOffset: null,
          highWatermark: this.#endOf(topic, partition),
        };
        batches.set(key, batch);
      }
      batch.messages.push(recordOf(record));
    }
    return [...batches.values()];
  }

  #endOf(topic: string, partition: number): bigint | null {
    try {
      const { highOffset } = this.#consumer.getWatermarkOffsets(topic, partition);
      return highOffset >= 0 ? BigInt(highOffset) : null;
    } catch {
      return null;
    }
  }

  #rebalanced(code: number, partitions: readonly KafkaTopicPartition[]): void {
    const handlers = this.#handlers;
    const isIncremental = this.#consumer.rebalanceProtocol() === 'COOPERATIVE';
    if (code === ASSIGN) this.#positions.assigned(partitions, isIncremental);
    else this.#positions.revoked(partitions, isIncremental);
    if (!handlers) return;
    // The members of an eager group give up everything before they join again.
    if (code !== ASSIGN && !isIncremental) handlers.rebalancing();
    else handlers.assigned(this.#positions.partitions);
  }

  #failed(error: { code: number }): void {
    const failure = confluentError(error);
    if (error.code === FATAL || isFinal(failure)) this.#handlers?.lost(failure);
    else if (error.code === ALL_BROKERS_DOWN) this.#failure = failure;
    this.#wake();
  }

  // Whoever sends bytes is there.
  #counted(message: string): void {
    const { rx_bytes: received = 0 } = JSON.parse(message) as { rx_bytes?: number };
    if (received === this.#received) return;
    this.#received = received;
    this.#handlers?.heard();
  }
}

function recordOf({ key, value, timestamp, offset, headers = [] }: ConfluentRecord): KafkaRecord {
  const named: Record<string, unknown> = {};
  for (const header of headers) {
    for (const [name, each] of Object.entries(header)) {
      const before = named[name];
      named[name] = before === undefined ? each : [...(Array.isArray(before) ? before : [before]), each];
    }
  }
  return {
    key: typeof key === 'string' ? new TextEncoder().encode(key) : (key ?? null),
    value,
    timestamp: timestamp === undefined ? '' : String(timestamp),
    offset: String(offset),
    headers: named,
  };
}

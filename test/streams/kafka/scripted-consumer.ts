import { Buffer } from 'node:buffer';
import type {
  KafkaBatchPayload,
  KafkaConsumer,
  KafkaConsumerEvent,
  KafkaRecord,
} from '../../../src/kafka/index.js';

/** A record as a broker would deliver it. */
export function record(
  key: string | null,
  value: string | Uint8Array | null,
  offset: number | string = 0,
  timestamp = '1700000000000',
): KafkaRecord {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return {
    key: key === null ? null : Buffer.from(key),
    value: bytes,
    offset: String(offset),
    timestamp,
    headers: {},
  };
}

type Listener = (event: KafkaConsumerEvent) => void;

/** A scripted consumer with the KafkaJS interface. */
export class ScriptedConsumer implements KafkaConsumer {
  /** Calls so far, in order. */
  readonly calls: string[] = [];
  /** Offsets committed, as `topic/partition@next`. */
  readonly commits: string[] = [];
  /** Runs in `connect()`. */
  onConnect: () => Promise<void> = () => Promise.resolve();
  /** Whether `run()` joins the group at once. */
  joins = true;
  isRunning = false;
  isStale = false;
  heartbeat: () => Promise<void> = () => Promise.resolve();
  /** Runs before offsets are committed. */
  onCommit: () => Promise<void> = () => Promise.resolve();
  /** Offset after the newest record, of the batches to come. */
  highWatermark: string | undefined;
  readonly #listeners = new Map<string, Set<Listener>>();
  #eachBatch: ((payload: KafkaBatchPayload) => Promise<void>) | undefined;
  #offset = 0;

  get listeners(): number {
    return [...this.#listeners.values()].reduce((count, each) => count + each.size, 0);
  }

  async connect(): Promise<void> {
    this.calls.push('connect');
    await this.onConnect();
  }

  async subscribe(subscription: { topics: string[]; fromBeginning?: boolean }): Promise<void> {
    this.calls.push(`subscribe ${JSON.stringify(subscription)}`);
  }

  async run({ eachBatch }: { eachBatch: (payload: KafkaBatchPayload) => Promise<void> }): Promise<void> {
    this.calls.push('run');
    this.#eachBatch = eachBatch;
    this.isRunning = true;
    if (this.joins) this.join({ prices: [0] });
  }

  async disconnect(): Promise<void> {
    this.calls.push('disconnect');
    this.isRunning = false;
  }

  on(event: string, listener: Listener): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  emit(event: string, payload: unknown = {}): void {
    for (const listener of this.#listeners.get(`consumer.${event}`) ?? []) listener({ payload });
  }

  /** Joins the group, and makes the first fetch. */
  join(memberAssignment: unknown): void {
    this.emit('group_join', { memberAssignment });
    this.emit('fetch');
  }

  /** Delivers a batch; settles as `eachBatch` does. */
  batch(records: readonly KafkaRecord[], topic = 'prices', partition = 0): Promise<void> {
    if (!this.#eachBatch || !this.isRunning) return Promise.resolve();
    return this.#eachBatch({
      batch: {
        topic,
        partition,
        messages: records,
        ...(this.highWatermark !== undefined && { highWatermark: this.highWatermark }),
      },
      resolveOffset: (offset) => void this.calls.push(`resolve ${offset}`),
      heartbeat: () => this.heartbeat(),
      commitOffsetsIfNecessary: async (offsets) => {
        await this.onCommit();
        for (const each of offsets?.topics ?? [])
          for (const { partition: number, offset } of each.partitions)
            this.commits.push(`${each.topic}/${number}@${offset}`);
      },
      isRunning: () => this.isRunning,
      isStale: () => this.isStale,
    });
  }

  /** Delivers one price. */
  price(symbol: string, price: number | string, timestamp: number): Promise<void> {
    return this.batch([record(symbol, JSON.stringify({ price, timestamp }), this.#offset++)]);
  }
}

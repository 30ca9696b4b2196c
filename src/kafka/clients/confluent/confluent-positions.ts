import type { KafkaTopicPartition } from '../../../kafka-client/kafka-consumer.js';
import { keyOfPartition } from '../../../kafka-client/topic-questions.js';
import type { ReadStart } from '../group-member.js';
import type { ConfluentConsumer } from './confluent-module.js';
import type { NativeCalls } from './native-calls.js';

const SEEK_TIMEOUT_MS = 5_000;

/** Which partitions a consumer of librdkafka has, and what it reads of them. */
export class ConfluentPositions {
  readonly #consumer: ConfluentConsumer;
  readonly #calls: NativeCalls;
  readonly #owned = new Map<string, KafkaTopicPartition>();
  /** Told to the consumer. */
  readonly #assigned = new Set<string>();
  /** The offset that comes next; partitions that are not read have none. */
  readonly #next = new Map<string, bigint>();
  #wanted: readonly ReadStart[] | null = null;
  #isIncremental = true;

  constructor(consumer: ConfluentConsumer, calls: NativeCalls) {
    this.#consumer = consumer;
    this.#calls = calls;
  }

  /** All that the group has assigned. */
  get partitions(): readonly KafkaTopicPartition[] {
    return [...this.#owned.values()];
  }

  /** The group has assigned these; the consumer reads none of them until `apply()`, which knows from where. */
  assigned(partitions: readonly KafkaTopicPartition[], isIncremental: boolean): void {
    this.#isIncremental = isIncremental;
    for (const { topic, partition } of partitions)
      this.#owned.set(keyOfPartition(topic, partition), { topic, partition });
    if (partitions.length > 0) return;
    // Nothing to read: the group waits for the answer.
    if (isIncremental) this.#consumer.incrementalAssign([]);
    else this.#consumer.assign([]);
  }

  /** The group has taken these. */
  revoked(partitions: readonly KafkaTopicPartition[], isIncremental: boolean): void {
    const keys = partitions.map(({ topic, partition }) => keyOfPartition(topic, partition));
    const told = partitions.filter((_, at) => this.#assigned.has(keys[at]!));
    const gone = isIncremental ? keys : [...this.#owned.keys()];
    for (const key of gone) {
      this.#owned.delete(key);
      this.#assigned.delete(key);
      this.#next.delete(key);
    }
    if (isIncremental) this.#consumer.incrementalUnassign([...told]);
    else this.#consumer.unassign();
  }

  /** Reads these partitions from these offsets on, and no others. */
  read(starts: readonly ReadStart[]): void {
    this.#wanted = starts;
  }

  /** Whether a record is wanted; what follows is then. */
  take(key: string, offset: number): boolean {
    const next = this.#next.get(key);
    if (next === undefined) return false;
    this.#next.set(key, BigInt(offset) + 1n);
    return true;
  }

  /** Tells the consumer what has changed. @throws as `confluentError()`. */
  async apply(): Promise<void> {
    const wanted = this.#wanted;
    if (!wanted) return;
    this.#wanted = null;
    const starts = new Map(wanted.map((each) => [keyOfPartition(each.topic, each.partition), each]));
    this.#assign(starts);
    const paused: KafkaTopicPartition[] = [];
    for (const [key, place] of this.#owned) {
      const start = starts.get(key);
      if (!start) {
        this.#next.delete(key);
        paused.push(place);
      } else if (this.#next.get(key) !== start.offset) await this.#seek(key, start);
    }
    if (paused.length > 0) this.#consumer.pause(paused);
  }

  #assign(starts: ReadonlyMap<string, ReadStart>): void {
    const added = [...this.#owned].filter(([key]) => !this.#assigned.has(key));
    if (added.length === 0) return;
    const partitions = added.map(([key, place]) => {
      const start = starts.get(key);
      this.#assigned.add(key);
      if (start) this.#next.set(key, start.offset);
      return { ...place, ...(start && { offset: Number(start.offset) }) };
    });
    if (this.#isIncremental) this.#consumer.incrementalAssign(partitions);
    else this.#consumer.assign(partitions);
  }

  async #seek(key: string, { topic, partition, offset }: ReadStart): Promise<void> {
    const place = { topic, partition };
    await this.#calls.callback<undefined>((done) =>
      this.#consumer.seek({ ...place, offset: Number(offset) }, SEEK_TIMEOUT_MS, (error) =>
        done(error, undefined),
      ),
    );
    this.#next.set(key, offset);
    this.#consumer.resume([place]);
  }
}

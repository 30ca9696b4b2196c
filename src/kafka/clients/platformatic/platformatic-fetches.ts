import { sleep, systemClock } from '../../../core/clock.js';
import type { KafkaTopicPartition } from '../../../kafka-client/kafka-consumer.js';
import { keyOfPartition } from '../../../kafka-client/topic-questions.js';
import { ClientError } from '../client-error.js';
import type { ReadBatch, ReadStart } from '../group-member.js';
import { recordsOf } from './fetched-records.js';
import { calling, dropConnections, isTimeout, platformaticError } from './platformatic-error.js';
import type { FetchRequest } from './platformatic-fetch-request.js';
import type {
  FetchAnswer,
  FetchTopic,
  FetchedPartition,
  PlatformaticBroker,
  PlatformaticConsumer,
} from './platformatic-module.js';

/** What {@link PlatformaticFetches} needs. */
export interface PlatformaticFetchesOptions {
  readonly reader: PlatformaticConsumer;
  readonly request: FetchRequest;
  /** Longest wait of a broker for records, in ms. */
  readonly maxWaitMs: number;
  readonly signal: AbortSignal;
  /** A broker has answered. */
  readonly heard: () => void;
  /** Where partitions are read from whose offset does not exist. */
  readonly restart: (partitions: readonly KafkaTopicPartition[]) => Promise<readonly ReadStart[]>;
}

const MAX_PARTITION_BYTES = 1024 * 1024;
const OFFSET_OUT_OF_RANGE = 1;

type Fetch = Promise<{
  readonly leader: number;
  readonly batches: readonly ReadBatch[];
  readonly error?: unknown;
}>;

/** Fetches from all brokers at once: a broker without records does not hold up those of another. */
export class PlatformaticFetches {
  readonly #options: PlatformaticFetchesOptions;
  readonly #positions = new Map<string, ReadStart>();
  #inFlight = new Map<number, Fetch>();

  constructor(options: PlatformaticFetchesOptions) {
    this.#options = options;
  }

  /** Reads these partitions from these offsets on, and no others. */
  read(starts: readonly ReadStart[]): void {
    this.#positions.clear();
    for (const start of starts) this.#positions.set(keyOfPartition(start.topic, start.partition), start);
    // Their answers are not wanted any more.
    this.#inFlight = new Map();
  }

  /** The records of the broker that answers next. @throws as `platformaticError()`. */
  async next(): Promise<readonly ReadBatch[]> {
    const { maxWaitMs, signal } = this.#options;
    if (this.#positions.size === 0) {
      await sleep(systemClock, maxWaitMs, signal).catch(() => undefined);
      return [];
    }
    const inFlight = this.#inFlight;
    await this.#ask(inFlight);
    const { leader, batches, error } = await Promise.race(inFlight.values());
    inFlight.delete(leader);
    if (error === undefined) return inFlight === this.#inFlight ? batches : [];
    this.#inFlight = new Map();
    this.#options.reader.clearMetadata();
    if (isTimeout(error)) dropConnections(this.#options.reader);
    throw error as Error;
  }

  /** Asks each broker that is not being asked already. */
  async #ask(inFlight: Map<number, Fetch>): Promise<void> {
    const { reader } = this.#options;
    const topics = [...new Set([...this.#positions.values()].map(({ topic }) => topic))];
    const metadata = await calling(reader, () => reader.metadata({ topics }));
    const byLeader = new Map<number, ReadStart[]>();
    for (const start of this.#positions.values()) {
      const leader = metadata.topics.get(start.topic)?.partitions[start.partition]?.leader;
      if (leader === undefined || leader < 0) {
        reader.clearMetadata();
        throw new ClientError({
          message: `partition ${start.topic}/${start.partition} has no leader`,
          retriable: true,
        });
      }
      if (inFlight.has(leader)) continue;
      const starts = byLeader.get(leader);
      if (starts) starts.push(start);
      else byLeader.set(leader, [start]);
    }
    for (const [leader, starts] of byLeader) {
      const idOf = (topic: string): string => metadata.topics.get(topic)!.id;
      inFlight.set(
        leader,
        this.#fetch(metadata.brokers.get(leader), starts, idOf).then(
          (batches) => ({ leader, batches }),
          (error: unknown) => ({ leader, batches: [], error }),
        ),
      );
    }
  }

  async #fetch(
    broker: PlatformaticBroker | undefined,
    starts: readonly ReadStart[],
    idOf: (topic: string) => string,
  ): Promise<ReadBatch[]> {
    if (!broker) throw new ClientError({ message: 'the address of a broker is unknown', retriable: true });
    const asked = new Map<string, ReadStart>();
    const topics = starts.map((start): FetchTopic => {
      const { partition, offset: fetchOffset } = start;
      const topicId = idOf(start.topic);
      asked.set(`${topicId}/${partition}`, start);
      const limits = { partitionMaxBytes: MAX_PARTITION_BYTES, currentLeaderEpoch: -1, lastFetchedEpoch: -1 };
      return { topicId, partitions: [{ partition, fetchOffset, ...limits }] };
    });
    const answer = await this.#answer(broker, topics);
    this.#options.heard();
    const batches: ReadBatch[] = [];
    const lost: ReadStart[] = [];
    for (const { topicId, partitions } of answer.responses) {
      for (const fetched of partitions) {
        const start = asked.get(`${topicId}/${fetched.partitionIndex}`);
        if (!start) continue;
        if (fetched.errorCode === OFFSET_OUT_OF_RANGE) lost.push(start);
        else this.#take(start, fetched, batches);
      }
    }
    for (const start of lost.length > 0 ? await this.#options.restart(lost) : []) this.#move(lost, start);
    return batches;
  }

  // The client makes an error of an answer in which one partition has one.
  async #answer(broker: PlatformaticBroker, topics: FetchTopic[]): Promise<FetchAnswer> {
    try {
      return await this.#options.request(broker, topics);
    } catch (error) {
      const answer = (error as { response?: FetchAnswer }).response;
      const failed = answer?.responses?.flatMap(({ partitions }) =>
        partitions.filter((each) => each.errorCode !== 0),
      );
      if (failed?.length && failed.every((each) => each.errorCode === OFFSET_OUT_OF_RANGE)) return answer!;
      throw platformaticError(error);
    }
  }

  #move(from: readonly ReadStart[], to: ReadStart): void {
    const key = keyOfPartition(to.topic, to.partition);
    const before = from.find(({ topic, partition }) => topic === to.topic && partition === to.partition);
    // Read from elsewhere meanwhile.
    if (this.#positions.get(key) === before) this.#positions.set(key, to);
  }

  #take(start: ReadStart, fetched: FetchedPartition, batches: ReadBatch[]): void {
    const { topic, partition } = start;
    const { highWatermark } = fetched;
    const { messages, firstOffset, next } = recordsOf(fetched, start.offset);
    if (next !== start.offset) this.#move([start], { topic, partition, offset: next });
    if (messages.length > 0) batches.push({ topic, partition, messages, firstOffset, highWatermark });
  }
}

import { BoundedCalls, sleep, type Clock } from '../core/clock.js';
import type { TickmarkError } from '../core/errors.js';
import { kafkaError, type KafkaErrorSource } from './kafka-client-error.js';
import type { KafkaAdmin } from './kafka-consumer.js';

/** What the brokers say about a partition. */
export interface PartitionState {
  readonly topic: string;
  readonly partition: number;
  /** The oldest offset that exists. */
  readonly low: bigint;
  /** The offset after the newest record. */
  readonly high: bigint;
  /** The offset that the group has committed; below 0 if it has none. */
  readonly committed: bigint;
}

/** States by `topic/partition`. */
export type TopicStates = ReadonlyMap<string, PartitionState>;

/** Key of a partition in {@link TopicStates}. */
export function keyOfPartition(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}

/** What {@link TopicQuestions} needs. */
export interface TopicQuestionsOptions {
  /** `groupId` is that whose offsets are asked for; `null` for none. */
  readonly admin: { readonly client: () => KafkaAdmin; readonly groupId: string | null };
  readonly topics: readonly string[];
  readonly clock: Clock;
  /** Longest wait for the answers, in ms. */
  readonly limitMs: number;
  /** Ends waiting; its reason is a `TickmarkError`. */
  readonly signal: AbortSignal;
  readonly source: KafkaErrorSource;
}

const RETRY_MS = 100;
const WHAT = 'asking for the offsets of the topics';

/** Asks the brokers about topics, each time over a connection of its own: one that is kept does not see new partitions for minutes. */
export class TopicQuestions {
  readonly #options: TopicQuestionsOptions;

  constructor(options: TopicQuestionsOptions) {
    this.#options = options;
  }

  /** All partitions that exist. A topic that does not exist has none. @throws TickmarkError `STREAM_FAILED`, `UNAUTHORIZED`, `TIMEOUT`. */
  async ask(): Promise<TopicStates> {
    const { clock, limitMs, signal, source } = this.#options;
    const calls = new BoundedCalls(clock, limitMs);
    const onAbort = (): void => calls.abandon(signal.reason as TickmarkError);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await calls.run(`${source.name}: ${WHAT}`, () => this.#answer());
    } catch (error) {
      throw kafkaError(source, WHAT, error);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  // What was just made has no leader for a moment. A client keeps what it has heard, so the next try has one of its own.
  async #answer(): Promise<TopicStates> {
    const { clock, limitMs, signal } = this.#options;
    const until = clock.monotonic() + limitMs;
    for (;;) {
      try {
        return await this.#askOnce();
      } catch (error) {
        const { retriable } = (error ?? {}) as { retriable?: unknown };
        if (retriable !== true || signal.aborted || clock.monotonic() >= until) throw error;
        await sleep(clock, RETRY_MS, signal);
      }
    }
  }

  async #askOnce(): Promise<TopicStates> {
    const client = this.#options.admin.client();
    try {
      await client.connect();
      return await this.#statesFrom(client);
    } finally {
      void client.disconnect().catch(() => undefined);
    }
  }

  async #statesFrom(client: KafkaAdmin): Promise<TopicStates> {
    const states = new Map<string, PartitionState>();
    for (const topic of this.#options.topics) {
      for (const each of await statesOf(client, topic, this.#options.admin.groupId))
        states.set(keyOfPartition(topic, each.partition), each);
    }
    return states;
  }
}

async function statesOf(
  client: KafkaAdmin,
  topic: string,
  groupId: string | null,
): Promise<PartitionState[]> {
  try {
    // First what is committed: it must not be ahead of what exists.
    const groups = groupId === null ? [] : await client.fetchOffsets({ groupId, topics: [topic] });
    const committed = new Map(
      groups.flatMap(({ partitions }) => partitions.map((each) => [each.partition, each.offset])),
    );
    const offsets = await client.fetchTopicOffsets(topic);
    return offsets.map(({ partition, low, high }) => ({
      topic,
      partition,
      low: BigInt(low),
      high: BigInt(high),
      committed: BigInt(committed.get(partition) ?? -1),
    }));
  } catch (error) {
    if (isUnknownTopic(error)) return [];
    throw error;
  }
}

/** Whether an error of a client says that there is no such topic. */
export function isUnknownTopic(error: unknown): boolean {
  const { type, message, cause } = (error ?? {}) as { type?: unknown; message?: unknown; cause?: unknown };
  if (type === 'UNKNOWN_TOPIC_OR_PARTITION') return true;
  return /does not host this topic/i.test(String(message)) || (!!cause && isUnknownTopic(cause));
}

import { BoundedCalls, sleep, type Clock } from '../core/clock.js';
import { TickmarkError, quote } from '../core/errors.js';
import { kafkaError, type KafkaErrorSource } from '../kafka-client/kafka-client-error.js';
import type { KafkaTopicAdmin } from '../kafka-client/kafka-consumer.js';
import { TopicQuestions } from '../kafka-client/topic-questions.js';

/** What {@link TopicDirectory} needs. */
export interface TopicDirectoryOptions {
  readonly clock: Clock;
  readonly admin: () => KafkaTopicAdmin;
  readonly source: KafkaErrorSource;
  /** Number of partitions of a new topic. */
  readonly partitions: (topic: string) => number;
  /** Replication of new topics; `null`: none is created. */
  readonly replicationFactor: number | null;
  /** Longest wait for answers, in ms. */
  readonly limitMs: number;
  /** How old a number of partitions may be before it is looked up again, in ms. */
  readonly maxAgeMs: number;
  readonly signal: AbortSignal;
}

const RETRY_MS = 50;

/** How many partitions topics have. Creates topics that are missing, where it may. */
export class TopicDirectory {
  readonly #options: TopicDirectoryOptions;
  readonly #counts = new Map<string, { readonly count: number; readonly at: number }>();
  readonly #lookups = new Map<string, Promise<number>>();

  constructor(options: TopicDirectoryOptions) {
    this.#options = options;
  }

  /** Number of partitions, as far as it is known. A number that is old is looked up again, in the background. */
  known(topic: string): number | undefined {
    const { clock, maxAgeMs } = this.#options;
    const found = this.#counts.get(topic);
    // While brokers do not answer, the last number stays.
    if (found && clock.monotonic() - found.at > maxAgeMs) void this.#lookUp(topic).catch(() => undefined);
    return found?.count;
  }

  /**
   * Number of partitions. @throws TickmarkError `BUS_FAILED`, not retryable if the topic is missing; `UNAUTHORIZED`.
   */
  async count(topic: string): Promise<number> {
    return this.known(topic) ?? this.#lookUp(topic);
  }

  #lookUp(topic: string): Promise<number> {
    let lookup = this.#lookups.get(topic);
    if (!lookup) {
      lookup = this.#find(topic).finally(() => this.#lookups.delete(topic));
      this.#lookups.set(topic, lookup);
    }
    return lookup;
  }

  async #find(topic: string): Promise<number> {
    const { clock, admin, limitMs, signal, source, replicationFactor } = this.#options;
    const isCreated = replicationFactor !== null && !this.#counts.has(topic);
    if (isCreated) await this.#create(topic, replicationFactor);
    const client = { client: admin, groupId: null };
    const questions = new TopicQuestions({ admin: client, topics: [topic], clock, limitMs, signal, source });
    const until = clock.monotonic() + limitMs;
    let { size: count } = await questions.ask();
    // Brokers hear of what was created a moment later.
    while (count === 0 && isCreated && clock.monotonic() < until) {
      await sleep(clock, RETRY_MS, signal);
      ({ size: count } = await questions.ask());
    }
    if (count === 0) throw this.#missing(topic);
    this.#counts.set(topic, { count, at: clock.monotonic() });
    return count;
  }

  // First of all: a broker that creates topics by itself would give it another number of partitions.
  async #create(topic: string, replicationFactor: number): Promise<void> {
    const { admin, clock, limitMs, partitions, source } = this.#options;
    const what = `creating topic ${quote(topic)}`;
    try {
      await new BoundedCalls(clock, limitMs).run(`${source.name}: ${what}`, async () => {
        const client = admin();
        try {
          await client.connect();
          await client.createTopics({
            topics: [{ topic, numPartitions: partitions(topic), replicationFactor }],
            waitForLeaders: false,
          });
        } finally {
          void client.disconnect().catch(() => undefined);
        }
      });
    } catch (error) {
      throw kafkaError(source, what, error);
    }
  }

  #missing(topic: string): TickmarkError {
    const { source, partitions } = this.#options;
    const how = `Create it with ${partitions(topic)} partitions or more, or set createTopics of the bus`;
    return new TickmarkError('BUS_FAILED', `${source.name}: topic ${quote(topic)} does not exist. ${how}.`);
  }
}

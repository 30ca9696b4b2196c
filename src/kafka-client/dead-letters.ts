import { BoundedCalls, type Clock } from '../core/clock.js';
import type { TickmarkError } from '../core/errors.js';
import type { KafkaMessage, KafkaTopicPartition, KafkaProducer, KafkaRecord } from './kafka-consumer.js';
import type { KafkaCounter } from './kafka-counts.js';
import { kafkaError, type KafkaErrorSource } from './kafka-client-error.js';

/** Where rejected records are sent. */
export interface KafkaDeadLetterOptions {
  /** A producer. The caller connects and disconnects it. */
  readonly producer: KafkaProducer;
  /** Name of the topic. */
  readonly topic: string;
  /** Time limit of a send, in ms. Default 2,000. */
  readonly timeoutMs?: number;
}

/** A rejected record. */
export interface DeadLetter {
  readonly record: KafkaRecord;
  readonly reason: string;
}

/** The record of a dead letter: unchanged, with headers that say where it was and why it was rejected. */
export function deadLetterMessage(
  { record: { key, value, offset, headers }, reason }: DeadLetter,
  { topic, partition }: KafkaTopicPartition,
): KafkaMessage {
  return {
    key,
    value,
    headers: {
      ...headers,
      'tickmark-reason': reason,
      'tickmark-topic': topic,
      'tickmark-partition': String(partition),
      'tickmark-offset': offset,
    },
  };
}

type DeadLetterCounts = KafkaCounter<'deadLetters' | 'deadLettersFailed'>;

// Records must not wait for a dead-letter topic that is down: after a failure nothing is sent for this long.
const PAUSE_MS = 10_000;

/**
 * Sends rejected records to a topic, unchanged, with the headers `tickmark-reason`, `tickmark-topic`, `tickmark-partition` and
 * `tickmark-offset`.
 */
export class DeadLetters {
  readonly #options: KafkaDeadLetterOptions;
  readonly #clock: Clock;
  readonly #counts: DeadLetterCounts;
  readonly #source: KafkaErrorSource;
  readonly #calls: BoundedCalls;
  readonly #onError: (error: TickmarkError) => void;
  #notBefore = -Infinity;

  constructor(
    options: KafkaDeadLetterOptions,
    host: {
      readonly clock: Clock;
      readonly counts: DeadLetterCounts;
      readonly source: KafkaErrorSource;
      readonly onError: (error: TickmarkError) => void;
    },
  ) {
    this.#options = options;
    this.#clock = host.clock;
    this.#counts = host.counts;
    this.#source = host.source;
    this.#onError = host.onError;
    this.#calls = new BoundedCalls(host.clock, options.timeoutMs ?? 2000);
  }

  /** Resolves when the records are sent, or the send has failed. Never rejects. */
  async send(letters: readonly DeadLetter[], { topic, partition }: KafkaTopicPartition): Promise<void> {
    if (this.#clock.monotonic() < this.#notBefore)
      return this.#counts.add('deadLettersFailed', letters.length);
    const messages = letters.map((letter) => deadLetterMessage(letter, { topic, partition }));
    const what = `sending ${letters.length} records of ${topic}/${partition} from offset ${letters[0]!.record.offset} to the dead-letter topic ${this.#options.topic}`;
    try {
      const { producer, topic: target } = this.#options;
      await this.#calls.run(what, () => producer.send({ topic: target, messages }));
      this.#counts.add('deadLetters', letters.length);
    } catch (error) {
      this.#notBefore = this.#clock.monotonic() + PAUSE_MS;
      this.#counts.add('deadLettersFailed', letters.length);
      this.#onError(kafkaError(this.#source, what, error));
    }
  }
}

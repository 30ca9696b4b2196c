import { Backoff } from '../../core/backoff.js';
import { sleep } from '../../core/clock.js';
import { errorReporter } from '../../core/error-reporter.js';
import { TickmarkError } from '../../core/errors.js';
import type { FillMessage, FillStream } from '../../core/fills/fill-stream.js';
import { DeadLetters } from '../../kafka-client/dead-letters.js';
import { KafkaCounts } from '../../kafka-client/kafka-counts.js';
import { FillReading, type FillReadingOptions } from './fill-reading.js';
import { FillRecords } from './fill-records.js';
import { FILL_COUNTERS, type KafkaFillStreamStats } from './kafka-fill-counts.js';
import {
  kafkaFillSettings,
  type KafkaFillSettings,
  type KafkaFillStreamOptions,
} from './kafka-fill-stream-options.js';
import { StartPositions } from './start-positions.js';
import { keepRaw } from '../../core/keep-raw.js';

/**
 * Fills from a Kafka topic, read with a consumer of `kafkajs`, or of `platformaticKafka()` or `confluentKafka()` of `tickmark/kafka`.
 *
 * - At least once: the offset of a list is committed when the list is processed, that is, when the next one is asked for. What was not processed comes
 *   again, and the ids of entries book it once.
 * - While a list is being processed, however long, the consumer keeps its membership in the group.
 * - A broken link is retried. Reading continues at the committed offset, so nothing is missing, and there is no gap.
 * - A gap is delivered where fills are missing for good: records were deleted before they were read (`deleted`), or cannot be read (`unreadable`).
 * - The members of a group share the partitions. Fills of an account stay in order if the account is the key.
 *
 * @example
 * ```ts
 * import { Kafka } from 'kafkajs';
 * import { KafkaFillStream } from 'tickmark/fills';
 *
 * const kafka = new Kafka({ brokers: ['127.0.0.1:9092'] });
 * const stream = new KafkaFillStream({
 *   consumer: () => kafka.consumer({ groupId: 'books', maxWaitTimeInMs: 1_000 }),
 *   topic: 'fills',
 *   admin: { client: () => kafka.admin(), groupId: 'books' },
 * });
 * ```
 */
export class KafkaFillStream implements FillStream {
  static {
    keepRaw(this);
  }

  readonly #settings: KafkaFillSettings;
  readonly #report: (error: TickmarkError) => void;
  readonly #counts = new KafkaCounts(FILL_COUNTERS);
  readonly #shared: FillReadingOptions;

  /** @throws TickmarkError `INVALID_ARGUMENT` for an option outside what is accepted. */
  constructor(options: KafkaFillStreamOptions) {
    const settings = kafkaFillSettings(options);
    const { clock, decode, source } = settings;
    const report = errorReporter(options);
    const counts = this.#counts;
    this.#settings = settings;
    this.#report = report;
    this.#shared = {
      settings,
      counts,
      report,
      records: new FillRecords({ clock, decode, counts, report }),
      deadLetters: options.deadLetters
        ? new DeadLetters(options.deadLetters, { clock, counts, source, onError: report })
        : null,
      starts: new StartPositions(settings),
    };
  }

  /** Counters so far. */
  stats(): KafkaFillStreamStats {
    return this.#counts.stats();
  }

  async *read({ signal }: { readonly signal?: AbortSignal } = {}): AsyncGenerator<readonly FillMessage[]> {
    const { clock, random } = this.#settings;
    const backoff = new Backoff({ clock, random });
    while (!signal?.aborted) {
      try {
        yield* this.#follow(backoff, signal);
      } catch (error) {
        if (signal?.aborted) return;
        if (!(error instanceof TickmarkError && error.retryable)) throw error;
        this.#report(error);
        await sleep(clock, backoff.next(), signal).catch(() => undefined);
      }
    }
  }

  // With one consumer, until it gives up, which throws.
  async *#follow(backoff: Backoff, signal: AbortSignal | undefined): AsyncGenerator<readonly FillMessage[]> {
    const reading = new FillReading(this.#shared);
    // At once, also while the reader has a list: a consumer whose batches are not taken fetches them again and again.
    const onAbort = (): void => void reading.close();
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await reading.open();
      backoff.up();
      for (let list = await reading.next(); list; list = await reading.next()) {
        yield list.messages;
        list.markProcessed();
        backoff.data();
      }
    } finally {
      signal?.removeEventListener('abort', onAbort);
      await reading.close();
    }
  }
}

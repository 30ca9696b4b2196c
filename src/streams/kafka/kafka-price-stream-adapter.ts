import { BoundedCalls } from '../../core/clock.js';
import { invalidArgument, type TickmarkError } from '../../core/errors.js';
import { BasePriceStreamAdapter } from '../../core/streams/base-price-stream-adapter.js';
import type { PriceStreamLink } from '../../core/streams/price-stream-link.js';
import { BatchDelivery } from './batch-delivery.js';
import { DeadLetters } from '../../kafka-client/dead-letters.js';
import { ConsumerGroupSession } from '../../kafka-client/consumer-group-session.js';
import { decodeJsonPrice, type KafkaDecoder } from './json-price-decoder.js';
import { hasEvents, type KafkaConsumer } from '../../kafka-client/kafka-consumer.js';
import { KafkaCounts } from '../../kafka-client/kafka-counts.js';
import { PRICE_COUNTERS, type KafkaStreamStats } from './kafka-stream-stats.js';
import { kafkaError } from '../../kafka-client/kafka-client-error.js';
import {
  readKafkaOptions,
  type KafkaPriceStreamAdapterOptions,
  type KafkaSettings,
} from './kafka-options.js';
import { assignedPartitions } from '../../kafka-client/partition-assignment.js';
import { PriceOutages } from './price-outages.js';
import { ReadPositions } from '../../kafka-client/read-positions.js';
import { TopicQuestions } from '../../kafka-client/topic-questions.js';
import { TopicWatch } from '../../kafka-client/topic-watch.js';

/**
 * A price stream from Kafka topics, read with a consumer of `kafkajs`, `platformaticKafka()` or `confluentKafka()`.
 *
 * - At least once: an offset is committed after every listener has been called for the record, and after a rejected record was sent to the
 *   dead-letter topic.
 * - The consumer reads whole topics; `subscribe()` selects symbols. Records are read from the first `subscribe()` on, so that none is lost
 *   for it. Later prices of symbols that are not subscribed are dropped.
 * - Records of a partition stay in order: use the symbol as key.
 * - After a partition was revoked, nothing of it is delivered. With a consumer that has events (`on()`), each rebalance, crash and silence
 *   of the brokers makes the status `reconnecting`, and one gap.
 * - A record that cannot be decoded is counted, and sent to the dead-letter topic if there is one; the stream continues.
 *
 * `connect()` rejects with `STREAM_FAILED` if no broker responds or the consumer does not join the group in time, and with `UNAUTHORIZED`
 * if the brokers refuse the login. `disconnect()` disconnects the consumer; the producer belongs to the caller.
 *
 * @example
 * ```ts
 * import { Kafka } from 'kafkajs';
 * import { KafkaPriceStreamAdapter } from 'tickmark/kafka';
 *
 * const kafka = new Kafka({ brokers: ['127.0.0.1:9092'] });
 * const stream = new KafkaPriceStreamAdapter({
 *   consumer: () => kafka.consumer({ groupId: 'desk' }),
 *   topics: 'prices',
 * });
 * await stream.connect();
 * await stream.subscribe(['ACME']);
 * ```
 */
export class KafkaPriceStreamAdapter extends BasePriceStreamAdapter {
  readonly #settings: KafkaSettings;
  readonly #decode: KafkaDecoder;
  readonly #deadLetters: DeadLetters | undefined;
  readonly #counts = new KafkaCounts(PRICE_COUNTERS);
  readonly #subscribed = new Set<string>();
  #session: ConsumerGroupSession | undefined;
  #startReading!: () => void;
  #closing: Promise<void> | undefined;

  /** @throws TickmarkError `INVALID_ARGUMENT` for an option outside what is accepted. */
  constructor(options: KafkaPriceStreamAdapterOptions) {
    super(options);
    this.#settings = readKafkaOptions(options);
    this.#decode = options.decode ?? decodeJsonPrice;
    if (options.deadLetters) {
      this.#deadLetters = new DeadLetters(options.deadLetters, {
        clock: this.clock,
        counts: this.#counts,
        source: this.#settings.source,
        onError: (error) => this.reportError(error),
      });
    }
  }

  /** Counters so far. */
  override stats(): KafkaStreamStats {
    return { ...super.stats(), ...this.#counts.stats() };
  }

  protected override async openLink(link: PriceStreamLink): Promise<void> {
    const settings = this.#settings;
    await this.#waitForClose(link.signal);
    this.#subscribed.clear();
    const subscribed = new Promise<void>((resolve) => (this.#startReading = resolve));
    const consumer = this.#makeConsumer();
    const outages = new PriceOutages(this.clock, link, () => [...this.#subscribed]);
    const positions = new ReadPositions(settings.fromBeginning === true);
    const watch = this.#watchOf(link, consumer, positions, outages);
    const delivery = new BatchDelivery({
      clock: this.clock,
      link,
      counts: this.#counts,
      decode: this.#decode,
      tombstones: settings.tombstones,
      deadLetters: this.#deadLetters,
      subscribed,
      positions,
      watch,
      isSubscribed: (symbol) => this.#subscribed.has(symbol),
    });
    // Nobody has subscribed yet whom the gap could tell.
    if (await watch.begin()) void subscribed.then(() => outages.lost());
    if (link.signal.aborted) return;
    this.#session = new ConsumerGroupSession({
      clock: this.clock,
      consumer,
      makeConsumer: () => this.#makeConsumer(),
      link: {
        signal: link.signal,
        reconnecting: (attempt, nextTryAt) => link.reconnecting(attempt, nextTryAt),
        restored: () => link.restored(),
        warn: (error) => this.reportError(error),
        fail: (error) => link.fail(error),
      },
      counts: this.#counts,
      // Where a group without an offset starts is sought; otherwise, an offset that does not exist is replaced by the oldest that does.
      settings: settings.admin ? { ...settings, fromBeginning: true } : settings,
      outages,
      assigned: (assignment, reader) => {
        for (const start of positions.assign(assignedPartitions(assignment))) reader.seek!(start);
      },
      deliver: (payload, isCurrent) => delivery.deliver(payload, isCurrent),
    });
    await this.#session.open();
    watch.start();
  }

  protected override async closeLink(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    if (!session) return;
    const closed = session.close();
    const closing: Promise<void> = closed.then(
      () => this.#forget(closing),
      () => this.#forget(closing),
    );
    this.#closing = closing;
    await closed;
  }

  protected override addSymbols(symbols: readonly string[]): void {
    for (const symbol of symbols) this.#subscribed.add(symbol);
    this.#startReading();
  }

  protected override removeSymbols(symbols: readonly string[]): void {
    for (const symbol of symbols) this.#subscribed.delete(symbol);
  }

  #watchOf(
    link: PriceStreamLink,
    consumer: KafkaConsumer,
    positions: ReadPositions,
    outages: PriceOutages,
  ): TopicWatch {
    const { admin, topics, connectTimeoutMs: limitMs, source } = this.#settings;
    const { clock } = this;
    const { signal } = link;
    if (admin && !(hasEvents(consumer) && consumer.seek))
      throw invalidArgument(
        'KafkaPriceStreamAdapter: admin',
        admin,
        'none with a consumer without events or seek()',
      );
    const watch = new TopicWatch({
      clock,
      positions,
      questions: admin && new TopicQuestions({ admin, topics, clock, limitMs, signal, source }),
      everyMs: admin?.everyMs ?? 0,
      lost: () => outages.lost(),
      grown: (since) => {
        outages.missingSince(since);
        return this.#session?.rejoin() ?? false;
      },
      seek: (start) => this.#session?.seek(start),
    });
    signal.addEventListener('abort', () => watch.stop(), { once: true });
    return watch;
  }

  #forget(closing: Promise<void>): void {
    if (this.#closing === closing) this.#closing = undefined;
  }

  #makeConsumer(): KafkaConsumer {
    const { makeConsumer, source } = this.#settings;
    try {
      return makeConsumer();
    } catch (error) {
      throw kafkaError(source, 'the function that makes the consumer failed', error);
    }
  }

  // A consumer whose close timed out must not be closed later, when it is in use again.
  async #waitForClose(signal: AbortSignal): Promise<void> {
    if (!this.#closing) return;
    const calls = new BoundedCalls(this.clock, this.#settings.connectTimeoutMs);
    const onAbort = (): void => calls.abandon(signal.reason as TickmarkError);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const closing = this.#closing;
      await calls.run('KafkaPriceStreamAdapter: closing the earlier consumer', () => closing);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }
}

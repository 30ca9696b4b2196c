import { BoundedCalls } from '../../core/clock.js';
import type { TickmarkError } from '../../core/errors.js';
import { BasePriceStreamAdapter } from '../../core/streams/base-price-stream-adapter.js';
import type { PriceStreamLink } from '../../core/streams/price-stream-link.js';
import { BatchDelivery } from './batch-delivery.js';
import { DeadLetters } from './dead-letters.js';
import { ConsumerGroupSession } from './consumer-group-session.js';
import { decodeJsonPrice, type KafkaDecoder } from './json-price-decoder.js';
import type { KafkaConsumer } from './kafka-consumer.js';
import { KafkaCounts, type KafkaStreamStats } from './kafka-counts.js';
import { kafkaError } from './kafka-client-error.js';
import {
  readKafkaOptions,
  type KafkaPriceStreamAdapterOptions,
  type KafkaSettings,
} from './kafka-options.js';

/**
 * A price stream from Kafka topics, read with a consumer of `kafkajs` or `@confluentinc/kafka-javascript`.
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
  readonly #counts = new KafkaCounts();
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
        secrets: this.#settings.secrets,
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
    const delivery = new BatchDelivery({
      clock: this.clock,
      link,
      counts: this.#counts,
      decode: this.#decode,
      tombstones: settings.tombstones,
      deadLetters: this.#deadLetters,
      subscribed,
      isSubscribed: (symbol) => this.#subscribed.has(symbol),
    });
    this.#session = new ConsumerGroupSession(this.#makeConsumer(), {
      clock: this.clock,
      link,
      counts: this.#counts,
      settings,
      symbols: () => this.getSubscribedSymbols(),
      deliver: (payload, isCurrent) => delivery.deliver(payload, isCurrent),
    });
    await this.#session.open();
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

  #forget(closing: Promise<void>): void {
    if (this.#closing === closing) this.#closing = undefined;
  }

  #makeConsumer(): KafkaConsumer {
    const { makeConsumer, secrets } = this.#settings;
    try {
      return makeConsumer();
    } catch (error) {
      throw kafkaError('the function that makes the consumer failed', error, secrets);
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

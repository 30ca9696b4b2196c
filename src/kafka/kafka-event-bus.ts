import { checkDelay, sleep } from '../core/clock.js';
import { PortfolioValueCodec } from '../core/engine/portfolio-value-codec.js';
import { PORTFOLIOS_VALUED } from '../core/engine/portfolio-valued-event.js';
import { TickmarkError } from '../core/errors.js';
import type {
  DeliveryGuarantee,
  DomainEvent,
  EventBus,
  EventHandler,
  EventType,
} from '../core/messaging/event-bus.js';
import { EventCodecs } from '../core/messaging/event-codec.js';
import { PublishQueue } from '../core/messaging/publish-queue.js';
import type { Unsubscribe } from '../core/unsubscribe.js';
import { deadLetterMessage, type DeadLetter } from '../kafka-client/dead-letters.js';
import type { KafkaTopicPartition } from '../kafka-client/kafka-consumer.js';
import { kafkaBusParts, type KafkaBusParts } from './kafka-bus-parts.js';
import type {
  KafkaEventBusClients,
  KafkaEventBusOptions,
  KafkaEventBusStats,
  KafkaSubscribeOptions,
} from './kafka-event-bus-options.js';
import { HandledSubscriptions } from './reading/handled-subscriptions.js';
import type { Subscriptions } from './reading/subscriptions.js';
import { TailSubscriptions } from './reading/tail-subscriptions.js';
import type { EventSender } from './sending/event-sender.js';
import { ProducerLink } from './sending/producer-link.js';
import { RecordWriter } from './sending/record-writer.js';
import { checkOptions } from '../core/options.js';
import { keepRaw } from '../core/keep-raw.js';

const WHERE = 'KafkaEventBus';

/**
 * A bus over Kafka topics.
 *
 * - Prices are in the topic `{prefix}.prices`, changes of holdings in `{prefix}.portfolios`, values in `{prefix}.values`, other types in topics
 *   of their own. A record of a portfolio is in the partition `shardOf(portfolioId, partitions)`, so a partition is a shard. Values leave in
 *   packed batches: one record for each shard and batch. Attributes are CloudEvents headers.
 * - `publish` resolves when all replicas in sync have acknowledged. What is published while a request is on its way goes into the next one.
 *   The order is kept by publisher and partition.
 * - **At most once** (the default): a subscription gets each event that is published after it was made, once, without a group that others
 *   know of. Positions are kept in this process, so after a break of the link nothing that Kafka still has is lost. Records are numbered, so what a
 *   publisher gave up, or sent twice, is noticed: a gap event announces it, and `lost` counts it.
 * - **At least once**: each event until its handler has succeeded, one at a time; after `maxDeliveries` it goes to the topic `{prefix}.dead`.
 *   **With a group**, all subscriptions of a type and group share the partitions, across processes, and go on where the group was: an offset is
 *   committed when everything before it is handled. **Without a group** a subscription gets every event published after it was made.
 * - Gap events also announce records that retention deleted unread, topics made anew, and partitions that were added.
 * - It opens one connection to send, one for each topic read (at least once: for each subscription), and one for each look at a topic.
 *
 * @example
 * ```ts
 * import { Kafka } from 'kafkajs';
 * import { PORTFOLIOS_VALUED } from 'tickmark';
 * import { KafkaEventBus } from 'tickmark/kafka';
 *
 * const kafka = new Kafka({ brokers: ['127.0.0.1:9092'], retry: { initialRetryTime: 100, maxRetryTime: 1_000 } });
 * const bus = new KafkaEventBus(
 *   {
 *     consumer: (groupId) => kafka.consumer({ groupId, maxWaitTimeInMs: 1_000, sessionTimeout: 10_000 }),
 *     producer: () => kafka.producer(),
 *     admin: () => kafka.admin(),
 *   },
 *   { createTopics: { partitions: 64 }, onError: (error) => console.error(error) },
 * );
 * bus.subscribe(PORTFOLIOS_VALUED, (batch) => console.log(batch.length));
 * await bus.close();
 * ```
 */
export class KafkaEventBus implements EventBus {
  static {
    keepRaw(this);
  }

  readonly #parts: KafkaBusParts;
  readonly #subscriptions: Subscriptions;
  readonly #queue: PublishQueue<EventSender>;
  readonly #link: ProducerLink;
  readonly #ending = new AbortController();

  /**
   * @param clients How to make clients. The bus connects those that it makes, and disconnects them.
   * @throws TickmarkError `INVALID_ARGUMENT`.
   */
  constructor(clients: KafkaEventBusClients, options: KafkaEventBusOptions = {}) {
    const parts = (this.#parts = kafkaBusParts(clients, options, WHERE, {
      signal: this.#ending.signal,
      onPositioned: () => this.#queue.drain(),
      deadLetter: (letter, place) => this.#sendDeadLetter(letter, place),
    }));
    const { settings, source, clock, random } = parts;
    this.#subscriptions =
      settings.delivery === 'at-least-once'
        ? new HandledSubscriptions(parts, settings.group)
        : new TailSubscriptions(parts, options.maxBacklog);
    const writer = new RecordWriter({
      ...parts,
      plainCodecs: new EventCodecs({
        codecs: [new PortfolioValueCodec(PORTFOLIOS_VALUED)],
        maxMessageBytes: settings.maxMessageBytes,
      }),
      source: parts.publisher,
      values: settings.values,
    });
    this.#link = new ProducerLink({
      clock,
      random,
      source,
      makeProducer: clients.producer,
      connectTimeoutMs: settings.connectTimeoutMs,
      sender: { writer, source, maxPartitionBytes: settings.maxMessageBytes },
      onUp: () => this.#queue.drain(),
      onFailed: (error) => {
        parts.report(error);
        this.#queue.rejectWaiting(error);
      },
    });
    this.#queue = new PublishQueue({
      where: WHERE,
      broker: 'Kafka',
      clock,
      timeoutMs: settings.publishTimeoutMs,
      start: () => this.#link.start(),
      connection: () => (this.#subscriptions.isPositioned ? this.#link.sender : null),
      failure: () => this.#link.failure ?? this.#subscriptions.failure,
      send: (sender, events) => sender.send(events),
      onSilence: (sender) => this.#link.drop(sender),
    });
  }

  get delivery(): DeliveryGuarantee {
    return this.#subscriptions.delivery;
  }

  publish(events: DomainEvent | readonly DomainEvent[]): Promise<void> {
    return this.#queue.publish(events);
  }

  /**
   * Calls `handler` for each event of that type: published from now on, or, in a group, not handled by any of its members yet.
   * @returns A function that ends the subscription.
   * @throws TickmarkError `CLOSED` after `close()`; `INVALID_ARGUMENT`.
   */
  subscribe<E extends DomainEvent>(
    type: EventType<E>,
    handler: EventHandler<E>,
    options: KafkaSubscribeOptions = {},
  ): Unsubscribe {
    checkOptions(`${WHERE}.subscribe`, options, { group: true });
    return this.#subscriptions.subscribe(type, handler as EventHandler<DomainEvent>, options);
  }

  stats(): KafkaEventBusStats {
    const { received, malformed, duplicates, deadLettered, reconnects } = this.#parts.counts.stats();
    return {
      ...this.#subscriptions.stats(this.#queue.published),
      rejected: this.#queue.rejected,
      received,
      malformed,
      duplicates,
      deadLettered,
      reconnects,
    };
  }

  async close(options: { timeoutMs?: number } = {}): Promise<void> {
    const { timeoutMs = 1000 } = options;
    checkDelay(timeoutMs, `${WHERE}.close: timeoutMs`);
    const isFirst = !this.#ending.signal.aborted;
    this.#queue.close();
    const ended = this.#subscriptions.close(timeoutMs);
    if (isFirst) await this.#closeLink(timeoutMs);
    await ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #closeLink(timeoutMs: number): Promise<void> {
    this.#ending.abort(new TickmarkError('CLOSED', `${WHERE}: the bus was closed.`));
    const limit = new AbortController();
    const sent = async (): Promise<void> => {
      if (timeoutMs > 0) await this.#queue.whenIdle();
      await this.#link.close();
    };
    const late = sleep(this.#parts.clock, timeoutMs, limit.signal).catch(() => undefined);
    await Promise.race([sent(), late]);
    limit.abort();
  }

  async #sendDeadLetter(letter: DeadLetter, place: KafkaTopicPartition): Promise<void> {
    const { names, directory } = this.#parts;
    this.#link.start();
    await directory.count(names.dead);
    const { sender } = this.#link;
    if (!sender) throw this.#link.failure ?? notConnected();
    await sender.sendMessage(names.dead, deadLetterMessage(letter, place));
  }
}

function notConnected(): TickmarkError {
  const message = `${WHERE}: the producer has not connected yet.`;
  return new TickmarkError('BUS_FAILED', message, { retryable: true });
}

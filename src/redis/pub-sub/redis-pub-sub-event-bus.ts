import type { TickmarkError } from '../../core/errors.js';
import {
  BUS_GAP,
  type DomainEvent,
  type EventBus,
  type EventHandler,
  type EventType,
} from '../../core/messaging/event-bus.js';
import { EventIds } from '../../core/messaging/event-ids.js';
import { LocalDelivery } from '../../core/messaging/local-delivery.js';
import { PublishQueue } from '../../core/messaging/publish-queue.js';
import type { Unsubscribe } from '../../core/unsubscribe.js';
import { checkReceivesMessages } from '../node-role.js';
import { redisBusParts, REDIS_BUS_OPTIONS } from '../redis-bus-options.js';
import { isCluster, type RedisClient } from '../redis-client.js';
import type { RedisConnection } from '../redis-connection.js';
import type { RedisLink } from '../redis-link.js';
import { ChannelPublisher } from './channel-publisher.js';
import { ChannelReceiver } from './channel-receiver.js';
import { ChannelSubscriptions } from './channel-subscriptions.js';
import { DeliveryProbe, isWrongNode } from './delivery-probe.js';
import { PossibleLosses } from './possible-losses.js';
import type {
  RedisPubSubEventBusOptions,
  RedisPubSubEventBusStats,
} from './redis-pub-sub-event-bus-options.js';
import { checkOptions } from '../../core/options.js';
import { keepRaw } from '../../core/keep-raw.js';

const WHERE = 'RedisPubSubEventBus';

/**
 * A bus over Redis Pub/Sub: the fastest one, for prices and values of which only the newest state matters. Each subscription that
 * exists when an event is published receives it once or not at all.
 *
 * - Events of a type go to the channel `prefix:type`, one message per event (so a batch is one message).
 * - After each break of the link a gap event names the time of the last sign of life and the types. Pings detect a silent link,
 *   by default within 2.5 s. Publishers number their messages, so a missing one, such as when Redis disconnects a slow subscriber, is
 *   counted in `lost` and announced.
 * - `publish` settles within `publishTimeoutMs`. While the link is down, or this bus's subscriptions are not confirmed yet, nothing
 *   is queued for longer; the message of `BUS_FAILED` mentions if it is unknown whether Redis got the events. A list of events is sent
 *   in one transaction.
 * - A node that became a replica, and a bus that does not receive its own messages, are detected; possible losses are announced to all
 *   buses.
 * - It opens two connections when first needed: one publishes, one subscribes. On a Cluster each goes to any node, because Pub/Sub
 *   reaches all of them.
 *
 * @example
 * ```ts
 * import { Redis } from 'ioredis';
 * import { PRICES_CHANGED } from 'tickmark';
 * import { RedisPubSubEventBus } from 'tickmark/redis';
 *
 * const client = new Redis('redis://127.0.0.1:6379');
 * const bus = new RedisPubSubEventBus(client, { onError: (error) => console.error(error) });
 * const unsubscribe = bus.subscribe(PRICES_CHANGED, (batch) => console.log(batch.length));
 * unsubscribe();
 * await bus.close();
 * ```
 */
export class RedisPubSubEventBus implements EventBus {
  static {
    keepRaw(this);
  }

  readonly delivery = 'at-most-once';
  readonly #local: LocalDelivery;
  readonly #queue: PublishQueue<RedisConnection>;
  readonly #publishing: RedisLink;
  readonly #listening: RedisLink;
  readonly #channels: ChannelSubscriptions;
  readonly #receiver: ChannelReceiver;
  readonly #probe: DeliveryProbe;
  readonly #losses: PossibleLosses;
  readonly #channelPrefix: string;
  #isPublishing = false;

  /**
   * @param client A client that the caller made and connected, for one server, Sentinels or a Cluster. The bus copies its settings
   * into its own connections, which it opens when first needed and closes. The client's `keyPrefix` and database separate it from
   * other buses.
   * @throws TickmarkError `INVALID_ARGUMENT`.
   */
  constructor(client: RedisClient, options: RedisPubSubEventBusOptions = {}) {
    checkOptions(WHERE, options, { ...REDIS_BUS_OPTIONS, maxBacklog: true });
    const parts = redisBusParts(client, options, WHERE);
    const { clock, onError, prefix, source } = parts;
    const { keyPrefix, db } = parts.namespace;
    // Redis shares channels between databases.
    const start = (this.#channelPrefix = `${keyPrefix}${prefix}${db === 0 ? '' : `@${db}`}:`);
    this.#local = new LocalDelivery({
      where: WHERE,
      clock,
      maxBacklog: options.maxBacklog,
      gapIds: new EventIds(`${source}:gap`, parts.random),
      onError,
      onTypeChange: (type, isWanted) => this.#setWanted(type, isWanted),
    });
    this.#receiver = new ChannelReceiver(parts, this.#local);
    const hasRoles = !isCluster(client);
    this.#probe = new DeliveryProbe({
      channel: `${start}~probe:${source}`,
      clock,
      timeoutMs: parts.pingTimeoutMs,
      hasRoles,
      publishing: () => this.#publishing,
      listening: () => this.#listening,
    });
    this.#losses = new PossibleLosses(`${start}~lost`, clock);
    this.#publishing = parts.link('publishing', true, {
      prepare: async (connection) => {
        await this.#probe.open(connection);
        await this.#losses.announce(connection);
      },
      ping: (connection) => this.#probe.run(connection),
      onUp: () => this.#publishingUp(),
      onDown: (error) => this.#publishingDown(error),
    });
    this.#listening = parts.link('subscribing', true, {
      prepare: async (connection) => {
        if (hasRoles) await checkReceivesMessages(connection);
        await this.#probe.listen(connection);
        await this.#losses.listen(connection);
        await this.#channels.resubscribe(connection);
      },
      onMessage: (channel, message) => this.#onMessage(channel, message),
      onUp: () => this.#listeningUp(),
      onDown: (error) => this.#listeningDown(error),
    });
    this.#channels = new ChannelSubscriptions({
      prefix: start,
      link: this.#listening,
      onConfirmed: () => this.#queue.drain(),
    });
    const publisher = new ChannelPublisher(parts, start, this.#losses);
    this.#queue = new PublishQueue({
      where: WHERE,
      broker: 'Redis',
      clock,
      timeoutMs: parts.publishTimeoutMs,
      start: () => this.#publishing.start(),
      connection: () => (this.#channels.isConfirmed ? this.#publishing.connection : null),
      failure: () => this.#publishing.failure ?? (this.#channels.hasWanted ? this.#listening.failure : null),
      send: (connection, events) => publisher.publish(connection, events),
      onSilence: (connection) => this.#publishing.fail(connection),
    });
  }

  publish(events: DomainEvent | readonly DomainEvent[]): Promise<void> {
    return this.#queue.publish(events);
  }

  subscribe<E extends DomainEvent>(type: EventType<E>, handler: EventHandler<E>): Unsubscribe {
    return this.#local.subscribe(type, handler);
  }

  stats(): RedisPubSubEventBusStats {
    return {
      ...this.#local.stats(this.#queue.published),
      rejected: this.#queue.rejected,
      received: this.#receiver.received,
      malformed: this.#receiver.malformed,
      reconnects: this.#listening.reconnects,
    };
  }

  async close(options: { timeoutMs?: number } = {}): Promise<void> {
    const { timeoutMs = 1000 } = options;
    const isFirst = !this.#local.isClosed;
    const handled = this.#local.close(timeoutMs);
    if (isFirst) {
      this.#probe.stop();
      this.#listening.close();
      this.#queue.close();
      if (timeoutMs > 0) await this.#queue.whenIdle();
      this.#publishing.close();
    }
    await handled;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #setWanted(type: string, isWanted: boolean): void {
    // Gap events are made locally and never sent.
    if (type === BUS_GAP || this.#local.isClosed) return;
    this.#channels.setWanted(type, isWanted);
    if (!isWanted) return;
    this.#listening.start();
    // Delivery is checked by publishing.
    this.#publishing.start();
  }

  #onMessage(channel: string, message: Uint8Array): void {
    if (this.#probe.handles(channel, message)) return;
    const loss = this.#losses.parse(channel, message);
    if (loss === undefined) this.#receiver.receive(channel.slice(this.#channelPrefix.length), message);
    else if (loss) this.#receiver.mayHaveLost(loss);
  }

  #listeningUp(): void {
    this.#channels.subscribeMissing();
    this.#receiver.linkRestored();
    this.#queue.drain();
  }

  #listeningDown(error: TickmarkError): void {
    const { aliveAt } = this.#listening;
    // A node with the wrong role still answers pings.
    this.#receiver.linkBroken(
      isWrongNode(error.cause) ? Math.min(aliveAt, this.#probe.confirmedAt) : aliveAt,
    );
    this.#probe.stop();
    this.#channels.linkDown();
    this.#queue.rejectWaiting(error);
  }

  #publishingUp(): void {
    this.#isPublishing = true;
    this.#queue.drain();
  }

  #publishingDown(error: TickmarkError): void {
    const wasUp = this.#isPublishing;
    this.#isPublishing = false;
    this.#probe.stop();
    this.#queue.rejectWaiting(error);
    if (!wasUp || !isWrongNode(error.cause)) return;
    this.#losses.markUncertain(this.#probe.confirmedAt);
    // The node of both links has become a replica, which receives messages of its master late or not at all.
    const { connection } = this.#listening;
    if (connection) this.#listening.fail(connection, error.cause);
  }
}

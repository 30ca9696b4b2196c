import { BoundedCalls, checkDelay } from '../../core/clock.js';
import { invalidArgument } from '../../core/errors.js';
import {
  BUS_GAP,
  type DomainEvent,
  type EventBus,
  type EventBusStats,
  type EventHandler,
  type EventType,
} from '../../core/messaging/event-bus.js';
import { EventIds } from '../../core/messaging/event-ids.js';
import { LocalDelivery } from '../../core/messaging/local-delivery.js';
import { PublishQueue } from '../../core/messaging/publish-queue.js';
import type { Unsubscribe } from '../../core/unsubscribe.js';
import { checkMaster } from '../node-role.js';
import { redisBusParts, type RedisBusParts } from '../redis-bus-options.js';
import { isCluster, type RedisClient } from '../redis-client.js';
import type { RedisConnection } from '../redis-connection.js';
import type { RedisLink } from '../redis-link.js';
import {
  resolveStreamOptions,
  type RedisStreamEventBusOptions,
  type RedisStreamEventBusStats,
  type ResolvedStreamOptions,
  type StreamSubscribeOptions,
  STREAM_BUS_OPTIONS,
} from './redis-stream-event-bus-options.js';
import { StreamAppender } from './stream-appender.js';
import { GroupCursor, TailCursor, type StreamCursor } from './stream-cursor.js';
import { StreamFailures } from './stream-failures.js';
import { StreamKeys } from './stream-keys.js';
import { SubscriptionOpener } from './subscription-opener.js';
import { StreamWatcher } from './stream-watcher.js';
import { StreamOutcomes } from './stream-outcomes.js';
import { newStreamCounters, type StreamSubscriptionOwner } from './stream-subscription-owner.js';
import { StreamSubscription } from './stream-subscription.js';
import { StreamSubscriptions } from './stream-subscriptions.js';
import { checkOptions } from '../../core/options.js';
import { keepRaw } from '../../core/keep-raw.js';

const WHERE = 'RedisStreamEventBus';

/**
 * A bus over Redis Streams, for events of which each must be handled, such as trades. Each consumer receives every event until it has
 * handled it, even if the consumer or the publisher crashes; it may receive an event twice, with the same id.
 *
 * - Events of a type go to the stream `{prefix}:events:type`, one entry per event (so a batch is one entry). A stream keeps about the
 *   last `maxLength` entries. Entries trimmed before a subscription has read them are announced by a gap event and counted in `lost`
 *   (Redis 7 or later; version 6.2 does not count them).
 * - **Without a group** a subscription gets every event published after it was made; its position is kept in this process.
 * - **With a group** (of the bus or the subscription), all subscriptions of a type and group share the events, across processes. Redis
 *   keeps the position of the group and the pending entries of its consumers: a group continues where it was, and other consumers
 *   claim entries that were idle for `claimIdleMs`.
 * - An event is acknowledged when its handler has settled. An event whose handler fails is retried after up to `retryDelayMs`, doubled
 *   each time, while later events are handled; after `maxDeliveries` it goes to the stream `{prefix}:dead` with the fields event, type,
 *   group, entry, id, reason, deliveries, at.
 * - A subscription skips the last `rememberedIds` event ids that it has handled. With `handledForMs` the group also records them in
 *   Redis, for all its consumers. An event is still handled twice after a crash between handling and recording, or if it was published
 *   twice and two consumers have its two entries at the same moment.
 * - A subscription reads only what it has room for (`window`), so a slow handler neither delays others nor costs memory.
 * - `publish` settles within `publishTimeoutMs`; see `RedisPubSubEventBus`.
 * - It opens two connections: one for commands, one with a blocking read for new entries of all subscriptions.
 *
 * @example
 * ```ts
 * import { Redis } from 'ioredis';
 * import { RedisStreamEventBus } from 'tickmark/redis';
 *
 * const client = new Redis('redis://127.0.0.1:6379');
 * const bus = new RedisStreamEventBus(client, { group: 'booking', onError: (error) => console.error(error) });
 * bus.subscribe('trade', async (trade) => console.log(trade.id));
 * await bus.publish({ type: 'trade', id: '1', occurredAt: Date.now() });
 * await bus.close();
 * ```
 */
export class RedisStreamEventBus implements EventBus {
  static {
    keepRaw(this);
  }

  readonly delivery = 'at-least-once';
  readonly #parts: RedisBusParts;
  readonly #settings: ResolvedStreamOptions;
  readonly #keys: StreamKeys;
  readonly #gaps: LocalDelivery;
  readonly #queue: PublishQueue<RedisConnection>;
  readonly #commands: RedisLink;
  readonly #watching: RedisLink;
  readonly #opener: SubscriptionOpener;
  readonly #watcher: StreamWatcher;
  readonly #owner: StreamSubscriptionOwner;
  readonly #subscriptions: StreamSubscriptions;
  readonly #counters = newStreamCounters();
  #consumers = 0;

  /**
   * @param client A client that the caller made and connected, for one server, Sentinels or a Cluster. The bus copies its settings
   * into its own connections, which it opens when first needed and closes. The client's `keyPrefix` and database separate it from
   * other buses.
   * @throws TickmarkError `INVALID_ARGUMENT`.
   */
  constructor(client: RedisClient, options: RedisStreamEventBusOptions = {}) {
    checkOptions(WHERE, options, STREAM_BUS_OPTIONS);
    const parts = (this.#parts = redisBusParts(client, options, WHERE));
    const settings = (this.#settings = resolveStreamOptions(options, WHERE));
    const { clock, random, codecs, onError, source } = parts;
    const keys = (this.#keys = new StreamKeys(parts.prefix, parts.namespace.keyPrefix));
    const failures = new StreamFailures(clock, onError);
    this.#subscriptions = new StreamSubscriptions(keys);
    this.#gaps = new LocalDelivery({
      where: WHERE,
      clock,
      maxBacklog: undefined,
      gapIds: new EventIds(`${source}:gap`, random),
      onError,
    });
    // A Cluster client follows its masters itself.
    const role = isCluster(client) ? {} : { prepare: checkMaster, ping: checkMaster };
    this.#commands = parts.link('commands', false, {
      ...role,
      onUp: () => this.#commandsUp(),
      onDown: (error) => this.#queue.rejectWaiting(error),
    });
    this.#watching = parts.link('reading', false, {
      ...role,
      onUp: (connection) => void this.#watcher.run(connection, this.#watching),
      onDown: () => undefined,
    });
    this.#opener = new SubscriptionOpener({
      clock,
      link: this.#commands,
      subscriptions: this.#subscriptions.all,
      failures,
      onOpened: () => {
        this.#queue.drain();
        this.#watcher.interrupt(this.#commands.connection);
      },
    });
    this.#watcher = new StreamWatcher({
      clock,
      wakeKey: keys.wake(source),
      blockMs: settings.blockMs,
      streams: () => this.#subscriptions.streamsWithRoom(),
      onNewEntries: (news) => this.#subscriptions.readNewEntries(news),
    });
    const appender = new StreamAppender(parts, keys, settings.maxLength);
    this.#queue = new PublishQueue({
      where: WHERE,
      broker: 'Redis',
      clock,
      timeoutMs: parts.publishTimeoutMs,
      start: () => this.#commands.start(),
      connection: () => (this.#opener.isComplete ? this.#commands.connection : null),
      failure: () => this.#commands.failure,
      send: (connection, events) => appender.append(connection, events),
      onSilence: (connection) => this.#commands.fail(connection),
    });
    const outcomes = new StreamOutcomes(keys, settings, clock);
    this.#owner = {
      clock,
      random,
      codecs,
      settings,
      counters: this.#counters,
      connection: () => this.#commands.connection,
      bounded: (connection, call) => this.#commands.bounded(connection, 'A command', call),
      alreadyHandled: (group, ids) => outcomes.alreadyHandled(this.#commands, group, ids),
      recordOutcomes: (connection, type, group, done) => outcomes.record(connection, type, group, done),
      announceGap: (type, lost, since) => {
        const to = clock.now();
        this.#gaps.announce({ types: [type], from: since, to, lost, reason: 'overflow' });
      },
      report: onError,
      failures,
      roomFreed: () => this.#watcher.interrupt(this.#commands.connection),
    };
  }

  publish(events: DomainEvent | readonly DomainEvent[]): Promise<void> {
    return this.#queue.publish(events);
  }

  /**
   * Calls `handler` for each event of that type: published from now on, or, in a group, not delivered to any of its consumers yet.
   * @returns A function that ends the subscription.
   * @throws TickmarkError `CLOSED` after `close()`; `INVALID_ARGUMENT`.
   */
  subscribe<E extends DomainEvent>(
    type: EventType<E>,
    handler: EventHandler<E>,
    options: StreamSubscribeOptions = {},
  ): Unsubscribe {
    if (type === BUS_GAP) return this.#gaps.subscribe(type, handler);
    // Checks the arguments as the other buses do.
    this.#gaps.subscribe(type, handler)();
    checkOptions(`${WHERE}.subscribe`, options, { group: true, consumer: 'string' });
    const cursor = this.#cursorOf(type, options);
    const handle = handler as EventHandler<DomainEvent>;
    const subscription = new StreamSubscription(
      type,
      handle,
      cursor,
      this.#owner,
      (ended) => void this.#removed(ended),
    );
    this.#subscriptions.add(subscription);
    this.#commands.start();
    this.#watching.start();
    void this.#opener.open();
    return subscription.unsubscribe;
  }

  stats(): RedisStreamEventBusStats {
    const gaps: EventBusStats = this.#gaps.stats(this.#queue.published);
    const { handled, failed, ...counters } = this.#counters;
    return {
      ...gaps,
      ...counters,
      handled: gaps.handled + handled,
      failed: gaps.failed + failed,
      subscriptions: gaps.subscriptions + this.#subscriptions.all.size,
      rejected: this.#queue.rejected,
      pending: this.#subscriptions.pending,
      reconnects: this.#commands.reconnects,
    };
  }

  async close(options: { timeoutMs?: number } = {}): Promise<void> {
    const { timeoutMs = 1000 } = options;
    checkDelay(timeoutMs, `${WHERE}.close: timeoutMs`);
    if (this.#gaps.isClosed) return this.#gaps.close(timeoutMs);
    const subscriptions = this.#subscriptions.stop();
    const gapsHandled = this.#gaps.close(timeoutMs);
    this.#opener.close();
    this.#watching.close();
    this.#queue.close();
    const drained = async (): Promise<void> => {
      await Promise.all(subscriptions.map((subscription) => subscription.idle()));
      await Promise.all(subscriptions.map((subscription) => subscription.leave()));
      await this.#queue.whenIdle();
    };
    const draining = new BoundedCalls(this.#parts.clock, timeoutMs);
    await draining.run('Draining', drained).catch(() => undefined);
    this.#commands.close();
    await gapsHandled;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #cursorOf(type: string, options: StreamSubscribeOptions): StreamCursor {
    const { group = this.#settings.group } = options;
    if (group !== null && (typeof group !== 'string' || group === '')) {
      throw invalidArgument(`${WHERE}.subscribe: group`, group, 'a string that is not empty, or null');
    }
    const key = this.#keys.events(type);
    if (group === null) return new TailCursor(key);
    const consumer = options.consumer ?? this.#settings.consumer;
    const name =
      consumer === undefined
        ? `${this.#parts.source}-${++this.#consumers}`
        : this.#subscriptions.uniqueConsumer(consumer, type, group);
    return new GroupCursor(key, group, name);
  }

  #commandsUp(): void {
    this.#subscriptions.resume();
    void this.#opener.open();
    this.#queue.drain();
  }

  async #removed(subscription: StreamSubscription): Promise<void> {
    this.#subscriptions.remove(subscription);
    await subscription.idle();
    await subscription.leave();
    this.#queue.drain();
  }
}

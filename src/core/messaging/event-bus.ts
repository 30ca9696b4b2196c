import type { Unsubscribe } from '../unsubscribe.js';
import { partShape } from '../options.js';

/** The fields of every event on a bus. */
export interface DomainEvent {
  /** Kind of the event: a dotted name such as `tickmark.price.changed`. Subscriptions are by type. */
  readonly type: string;
  /** Unique id of the event; consumers of an at-least-once bus use it to remove duplicates. */
  readonly id: string;
  /** When it happened, in ms since 1970. */
  readonly occurredAt: number;
  /**
   * Merges a later event of the same type into this one, for a subscriber that has not handled this one yet.
   * Only events whose newest state is all that matters have this method (prices, valuations); trades never have it. It returns a new
   * event and changes neither of the two, because other subscriptions may be handling them.
   */
  conflate?(later: this): DomainEvent;
}

/** The type string of an event. It carries the event's TypeScript type, so `subscribe` infers the handler's argument. */
export type EventType<E extends DomainEvent> = string & { readonly __event?: E };

/**
 * What a bus guarantees.
 * - `at-most-once`: each subscription receives an event once, or not at all if a link breaks or a backlog overflows. The bus announces
 *   each loss with a {@link BusGapEvent} to its subscriptions of type {@link BUS_GAP}, at the latest before the next event of the
 *   subscription that lost events.
 * - `at-least-once`: each consumer receives an event until it has handled it. It may receive an event twice, with the same id.
 */
export type DeliveryGuarantee = 'at-most-once' | 'at-least-once';

/** Handles one event. If it returns a promise, the bus waits for that before it delivers the next event to the same subscription. */
export type EventHandler<E extends DomainEvent> = (event: E) => void | Promise<void>;

/** Announces that events were lost. Subscribers should load their state again. */
export interface BusGapEvent extends DomainEvent {
  /** When the first event may have been lost, ms since 1970. */
  readonly from: number;
  /** When events began to arrive again, ms since 1970. */
  readonly to: number;
  /** Types of the lost events. */
  readonly types: readonly string[];
  /** Number of lost events, or `null` if unknown. */
  readonly lost: number | null;
  /** A link broke, or a backlog overflowed: in this process, or at the broker, which trimmed a stream or a topic. */
  readonly reason: 'disconnect' | 'overflow';
}

/** Type of {@link BusGapEvent}. */
export const BUS_GAP: EventType<BusGapEvent> = 'tickmark.bus.gap';

/** Counters of a bus. */
export interface EventBusStats {
  /** Events that `publish` accepted. */
  readonly published: number;
  /** Handler calls that succeeded. */
  readonly handled: number;
  /** Handler calls that threw or rejected. */
  readonly failed: number;
  /** Events merged into another one that waited for the same subscription. */
  readonly conflated: number;
  /** Events lost because a backlog was full. Gap events announce them. */
  readonly lost: number;
  /** Live subscriptions. */
  readonly subscriptions: number;
}

/**
 * Port: carries events between the parts of tickmark, and between processes.
 *
 * Known implementations: `InMemoryEventBus`; `RedisPubSubEventBus` and `RedisStreamEventBus` of `tickmark/redis`;
 * `KafkaEventBus` of `tickmark/kafka`.
 *
 * An implementation must
 * - deliver each event to every live subscription of its type, in publishing order per publisher, one at a time per
 *   subscription, and exactly once unless its {@link DeliveryGuarantee} says otherwise;
 * - isolate subscriptions: a handler that throws, rejects, blocks or never settles neither fails `publish` nor delays another
 *   subscription;
 * - start no handler call of a subscription that has ended, and none after `close()` was called;
 * - keep every backlog bounded.
 *
 * The kit `eventBusConformance` of `tickmark/conformance` tests this.
 *
 * @example
 * ```ts
 * import { InMemoryEventBus, type EventBus } from 'tickmark';
 *
 * const bus: EventBus = new InMemoryEventBus();
 * const unsubscribe = bus.subscribe('trade', (trade) => console.log(trade.id));
 * await bus.publish({ type: 'trade', id: '1', occurredAt: Date.now() });
 * unsubscribe();
 * ```
 */
export interface EventBus {
  /** What this bus guarantees. */
  readonly delivery: DeliveryGuarantee;
  /**
   * Publishes one event, or several in order. Resolves when the bus has accepted them, not when they are handled.
   * @throws TickmarkError `CLOSED` after `close()`; `BUS_FAILED`, retryable, if a link is down. Nothing was accepted then, unless the
   * message says that this is unknown because no answer came.
   */
  publish(events: DomainEvent | readonly DomainEvent[]): Promise<void>;
  /**
   * Calls `handler` with each event of this type that is published from now on.
   * @returns A function that ends the subscription.
   * @throws TickmarkError `CLOSED` after `close()`.
   */
  subscribe<E extends DomainEvent>(type: EventType<E>, handler: EventHandler<E>): Unsubscribe;
  /** Counters since creation. */
  stats(): EventBusStats;
  /**
   * Ends all subscriptions, drops their backlogs, and waits for running handler calls for at most `timeoutMs` (default 1,000).
   * Idempotent.
   */
  close(options?: { timeoutMs?: number }): Promise<void>;
  /** Same as `close()`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Methods of a bus. */
export const EVENT_BUS = partShape<EventBus>('an EventBus', 'publish', 'subscribe');

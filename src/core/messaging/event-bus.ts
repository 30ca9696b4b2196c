import type { Unsubscribe } from '../unsubscribe.js';

/** What every event on a bus has. */
export interface DomainEvent {
  /** Names the kind of event: reverse-free dotted text such as `tickmark.price.changed`. Subscriptions are by type. */
  readonly type: string;
  /** Unique per event; a consumer of an at-least-once bus removes duplicates by it. */
  readonly id: string;
  /** When it happened, in ms since 1970. */
  readonly occurredAt: number;
  /**
   * Folds a later event of the same type into this one, for a subscriber that has not come to this one yet.
   * Only events whose newest state is all that matters have it (prices, valuations); trades never do. Gives a new event
   * and changes neither of the two: other subscriptions may be at work on them.
   */
  conflate?(later: this): DomainEvent;
}

/** The type text of an event, carrying the event's TypeScript type, so that `subscribe` infers the handler's argument. */
export type EventType<E extends DomainEvent> = string & { readonly __event?: E };

/**
 * What a bus promises.
 * - `at-most-once`: an event reaches each subscription once or, when a link breaks or a backlog overflows, not at all;
 *   every such loss is announced by a {@link BusGapEvent} to every subscription of type {@link BUS_GAP} on the bus that
 *   lost it, at the latest before the next event that the losing subscription is handed.
 * - `at-least-once`: an event reaches each consumer until it is handled; it may come twice, with the same id.
 */
export type DeliveryGuarantee = 'at-most-once' | 'at-least-once';

/** Handles one event. A promise it returns is awaited before the next event of the same subscription is handed over. */
export type EventHandler<E extends DomainEvent> = (event: E) => void | Promise<void>;

/** Announces that events were lost. A subscriber re-reads the state it follows. */
export interface BusGapEvent extends DomainEvent {
  /** When the first event was, or may have been, lost; ms since 1970. */
  readonly from: number;
  /** From when on events arrive again; ms since 1970. */
  readonly to: number;
  /** Event types concerned. */
  readonly types: readonly string[];
  /** How many were lost, or `null` when that cannot be known. */
  readonly lost: number | null;
  /** Why: a broken link, or a backlog that overflowed, here or (a stream that was trimmed) at the broker. */
  readonly reason: 'disconnect' | 'overflow';
}

/** Type of {@link BusGapEvent}. */
export const BUS_GAP: EventType<BusGapEvent> = 'tickmark.bus.gap';

/** Counters of a bus. `handed = handled + failed`, once nothing is under way. */
export interface EventBusStats {
  /** Events accepted by `publish`. */
  readonly published: number;
  /** Handler calls that ended well. */
  readonly handled: number;
  /** Handler calls that threw or rejected. */
  readonly failed: number;
  /** Events folded into one that was waiting for the same subscription. */
  readonly conflated: number;
  /** Events lost to a backlog bound; each loss is announced by a gap event. */
  readonly lost: number;
  /** Live subscriptions. */
  readonly subscriptions: number;
}

/**
 * Port: carries events between the parts of tickmark, and between processes.
 *
 * Known implementations: `InMemoryEventBus`; `RedisPubSubEventBus` and `RedisStreamEventBus` of `tickmark/redis`.
 *
 * An implementation must
 * - hand each event to every live subscription of its type, in publishing order per publisher, one at a time per
 *   subscription, and exactly once unless its {@link DeliveryGuarantee} says otherwise;
 * - keep subscriptions apart: a handler that throws, rejects, blocks or never settles neither fails `publish` nor
 *   delays another subscription;
 * - start no handler call of a subscription that was ended, nor any after `close()` was called;
 * - keep every backlog bounded.
 *
 * The kit `eventBusConformance` of `tickmark/conformance` tests this.
 */
export interface EventBus {
  /** What this bus promises. */
  readonly delivery: DeliveryGuarantee;
  /**
   * Accepts one event, or several in order. Settles when the bus has taken responsibility for them, not when they are handled.
   * @throws TickmarkError `CLOSED` after `close()`; `BUS_FAILED` when a link is down (retryable): nothing was accepted then, unless the message
   * says that this is unknown, since no answer came.
   */
  publish(events: DomainEvent | readonly DomainEvent[]): Promise<void>;
  /**
   * Calls `handler` for each event of that type published from now on.
   * @returns Ends the subscription.
   * @throws TickmarkError `CLOSED` after `close()`.
   */
  subscribe<E extends DomainEvent>(type: EventType<E>, handler: EventHandler<E>): Unsubscribe;
  /** Counters since creation. */
  stats(): EventBusStats;
  /**
   * Ends all subscriptions, drops what waits in their backlogs, and waits for handler calls under way, at most
   * `timeoutMs` (default 1000). Idempotent.
   */
  close(options?: { timeoutMs?: number }): Promise<void>;
  /** Same as `close()`. */
  [Symbol.asyncDispose](): Promise<void>;
}

import { EventEmitter } from 'eventemitter3';
import { systemClock, type Clock } from '../core/clock.js';
import { TickmarkError, invalidArgument, quote } from '../core/errors.js';
import {
  BUS_GAP,
  type DomainEvent,
  type EventBus,
  type EventBusStats,
  type EventHandler,
  type EventType,
  type Subscription,
} from '../core/messaging/event-bus.js';
import { systemRandom } from '../core/random.js';
import { BusSubscription, type SubscriptionOwner } from './bus-subscription.js';
import { OverflowGap } from './overflow-gap.js';
import { timerDelay } from './timer-limit.js';

/** Options of {@link InMemoryEventBus}. */
export interface InMemoryEventBusOptions {
  /** Time, for gap events and the deadline of `close()`. Default: the machine's clock. */
  readonly clock?: Clock;
  /** Events that may wait for one subscription whose handler is at work; the oldest goes when one more comes. Default 1000. */
  readonly maxBacklog?: number;
  /**
   * Told of each handler that throws or rejects, with `HANDLER_FAILED` (its `cause` is what was thrown) and the event.
   * What it throws itself is dropped. Default: nothing but the counter `failed`.
   */
  readonly onError?: (error: TickmarkError, event: DomainEvent) => void;
}

const DONE: Promise<void> = Promise.resolve();

/**
 * A bus within one process, for tests, single-process applications and as the model for others.
 *
 * An event is handed over inside `publish()` to every subscription that is idle. One whose handler is still at work keeps
 * it in a backlog of its own: folded into the last waiting event where events can be conflated, else behind it. So a slow
 * consumer of prices finds one merged batch, and no consumer slows another or the publisher.
 * When a backlog overflows, a gap event with the number of lost events goes to every subscription of `BUS_GAP`.
 */
export class InMemoryEventBus implements EventBus {
  readonly delivery = 'at-most-once';
  readonly #emitter = new EventEmitter();
  readonly #subscriptions = new Set<BusSubscription>();
  readonly #clock: Clock;
  readonly #onError: ((error: TickmarkError, event: DomainEvent) => void) | undefined;
  readonly #owner: SubscriptionOwner;
  readonly #idPrefix = `gap-${Math.floor(systemRandom() * 2 ** 52).toString(36)}`;
  #gaps = 0;
  #published = 0;
  #handled = 0;
  #failed = 0;
  #conflated = 0;
  #lost = 0;
  #underWay = 0;
  #allDone: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  /** @throws TickmarkError `INVALID_ARGUMENT` for a `maxBacklog` that is no whole number from 1. */
  constructor(options: InMemoryEventBusOptions = {}) {
    const maxBacklog = options.maxBacklog ?? 1000;
    if (!Number.isSafeInteger(maxBacklog) || maxBacklog < 1) {
      throw invalidArgument('InMemoryEventBus: maxBacklog', maxBacklog, 'a whole number from 1');
    }
    this.#clock = options.clock ?? systemClock;
    this.#onError = options.onError;
    this.#owner = {
      clock: this.#clock,
      maxBacklog,
      began: () => void this.#underWay++,
      ended: (event, failure) => this.#ended(event, failure),
      conflated: () => void this.#conflated++,
      dropped: () => void this.#lost++,
      announce: (type, from, lost) => this.#announce(type, from, lost),
      unsubscribed: (subscription) => this.#remove(subscription),
    };
  }

  publish(events: DomainEvent | readonly DomainEvent[]): Promise<void> {
    if (this.#closing) return Promise.reject(closed('publish'));
    const several = Array.isArray(events);
    if (!(several ? events.every(isEvent) : isEvent(events))) {
      return Promise.reject(
        invalidArgument('InMemoryEventBus.publish', events, 'an event or a list of events'),
      );
    }
    if (several) for (const event of events) this.#emit(event);
    else this.#emit(events as DomainEvent);
    return DONE;
  }

  subscribe<E extends DomainEvent>(type: EventType<E>, handler: EventHandler<E>): Subscription {
    if (this.#closing) throw closed('subscribe');
    if (typeof type !== 'string' || type === '') {
      throw invalidArgument('InMemoryEventBus.subscribe: type', type, 'a text that is not empty');
    }
    if (typeof handler !== 'function') {
      throw invalidArgument('InMemoryEventBus.subscribe: handler', handler, 'a function');
    }
    const subscription = new BusSubscription(type, handler as EventHandler<DomainEvent>, this.#owner);
    this.#subscriptions.add(subscription);
    this.#emitter.on(type, subscription.deliver);
    return subscription;
  }

  stats(): EventBusStats {
    return {
      published: this.#published,
      handled: this.#handled,
      failed: this.#failed,
      conflated: this.#conflated,
      lost: this.#lost,
      subscriptions: this.#subscriptions.size,
    };
  }

  close(options: { timeoutMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(options.timeoutMs ?? 1000);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #emit(event: DomainEvent): void {
    this.#published++;
    this.#emitter.emit(event.type, event);
  }

  #ended(event: DomainEvent, failure: { readonly error: unknown } | undefined): void {
    this.#underWay--;
    if (failure) {
      this.#failed++;
      this.#report(event, failure.error);
    } else {
      this.#handled++;
    }
    if (this.#underWay === 0) this.#allDone?.();
  }

  #report(event: DomainEvent, cause: unknown): void {
    if (!this.#onError) return;
    const message = `A handler of ${quote(event.type)} failed on event ${quote(event.id)}.`;
    try {
      this.#onError(new TickmarkError('HANDLER_FAILED', message, { cause }), event);
    } catch {
      // There is nobody left to tell.
    }
  }

  #announce(type: string, from: number, lost: number): void {
    const id = `${this.#idPrefix}-${++this.#gaps}`;
    this.#emitter.emit(BUS_GAP, new OverflowGap(id, from, this.#clock.now(), [type], lost));
  }

  #remove(subscription: BusSubscription): void {
    this.#subscriptions.delete(subscription);
    this.#emitter.off(subscription.type, subscription.deliver);
  }

  #close(timeoutMs: number): Promise<void> {
    for (const subscription of this.#subscriptions) subscription.end();
    this.#subscriptions.clear();
    this.#emitter.removeAllListeners();
    if (this.#underWay === 0 || timeoutMs <= 0) return DONE;
    return new Promise((resolve) => {
      const timer = this.#clock.setTimer(resolve, timerDelay(timeoutMs));
      this.#allDone = () => {
        timer.clear();
        resolve();
      };
    });
  }
}

function isEvent(event: unknown): event is DomainEvent {
  return typeof (event as DomainEvent | null | undefined)?.type === 'string';
}

function closed(what: string): TickmarkError {
  return new TickmarkError('CLOSED', `InMemoryEventBus.${what}: the bus was closed.`);
}

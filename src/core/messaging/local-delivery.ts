import { EventEmitter } from 'eventemitter3';
import { timerDelay, type Clock } from '../clock.js';
import { attempt } from '../error-reporter.js';
import { invalidArgument, type TickmarkError } from '../errors.js';
import { checkNumber } from '../options.js';
import type { Unsubscribe } from '../unsubscribe.js';
import { busClosedError, handlerError } from './bus-checks.js';
import { BusGap } from './bus-gap.js';
import { BusSubscription, type SubscriptionOwner } from './bus-subscription.js';
import {
  BUS_GAP,
  type BusGapEvent,
  type DomainEvent,
  type EventBusStats,
  type EventHandler,
  type EventType,
} from './event-bus.js';
import type { EventIds } from './event-ids.js';

/** Options of {@link LocalDelivery}. */
export interface LocalDeliveryOptions {
  /** Name of the bus in errors. */
  readonly where: string;
  readonly clock: Clock;
  /** Most events that wait for one subscription; when there are more, the oldest is dropped. Default 1,000. */
  readonly maxBacklog: number | undefined;
  /** Ids of gap events. */
  readonly gapIds: EventIds;
  /** Called with the error of each failed handler call. What it throws is dropped. */
  readonly onError: ((error: TickmarkError, event: DomainEvent) => void) | undefined;
  /** A type got its first subscription, or lost its last one. */
  readonly onTypeChange?: (type: string, isWanted: boolean) => void;
}

const DONE: Promise<void> = Promise.resolve();

/**
 * Delivers the events of a bus within this process: to each subscription through a bounded, conflating backlog. Announces what a
 * subscription lost.
 */
export class LocalDelivery {
  readonly #options: LocalDeliveryOptions;
  readonly #emitter = new EventEmitter();
  readonly #subscriptions = new Set<BusSubscription>();
  readonly #owner: SubscriptionOwner;
  #handled = 0;
  #failed = 0;
  #conflated = 0;
  #lost = 0;
  #runningCalls = 0;
  #onIdle: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  /** @throws TickmarkError `INVALID_ARGUMENT` for a `maxBacklog` that is not a whole number from 1. */
  constructor(options: LocalDeliveryOptions) {
    const { where, clock, maxBacklog = 1000 } = options;
    checkNumber(`${where}: maxBacklog`, maxBacklog, { from: 1, isWhole: true });
    this.#options = options;
    this.#owner = {
      clock,
      maxBacklog,
      callStarted: () => void this.#runningCalls++,
      callEnded: (event, failure) => this.#ended(event, failure),
      eventConflated: () => void this.#conflated++,
      eventDropped: () => void this.#lost++,
      announceLoss: (type, from, lost) =>
        this.announce({ types: [type], from, to: clock.now(), lost, reason: 'overflow' }),
      unsubscribed: (subscription) => this.#remove(subscription),
    };
  }

  /** Whether `close()` was called. */
  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  /** Subscribed types, except that of gap events. */
  get types(): readonly string[] {
    return [...new Set([...this.#subscriptions].map(({ type }) => type))].filter((type) => type !== BUS_GAP);
  }

  /** Whether a type has subscriptions. */
  wants(type: string): boolean {
    return this.#emitter.listenerCount(type) > 0;
  }

  /** Delivers an event to every subscription of its type. Never throws. */
  deliver(event: DomainEvent): void {
    this.#emitter.emit(event.type, event);
  }

  /** Emits a gap event to all subscriptions of gaps. */
  announce(gap: Pick<BusGapEvent, 'from' | 'to' | 'types' | 'lost' | 'reason'>): void {
    this.#emitter.emit(BUS_GAP, new BusGap(this.#options.gapIds.next(), gap));
  }

  /** Counts events that were lost before they reached this process. */
  countLost(count: number): void {
    this.#lost += count;
  }

  /** @throws TickmarkError `CLOSED`, `INVALID_ARGUMENT`. */
  subscribe<E extends DomainEvent>(type: EventType<E>, handler: EventHandler<E>): Unsubscribe {
    const { where } = this.#options;
    if (this.#closing) throw busClosedError(where, 'subscribe');
    if (typeof type !== 'string' || type === '') {
      throw invalidArgument(`${where}.subscribe: type`, type, 'a string that is not empty');
    }
    if (typeof handler !== 'function') {
      throw invalidArgument(`${where}.subscribe: handler`, handler, 'a function');
    }
    const subscription = new BusSubscription(type, handler as EventHandler<DomainEvent>, this.#owner);
    this.#subscriptions.add(subscription);
    const isFirst = this.#emitter.listenerCount(type) === 0;
    this.#emitter.on(type, subscription.deliver);
    if (isFirst) this.#options.onTypeChange?.(type, true);
    return subscription.unsubscribe;
  }

  /** Counters; the bus counts `published` itself. */
  stats(published: number): EventBusStats {
    return {
      published,
      handled: this.#handled,
      failed: this.#failed,
      conflated: this.#conflated,
      lost: this.#lost,
      subscriptions: this.#subscriptions.size,
    };
  }

  /** Ends all subscriptions and waits for running handler calls for at most `timeoutMs`. Idempotent. */
  close(timeoutMs: number): Promise<void> {
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  #ended(event: DomainEvent, failure: { readonly error: unknown } | undefined): void {
    this.#runningCalls--;
    if (failure) {
      this.#failed++;
      this.#report(event, failure.error);
    } else {
      this.#handled++;
    }
    if (this.#runningCalls === 0) this.#onIdle?.();
  }

  #report(event: DomainEvent, cause: unknown): void {
    attempt(() => this.#options.onError?.(handlerError(event, cause), event));
  }

  #remove(subscription: BusSubscription): void {
    this.#subscriptions.delete(subscription);
    this.#emitter.off(subscription.type, subscription.deliver);
    const { type } = subscription;
    if (this.#emitter.listenerCount(type) === 0) this.#options.onTypeChange?.(type, false);
  }

  #close(timeoutMs: number): Promise<void> {
    for (const subscription of this.#subscriptions) subscription.end();
    this.#subscriptions.clear();
    this.#emitter.removeAllListeners();
    if (this.#runningCalls === 0 || timeoutMs <= 0) return DONE;
    return new Promise((resolve) => {
      const timer = this.#options.clock.setTimer(resolve, timerDelay(timeoutMs));
      this.#onIdle = () => {
        timer.clear();
        resolve();
      };
    });
  }
}

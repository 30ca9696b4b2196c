import { EventEmitter } from 'eventemitter3';
import { timerDelay, type Clock, type Timer } from '../clock.js';
import { attempt } from '../error-reporter.js';
import { invalidArgument, type TickmarkError } from '../errors.js';
import { checkNumber } from '../options.js';
import type { Unsubscribe } from '../unsubscribe.js';
import { Backlog } from './backlog.js';
import { busClosedError, handlerError } from './bus-checks.js';
import { BusGap } from './bus-gap.js';
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
  /** Names the bus in errors. */
  readonly where: string;
  readonly clock: Clock;
  /** Most events that wait for one subscription; beyond it the oldest is dropped. Default 1000. */
  readonly maxBacklog: number | undefined;
  /** Ids of gap events. */
  readonly gapIds: EventIds;
  /** Called for each handler that fails. Errors it throws are dropped. */
  readonly onError: ((error: TickmarkError, event: DomainEvent) => void) | undefined;
  /** A type got its first subscription, or lost its last one. */
  readonly onTypeChange?: (type: string, isWanted: boolean) => void;
}

const DONE: Promise<void> = Promise.resolve();

/**
 * The part of an at-most-once bus within this process: subscriptions, each with a bounded, conflating backlog, and the
 * announcement of losses. The bus itself brings the events.
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

  /** @throws TickmarkError `INVALID_ARGUMENT` for a `maxBacklog` that is no whole number from 1. */
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

  /** Subscribed types, without gap events. */
  get types(): readonly string[] {
    return [...new Set([...this.#subscriptions].map(({ type }) => type))].filter((type) => type !== BUS_GAP);
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

/** What a subscription reports to its bus. */
interface SubscriptionOwner {
  readonly clock: Clock;
  readonly maxBacklog: number;
  /** A handler call began. */
  callStarted(): void;
  /** A handler call ended; `failure` holds the error it threw. */
  callEnded(event: DomainEvent, failure?: { readonly error: unknown }): void;
  /** An event was merged into a waiting one. */
  eventConflated(): void;
  /** An event was dropped. */
  eventDropped(): void;
  /** `lost` events of `type` were dropped since `from` and have not been announced yet. */
  announceLoss(type: string, from: number, lost: number): void;
  /** The subscriber ended the subscription. */
  unsubscribed(subscription: BusSubscription): void;
}

/**
 * One subscription: calls its handler with one event at a time and queues the others.
 *
 * It announces the first loss of an overflow as soon as the publisher is done, and later losses before the next event. So a
 * stuck handler is reported, and a slow one does not cause a flood of announcements.
 */
class BusSubscription {
  readonly type: string;
  readonly #handler: EventHandler<DomainEvent>;
  readonly #owner: SubscriptionOwner;
  readonly #backlog: Backlog;
  #current: DomainEvent | undefined;
  #isBusy = false;
  #isLive = true;
  #lost = 0;
  #lostSince = 0;
  #isOverflowing = false;
  #announcement: Timer | undefined;

  constructor(type: string, handler: EventHandler<DomainEvent>, owner: SubscriptionOwner) {
    this.type = type;
    this.#handler = handler;
    this.#owner = owner;
    this.#backlog = new Backlog(owner.maxBacklog);
  }

  /** Calls the handler with the event if it is idle, and queues the event otherwise. Never throws. */
  readonly deliver = (event: DomainEvent): void => {
    if (!this.#isLive) return;
    if (this.#isBusy) this.#enqueue(event);
    else if (this.#handle(event)) this.#drain();
  };

  /** Ends the subscription and tells the bus. Idempotent. */
  readonly unsubscribe: Unsubscribe = () => {
    if (!this.#isLive) return;
    this.end();
    this.#owner.unsubscribed(this);
  };

  /** Starts no further handler call and drops the backlog. */
  end(): void {
    this.#isLive = false;
    this.#backlog.clear();
    this.#announcement?.clear();
    this.#announcement = undefined;
  }

  /** @returns Whether the handler call has ended already. */
  #handle(event: DomainEvent): boolean {
    this.#isBusy = true;
    this.#owner.callStarted();
    try {
      const result = this.#handler(event) as Promise<void> | undefined;
      if (typeof result?.then === 'function') {
        this.#current = event;
        Promise.resolve(result).then(this.#resolved, this.#rejected);
        return false;
      }
    } catch (error) {
      this.#owner.callEnded(event, { error });
      return true;
    }
    this.#owner.callEnded(event);
    return true;
  }

  readonly #resolved = (): void => {
    this.#owner.callEnded(this.#current!);
    this.#drain();
  };

  readonly #rejected = (error: unknown): void => {
    this.#owner.callEnded(this.#current!, { error });
    this.#drain();
  };

  // A loop, so a handler that publishes to its own type cannot grow the stack.
  #drain(): void {
    this.#current = undefined;
    while (this.#isLive) {
      if (this.#lost > 0) this.#announce();
      const event = this.#backlog.take();
      if (!event) break;
      if (!this.#handle(event)) return;
    }
    this.#isOverflowing = false;
    this.#isBusy = false;
  }

  #enqueue(event: DomainEvent): void {
    const outcome = this.#backlog.add(event);
    if (outcome === 'conflated') this.#owner.eventConflated();
    if (outcome !== 'overflowed') return;
    this.#owner.eventDropped();
    // The loss of a gap event cannot be announced by another gap event.
    if (this.type === BUS_GAP) return;
    if (this.#lost++ === 0) this.#lostSince = this.#owner.clock.now();
    if (this.#isOverflowing) return;
    this.#isOverflowing = true;
    this.#announcement = this.#owner.clock.defer(() => this.#announce());
  }

  #announce(): void {
    this.#announcement?.clear();
    this.#announcement = undefined;
    const lost = this.#lost;
    this.#lost = 0;
    if (lost > 0) this.#owner.announceLoss(this.type, this.#lostSince, lost);
  }
}

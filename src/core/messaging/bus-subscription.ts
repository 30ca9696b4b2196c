import type { Clock, Timer } from '../clock.js';
import type { Unsubscribe } from '../unsubscribe.js';
import { Backlog } from './backlog.js';
import { BUS_GAP, type DomainEvent, type EventHandler } from './event-bus.js';

/** What a subscription needs of its bus, and reports to it. */
export interface SubscriptionOwner {
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
  /** `lost` events of `type` were dropped since `from`, ms since 1970: announce them. */
  announceLoss(type: string, from: number, lost: number): void;
  /** The subscriber ended the subscription. */
  unsubscribed(subscription: BusSubscription): void;
}

/**
 * One subscription: calls its handler with one event at a time and queues the others.
 *
 * When its queue overflows, it announces the first loss as soon as the publisher's current work is done, and later losses before the
 * next event. So a handler that hangs is reported, and a slow one does not cause a flood of announcements.
 */
export class BusSubscription {
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

  /** Ends the subscription and reports that to the bus. Idempotent. */
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

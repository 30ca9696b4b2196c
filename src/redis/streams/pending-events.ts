import { retryDelay } from '../../core/backoff.js';
import { timerDelay } from '../../core/clock.js';
import { handlerError } from '../../core/messaging/bus-checks.js';
import type { DomainEvent, EventHandler } from '../../core/messaging/event-bus.js';
import { deadLetterFailed, type PendingEvent } from './pending-event.js';
import { RecentIds } from './recent-ids.js';
import type { StreamAcknowledger } from './stream-acknowledger.js';
import type { StreamSubscriptionOwner } from './stream-subscription-owner.js';

/** Options of {@link PendingEvents}. */
export interface PendingEventsOptions {
  readonly handler: EventHandler<DomainEvent>;
  readonly owner: StreamSubscriptionOwner;
  readonly acknowledger: StreamAcknowledger;
  /** Records a delivery in Redis. @returns Whether the event is still ours. */
  readonly recordAttempt: (entryId: string, deliveries: number) => Promise<boolean>;
  /** All handler calls that were possible have been made. */
  readonly onCallsMade: () => void;
}

/**
 * The events that a subscription has read and not handled yet. Calls the handler with one event at a time. An event whose handler fails
 * is retried later, while others are handled; after `maxDeliveries` it goes to the dead-letter stream.
 */
export class PendingEvents {
  readonly #options: PendingEventsOptions;
  readonly #handledIds: RecentIds;
  readonly #pending = new Map<string, PendingEvent>();
  #queue: PendingEvent[] = [];
  #isLive = true;
  #isBusy = false;
  #busySince = 0;
  #onIdle: (() => void) | null = null;

  constructor(options: PendingEventsOptions) {
    this.#options = options;
    this.#handledIds = new RecentIds(options.owner.settings.rememberedIds);
  }

  /** Whether it has not been stopped. */
  get isLive(): boolean {
    return this.#isLive;
  }

  /** Number of events. */
  get size(): number {
    return this.#pending.size;
  }

  /** Number of events that wait for their handler call, without those that wait for a retry. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Ids of the entries whose claims are renewed: none if the handler is stuck, so that other consumers get them. */
  get heldIds(): readonly string[] {
    const { clock, settings } = this.#options.owner;
    const isStuck = this.#isBusy && clock.monotonic() - this.#busySince > settings.handlerTimeoutMs;
    return isStuck ? [] : [...this.#pending.keys()];
  }

  /** Whether an entry is pending. */
  has(entryId: string): boolean {
    return this.#pending.has(entryId);
  }

  /** Adds events, and handles them. @param handled Ids of events that the group has handled already. */
  add(events: readonly PendingEvent[], handled: ReadonlySet<string>): void {
    for (const work of events) {
      if (handled.has(work.event.id)) this.#duplicate(work);
      else {
        this.#pending.set(work.entry.id, work);
        this.#queue.push(work);
      }
    }
    this.#run();
  }

  /** Another consumer has claimed the entry, because this one was idle for too long. */
  lost(entryId: string): void {
    const work = this.#pending.get(entryId);
    if (!work) return;
    const at = this.#queue.indexOf(work);
    if (at >= 0) this.#queue.splice(at, 1);
    else if (!work.retry) return;
    work.retry?.clear();
    this.#pending.delete(entryId);
  }

  /** Starts no further handler call, and drops all events. */
  stop(): void {
    this.#isLive = false;
    for (const { retry } of this.#pending.values()) retry?.clear();
    this.#queue = [];
    this.#pending.clear();
  }

  /** Settles when no handler call is running. */
  idle(): Promise<void> {
    if (!this.#isBusy) return Promise.resolve();
    return new Promise((resolve) => (this.#onIdle = resolve));
  }

  #duplicate({ entry, event }: PendingEvent): void {
    this.#options.owner.counters.duplicates++;
    this.#pending.delete(entry.id);
    this.#options.acknowledger.handled(entry, event.id);
  }

  // A loop, so a handler that publishes to its own type cannot grow the stack.
  #run(): void {
    while (this.#isLive && !this.#isBusy) {
      const work = this.#queue.shift();
      if (!work) break;
      if (this.#handledIds.has(work.event.id)) this.#duplicate(work);
      else if (!this.#handle(work)) return;
    }
    this.#options.onCallsMade();
  }

  /** @returns Whether the handler call has ended already. */
  #handle(work: PendingEvent): boolean {
    this.#isBusy = true;
    this.#busySince = this.#options.owner.clock.monotonic();
    if (work.isRecorded) return this.#call(work);
    void this.#recordThenCall(work);
    return false;
  }

  // A claimed entry may have crashed its last consumer, so the attempt is recorded before it is made.
  async #recordThenCall(work: PendingEvent): Promise<void> {
    const isOurs = await this.#options.recordAttempt(work.entry.id, work.deliveries);
    work.isRecorded = isOurs;
    if (isOurs && this.#isLive) {
      if (this.#call(work)) this.#run();
      return;
    }
    this.#pending.delete(work.entry.id);
    this.#isBusy = false;
    this.#onIdle?.();
    this.#run();
  }

  #call(work: PendingEvent): boolean {
    try {
      const result = this.#options.handler(work.event) as Promise<void> | undefined;
      if (typeof result?.then === 'function') {
        Promise.resolve(result).then(
          () => this.#callEnded(work),
          (error: unknown) => this.#callEnded(work, { error }),
        );
        return false;
      }
    } catch (error) {
      this.#finish(work, { error });
      return true;
    }
    this.#finish(work);
    return true;
  }

  #callEnded(work: PendingEvent, failure?: { readonly error: unknown }): void {
    this.#finish(work, failure);
    this.#run();
  }

  #finish(work: PendingEvent, failure?: { readonly error: unknown }): void {
    const { owner, acknowledger } = this.#options;
    this.#isBusy = false;
    this.#onIdle?.();
    if (!failure) {
      owner.counters.handled++;
      this.#handledIds.add(work.event.id);
      this.#pending.delete(work.entry.id);
      acknowledger.handled(work.entry, work.event.id);
      return;
    }
    owner.counters.failed++;
    owner.report(handlerError(work.event, failure.error));
    if (!this.#isLive) return;
    if (work.deliveries < owner.settings.maxDeliveries) this.#retry(work);
    else {
      this.#pending.delete(work.entry.id);
      deadLetterFailed(work, failure.error, acknowledger);
    }
  }

  #retry(work: PendingEvent): void {
    const { clock, random, settings } = this.#options.owner;
    const { retryDelayMs } = settings;
    const bounds = { firstMs: retryDelayMs, capMs: retryDelayMs * 1000 };
    const delayMs = timerDelay(retryDelay(work.deliveries, bounds, random));
    work.deliveries++;
    void this.#options.recordAttempt(work.entry.id, work.deliveries);
    work.retry = clock.setTimer(() => {
      work.retry = null;
      this.#queue.push(work);
      this.#run();
    }, delayMs);
  }
}

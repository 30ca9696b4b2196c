import { retryDelay } from '../../core/backoff.js';
import { timerDelay, type Timer } from '../../core/clock.js';
import type { DomainEvent, EventHandler } from '../../core/messaging/event-bus.js';
import { handlerError } from '../../core/messaging/bus-checks.js';
import type { Unsubscribe } from '../../core/unsubscribe.js';
import { RecentIds } from './recent-ids.js';
import { StreamAcknowledger } from './stream-acknowledger.js';
import { READ_COUNT, StreamClaimer } from './stream-claimer.js';
import type { StreamCursor, StreamRead } from './stream-cursor.js';
import { streamError, type StreamSubscriptionOwner } from './stream-subscription-owner.js';
import { deadLetterFailed, readPendingEvent, type PendingEvent } from './pending-event.js';

/**
 * One subscription of a stream bus: its position in the stream, the entries it has read, one handler call at a time. It reads only
 * what it has room for, so a slow handler neither costs memory nor delays others. An event whose handler fails is retried later,
 * while others are handled; after `maxDeliveries` it goes to the dead-letter stream.
 */
export class StreamSubscription {
  readonly type: string;
  readonly cursor: StreamCursor;
  /** Whether it has its position in the stream. */
  isOpen = false;
  /** Last id of the stream when it was last read. */
  lastSeen = '0-0';
  readonly #handler: EventHandler<DomainEvent>;
  readonly #owner: StreamSubscriptionOwner;
  readonly #onEnded: (subscription: StreamSubscription) => void;
  readonly #handledIds: RecentIds;
  readonly #pending = new Map<string, PendingEvent>();
  #queue: PendingEvent[] = [];
  #isLive = true;
  #isBusy = false;
  #busySince = 0;
  #reading: Promise<void> | null = null;
  #mayHaveUnread = false;
  readonly #acknowledger: StreamAcknowledger;
  readonly #claimer: StreamClaimer | null;
  #readTimer: Timer | null = null;
  #readAt: number;
  #onIdle: (() => void) | null = null;

  constructor(
    type: string,
    handler: EventHandler<DomainEvent>,
    cursor: StreamCursor,
    owner: StreamSubscriptionOwner,
    onEnded: (subscription: StreamSubscription) => void,
  ) {
    this.type = type;
    this.#onEnded = onEnded;
    this.cursor = cursor;
    this.#handler = handler;
    this.#owner = owner;
    this.#handledIds = new RecentIds(owner.settings.rememberedIds);
    this.#readAt = owner.clock.now();
    this.#acknowledger = new StreamAcknowledger(type, cursor.group, owner);
    this.#claimer =
      cursor.group === null
        ? null
        : new StreamClaimer(type, cursor, owner, {
            room: () => (this.isOpen && this.#isLive ? this.#room : 0),
            heldIds: () => (this.#isStuck ? [] : [...this.#pending.keys()]),
            onClaimed: (read) => this.#enqueue(read),
            onLost: (id) => this.#onLost(id),
          });
  }

  /** Whether it has room for more entries. */
  get hasRoom(): boolean {
    return this.#isLive && this.#room > 0;
  }

  /** Entries read and not handled yet. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Ends the subscription and notifies the bus. Idempotent. */
  readonly unsubscribe: Unsubscribe = () => {
    if (!this.#isLive) return;
    this.stop();
    this.#onEnded(this);
  };

  /** Starts no further handler call. Entries that were read and not handled are left to the group. */
  stop(): void {
    this.#isLive = false;
    this.#claimer?.stop();
    this.#readTimer?.clear();
    for (const { retry } of this.#pending.values()) retry?.clear();
    this.#queue = [];
    this.#pending.clear();
  }

  /** Settles when no handler call is running. */
  idle(): Promise<void> {
    if (!this.#isBusy) return Promise.resolve();
    return new Promise((resolve) => (this.#onIdle = resolve));
  }

  /** Sends the waiting acknowledgements, then leaves the group; settles when that is done or has failed. */
  async leave(): Promise<void> {
    await this.#acknowledger.flush();
    const connection = this.#owner.connection();
    // A consumer name left in the group does no harm.
    if (connection) {
      await this.#owner.bounded(connection, () => this.cursor.leave(connection)).catch(() => undefined);
    }
  }

  /** Reads new entries as far as there is room; settles when the entries that existed at the call are read. */
  read(): Promise<void> {
    this.#mayHaveUnread = true;
    this.#reading ??= this.#readUnread().finally(() => (this.#reading = null));
    return this.#reading;
  }

  async #readUnread(): Promise<void> {
    try {
      while (this.#mayHaveUnread && this.isOpen && this.hasRoom) {
        const connection = this.#owner.connection();
        if (!connection) break;
        const count = Math.min(this.#room, READ_COUNT);
        this.#mayHaveUnread = false;
        const read = await this.#owner.bounded(connection, () => this.cursor.read(connection, count));
        if (read.entries.length === count || read.lost === null) this.#mayHaveUnread = true;
        if (read.last !== '') this.lastSeen = read.last;
        await this.#enqueue(read);
      }
    } catch (error) {
      if (!this.#isLive) return;
      this.#owner.report(streamError('Reading', this.type, error));
      this.#scheduleRead();
    }
  }

  /** The link is up again: sends waiting acknowledgements and continues to read. */
  resume(): void {
    this.#acknowledger.resume();
    void this.read();
  }

  // A stuck handler call must not keep other consumers from the entries of this one.
  get #isStuck(): boolean {
    const { clock, settings } = this.#owner;
    return this.#isBusy && clock.monotonic() - this.#busySince > settings.handlerTimeoutMs;
  }

  get #room(): number {
    return this.#owner.settings.window - this.#pending.size;
  }

  async #enqueue({ entries, lost }: StreamRead): Promise<void> {
    const { counters, clock } = this.#owner;
    if (lost !== 0) {
      counters.lost += lost ?? 0;
      this.#owner.announceGap(this.type, lost, this.#readAt);
    }
    this.#readAt = clock.now();
    if (!this.#isLive) return;
    const fresh = entries.filter(({ id }) => !this.#pending.has(id));
    const works = fresh.flatMap(
      (entry) => readPendingEvent(entry, this.type, this.#owner, this.#acknowledger) ?? [],
    );
    const ids = works.map(({ event }) => event.id);
    const handled = ids.length > 0 ? await this.#owner.alreadyHandled(this.cursor.group, ids) : NONE;
    if (!this.#isLive) return;
    for (const work of works) {
      if (handled.has(work.event.id)) this.#duplicate(work);
      else {
        this.#pending.set(work.entry.id, work);
        this.#queue.push(work);
      }
    }
    this.#run();
  }

  #duplicate({ entry, event }: PendingEvent): void {
    this.#owner.counters.duplicates++;
    this.#pending.delete(entry.id);
    this.#acknowledger.handled(entry, event.id);
  }

  // A loop, so a handler that publishes to its own type cannot grow the stack.
  #run(): void {
    while (this.#isLive && !this.#isBusy) {
      const work = this.#queue.shift();
      if (!work) break;
      if (this.#handledIds.has(work.event.id)) this.#duplicate(work);
      else if (!this.#handle(work)) return;
    }
    if (this.#mayHaveUnread && this.hasRoom && this.#queue.length <= this.#owner.settings.window / 4) {
      this.#owner.roomFreed();
      void this.read();
    }
  }

  /** @returns Whether the handler call has ended already. */
  #handle(work: PendingEvent): boolean {
    this.#isBusy = true;
    this.#busySince = this.#owner.clock.monotonic();
    if (work.isRecorded) return this.#call(work);
    void this.#recordThenCall(work);
    return false;
  }

  // A claimed entry may have crashed its last consumer, so the attempt is recorded before it is made.
  async #recordThenCall(work: PendingEvent): Promise<void> {
    const isOurs = await this.#claimer!.recordAttempt(work.entry.id, work.deliveries);
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
      const result = this.#handler(work.event) as Promise<void> | undefined;
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
    const { counters, settings } = this.#owner;
    this.#isBusy = false;
    this.#onIdle?.();
    if (!failure) {
      counters.handled++;
      this.#handledIds.add(work.event.id);
      this.#pending.delete(work.entry.id);
      this.#acknowledger.handled(work.entry, work.event.id);
      return;
    }
    counters.failed++;
    this.#owner.report(handlerError(work.event, failure.error));
    if (!this.#isLive) return;
    if (work.deliveries < settings.maxDeliveries) this.#retry(work);
    else {
      this.#pending.delete(work.entry.id);
      deadLetterFailed(work, failure.error, this.#acknowledger);
    }
  }

  #retry(work: PendingEvent): void {
    const { clock, random, settings } = this.#owner;
    const { retryDelayMs } = settings;
    const bounds = { firstMs: retryDelayMs, capMs: retryDelayMs * 1000 };
    const delayMs = timerDelay(retryDelay(work.deliveries, bounds, random));
    work.deliveries++;
    void this.#claimer?.recordAttempt(work.entry.id, work.deliveries);
    work.retry = clock.setTimer(() => {
      work.retry = null;
      this.#queue.push(work);
      this.#run();
    }, delayMs);
  }

  // Another consumer has claimed the entry, because this one was idle for too long.
  #onLost(id: string): void {
    const work = this.#pending.get(id);
    if (!work) return;
    const at = this.#queue.indexOf(work);
    if (at >= 0) this.#queue.splice(at, 1);
    else if (!work.retry) return;
    work.retry?.clear();
    this.#pending.delete(id);
  }

  #scheduleRead(): void {
    this.#readTimer ??= this.#owner.clock.setTimer(() => {
      this.#readTimer = null;
      void this.read();
    }, RETRY_MS);
  }
}

const RETRY_MS = 1000;
const NONE: ReadonlySet<string> = new Set();

import type { Timer } from '../../core/clock.js';
import type { DomainEvent, EventHandler } from '../../core/messaging/event-bus.js';
import type { Unsubscribe } from '../../core/unsubscribe.js';
import { PendingEvents } from './pending-events.js';
import { readPendingEvent } from './pending-event.js';
import { StreamAcknowledger } from './stream-acknowledger.js';
import { READ_COUNT, StreamClaimer } from './stream-claimer.js';
import type { StreamCursor, StreamRead } from './stream-cursor.js';
import type { StreamSubscriptionOwner } from './stream-subscription-owner.js';

/**
 * One subscription of a stream bus: reads its stream from its position on, for its {@link PendingEvents} to handle. It reads only what it
 * has room for, so a slow handler neither costs memory nor delays others.
 */
export class StreamSubscription {
  readonly type: string;
  readonly cursor: StreamCursor;
  /** Whether it has its position in the stream. */
  isOpen = false;
  /** Last id of the stream when it was last read. */
  lastSeen = '0-0';
  readonly #owner: StreamSubscriptionOwner;
  readonly #onEnded: (subscription: StreamSubscription) => void;
  readonly #acknowledger: StreamAcknowledger;
  readonly #pending: PendingEvents;
  readonly #claimer: StreamClaimer | null;
  #reading: Promise<void> = Promise.resolve();
  #isReading = false;
  #mayHaveUnread = false;
  #readTimer: Timer | null = null;
  #readAt: number;

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
    this.#owner = owner;
    this.#readAt = owner.clock.now();
    this.#acknowledger = new StreamAcknowledger(type, cursor.group, owner);
    this.#pending = new PendingEvents({
      handler,
      owner,
      acknowledger: this.#acknowledger,
      recordAttempt: (id, deliveries) =>
        this.#claimer?.recordAttempt(id, deliveries) ?? Promise.resolve(true),
      onCallsMade: () => this.#readIfRoom(),
    });
    this.#claimer =
      cursor.group === null
        ? null
        : new StreamClaimer(type, cursor, owner, {
            room: () => (this.isOpen && this.#pending.isLive ? this.#room : 0),
            heldIds: () => this.#pending.heldIds,
            onClaimed: (read) => this.#enqueue(read),
            onLost: (id) => this.#pending.lost(id),
          });
  }

  /** Whether it has room for more entries. */
  get hasRoom(): boolean {
    return this.#pending.isLive && this.#room > 0;
  }

  /** Whether it knows that it may have unread entries, and reads them by itself as soon as it can. */
  get willReadOn(): boolean {
    return this.#mayHaveUnread || !this.isOpen;
  }

  /** Entries read and not handled yet. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Ends the subscription and notifies the bus. Idempotent. */
  readonly unsubscribe: Unsubscribe = () => {
    if (!this.#pending.isLive) return;
    this.stop();
    this.#onEnded(this);
  };

  /** Starts no further handler call. Entries that were read and not handled are left to the group. */
  stop(): void {
    this.#pending.stop();
    this.#claimer?.stop();
    this.#readTimer?.clear();
  }

  /** Settles when no handler call is running. */
  idle(): Promise<void> {
    return this.#pending.idle();
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
    if (!this.#isReading) this.#reading = this.#readUnread();
    return this.#reading;
  }

  /** The link is up again: sends waiting acknowledgements and continues to read. */
  resume(): void {
    this.#acknowledger.resume();
    void this.read();
  }

  get #room(): number {
    return this.#owner.settings.window - this.#pending.size;
  }

  async #readUnread(): Promise<void> {
    this.#isReading = true;
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
      if (!this.#pending.isLive) return;
      this.#mayHaveUnread = true;
      this.#owner.failures.report('Reading', this.type, error);
      this.#scheduleRead();
    } finally {
      // At once, not when the promise settles: a call in between would start no read, and its entries would stay unread.
      this.#isReading = false;
    }
  }

  async #enqueue({ entries, lost }: StreamRead): Promise<void> {
    const { counters, clock } = this.#owner;
    if (lost !== 0) {
      counters.lost += lost ?? 0;
      this.#owner.announceGap(this.type, lost, this.#readAt);
    }
    this.#readAt = clock.now();
    if (!this.#pending.isLive) return;
    const fresh = entries.filter(({ id }) => !this.#pending.has(id));
    const events = fresh.flatMap(
      (entry) =>
        readPendingEvent(entry, this.type, this.#owner, this.#acknowledger, this.cursor.group !== null) ?? [],
    );
    const ids = events.map(({ event }) => event.id);
    const handled = ids.length > 0 ? await this.#owner.alreadyHandled(this.cursor.group, ids) : NONE;
    if (this.#pending.isLive) this.#pending.add(events, handled);
  }

  #readIfRoom(): void {
    if (!this.#mayHaveUnread || !this.hasRoom) return;
    if (this.#pending.waiting > this.#owner.settings.window / 4) return;
    this.#owner.roomFreed();
    void this.read();
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

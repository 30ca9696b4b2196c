import type { Timer } from '../../core/clock.js';
import type { DomainEvent, EventHandler } from '../../core/messaging/event-bus.js';
import { handlerFailed } from '../../core/messaging/local-delivery.js';
import type { Unsubscribe } from '../../core/unsubscribe.js';
import { RecentIds } from './recent-ids.js';
import { StreamAcknowledger } from './stream-acknowledger.js';
import { READ_COUNT, StreamClaims } from './stream-claims.js';
import type { StreamCursor, StreamRead } from './stream-cursor.js';
import { streamFailure, type StreamSubscriptionOwner } from './stream-subscription-owner.js';
import { buryFailed, readWork, type StreamWork } from './stream-work.js';

/**
 * One subscription of a stream bus: its place in the stream, the entries it has read, one handler call at a time. It reads
 * only what it has room for; so a slow handler costs no memory, and holds nobody else up. An event whose handler fails is tried
 * again after a while, those behind it meanwhile; after `maxDeliveries` it goes to the dead-letter stream.
 */
export class StreamSubscription {
  readonly type: string;
  readonly cursor: StreamCursor;
  /** Whether it has its place in the stream. */
  isOpen = false;
  /** Last id of the stream when it was last read. */
  lastSeen = '0-0';
  readonly #handler: EventHandler<DomainEvent>;
  readonly #owner: StreamSubscriptionOwner;
  readonly #onEnded: (subscription: StreamSubscription) => void;
  readonly #handledIds: RecentIds;
  readonly #work = new Map<string, StreamWork>();
  #queue: StreamWork[] = [];
  #isLive = true;
  #isBusy = false;
  #busySince = 0;
  #reading: Promise<void> | null = null;
  #mayHaveMore = false;
  readonly #acknowledger: StreamAcknowledger;
  readonly #claims: StreamClaims | null;
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
    this.#claims =
      cursor.group === null
        ? null
        : new StreamClaims(type, cursor, owner, {
            room: () => (this.isOpen && this.#isLive ? this.#room : 0),
            held: () => (this.#isStuck ? [] : [...this.#work.keys()]),
            onTaken: (read) => this.#take(read),
            onDropped: (id) => this.#dropped(id),
          });
  }

  /** Whether it can take more entries. */
  get hasRoom(): boolean {
    return this.#isLive && this.#room > 0;
  }

  /** Entries that are here. */
  get pending(): number {
    return this.#work.size;
  }

  /** Ends the subscription for its holder. */
  readonly unsubscribe: Unsubscribe = () => {
    if (!this.#isLive) return;
    this.stop();
    this.#onEnded(this);
  };

  /** Starts no further handler call. What was read and not handled is left to the group. */
  stop(): void {
    this.#isLive = false;
    this.#claims?.stop();
    this.#readTimer?.clear();
    for (const { retry } of this.#work.values()) retry?.clear();
    this.#queue = [];
    this.#work.clear();
  }

  /** Settles when no handler call is under way. */
  idle(): Promise<void> {
    if (!this.#isBusy) return Promise.resolve();
    return new Promise((resolve) => (this.#onIdle = resolve));
  }

  /** Sends the acknowledgements that wait, then gives its place up; settles when that is done or has failed. */
  async leave(): Promise<void> {
    await this.#acknowledger.flush();
    const connection = this.#owner.connection();
    // A name that stays on the list of consumers does no harm.
    if (connection) {
      await this.#owner.bounded(connection, () => this.cursor.leave(connection)).catch(() => undefined);
    }
  }

  /** Reads what comes next, as far as there is room; settles when what was there at the call has been read. */
  read(): Promise<void> {
    this.#mayHaveMore = true;
    this.#reading ??= this.#readOn().finally(() => (this.#reading = null));
    return this.#reading;
  }

  async #readOn(): Promise<void> {
    try {
      while (this.#mayHaveMore && this.isOpen && this.hasRoom) {
        const connection = this.#owner.connection();
        if (!connection) break;
        const count = Math.min(this.#room, READ_COUNT);
        this.#mayHaveMore = false;
        const read = await this.#owner.bounded(connection, () => this.cursor.read(connection, count));
        if (read.entries.length === count || read.lost === null) this.#mayHaveMore = true;
        if (read.last !== '') this.lastSeen = read.last;
        await this.#take(read);
      }
    } catch (error) {
      if (!this.#isLive) return;
      this.#owner.report(streamFailure('Reading', this.type, error));
      this.#readLater();
    }
  }

  /** Something is new, or the link is up again: what waits for it goes on. */
  resume(): void {
    this.#acknowledger.resume();
    void this.read();
  }

  // A call that has not settled for long must not keep others from the events behind it.
  get #isStuck(): boolean {
    const { clock, settings } = this.#owner;
    return this.#isBusy && clock.monotonic() - this.#busySince > settings.handlerTimeoutMs;
  }

  get #room(): number {
    return this.#owner.settings.window - this.#work.size;
  }

  async #take({ entries, lost }: StreamRead): Promise<void> {
    const { counters, clock } = this.#owner;
    if (lost !== 0) {
      counters.lost += lost ?? 0;
      this.#owner.gap(this.type, lost, this.#readAt);
    }
    this.#readAt = clock.now();
    if (!this.#isLive) return;
    const fresh = entries.filter(({ id }) => !this.#work.has(id));
    const works = fresh.flatMap((entry) => readWork(entry, this.type, this.#owner, this.#acknowledger) ?? []);
    const ids = works.map(({ event }) => event.id);
    const handled = ids.length > 0 ? await this.#owner.alreadyHandled(this.cursor.group, ids) : NONE;
    if (!this.#isLive) return;
    for (const work of works) {
      if (handled.has(work.event.id)) this.#duplicate(work);
      else {
        this.#work.set(work.entry.id, work);
        this.#queue.push(work);
      }
    }
    this.#run();
  }

  #duplicate({ entry, event }: StreamWork): void {
    this.#owner.counters.duplicates++;
    this.#work.delete(entry.id);
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
    if (this.#mayHaveMore && this.hasRoom && this.#queue.length <= this.#owner.settings.window / 4) {
      this.#owner.hungry();
      void this.read();
    }
  }

  /** Whether the handler is done with it already. */
  #handle(work: StreamWork): boolean {
    this.#isBusy = true;
    this.#busySince = this.#owner.clock.monotonic();
    if (work.isNoted) return this.#call(work);
    void this.#noteFirst(work);
    return false;
  }

  // What was taken over may be what ended its consumer: the attempt is noted before it is made.
  async #noteFirst(work: StreamWork): Promise<void> {
    const isOurs = await this.#claims!.note(work.entry.id, work.deliveries);
    work.isNoted = isOurs;
    if (isOurs && this.#isLive) {
      if (this.#call(work)) this.#run();
      return;
    }
    this.#work.delete(work.entry.id);
    this.#isBusy = false;
    this.#onIdle?.();
    this.#run();
  }

  #call(work: StreamWork): boolean {
    try {
      const result = this.#handler(work.event) as Promise<void> | undefined;
      if (typeof result?.then === 'function') {
        Promise.resolve(result).then(
          () => this.#ended(work),
          (error: unknown) => this.#ended(work, { error }),
        );
        return false;
      }
    } catch (error) {
      this.#settle(work, { error });
      return true;
    }
    this.#settle(work);
    return true;
  }

  #ended(work: StreamWork, failure?: { readonly error: unknown }): void {
    this.#settle(work, failure);
    this.#run();
  }

  #settle(work: StreamWork, failure?: { readonly error: unknown }): void {
    const { counters, settings } = this.#owner;
    this.#isBusy = false;
    this.#onIdle?.();
    if (!failure) {
      counters.handled++;
      this.#handledIds.add(work.event.id);
      this.#work.delete(work.entry.id);
      this.#acknowledger.handled(work.entry, work.event.id);
      return;
    }
    counters.failed++;
    this.#owner.report(handlerFailed(work.event, failure.error));
    if (!this.#isLive) return;
    if (work.deliveries < settings.maxDeliveries) this.#retry(work);
    else {
      this.#work.delete(work.entry.id);
      buryFailed(work, failure.error, this.#acknowledger);
    }
  }

  #retry(work: StreamWork): void {
    const { clock, random, settings } = this.#owner;
    const delay = settings.retryDelayMs * 2 ** Math.min(work.deliveries - 1, 10);
    work.deliveries++;
    void this.#claims?.note(work.entry.id, work.deliveries);
    work.retry = clock.setTimer(
      () => {
        work.retry = null;
        this.#queue.push(work);
        this.#run();
      },
      delay * (0.5 + random() / 2),
    );
  }

  // Another consumer has taken the entry over, since nothing was heard of this one for too long.
  #dropped(id: string): void {
    const work = this.#work.get(id);
    if (!work) return;
    const at = this.#queue.indexOf(work);
    if (at >= 0) this.#queue.splice(at, 1);
    else if (!work.retry) return;
    work.retry?.clear();
    this.#work.delete(id);
  }

  #readLater(): void {
    this.#readTimer ??= this.#owner.clock.setTimer(() => {
      this.#readTimer = null;
      void this.read();
    }, READ_AGAIN_MS);
  }
}

const READ_AGAIN_MS = 1000;
const NONE: ReadonlySet<string> = new Set();

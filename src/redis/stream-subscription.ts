import type { Clock, Timer } from '../core/clock.js';
import { TickmarkError, quote } from '../core/errors.js';
import type { EventCodecs } from '../core/messaging/event-codec.js';
import type { DomainEvent, EventHandler, Subscription } from '../core/messaging/event-bus.js';
import { handlerFailed } from '../core/messaging/local-delivery.js';
import type { RandomSource } from '../core/random.js';
import { RecentIds } from './recent-ids.js';
import type { RedisConnection } from './redis-connection.js';
import type { StreamCursor, StreamEntry, StreamRead } from './stream-cursor.js';

/** Counters that subscriptions share. */
export interface StreamCounters {
  handled: number;
  failed: number;
  /** Entries trimmed away unread. */
  lost: number;
  claimed: number;
  duplicates: number;
  malformed: number;
  deadLettered: number;
}

/** How subscriptions of a bus behave. */
export interface StreamSubscriptionSettings {
  /** Entries that may be in this process for one subscription. */
  readonly window: number;
  readonly maxDeliveries: number;
  readonly claimIdleMs: number;
  readonly handlerTimeoutMs: number;
  readonly rememberedIds: number;
  readonly retryDelayMs: number;
}

/** What a subscription asks of its bus. */
export interface StreamSubscriptionOwner {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly codecs: EventCodecs;
  readonly settings: StreamSubscriptionSettings;
  readonly counters: StreamCounters;
  /** The connection, or `null` while it is down. */
  connection(): RedisConnection | null;
  /** Runs a command in bounded time; a connection that does not answer is given up. */
  bounded<Result>(connection: RedisConnection, call: () => Promise<Result>): Promise<Result>;
  /** Ids of those events that the group is known to have handled. */
  alreadyHandled(group: string | null, ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Tells Redis, in one step, what became of entries. */
  settle(
    connection: RedisConnection,
    type: string,
    group: string | null,
    done: readonly Done[],
  ): Promise<unknown>;
  gap(type: string, lost: number | null, since: number): void;
  report(error: TickmarkError): void;
  /** There is room again. */
  hungry(): void;
  ended(subscription: StreamSubscription): void;
}

interface Work {
  readonly entry: StreamEntry;
  readonly event: DomainEvent;
  deliveries: number;
  retry: Timer | null;
}

/** An entry that is done with. */
export interface Done {
  readonly entry: StreamEntry;
  readonly eventId: string | null;
  /** Why it goes to the dead-letter stream, or `null` when it was handled. */
  readonly reason: string | null;
}

/**
 * One subscription of a stream bus: its place in the stream, the entries it has read, one handler call at a time. It reads
 * only what it has room for; so a slow handler costs no memory, and holds nobody else up. An event whose handler fails is tried
 * again after a while, those behind it meanwhile; after `maxDeliveries` it goes to the dead-letter stream.
 */
export class StreamSubscription implements Subscription {
  readonly type: string;
  readonly cursor: StreamCursor;
  /** Whether it has its place in the stream. */
  isOpen = false;
  /** Last id of the stream when it was last read. */
  lastSeen = '0-0';
  readonly #handler: EventHandler<DomainEvent>;
  readonly #owner: StreamSubscriptionOwner;
  readonly #handledIds: RecentIds;
  readonly #work = new Map<string, Work>();
  #queue: Work[] = [];
  #done: Done[] = [];
  #isLive = true;
  #isBusy = false;
  #busySince = 0;
  #reading: Promise<void> | null = null;
  #mayHaveMore = false;
  #isAcking: Promise<void> | null = null;
  #ackTimer: Timer | null = null;
  #claimTimer: Timer | null = null;
  #keepTimer: Timer | null = null;
  #readAt: number;
  #onIdle: (() => void) | null = null;

  constructor(
    type: string,
    handler: EventHandler<DomainEvent>,
    cursor: StreamCursor,
    owner: StreamSubscriptionOwner,
  ) {
    this.type = type;
    this.cursor = cursor;
    this.#handler = handler;
    this.#owner = owner;
    this.#handledIds = new RecentIds(owner.settings.rememberedIds);
    this.#readAt = owner.clock.now();
    if (cursor.group !== null) this.#tickLater();
  }

  /** Whether it can take more entries. */
  get hasRoom(): boolean {
    return this.#isLive && this.#room > 0;
  }

  /** Whether a handler call is under way. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Entries that are here. */
  get pending(): number {
    return this.#work.size;
  }

  unsubscribe(): void {
    if (!this.#isLive) return;
    this.stop();
    this.#owner.ended(this);
  }

  /** Starts no further handler call. What was read and not handled is left to the group. */
  stop(): void {
    this.#isLive = false;
    for (const timer of [this.#claimTimer, this.#keepTimer]) timer?.clear();
    for (const { retry } of this.#work.values()) retry?.clear();
    this.#queue = [];
    this.#work.clear();
  }

  /** Settles when no handler call is under way. */
  idle(): Promise<void> {
    if (!this.#isBusy) return Promise.resolve();
    return new Promise((resolve) => (this.#onIdle = resolve));
  }

  /** Sends the acknowledgements that wait; settles when that is done or has failed. */
  async flush(): Promise<void> {
    this.#ackTimer?.clear();
    this.#ackTimer = null;
    await this.#isAcking;
    await this.#ack();
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
      this.#mayHaveMore = true;
      this.#owner.report(failed('Reading', this.type, error));
    }
  }

  /** Something is new, or the link is up again: what waits for it goes on. */
  resume(): void {
    if (this.#done.length > 0) this.#ackLater();
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
    const works = fresh.flatMap((entry) => this.#decoded(entry) ?? []);
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

  #decoded(entry: StreamEntry): Work | null {
    const { codecs, counters, settings } = this.#owner;
    try {
      if (!entry.message) throw new TickmarkError('MALFORMED_INPUT', `Entry ${entry.id} holds no event.`);
      const { event } = codecs.decode(entry.message);
      if (event.type !== this.type) {
        const found = `Entry ${entry.id} of ${quote(this.type)} holds an event of ${quote(event.type)}.`;
        throw new TickmarkError('MALFORMED_INPUT', found);
      }
      const { deliveries } = entry;
      if (deliveries <= settings.maxDeliveries) return { entry, event, deliveries, retry: null };
      this.#bury(entry, event.id, `given to ${deliveries - 1} consumers, none of which handled it`);
    } catch (error) {
      counters.malformed++;
      this.#owner.report(error as TickmarkError);
      this.#bury(entry, null, `${(error as TickmarkError).code}: ${(error as Error).message}`);
    }
    return null;
  }

  #duplicate({ entry, event }: Work): void {
    this.#owner.counters.duplicates++;
    this.#work.delete(entry.id);
    this.#finish({ entry, eventId: event.id, reason: null });
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
  #handle(work: Work): boolean {
    this.#isBusy = true;
    this.#busySince = this.#owner.clock.monotonic();
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

  #ended(work: Work, failure?: { readonly error: unknown }): void {
    this.#settle(work, failure);
    this.#run();
  }

  #settle(work: Work, failure?: { readonly error: unknown }): void {
    const { counters, settings } = this.#owner;
    this.#isBusy = false;
    this.#onIdle?.();
    if (!failure) {
      counters.handled++;
      this.#handledIds.add(work.event.id);
      this.#work.delete(work.entry.id);
      this.#finish({ entry: work.entry, eventId: work.event.id, reason: null });
      return;
    }
    counters.failed++;
    this.#owner.report(handlerFailed(work.event, failure.error));
    if (!this.#isLive) return;
    if (work.deliveries < settings.maxDeliveries) this.#retry(work);
    else {
      this.#work.delete(work.entry.id);
      const { deliveries } = work;
      this.#bury({ ...work.entry, deliveries }, work.event.id, `HANDLER_FAILED: ${messageOf(failure.error)}`);
    }
  }

  #retry(work: Work): void {
    const { clock, random, settings } = this.#owner;
    const delay = settings.retryDelayMs * 2 ** Math.min(work.deliveries - 1, 10);
    work.deliveries++;
    this.#keep([[work.entry.id, work.deliveries]]);
    work.retry = clock.setTimer(
      () => {
        work.retry = null;
        this.#queue.push(work);
        this.#run();
      },
      delay * (0.5 + random() / 2),
    );
  }

  #bury(entry: StreamEntry, eventId: string | null, reason: string): void {
    this.#finish({ entry, eventId, reason });
  }

  #finish(done: Done): void {
    if (this.cursor.group === null && done.reason === null) return;
    this.#done.push(done);
    this.#ackLater();
  }

  #ackLater(): void {
    this.#ackTimer ??= this.#owner.clock.defer(() => {
      this.#ackTimer = null;
      void this.#ack();
    });
  }

  #ack(): Promise<void> {
    this.#isAcking ??= this.#sendAcks().finally(() => (this.#isAcking = null));
    return this.#isAcking;
  }

  // What could not be acknowledged waits for the link; meanwhile the memory of ids keeps it from being handled again.
  async #sendAcks(): Promise<void> {
    const connection = this.#owner.connection();
    if (!connection || this.#done.length === 0) return;
    const done = this.#done.splice(0);
    const { type, cursor } = this;
    try {
      await this.#owner.bounded(connection, () => this.#owner.settle(connection, type, cursor.group, done));
      this.#owner.counters.deadLettered += done.filter(({ reason }) => reason !== null).length;
    } catch (error) {
      this.#done.unshift(...done);
      this.#owner.report(failed('Acknowledging', this.type, error));
      return;
    }
    if (this.#done.length > 0) this.#ackLater();
  }

  #tickLater(): void {
    const { clock, random, settings } = this.#owner;
    const { claimIdleMs } = settings;
    this.#claimTimer = clock.setTimer(() => void this.#claim(), (claimIdleMs / 2) * (0.75 + random() / 2));
    if (!this.#keepTimer) this.#keepLater();
  }

  #keepLater(): void {
    const { clock, settings } = this.#owner;
    this.#keepTimer = clock.setTimer(() => {
      this.#keepLater();
      const isStuck =
        this.#isBusy && this.#owner.clock.monotonic() - this.#busySince > settings.handlerTimeoutMs;
      if (!isStuck) this.#keep([...this.#work.keys()].map((id) => [id, 0] as const));
    }, settings.claimIdleMs / 3);
  }

  #keep(entries: ReadonlyArray<readonly [string, number]>): void {
    const connection = this.#owner.connection();
    if (!connection || entries.length === 0) return;
    this.#owner
      .bounded(connection, () => this.cursor.keep(connection, entries))
      .then(
        (lost) => {
          for (const id of lost) this.#dropped(id);
        },
        (error: unknown) => this.#owner.report(failed('Keeping entries', this.type, error)),
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

  async #claim(): Promise<void> {
    const connection = this.#owner.connection();
    const { settings, counters } = this.#owner;
    try {
      if (connection && this.isOpen && this.hasRoom) {
        const count = Math.min(this.#room, READ_COUNT);
        const read = await this.#owner.bounded(connection, () =>
          this.cursor.claim(connection, settings.claimIdleMs, count),
        );
        counters.claimed += read.entries.length;
        await this.#take(read);
      }
    } catch (error) {
      this.#owner.report(failed('Claiming', this.type, error));
    }
    if (this.#isLive) this.#tickLater();
  }
}

const READ_COUNT = 100;
const NONE: ReadonlySet<string> = new Set();

function failed(what: string, type: string, cause: unknown): TickmarkError {
  const message = `RedisStreamEventBus: ${what} of ${quote(type)} failed; it is tried again.`;
  return new TickmarkError('BUS_FAILED', message, { retryable: true, cause });
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 500);
}

import type { Clock, Timer } from '../../core/clock.js';
import { TickmarkError } from '../../core/errors.js';
import { updateFault, type PriceUpdate } from '../../core/prices/price-update.js';
import type { LinkConnection, LinkProtocolHandler } from '../connection/link-connection.js';
import { LinkError, type ReadyDeadlines } from '../connection/link-deadlines.js';
import { SubscriptionTable } from '../connection/subscription-table.js';
import { FirstPriceWatch } from './first-price-watch.js';
import type { FrameCounts } from './frame-counts.js';
import type { Redactor } from './redactor.js';
import type { FatalCode, Venue, VenueSession, VenueSink } from './venue.js';

/** What a talk tells the adapter. */
export interface VenueProtocolHost {
  /** Symbols that a new connection has to ask for. */
  wanted(): readonly string[];
  /** Something has come, at this time (ms since 1970). */
  seen(at: number): void;
  update(talk: VenueProtocolHandler, update: PriceUpdate): void;
  gap(talk: VenueProtocolHandler, symbols: readonly string[] | undefined): void;
  refused(
    talk: VenueProtocolHandler,
    symbol: string,
    reason: string,
    code: string | number | undefined,
  ): void;
  closed(talk: VenueProtocolHandler): void;
}

/** What talks of one adapter share. */
export interface VenueProtocolOptions {
  readonly venue: Venue;
  readonly clock: Clock;
  readonly deadlines: ReadyDeadlines;
  readonly counts: FrameCounts;
  readonly redactor: Redactor;
  readonly host: VenueProtocolHost;
}

const SYMBOLS_PER_FRAME = 100;
const TRIES = 2;

/** Speaks with a venue over one connection: its session, the table of symbols, and the frames between them. */
export class VenueProtocolHandler implements LinkProtocolHandler, VenueSink {
  readonly #options: VenueProtocolOptions;
  readonly #connection: LinkConnection;
  readonly #table = new SubscriptionTable();
  readonly #perFrame: number;
  #session: VenueSession | undefined;
  #deadline: Timer | undefined;
  #signing: Timer | undefined;
  readonly #firstPrice: FirstPriceWatch;
  #isReady = false;
  #isOver = false;
  #isAsking = false;
  #hasAnswered = false;
  #tries = 0;
  #receivedAt = NaN;
  readonly #read = (): void => this.#session!.receive(this.#frame, this.#receivedAt);
  #frame: string | Uint8Array = '';

  constructor(options: VenueProtocolOptions, connection: LinkConnection) {
    this.#options = options;
    this.#connection = connection;
    this.#perFrame = options.venue.limits?.symbolsPerFrame ?? SYMBOLS_PER_FRAME;
    const { clock, deadlines } = options;
    const isSubscribed = (): boolean => this.#table.in('confirmed').length > 0;
    this.#firstPrice = new FirstPriceWatch(clock, connection, deadlines.data, isSubscribed);
  }

  /** Asks for symbols; settles when each is confirmed or refused, or the connection is over. */
  want(symbols: readonly string[]): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    this.#table.want(symbols);
    this.#ask();
    return this.#table.settled(symbols);
  }

  /** Gives symbols back. */
  drop(symbols: readonly string[]): void {
    this.#table.drop(symbols);
    this.#answered();
    this.#ask();
  }

  opened(): void {
    const { venue, counts } = this.#options;
    try {
      this.#session = venue.open(this);
      if (!this.#session.start) return this.ready();
      void Promise.resolve(this.#session.start()).catch(() => this.#threw());
    } catch {
      counts.rejected('venue-threw');
      this.#threw();
    }
  }

  frame(data: string | Uint8Array, bytes: number): void {
    if (!this.#session) return;
    this.#frame = data;
    this.#receivedAt = this.#options.clock.now();
    this.#options.counts.frame(bytes, this.#read);
    this.#options.host.seen(this.#receivedAt);
  }

  pong(): void {
    this.#options.host.seen(this.#options.clock.now());
  }

  dropped(reason: string): void {
    this.#options.counts.dropped(reason);
  }

  closed(): void {
    this.#isOver = true;
    this.#deadline?.clear();
    this.#signing?.clear();
    this.#firstPrice.stop();
    this.#table.close();
    this.#options.host.closed(this);
  }

  now(): number {
    return this.#options.clock.now();
  }

  update(update: PriceUpdate, isChecked = false): void {
    if (this.#isOver) return;
    const { counts, host } = this.#options;
    const fault = isChecked ? null : updateFault(update, true);
    if (fault !== null) return counts.rejected(fault);
    counts.prices++;
    this.#hasAnswered = true;
    this.#firstPrice.came();
    if (this.#table.open > 0 && this.#table.confirm(update.symbol)) this.#answered();
    this.#connection.data();
    host.update(this, update);
  }

  control(kind: string): void {
    this.#options.counts.control(kind);
  }

  rejected(reason: string): void {
    this.#options.counts.rejected(reason);
  }

  ready(): void {
    this.control('ready');
    if (this.#isOver || this.#isReady) return;
    this.#isReady = true;
    this.#connection.authenticated();
    this.#table.want(this.#options.host.wanted());
    this.#ask();
    this.#answered();
  }

  confirmed(symbols: readonly string[]): void {
    this.control('confirmed');
    if (this.#isOver) return;
    let hasNews = false;
    for (const symbol of symbols) hasNews = this.#table.confirm(symbol) || hasNews;
    this.#hasAnswered ||= hasNews;
    if (hasNews) this.#answered();
  }

  refused(symbol: string, reason: string, code?: string | number): void {
    this.control('refused');
    if (!this.#isOver) this.#refuse(symbol, this.#options.redactor.clean(reason), code);
  }

  gap(symbols?: readonly string[]): void {
    this.control('gap');
    if (!this.#isOver) this.#options.host.gap(this, symbols);
  }

  rotate(why: string): void {
    this.control('rotate');
    if (!this.#isOver) this.#connection.rotate(why);
  }

  broken(why: string, retryAfterMs?: number): void {
    this.control('broken');
    const message = `${this.#name} ended the connection: ${this.#options.redactor.clean(why)}`;
    this.#connection.break(new TickmarkError('STREAM_FAILED', message, { retryable: true }), {
      retryAfterMs,
    });
  }

  fatal(code: FatalCode, message: string): void {
    this.control('fatal');
    const text = `${this.#name} refuses this stream: ${this.#options.redactor.clean(message)}`;
    this.#connection.break(new TickmarkError(code, text), { isFatal: true });
  }

  send(text: string): void {
    if (!this.#isOver) this.#connection.send(text);
  }

  secret(text: string): void {
    this.#options.redactor.add(text);
  }

  /** Sends what is wanted and unwanted, a frame's worth at a time, in turn with what the venue's pace allows. */
  #ask(): void {
    if (this.#isAsking || !this.#isReady || this.#isOver) return;
    this.#isAsking = true;
    this.#askAll().catch(() => this.#threw());
  }

  async #askAll(): Promise<void> {
    const session = this.#session!;
    while (!this.#isOver) {
      // Giving back comes first, so that the limit of symbols on a connection is never passed.
      const unwanted = this.#table.takeUnwanted(this.#perFrame);
      if (unwanted.length > 0) {
        await this.#sendAll(session.unsubscribe(unwanted));
        continue;
      }
      const asked = this.#table.takeWanted(this.#perFrame);
      if (asked.length === 0) {
        // In the same breath as the look that found nothing, so that what is wanted next is not missed.
        this.#isAsking = false;
        return;
      }
      await this.#sendAll(session.subscribe(asked));
      if (this.#options.venue.acknowledges === false) for (const symbol of asked) this.#table.confirm(symbol);
      this.#answered();
    }
  }

  /** Frames that are there leave before anything else happens, so that a session may rely on the order it made them in. */
  async #sendAll(frames: readonly string[] | Promise<readonly string[]>): Promise<void> {
    for (const frame of 'then' in frames ? await this.#inTime(frames) : frames) this.send(frame);
    await this.#connection.sent();
  }

  /** Frames that have to be signed may never come; without them nothing would be asked any more. */
  #inTime(frames: Promise<readonly string[]>): Promise<readonly string[]> {
    const { clock, deadlines } = this.#options;
    if (deadlines.subscribe === Infinity) return frames;
    const message = `The venue object ${this.#name} had not made its frames within ${deadlines.subscribe} ms.`;
    this.#signing = clock.setTimer(
      () => this.#connection.break(new LinkError('subscribe', 'TIMEOUT', message)),
      deadlines.subscribe,
    );
    return frames.finally(() => this.#signing?.clear());
  }

  /** Something about the table has changed: the deadline of answers runs anew, or what was waited for is there. */
  #answered(): void {
    this.#deadline?.clear();
    this.#deadline = undefined;
    if (this.#isOver || !this.#isReady) return;
    const { clock, deadlines } = this.#options;
    if (this.#table.open === 0) {
      this.#tries = 0;
      this.#firstPrice.start();
      return this.#connection.established();
    }
    if (deadlines.subscribe === Infinity) return;
    this.#deadline = clock.setTimer(() => this.#unanswered(), deadlines.subscribe);
  }

  /** Asked twice, then refused in the venue's stead; a connection on which nothing is ever answered is of no use. */
  #unanswered(): void {
    const { deadlines } = this.#options;
    const pending = this.#table.in('pending');
    if (pending.length === 0) return this.#answered();
    if (++this.#tries < TRIES) {
      this.#table.retryPending();
      this.#ask();
      return this.#answered();
    }
    this.#tries = 0;
    if (!this.#hasAnswered) {
      const message = `${this.#name} had not answered the subscriptions within ${deadlines.subscribe} ms, asked twice.`;
      return this.#connection.break(new LinkError('subscribe', 'TIMEOUT', message));
    }
    for (const symbol of pending) this.#refuse(symbol, 'the venue did not answer', undefined);
  }

  #refuse(symbol: string, reason: string, code: string | number | undefined): void {
    if (!this.#table.refuse(symbol)) return;
    this.#options.host.refused(this, symbol, reason, code);
    this.#answered();
  }

  #threw(): void {
    const message = `The venue object ${this.#name} threw while it asked for symbols.`;
    this.#connection.break(new TickmarkError('STREAM_FAILED', message, { retryable: true }));
  }

  get #name(): string {
    return this.#options.venue.name;
  }
}

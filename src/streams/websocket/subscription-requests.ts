import type { Clock, Timer } from '../../core/clock.js';
import { TickmarkError } from '../../core/errors.js';
import type { LinkConnection } from '../connection/link-connection.js';
import { LinkError, type ResolvedDeadlines } from '../connection/link-deadlines.js';
import { SubscriptionTable } from '../connection/subscription-table.js';
import type { Venue } from './venue.js';
import type { VenueSession } from './venue-session.js';

/** What the requests of one connection need. */
export interface SubscriptionRequestsOptions {
  readonly venue: Venue;
  readonly clock: Clock;
  readonly deadlines: ResolvedDeadlines;
  readonly connection: LinkConnection;
  /** A symbol was refused, by the venue or because it did not answer. */
  readonly onRefused: (symbol: string, reason: string, code: string | number | undefined) => void;
  /** All symbols are answered, or there are none. Called again after later requests. */
  readonly onAnswered: () => void;
}

const SYMBOLS_PER_FRAME = 100;
const ATTEMPTS = 2;

/**
 * Requests and unsubscribes symbols over one connection: a frame's worth at a time, at the venue's pace, each request with a deadline.
 * Symbols without an answer are requested twice, then refused. If nothing at all is answered, the connection fails.
 */
export class SubscriptionRequests {
  readonly #options: SubscriptionRequestsOptions;
  readonly #table = new SubscriptionTable();
  readonly #symbolsPerFrame: number;
  #session: VenueSession | undefined;
  #answerTimer: Timer | undefined;
  #framesTimer: Timer | undefined;
  #isSending = false;
  #isClosed = false;
  #hasAnswer = false;
  #attempts = 0;

  constructor(options: SubscriptionRequestsOptions) {
    this.#options = options;
    this.#symbolsPerFrame = options.venue.limits?.symbolsPerFrame ?? SYMBOLS_PER_FRAME;
  }

  /** Whether a symbol is confirmed. */
  get hasConfirmed(): boolean {
    return this.#table.in('confirmed').length > 0;
  }

  /** Symbols that are neither confirmed nor refused. */
  get unanswered(): readonly string[] {
    return this.#table.unconfirmed === 0 ? [] : [...this.#table.in('wanted'), ...this.#table.in('pending')];
  }

  /** The session is ready to subscribe: requests these symbols, and those that were added before. */
  start(session: VenueSession, symbols: readonly string[]): void {
    if (this.#isClosed || this.#session) return;
    this.#session = session;
    this.#table.want(symbols);
    this.#send();
    this.#restartDeadline();
  }

  /** Requests symbols. Resolves when each is confirmed or refused, or the connection has ended. */
  add(symbols: readonly string[]): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#table.want(symbols);
    this.#send();
    return this.#table.settled(symbols);
  }

  /** Unsubscribes symbols. */
  remove(symbols: readonly string[]): void {
    this.#table.remove(symbols);
    this.#restartDeadline();
    this.#send();
  }

  /** A price of the symbol has come, which confirms it too. Cheap enough for every price. */
  received(symbol: string): void {
    this.#hasAnswer = true;
    if (this.#table.unconfirmed > 0 && this.#table.confirm(symbol)) this.#restartDeadline();
  }

  /** The venue confirmed symbols. */
  confirm(symbols: readonly string[]): void {
    let hasNew = false;
    for (const symbol of symbols) hasNew = this.#table.confirm(symbol) || hasNew;
    this.#hasAnswer ||= hasNew;
    if (hasNew) this.#restartDeadline();
  }

  /** The venue refused a symbol. */
  refuse(symbol: string, reason: string, code: string | number | undefined): void {
    if (!this.#table.refuse(symbol)) return;
    this.#options.onRefused(symbol, reason, code);
    this.#restartDeadline();
  }

  /** The connection has ended: clears the timers and resolves all waits. */
  close(): void {
    this.#isClosed = true;
    this.#answerTimer?.clear();
    this.#framesTimer?.clear();
    this.#table.close();
  }

  #send(): void {
    if (this.#isSending || !this.#session || this.#isClosed) return;
    this.#isSending = true;
    this.#sendAll(this.#session).catch(() => {
      const message = `The venue object ${this.#options.venue.name} threw while it made its subscription frames.`;
      this.#options.connection.fail(new TickmarkError('STREAM_FAILED', message, { retryable: true }));
    });
  }

  async #sendAll(session: VenueSession): Promise<void> {
    while (!this.#isClosed) {
      // Unsubscribe first, so that the limit of symbols on a connection is never exceeded.
      const unwanted = this.#table.takeUnwanted(this.#symbolsPerFrame);
      if (unwanted.length > 0) {
        await this.#sendFrames(session.unsubscribe(unwanted));
        continue;
      }
      const wanted = this.#table.takeWanted(this.#symbolsPerFrame);
      if (wanted.length === 0) {
        // No await since the table was found empty: a symbol that is added next starts a new loop.
        this.#isSending = false;
        return;
      }
      await this.#sendFrames(session.subscribe(wanted));
      if (this.#options.venue.acknowledges === false)
        for (const symbol of wanted) this.#table.confirm(symbol);
      this.#restartDeadline();
    }
  }

  /** Frames that are ready are sent before anything else happens, so that a session can rely on the order in which it made them. */
  async #sendFrames(frames: readonly string[] | Promise<readonly string[]>): Promise<void> {
    const { connection } = this.#options;
    for (const frame of 'then' in frames ? await this.#withDeadline(frames) : frames)
      if (!this.#isClosed) connection.send(frame);
    await connection.flushed();
  }

  /** Frames that must be signed may never come; without them nothing else would be requested. */
  #withDeadline(frames: Promise<readonly string[]>): Promise<readonly string[]> {
    const { clock, deadlines, venue, connection } = this.#options;
    if (deadlines.subscribe === Infinity) return frames;
    const message = `The venue object ${venue.name} did not make its frames within ${deadlines.subscribe} ms.`;
    this.#framesTimer = clock.setTimer(
      () => connection.fail(new LinkError('subscribe', 'TIMEOUT', message)),
      deadlines.subscribe,
    );
    return frames.finally(() => this.#framesTimer?.clear());
  }

  /** The table has changed: restarts the deadline of the answers, or clears it if all are there. */
  #restartDeadline(): void {
    this.#answerTimer?.clear();
    this.#answerTimer = undefined;
    if (this.#isClosed || !this.#session) return;
    const { clock, deadlines } = this.#options;
    if (this.#table.unconfirmed === 0) {
      this.#attempts = 0;
      return this.#options.onAnswered();
    }
    if (deadlines.subscribe === Infinity) return;
    this.#answerTimer = clock.setTimer(() => this.#deadlineExceeded(), deadlines.subscribe);
  }

  #deadlineExceeded(): void {
    const { deadlines, venue, connection } = this.#options;
    const pending = this.#table.in('pending');
    if (pending.length === 0) return this.#restartDeadline();
    if (++this.#attempts < ATTEMPTS) {
      this.#table.retryPending();
      this.#send();
      return this.#restartDeadline();
    }
    this.#attempts = 0;
    if (!this.#hasAnswer) {
      const message = `${venue.name} did not answer the subscriptions within ${deadlines.subscribe} ms, requested twice.`;
      return connection.fail(new LinkError('subscribe', 'TIMEOUT', message));
    }
    for (const symbol of pending) this.refuse(symbol, 'the venue did not answer', undefined);
  }
}

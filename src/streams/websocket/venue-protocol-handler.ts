import type { Clock } from '../../core/clock.js';
import { TickmarkError } from '../../core/errors.js';
import { updateFault, type PriceUpdate } from '../../core/prices/price-update.js';
import type { DecodingCounts } from '../connection/decoding-counts.js';
import { FirstPriceDeadline } from '../connection/first-price-deadline.js';
import type { LinkConnection, LinkProtocolHandler } from '../connection/link-connection.js';
import type { ResolvedDeadlines } from '../connection/link-deadlines.js';
import type { DroppedFrames } from './dropped-frames.js';
import { FrameInflater } from './frame-inflater.js';
import { inflateWith } from './inflate.js';
import type { Redactor } from './redactor.js';
import { SubscriptionRequests } from './subscription-requests.js';
import type { Venue } from './venue.js';
import type { VenueFatalCode, VenueSession, VenueSink } from './venue-session.js';

/** Receives what a handler gets from the venue. */
export interface VenueProtocolHost {
  /** Symbols that a new connection has to request, in the venue's spelling. */
  wanted(): readonly string[];
  /** A frame or pong came at `at`, ms since 1970. */
  seen(at: number): void;
  update(handler: VenueProtocolHandler, update: PriceUpdate): void;
  gap(handler: VenueProtocolHandler, symbols: readonly string[] | undefined): void;
  refused(symbol: string, reason: string, code: string | number | undefined): void;
  closed(handler: VenueProtocolHandler): void;
}

/** What the handlers of one adapter share. */
export interface VenueProtocolOptions {
  readonly venue: Venue;
  readonly clock: Clock;
  readonly deadlines: ResolvedDeadlines;
  readonly counts: DecodingCounts;
  readonly redactor: Redactor;
  readonly maxFrameBytes: number;
  readonly droppedFrames: DroppedFrames;
  readonly host: VenueProtocolHost;
}

const utf8 = new TextDecoder();

/** Speaks the venue's protocol over one connection: passes frames to the venue's session, and takes what the session reports. */
export class VenueProtocolHandler implements LinkProtocolHandler, VenueSink {
  readonly #options: VenueProtocolOptions;
  readonly #connection: LinkConnection;
  readonly #requests: SubscriptionRequests;
  readonly #firstPrice: FirstPriceDeadline;
  readonly #inflater: FrameInflater | undefined;
  readonly #isBinary: boolean;
  #session: VenueSession | undefined;
  #isReady = false;
  #isOver = false;
  #receivedAt = NaN;
  #frame: string | Uint8Array = '';
  readonly #decode = (): void => this.#session!.receive(this.#frame as string, this.#receivedAt);

  constructor(options: VenueProtocolOptions, connection: LinkConnection) {
    this.#options = options;
    this.#connection = connection;
    const { venue, clock, deadlines, host, maxFrameBytes } = options;
    const { encoding = 'text' } = venue;
    this.#isBinary = encoding === 'binary';
    if (encoding !== 'text' && encoding !== 'binary')
      this.#inflater = new FrameInflater(inflateWith(encoding), maxFrameBytes, {
        text: (frame, at) => this.#receive(frame, at),
        dropped: (reason) => this.#dropped(reason),
      });
    this.#requests = new SubscriptionRequests({
      venue,
      clock,
      deadlines,
      connection,
      onRefused: (symbol, reason, code) => host.refused(symbol, reason, code),
      onAnswered: () => {
        this.#firstPrice.start();
        connection.established();
      },
    });
    const { data } = deadlines;
    this.#firstPrice = new FirstPriceDeadline(clock, connection, data, () => this.#requests.hasConfirmed);
  }

  /** Symbols that the venue has neither confirmed nor refused. */
  get unanswered(): readonly string[] {
    return this.#requests.unanswered;
  }

  /** Requests symbols. Resolves when each is confirmed or refused, or the connection has ended. */
  subscribe(symbols: readonly string[]): Promise<void> {
    return this.#requests.add(symbols);
  }

  /** Unsubscribes symbols. */
  unsubscribe(symbols: readonly string[]): void {
    this.#requests.remove(symbols);
  }

  opened(): void {
    const { venue, counts } = this.#options;
    try {
      this.#session = venue.open(this);
      if (!this.#session.start) return this.ready();
      void Promise.resolve(this.#session.start()).catch(() => this.#startFailed());
    } catch (error) {
      counts.threw(error);
      this.#startFailed();
    }
  }

  frame(data: string | Uint8Array, bytes: number): void {
    if (!this.#session) return;
    const { counts, clock } = this.#options;
    const receivedAt = clock.now();
    counts.received(bytes);
    if (this.#inflater) this.#inflater.push(data, receivedAt);
    else if (typeof data === 'string' || this.#isBinary) this.#receive(data, receivedAt);
    else this.#receive(utf8.decode(data), receivedAt);
  }

  #receive(data: string | Uint8Array, receivedAt: number): void {
    this.#frame = data;
    this.#receivedAt = receivedAt;
    this.#options.counts.explain(this.#decode);
    this.#options.host.seen(receivedAt);
  }

  pong(): void {
    this.#options.host.seen(this.#options.clock.now());
  }

  dropped(reason: string): void {
    this.#options.counts.received(0);
    this.#dropped(reason);
  }

  #dropped(reason: string): void {
    this.#options.counts.failed(reason);
    this.#options.droppedFrames.dropped(reason);
  }

  closed(): void {
    this.#isOver = true;
    this.#inflater?.close();
    this.#requests.close();
    this.#firstPrice.stop();
    this.#options.host.closed(this);
  }

  now(): number {
    return this.#options.clock.now();
  }

  update(update: PriceUpdate, isChecked = false): void {
    if (this.#isOver) return;
    const { counts, host } = this.#options;
    const fault = isChecked ? null : updateFault(update, true);
    if (fault !== null) return counts.refused(fault, update);
    counts.prices++;
    this.#firstPrice.received();
    this.#requests.received(update.symbol);
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
    this.#requests.start(this.#session!, this.#options.host.wanted());
  }

  confirmed(symbols: readonly string[]): void {
    this.control('confirmed');
    if (!this.#isOver) this.#requests.confirm(symbols);
  }

  refused(symbol: string, reason: string, code?: string | number): void {
    this.control('refused');
    if (!this.#isOver) this.#requests.refuse(symbol, this.#options.redactor.redact(reason), code);
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
    const message = `${this.#options.venue.name} ended the connection: ${this.#options.redactor.redact(why)}`;
    this.#connection.fail(new TickmarkError('STREAM_FAILED', message, { retryable: true }), { retryAfterMs });
  }

  fatal(code: VenueFatalCode, message: string): void {
    this.control('fatal');
    const text = `${this.#options.venue.name} refuses this stream: ${this.#options.redactor.redact(message)}`;
    this.#connection.fail(new TickmarkError(code, text), { isFatal: true });
  }

  send(text: string): void {
    if (!this.#isOver) this.#connection.send(text);
  }

  secret(text: string): void {
    this.#options.redactor.add(text);
  }

  #startFailed(): void {
    const message = `The venue object ${this.#options.venue.name} threw while it started its session.`;
    this.#connection.fail(new TickmarkError('STREAM_FAILED', message, { retryable: true }));
  }
}

import type { Clock, Timer } from '../../core/clock.js';
import { TickmarkError } from '../../core/errors.js';
import type { PriceUpdate } from '../../core/prices/price-update.js';
import type { ContentCounts } from '../connection/content-counts.js';
import { timeout, type LinkConnection, type LinkProtocolHandler } from '../connection/link-connection.js';
import { EventStreamParser, type EventStreamListener, type SseEvent } from './event-stream-parser.js';
import type { SseFeed, SseRequest, SseSink } from './sse-feed.js';

/** What a talk tells the adapter. */
export interface SseProtocolHost {
  /** So many bytes have come, at this time (ms since 1970). */
  seen(talk: SseProtocolHandler, bytes: number, at: number): void;
  update(talk: SseProtocolHandler, update: PriceUpdate): void;
  /** The id to go on from after a break. */
  lastEventId(talk: SseProtocolHandler, id: string): void;
  /** The server asks to wait this long before reconnecting, in ms. */
  retry(talk: SseProtocolHandler, ms: number): void;
}

/** What talks of one adapter share. */
export interface SseProtocolOptions {
  readonly feed: SseFeed;
  readonly clock: Clock;
  readonly counts: ContentCounts;
  readonly maxEventLength: number;
  /** How long until the first price, in ms. */
  readonly dataMs: number;
  readonly host: SseProtocolHost;
}

/** One request for a stream, from which its connection is made. */
export interface OpenRequest extends SseRequest {
  readonly lastEventId: string;
  /** Why the server's answer can never become a stream. */
  fault?: string;
}

/** Reads the event stream of one connection, and has the feed decode it. */
export class SseProtocolHandler implements LinkProtocolHandler, SseSink, EventStreamListener {
  readonly #options: SseProtocolOptions;
  readonly #connection: LinkConnection;
  readonly #request: OpenRequest;
  readonly #parser: EventStreamParser;
  #decode: ReturnType<SseFeed['open']> | undefined;
  #deadline: Timer | undefined;
  #isOver = false;

  constructor(options: SseProtocolOptions, connection: LinkConnection, request: OpenRequest) {
    this.#options = options;
    this.#connection = connection;
    this.#request = request;
    this.#parser = new EventStreamParser(this, options.maxEventLength, request.lastEventId);
  }

  opened(): void {
    const { feed, clock, dataMs } = this.#options;
    if (this.#request.fault !== undefined) return this.fatal('STREAM_FAILED', this.#request.fault);
    try {
      this.#decode = feed.open(this, this.#request);
    } catch {
      this.#options.counts.rejected('decoder-threw');
      return this.broken('open() of the feed threw');
    }
    this.#connection.authenticated();
    this.#connection.established();
    if (dataMs === Infinity || this.#isOver) return;
    this.#deadline = clock.setTimer(() => this.#connection.break(timeout('data', dataMs).error), dataMs);
  }

  frame(data: string | Uint8Array, bytes: number): void {
    const { clock, host } = this.#options;
    host.seen(this, bytes, clock.now());
    this.#parser.push(data as Uint8Array);
    // Once for all of its events: a break in the middle of one piece is not seen.
    host.lastEventId(this, this.#parser.lastEventId);
  }

  dropped(reason: string): void {
    this.#options.counts.rejected(reason);
  }

  closed(): void {
    this.#isOver = true;
    this.#deadline?.clear();
  }

  event(event: SseEvent): void {
    if (this.#isOver) return;
    const { counts, clock } = this.#options;
    counts.explain(() => this.#decode!(event, clock.now()));
  }

  comment(): void {
    this.#options.counts.control('comment');
  }

  retry(ms: number): void {
    this.#options.host.retry(this, ms);
  }

  tooBig(): void {
    this.#options.counts.rejected('too-big');
  }

  update(update: PriceUpdate): void {
    if (!this.#options.counts.accepts(update) || this.#isOver) return;
    this.#deadline?.clear();
    this.#connection.data();
    this.#options.host.update(this, update);
  }

  control(kind: string): void {
    this.#options.counts.control(kind);
  }

  rejected(reason: string): void {
    this.#options.counts.rejected(reason);
  }

  broken(why: string, retryAfterMs?: number): void {
    this.control('broken');
    const message = `${this.#options.feed.name}: the stream was given up: ${why}.`;
    this.#connection.break(new TickmarkError('STREAM_FAILED', message, { retryable: true }), {
      retryAfterMs,
    });
  }

  fatal(code: 'UNAUTHORIZED' | 'VENUE_LIMIT' | 'STREAM_FAILED', why: string): void {
    this.control('fatal');
    const message = `${this.#options.feed.name}: this stream can never be had: ${why}.`;
    this.#connection.break(new TickmarkError(code, message), { isFatal: true });
  }
}

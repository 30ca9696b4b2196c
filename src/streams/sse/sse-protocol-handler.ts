import type { Clock } from '../../core/clock.js';
import { TickmarkError } from '../../core/errors.js';
import type { PriceUpdate } from '../../core/prices/price-update.js';
import type { DecodingCounts } from '../connection/decoding-counts.js';
import { FirstPriceDeadline } from '../connection/first-price-deadline.js';
import type { LinkConnection, LinkProtocolHandler } from '../connection/link-connection.js';
import { EventStreamParser, type EventStreamListener, type SseEvent } from './event-stream-parser.js';
import type { SseFeed, SseRequest, SseSink } from './sse-feed.js';

/** Receives what a handler gets from the server. */
export interface SseProtocolHost {
  /** A chunk came at `at`, ms since 1970. */
  seen(handler: SseProtocolHandler, at: number): void;
  update(handler: SseProtocolHandler, update: PriceUpdate): void;
  /** The id to resume after. */
  lastEventId(handler: SseProtocolHandler, id: string): void;
  /** The server asks to wait this long before a reconnect, in ms. */
  retry(handler: SseProtocolHandler, ms: number): void;
}

/** What the handlers of one adapter share. */
export interface SseProtocolOptions {
  readonly feed: SseFeed;
  readonly clock: Clock;
  readonly counts: DecodingCounts;
  readonly maxEventLength: number;
  /** Time limit until the first price, in ms. */
  readonly dataMs: number;
  readonly host: SseProtocolHost;
}

/** The request of one event stream. */
export interface EventStreamRequest extends SseRequest {
  readonly lastEventId: string;
}

/** Parses the event stream of one connection, and passes its events to the feed's decoder. */
export class SseProtocolHandler implements LinkProtocolHandler, SseSink, EventStreamListener {
  readonly #options: SseProtocolOptions;
  readonly #connection: LinkConnection;
  readonly #request: EventStreamRequest;
  readonly #parser: EventStreamParser;
  readonly #firstPrice: FirstPriceDeadline;
  #decode: ReturnType<SseFeed['open']> | undefined;
  #isOver = false;

  constructor(options: SseProtocolOptions, connection: LinkConnection, request: EventStreamRequest) {
    this.#options = options;
    this.#connection = connection;
    this.#request = request;
    this.#parser = new EventStreamParser(this, options.maxEventLength, request.lastEventId);
    this.#firstPrice = new FirstPriceDeadline(options.clock, connection, options.dataMs);
  }

  opened(): void {
    try {
      this.#decode = this.#options.feed.open(this, this.#request);
    } catch (error) {
      this.#options.counts.threw(error);
      return this.broken('open() of the feed threw');
    }
    this.#connection.authenticated();
    this.#connection.established();
    if (!this.#isOver) this.#firstPrice.start();
  }

  frame(data: string | Uint8Array, bytes: number): void {
    const { counts, clock, host } = this.#options;
    counts.received(bytes);
    host.seen(this, clock.now());
    this.#parser.push(data as Uint8Array);
    // Once for all events of the chunk.
    host.lastEventId(this, this.#parser.lastEventId);
  }

  dropped(reason: string): void {
    this.#options.counts.rejected(reason);
  }

  closed(): void {
    this.#isOver = true;
    this.#firstPrice.stop();
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
    this.#firstPrice.received();
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
    const message = `${this.#options.feed.name}: the stream was closed: ${why}.`;
    this.#connection.fail(new TickmarkError('STREAM_FAILED', message, { retryable: true }), { retryAfterMs });
  }

  fatal(code: 'UNAUTHORIZED' | 'VENUE_LIMIT' | 'STREAM_FAILED', why: string): void {
    this.control('fatal');
    const message = `${this.#options.feed.name}: the server will not serve this stream: ${why}.`;
    this.#connection.fail(new TickmarkError(code, message), { isFatal: true });
  }
}

import type { PriceUpdate } from '../../core/prices/price-update.js';
import type { StreamCalendar } from '../../core/streams/base-price-stream-adapter-options.js';
import type { LinkHeaders } from '../connection/transport.js';
import type { SseEvent } from './event-stream-parser.js';

/**
 * A provider of prices over an event stream, as a small object that anyone can write.
 *
 * A feed object holds settings only, and several adapters may share it. The state of a connection belongs in the decoder that `open()`
 * makes.
 *
 * @example
 * ```ts
 * import { SsePriceStreamAdapter, type SseFeed } from 'tickmark/sse';
 *
 * const myFeed: SseFeed = {
 *   name: 'my-feed',
 *   url: ({ symbols }) => `https://prices.example.com/live?symbols=${symbols.map(encodeURIComponent).join()}`,
 *   open: (sink) => (event) => {
 *     if (event.type !== 'price') return sink.control(event.type === 'ping' ? 'ping' : 'other');
 *     const { s, p, t } = JSON.parse(event.data);
 *     sink.update({ symbol: s, price: p, timestamp: t });
 *   },
 * };
 * const stream = new SsePriceStreamAdapter({ feed: myFeed });
 * ```
 */
export interface SseFeed {
  /** Short name for messages, such as `eastmoney`. */
  readonly name: string;
  /**
   * URL of the event stream: `https://…`. A string is one event stream for all symbols, opened by `connect()`; prices of symbols that are
   * not subscribed are dropped. A function puts the symbols in the URL: the event stream is opened with the first symbol, and again when
   * symbols change. It is called for each connection, so that a token in the URL is fresh. The URL never appears in messages.
   */
  readonly url: string | ((request: SseRequest) => string | Promise<string>);
  /** Headers of the request, for tokens. A function is called for each connection. Never shown in messages. With headers, redirects are not followed. */
  readonly headers?: LinkHeaders | ((request: SseRequest) => LinkHeaders | Promise<LinkHeaders>);
  /** Trading calendar of its symbols; the adapter's option overrides it. Default: none. */
  readonly calendar?: StreamCalendar;
  /** Most symbols at once; `subscribe()` rejects more with `SUBSCRIPTION_LIMIT`. Default: no limit. */
  readonly maxSymbols?: number;
  /**
   * Longest time without data, in ms: after that, or at most a quarter later, the event stream is closed and opened again. Comments count
   * as data. Default 45,000, for servers that send a comment every 15 s, as the standard advises. `Infinity`: a dead event stream is not
   * detected.
   */
  readonly silenceMs?: number;
  /** Longest life of a connection, in ms; a new one replaces it before that, without a gap. Default: no limit. */
  readonly connectionLifeMs?: number;
  /** Whether a reconnect begins with a snapshot, or with all events since `Last-Event-ID`. Gaps then have `recovered: true`. Default `false`. */
  readonly recovers?: boolean;
  /**
   * Why a string cannot be a symbol of this feed, or `undefined` if it can. Such a symbol is refused: it goes to `onError` as
   * `SYMBOL_REFUSED` and is unsubscribed. `subscribe()` rejects if all its symbols are refused.
   */
  symbolFault?(symbol: string): string | undefined;
  /**
   * Makes the decoder of a new connection, which is called for its events, in order. Each reconnect calls it again: a decoder must not use
   * state of an earlier one (merged rows). The decoder must account for each event by a call of the sink. An event without one is counted
   * as `unexplained`, an error that it throws as `decoder-threw`; the event stream continues.
   */
  open(sink: SseSink, request: SseRequest): (event: SseEvent, receivedAt: number) => void;
}

/** A connection that is about to be opened. */
export interface SseRequest {
  /** The subscribed symbols; a copy. */
  readonly symbols: readonly string[];
  /** Aborted when the connection is no longer wanted. */
  readonly signal: AbortSignal;
}

/** What a decoder reports to. After its connection has ended, calls are only counted. */
export interface SseSink {
  /**
   * A price. Pass prices as strings with the digits that were sent. `timestamp` is the venue's time in ms; if there is none, `receivedAt`
   * with `timeSource: 'received'`. An invalid update is counted as rejected, with a reason of `PriceRejection`.
   */
  update(update: PriceUpdate): void;
  /** The event was recognized and carries no price. Counted by kind: use few, fixed names. */
  control(kind: string): void;
  /** The event, or a part of it, cannot be used. Counted by reason: use few, fixed names, never content of the event. */
  rejected(reason: string): void;
  /** Closes the event stream and opens it again with backoff, not before `retryAfterMs`. `why` appears in messages: it must contain no secret. */
  broken(why: string, retryAfterMs?: number): void;
  /** The server will never serve this stream: it fails with the code and does not reconnect. */
  fatal(code: 'UNAUTHORIZED' | 'VENUE_LIMIT' | 'STREAM_FAILED', why: string): void;
}

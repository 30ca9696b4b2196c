import type { PriceUpdate } from '../../core/prices/price-update.js';
import type { LinkHeaders } from '../connection/transport.js';
import type { SseEvent } from './event-stream-parser.js';

/**
 * A provider of prices over server-sent events, as a small object that anyone can write.
 *
 * ```ts
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
 *
 * A feed object holds settings only and may serve many adapters; what belongs to one connection lives in what `open()` makes.
 */
export interface SseFeed {
  /** Short name for messages, such as `eastmoney`. */
  readonly name: string;
  /**
   * Where the stream is: `https://…`. A text is one stream of everything, opened by `connect()`; prices that nobody subscribed to
   * are dropped. A function names the symbols in the address: the stream is opened with the first symbol, and opened anew when
   * symbols change. It is called for each connection, so that a token in the address is fresh. The address never appears in messages.
   */
  readonly url: string | ((request: SseRequest) => string | Promise<string>);
  /** Headers of the request, for tokens; asked for at each connection. Never shown in messages. With headers, redirects are refused. */
  readonly headers?: LinkHeaders | ((request: SseRequest) => LinkHeaders | Promise<LinkHeaders>);
  /** Most symbols at once; `subscribe()` beyond it fails with `SUBSCRIPTION_LIMIT`. Default: no limit. */
  readonly maxSymbols?: number;
  /**
   * Longest silence of a healthy stream, in ms: the stream is given up and opened anew after that, and at the latest after a
   * quarter more. Whatever comes ends a silence, comments too. Default 45,000, for servers that send a comment each 15 s, as the
   * standard advises. `Infinity`: a dead stream is not noticed.
   */
  readonly silenceMs?: number;
  /** Longest life of a connection in ms; it is replaced by a new one before, without a gap. Default: no limit. */
  readonly connectionLifeMs?: number;
  /** Whether what follows a reconnect is a full picture: a snapshot, or all since `Last-Event-ID`. Says so in gaps. Default `false`. */
  readonly recovers?: boolean;
  /**
   * What a symbol of this feed looks like, for one that is none; `undefined` for one that can be. Such a symbol is refused: reported
   * as `SYMBOL_REFUSED` to `onError` and taken off; `subscribe()` fails with it if no symbol of the call is left.
   */
  symbolFault?(symbol: string): string | undefined;
  /**
   * Starts on one connection and gives what takes its events, in order. A reconnect calls it again: merged rows and other state of an
   * earlier connection must not be carried over. The decoder must account for each event by a call of the sink; one without is
   * counted as `unexplained`, one that throws as `decoder-threw`. Neither ends the stream.
   */
  open(sink: SseSink, request: SseRequest): (event: SseEvent, receivedAt: number) => void;
}

/** One connection to be made. */
export interface SseRequest {
  /** Symbols that are wanted on it; a copy. */
  readonly symbols: readonly string[];
  /** Fires when the connection is no longer wanted. */
  readonly signal: AbortSignal;
}

/** Where a decoder reports to. After its connection is over every call does nothing but count. */
export interface SseSink {
  /**
   * A price: digits as text, as they were sent. `timestamp` is the venue's time in ms; where there is none, `receivedAt` with
   * `timeSource: 'received'`. One that cannot be read is counted as rejected under the reason that `PriceRejection` names.
   */
  update(update: PriceUpdate): void;
  /** The event carries no price and is understood. Counted by kind: use few, fixed names. */
  control(kind: string): void;
  /** The event, or a part of it, is of no use. Counted by reason: use few, fixed names, never text of the event. */
  rejected(reason: string): void;
  /** The stream is of no more use; it is opened anew, with backoff. Say why in words of your own, which appear in messages. */
  broken(why: string, retryAfterMs?: number): void;
  /** The server will never serve this stream: it fails, and is not tried again. */
  fatal(code: 'UNAUTHORIZED' | 'VENUE_LIMIT' | 'STREAM_FAILED', why: string): void;
}

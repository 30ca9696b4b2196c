import type { PriceUpdate } from '../../core/prices/price-update.js';
import type { BackoffOptions } from '../../core/backoff.js';
import type { LinkHeaders } from '../connection/transport.js';

/**
 * A provider of prices over WebSocket, as a small object that anyone can write. The adapter does everything else: connections with their
 * deadlines, reconnects, pacing, subscriptions, gaps, counters.
 *
 * A venue object holds settings only, and several adapters may share it. The state of a connection belongs in its session.
 *
 * @example
 * ```ts
 * import { WebSocketPriceStreamAdapter, type Venue } from 'tickmark/websocket';
 *
 * const myVenue: Venue = {
 *   name: 'my-venue',
 *   url: 'wss://prices.example.com/live',
 *   acknowledges: false,
 *   open: (sink) => ({
 *     subscribe: (symbols) => [JSON.stringify({ op: 'sub', symbols })],
 *     unsubscribe: (symbols) => [JSON.stringify({ op: 'unsub', symbols })],
 *     receive(frame) {
 *       const { s, p, t } = JSON.parse(String(frame));
 *       if (typeof p === 'string') sink.update({ symbol: s, price: p, timestamp: t });
 *       else sink.rejected('no-price');
 *     },
 *   }),
 * };
 * const stream = new WebSocketPriceStreamAdapter({ venue: myVenue });
 * ```
 */
export interface Venue {
  /** Short name for messages, such as `binance`. */
  readonly name: string;
  /**
   * Where to connect: `wss://…` or `ws://…`. A function is called for each connection, so that a token in the URL is fresh. It has the
   * `resolve` deadline, and must settle soon after `signal` is aborted. The URL never appears in messages.
   */
  readonly url: string | ((request: VenueRequest) => string | Promise<string>);
  /**
   * Headers of the upgrade request, for keys. Node with `ws` only: a browser's WebSocket cannot send headers. Never shown in messages.
   */
  readonly headers?: LinkHeaders | ((request: VenueRequest) => LinkHeaders | Promise<LinkHeaders>);
  /**
   * Keys and tokens that the session sends in frames. If the venue quotes one, it is masked in messages. Wrapped in {@link Secrets} they
   * do not show when the venue object is printed.
   */
  readonly secrets?: Iterable<string>;
  /** Limits of the venue. Default: none. */
  readonly limits?: VenueLimits;
  /** How a dead link is detected. Default: a WebSocket ping a second, where the socket can send pings. */
  readonly heartbeat?: VenueHeartbeat;
  /** Waits between reconnects, for a venue that bans clients that reconnect too often. The adapter's option `backoff` overrides it. */
  readonly backoff?: VenueBackoff;
  /**
   * Whether the venue answers subscriptions, so that the session calls {@link VenueSink.confirmed} or
   * {@link VenueSink.refused} for each symbol. `false`: a symbol counts as confirmed when its frame has been sent. Default `true`.
   */
  readonly acknowledges?: boolean;
  /** Whether each subscription begins with a snapshot. Gaps then have `recovered: true`. Default `false`. */
  readonly recovers?: boolean;
  /**
   * Why a string cannot be a symbol of this venue, or `undefined` if it can. Such a symbol is refused without a request. Symbols are
   * spelled as in the venue's frames; the adapter's option `symbols` translates the application's names, so a venue never does.
   */
  symbolFault?(symbol: string): string | undefined;
  /**
   * Makes the session of a new connection, before any frame is sent or received. Each reconnect calls it again: a session must not use
   * state of an earlier one (merged prices, sequence numbers, open requests).
   */
  open(sink: VenueSink): VenueSession;
}

/** Bounds of the waits between reconnects. */
export type VenueBackoff = Omit<BackoffOptions, 'clock' | 'random'>;

/** A connection that is about to be opened. */
export interface VenueRequest {
  /** Aborted when the connection is no longer wanted. */
  readonly signal: AbortSignal;
}

/** Limits of a venue. The adapter keeps within them. */
export interface VenueLimits {
  /**
   * Most connections at once for one key. With 1, a connection is closed before it is replaced, which leaves a gap; otherwise the new
   * one is up before the old one is closed. Default: no limit.
   */
  readonly connections?: number;
  /** Most symbols on one connection; `subscribe()` rejects more with `SUBSCRIPTION_LIMIT`. Default: no limit. */
  readonly symbolsPerConnection?: number;
  /** Most symbols in one call of the session's `subscribe()` or `unsubscribe()`. Default 100. */
  readonly symbolsPerFrame?: number;
  /** Most frames sent in any second, pings included. Default: no limit. */
  readonly framesPerSecond?: number;
  /** Longest life of a connection, in ms; a new one replaces it before that, without a gap. Default: no limit. */
  readonly connectionLifeMs?: number;
}

/**
 * How a dead link is detected. Any frame shows that it is alive. If nothing comes after two pings and twice the interval, the connection
 * is closed and opened again.
 */
export interface VenueHeartbeat {
  /**
   * A text frame that the venue answers, or a function that makes one. Sent instead of a WebSocket ping where the socket cannot ping
   * (browsers), and everywhere with `always`.
   */
  readonly text?: string | (() => string);
  /** Whether to send `text` also where the socket can ping, for venues that do not answer pings. Default `false`. */
  readonly always?: boolean;
  /** Time between pings, in ms. Default 1,000. */
  readonly intervalMs?: number;
  /** Time between text pings, in ms, where they cost the venue more than a ping does. Default `intervalMs`. */
  readonly textIntervalMs?: number;
  /**
   * Longest time without a frame in ms, for a socket that cannot ping and a venue without `text`: the venue's own heartbeats show that
   * the link is alive. Default: a dead link is not detected there.
   */
  readonly silenceMs?: number;
  /**
   * Longest time without a frame in ms, even if pings are answered: a proxy may answer them although the venue is gone. For venues that
   * send heartbeats of their own. Default: no limit.
   */
  readonly frameWithinMs?: number;
}

/**
 * The venue's protocol on one connection. Frames to the venue are strings; they are sent in order, within the limits. An error thrown by
 * `receive` is counted as `decoder-threw`, and the connection stays open. An error thrown by `start`, `subscribe` or `unsubscribe` ends the
 * connection, which the adapter opens again.
 */
export interface VenueSession {
  /**
   * Called when the socket is open, to send a login ({@link VenueSink.send}). A session with `start` must call {@link VenueSink.ready} when
   * the login has succeeded, within the `auth` deadline. Without `start`, symbols are requested at once.
   */
  start?(): void | Promise<void>;
  /** Makes the frames that request symbols: at least one symbol, at most `symbolsPerFrame`. A promise is for frames that must be signed. */
  subscribe(symbols: readonly string[]): readonly string[] | Promise<readonly string[]>;
  /** Makes the frames that unsubscribe symbols. */
  unsubscribe(symbols: readonly string[]): readonly string[] | Promise<readonly string[]>;
  /**
   * Decodes one frame. Must account for it by at least one call of the sink: {@link VenueSink.update}, {@link VenueSink.control} or
   * {@link VenueSink.rejected} (ready, confirmed, refused, gap, rotate, broken and fatal count as control). A frame without such a call is
   * counted as `unexplained`, and fails the kit `venueConformance`.
   * @param frame String, or the bytes of a binary frame.
   * @param receivedAt When it arrived, ms since 1970.
   */
  receive(frame: string | Uint8Array, receivedAt: number): void;
}

/** Code of an error after which the stream does not reconnect. */
export type VenueFatalCode =
  /** The venue does not accept the key, token or plan. */
  | 'UNAUTHORIZED'
  /**
   * Too many connections for this key or IP address. In the first two minutes of an outage it is retried nevertheless: the venue may
   * still count the lost connection.
   */
  | 'VENUE_LIMIT'
  /** Any other error that a retry cannot fix. */
  | 'STREAM_FAILED';

/** What a session reports to. After its connection has ended, calls have no effect. */
export interface VenueSink {
  /** Time now, ms since 1970, of the adapter's clock. */
  now(): number;
  /**
   * A price. Pass prices as strings with the digits of the frame; for a venue that sends numbers, parse with `parseExactJson`, since
   * `JSON.parse` would turn `0.13110` into `0.1311`. `timestamp` is the venue's time in ms; if there is none, `receivedAt` with
   * `timeSource: 'received'`. The object may be reused for the next price. An invalid update is counted as rejected, with a reason of
   * `PriceRejection`.
   * @param isChecked Skips the check of the update, for a session that has checked all fields itself. Default `false`.
   */
  update(update: PriceUpdate, isChecked?: boolean): void;
  /** The frame was recognized and carries no price: a heartbeat, an acknowledgement. Counted by kind: use few, fixed names. */
  control(kind: string): void;
  /** The frame, or a part of it, cannot be used. Counted by reason: use few, fixed names, never content of the frame. */
  rejected(reason: string): void;
  /** The login has succeeded: symbols can be requested. */
  ready(): void;
  /** The venue has confirmed these symbols. A price of a symbol confirms it, too. */
  confirmed(symbols: readonly string[]): void;
  /**
   * The venue does not deliver this symbol. It is unsubscribed and reported to `onError` as `SYMBOL_REFUSED`; a `subscribe()` call of
   * which all symbols are refused rejects.
   * @param reason The venue's reason.
   * @param code The venue's error code, if there is one.
   */
  refused(symbol: string, reason: string, code?: string | number): void;
  /** Sequence numbers show that frames were lost. Call it before the prices that follow. Default: for all subscribed symbols. */
  gap(symbols?: readonly string[]): void;
  /** The venue will close this connection soon: a new one is opened first, then this one is closed, without a gap. */
  rotate(why: string): void;
  /** Closes this connection and reconnects with backoff, not before `retryAfterMs`. */
  broken(why: string, retryAfterMs?: number): void;
  /** The venue will never serve this stream: it fails with the code and does not reconnect. */
  fatal(code: VenueFatalCode, message: string): void;
  /** Queues a text frame; it is sent within the limits. */
  send(text: string): void;
  /**
   * A token that was made for one frame. If the venue quotes it, it is masked in messages. List constant keys in {@link Venue.secrets}.
   */
  secret(text: string): void;
}

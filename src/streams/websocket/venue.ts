import type { StreamCalendar } from '../../core/streams/base-price-stream-adapter-options.js';
import type { BackoffOptions } from '../../core/backoff.js';
import type { LinkHeaders } from '../connection/transport.js';
import type { VenueCloses } from './closes/venue-closes.js';
import type { VenueEncoding } from './inflate.js';
import type { VenueSession, VenueSink } from './venue-session.js';

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
 *       const { s, p, t } = JSON.parse(frame);
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
   * Subprotocols to offer in the handshake, the preferred one first, such as `['v2.json']`. A venue that accepts none of them ends the
   * connection. A function is called for each connection, for a token among them. Default: none.
   */
  readonly protocols?:
    readonly string[] | ((request: VenueRequest) => readonly string[] | Promise<readonly string[]>);
  /**
   * What the venue's frames are; its text frames are always passed as they are. Of binary frames, bytes above the adapter's `maxFrameBytes`
   * are never made: such a frame is dropped, counted as `too-big` and reported to `onError`, as is one that is not in the format
   * (`bad-compression`).
   * - `text`: binary frames are decoded as UTF-8. The default.
   * - `gzip`, `deflate` (the format of zlib), `deflate-raw`: binary frames are decompressed, then decoded as UTF-8, in their order.
   * - `binary`: binary frames are passed as bytes.
   */
  readonly encoding?: VenueEncoding;
  /**
   * Keys and tokens that the session sends in frames. If the venue quotes one, it is masked in messages. Wrapped in {@link Secrets} they
   * do not show when the venue object is printed.
   */
  readonly secrets?: Iterable<string>;
  /** Trading calendar of the venue's symbols, by its names of them; the adapter's option `calendar` overrides it. Default: none. */
  readonly calendar?: StreamCalendar;
  /** How it is asked for previous closes over HTTP, if it has true ones. Default: it has none. */
  readonly closes?: VenueCloses | undefined;
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
   * Most connections at once for one key. While symbols need all of them, a connection is closed before it is replaced, which leaves a
   * gap; otherwise the new one is up before the old one is closed. Default: no limit.
   */
  readonly connections?: number;
  /**
   * Most new connections in any `withinMs`, of one adapter; the next one waits. Attempts that fail count, too. Default: no limit.
   */
  readonly newConnections?: { readonly most: number; readonly withinMs: number };
  /**
   * Most symbols on one connection. More are spread over several, up to `connections`; `subscribe()` rejects more than these carry with
   * `SUBSCRIPTION_LIMIT`. Default: no limit.
   */
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

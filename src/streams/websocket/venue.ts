import type { PriceUpdate } from '../../core/prices/price-update.js';
import type { BackoffOptions } from '../../core/backoff.js';
import type { LinkHeaders } from '../connection/transport.js';

/**
 * A provider of prices over WebSocket, as a small object that anyone can write. The adapter does everything else: links and
 * their deadlines, reconnecting, pacing, the table of symbols, gaps, counters.
 *
 * ```ts
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
 *
 * A venue object holds settings only and may serve many adapters; what belongs to one connection lives in its session.
 */
export interface Venue {
  /** Short name for messages and statistics, such as `binance`. */
  readonly name: string;
  /**
   * Where to connect: `wss://…` or `ws://…`. A function is called for each connection, so that a token in the address is
   * fresh; it must settle soon after `signal` fires, and is given up after the `resolve` deadline. Only the address's origin
   * and path appear in messages, never its query, user or password.
   */
  readonly url: string | ((request: VenueRequest) => string | Promise<string>);
  /**
   * Headers of the upgrade request, for keys. Node only: a browser's WebSocket cannot send any. Never shown in messages.
   */
  readonly headers?: LinkHeaders | ((request: VenueRequest) => LinkHeaders | Promise<LinkHeaders>);
  /**
   * Keys and tokens that the session sends in frames: should the venue quote one, it is blotted out of messages. With
   * {@link Secrets} they do not show either when somebody prints the venue object.
   */
  readonly secrets?: Iterable<string>;
  /** What the venue allows. */
  readonly limits?: VenueLimits;
  /** How a dead link is told from a quiet one. Default: a WebSocket ping a second, where the socket can send one. */
  readonly heartbeat?: VenueHeartbeat;
  /** Waits between tries, where the venue bans who comes back too often. The adapter's `backoff` option has the last word. */
  readonly backoff?: VenueBackoff;
  /**
   * Whether the venue answers subscriptions, so that the session calls {@link VenueSink.confirmed} or
   * {@link VenueSink.refused} for each symbol. `false`: a symbol counts as confirmed when its frame has been sent. Default `true`.
   */
  readonly acknowledges?: boolean;
  /** Whether the first prices after a subscription are a full picture (a snapshot); says so in gaps. Default `false`. */
  readonly recovers?: boolean;
  /**
   * Why a text cannot be a symbol of this venue, or `undefined` when it can: such a symbol is refused without asking the
   * venue. Symbols are the venue's own names of instruments, spelled as in its frames; applications with names of their
   * own give the adapter a table (`symbols` option), so a venue never translates.
   */
  symbolFault?(symbol: string): string | undefined;
  /**
   * Starts the talk on one new connection, before any frame is sent or received. A reconnect calls it again: nothing of
   * an earlier connection (merged prices, sequence numbers, open requests) may be carried over.
   */
  open(sink: VenueSink): VenueSession;
}

/** Bounds of the waits between tries. */
export type VenueBackoff = Omit<BackoffOptions, 'clock' | 'random'>;

/** One connection to be made. */
export interface VenueRequest {
  /** Fires when the connection is no longer wanted. */
  readonly signal: AbortSignal;
}

/** What a venue allows; the adapter keeps to it. */
export interface VenueLimits {
  /**
   * Most connections at once for one key. With 1 a connection is replaced by closing it first, which leaves a gap; otherwise
   * the new one is up before the old one is closed. Default: no limit.
   */
  readonly connections?: number;
  /** Most symbols on one connection; `subscribe()` beyond it fails with `SUBSCRIPTION_LIMIT`. Default: no limit. */
  readonly symbolsPerConnection?: number;
  /** Most symbols handed to `subscribe()` or `unsubscribe()` of the session at once. Default 100. */
  readonly symbolsPerFrame?: number;
  /** Most frames sent in any second, pings included. Default: no limit. */
  readonly framesPerSecond?: number;
  /** Longest life of a connection in ms; it is replaced by a new one before, without a gap. Default: no limit. */
  readonly connectionLifeMs?: number;
}

/**
 * How the link is watched. Whatever arrives is a sign of life; after two pings and twice the interval without one the
 * link is given up.
 */
export interface VenueHeartbeat {
  /**
   * A text frame that the venue answers, or a function that makes one. Sent instead of a WebSocket ping where the socket
   * has none (browsers), and everywhere with `always`.
   */
  readonly text?: string | (() => string);
  /** Sends `text` also where WebSocket pings can be sent: for venues that do not answer those. Default `false`. */
  readonly always?: boolean;
  /** Time between pings, in ms. Default 1,000. */
  readonly intervalMs?: number;
  /** Time between text pings, in ms, where they cost the venue more than a ping does. Default `intervalMs`. */
  readonly textIntervalMs?: number;
  /**
   * Longest silence of a healthy link in ms, for a socket that can send no ping at all: the venue's own heartbeats keep it
   * alive. Default: such a link is not watched.
   */
  readonly silenceMs?: number;
  /**
   * The venue sends a frame at least this often, in ms, be it only a heartbeat of its own. A link over which none came for
   * so long is given up although pings are answered: what answers them may be a proxy whose venue is gone. Default: frames are
   * not waited for.
   */
  readonly frameWithinMs?: number;
}

/**
 * The talk on one connection. Frames given to the venue are texts; they are sent in order at the pace of the limits. What
 * `subscribe`, `unsubscribe` or `receive` throws is counted as `decoder-threw` and never ends the stream.
 */
export interface VenueSession {
  /**
   * Called once the socket is open: sends what comes first ({@link VenueSink.send}), such as a login. With `start`, the session
   * must call {@link VenueSink.ready} when the venue has let it in, within the `auth` deadline; without it, the link is ready
   * as soon as it is open.
   */
  start?(): void | Promise<void>;
  /** Frames that ask for symbols, at least one, at most `symbolsPerFrame`. A promise is for frames that must be signed. */
  subscribe(symbols: readonly string[]): readonly string[] | Promise<readonly string[]>;
  /** Frames that give symbols back. */
  unsubscribe(symbols: readonly string[]): readonly string[] | Promise<readonly string[]>;
  /**
   * Takes one frame. Must account for it by at least one call of the sink: {@link VenueSink.update}, {@link VenueSink.control} or
   * {@link VenueSink.rejected} (ready, confirmed, refused, gap, rotate and fatal count as control). A frame that makes none
   * is counted as `unexplained`, which the kit `venueConformance` reports.
   * @param frame text, or bytes of a binary frame.
   * @param receivedAt when it arrived, ms since 1970.
   */
  receive(frame: string | Uint8Array, receivedAt: number): void;
}

/** Why a link can never work as it is set up; the stream fails with this code instead of trying again. */
export type VenueFatalCode =
  /** The key, token or plan is not accepted. */
  | 'UNAUTHORIZED'
  /**
   * Too many connections for this key or address. In the first two minutes of an outage it is tried again nevertheless: the
   * venue may still count the connection that was lost.
   */
  | 'VENUE_LIMIT'
  /** Anything else that trying again cannot mend. */
  | 'STREAM_FAILED';

/** Where a session reports to. After its connection is over every call does nothing. */
export interface VenueSink {
  /** Time now, ms since 1970, of the adapter's clock. */
  now(): number;
  /**
   * A price. Prices are the frame's own digits as text: taken from a string, or cut from the frame where the venue sends a
   * number (`JSON.parse` would lose `0.13110`). `timestamp` is the venue's time in ms; where there is none, `receivedAt` with
   * `timeSource: 'received'`. The object may be reused for the next one. An update that cannot be read is counted as rejected under the
   * reason that `PriceRejection` names.
   * @param isChecked the session has looked at price, bid and ask already, with the strictness of `updateFault`. Default `false`.
   */
  update(update: PriceUpdate, isChecked?: boolean): void;
  /** The frame carries no price and is understood: a heartbeat, an acknowledgement. Counted by kind: use few, fixed names. */
  control(kind: string): void;
  /** The frame, or a part of it, cannot be used. Counted by reason: use few, fixed names, never text of the frame. */
  rejected(reason: string): void;
  /** The venue has let the session in. */
  ready(): void;
  /** These symbols are subscribed. A price of a symbol confirms it too. */
  confirmed(symbols: readonly string[]): void;
  /**
   * The venue will not deliver this symbol. It is taken off the table, reported to `onError` as `SYMBOL_REFUSED`, and if no
   * symbol of a `subscribe()` call is left, the call fails.
   * @param reason what the venue says; @param code its code, where there is one.
   */
  refused(symbol: string, reason: string, code?: string | number): void;
  /** The venue's sequence shows that frames were lost. Default: for all subscribed symbols. Call before the prices that follow. */
  gap(symbols?: readonly string[]): void;
  /** The venue will close this connection soon: a new one is made first, then this one is dropped, without a gap. */
  rotate(why: string): void;
  /** This connection is of no more use; reconnect with backoff. `retryAfterMs`: not before, where the venue says. */
  broken(why: string, retryAfterMs?: number): void;
  /** The venue will never serve this stream as it is: the stream fails with the code, and does not try again. */
  fatal(code: VenueFatalCode, message: string): void;
  /** Sends a text frame, in turn and at the pace of the limits. */
  send(text: string): void;
  /**
   * A key or token that goes into a frame and was made for it: should the venue quote it, it is blotted out of messages. Those
   * that are always the same are listed in {@link Venue.secrets}.
   */
  secret(text: string): void;
}

import type { PriceUpdate } from '../../core/prices/price-update.js';

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
   * @param frame The text of the frame. With `encoding: 'binary'`, binary frames are bytes: write `frame: string | Uint8Array`.
   * @param receivedAt When it arrived, ms since 1970.
   */
  receive(frame: string, receivedAt: number): void;
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

import type { TickmarkError } from '../errors.js';
import type { Unsubscribe } from '../unsubscribe.js';
import type { PriceStreamGap } from '../prices/price-stream-gap.js';
import type { PriceUpdate } from '../prices/price-update.js';

/** State of a stream, as tagged data. */
export type StreamStatus =
  | { readonly state: 'disconnected' }
  | { readonly state: 'connecting' }
  /** The link is up; nothing is subscribed. */
  | { readonly state: 'connected' }
  /** The link is up and at least one symbol is subscribed. */
  | { readonly state: 'subscribed' }
  /** The link broke; `attempt` counts from 1, `nextTryAt` is ms since 1970. */
  | { readonly state: 'reconnecting'; readonly attempt: number; readonly nextTryAt: number }
  /** Given up: `connect()` may be called again once the cause is mended. */
  | { readonly state: 'failed'; readonly error: TickmarkError };

/** What a stream delivers: prices, and gaps between them. Tell them apart with {@link isGap}. */
export type PriceStreamMessage = PriceUpdate | PriceStreamGap;

/** Whether a message is a gap. */
export function isGap(message: PriceStreamMessage): message is PriceStreamGap {
  return (message as PriceStreamGap).type === 'gap';
}

/**
 * Port: a live source of prices.
 *
 * Known implementations: `MockPriceStreamAdapter`, `ReplayPriceStreamAdapter` (`tickmark/replay`). `BasePriceStreamAdapter`
 * does the bookkeeping for new ones.
 *
 * An implementation must
 * - open its link in `connect()` only, and leave no timer, socket or listener after `disconnect()` has settled;
 * - deliver messages of subscribed symbols only, in venue order per symbol, to every listener, from the moment
 *   `subscribe()` has settled;
 * - keep the stream, and delivery to other listeners, going when a listener throws, and report the error
 *   (`onError` of `BasePriceStreamAdapter`);
 * - deliver nothing after `disconnect()` was called, nor to a listener that was taken off;
 * - put a {@link PriceStreamGap} before the first price that follows any break;
 * - mark the symbols as wanted across its own reconnects: a break loses no subscription.
 *
 * The kit `priceStreamAdapterConformance` of `tickmark/conformance` tests this.
 */
export interface PriceStreamAdapter {
  /**
   * Opens the link. Idempotent while connecting or connected: later calls share the first one's outcome.
   * @throws TickmarkError `DISCONNECTING` while `disconnect()` is under way (retryable); `STREAM_FAILED` when the link
   * cannot be opened; `ABORTED` by the signal.
   */
  connect(options?: { signal?: AbortSignal }): Promise<void>;
  /** Closes the link and forgets all subscriptions. Idempotent. */
  disconnect(): Promise<void>;
  /**
   * Asks for symbols; settles when they are subscribed. Symbols already subscribed are left as they are.
   * @throws TickmarkError `NOT_CONNECTED` before `connect()`; `EMPTY_SUBSCRIPTION` for an empty list;
   * `INVALID_ARGUMENT` for a symbol that is no text or empty; `SUBSCRIPTION_LIMIT` beyond what the stream can carry, in
   * which case none of the call's symbols is subscribed.
   */
  subscribe(symbols: readonly string[]): Promise<void>;
  /** Gives symbols back; ones that are not subscribed are ignored. */
  unsubscribe(symbols: readonly string[]): Promise<void>;
  /** Calls back for every message, in order. The update object is the adapter's: copy what is kept. */
  onMessage(listener: (message: PriceStreamMessage) => void): Unsubscribe;
  /** Calls back on every change of status. */
  onStatus(listener: (status: StreamStatus) => void): Unsubscribe;
  /** The present status. */
  getStatus(): StreamStatus;
  /** Symbols that are subscribed, in the order they were asked for. */
  getSubscribedSymbols(): readonly string[];
  /**
   * Messages as an async iterator; starts at the call, ends on `disconnect()`. A reader that is slower than the stream
   * gets the newest price of each symbol, not a growing backlog.
   */
  [Symbol.asyncIterator](): AsyncIterator<PriceStreamMessage, undefined>;
  /** Same as `disconnect()`. */
  [Symbol.asyncDispose](): Promise<void>;
}

import type { PreviousClose, PreviousClosesRequest } from '../calendars/previous-closes.js';
import type { TradingCalendar } from '../calendars/trading-calendar.js';
import type { TickmarkError } from '../errors.js';
import type { Unsubscribe } from '../unsubscribe.js';
import type { PriceStreamGap } from '../prices/price-stream-gap.js';
import type { PriceUpdate } from '../prices/price-update.js';
import { partShape } from '../options.js';

/** Status of a stream; `state` tells which one. */
export type StreamStatus =
  | { readonly state: 'disconnected' }
  | { readonly state: 'connecting' }
  /** The link is up; nothing is subscribed. */
  | { readonly state: 'connected' }
  /** The link is up and at least one symbol is subscribed. */
  | { readonly state: 'subscribed' }
  /** The link is up for some symbols, and `symbols` get no prices now: one of several connections or streams is down. */
  | { readonly state: 'degraded'; readonly symbols: readonly string[] }
  /** The link broke and is being opened again; `attempt` counts from 1, `nextTryAt` is in ms since 1970. */
  | { readonly state: 'reconnecting'; readonly attempt: number; readonly nextTryAt: number }
  /** The stream has given up. Call `connect()` again when the cause is removed. */
  | { readonly state: 'failed'; readonly error: TickmarkError };

/** What a stream delivers: a price, or a gap between prices; {@link isGap} distinguishes them. */
export type PriceStreamMessage = PriceUpdate | PriceStreamGap;

/**
 * Whether a message is a gap.
 *
 * @example
 * ```ts
 * import { MockPriceStreamAdapter, isGap } from 'tickmark';
 *
 * new MockPriceStreamAdapter().onMessage((message) => {
 *   if (isGap(message)) console.log('prices may be missing since', new Date(message.from), message.symbols);
 *   else console.log(message.symbol, message.price);
 * });
 * ```
 */
export function isGap(message: PriceStreamMessage): message is PriceStreamGap {
  return (message as PriceStreamGap | null)?.type === 'gap';
}

/**
 * Port: a live source of prices.
 *
 * Known implementations: `MockPriceStreamAdapter`; `WebSocketPriceStreamAdapter` of `tickmark/websocket`; `SsePriceStreamAdapter` of
 * `tickmark/sse`; `PollingPriceStreamAdapter` of `tickmark/polling`; `KafkaPriceStreamAdapter` of `tickmark/kafka`;
 * `ReplayPriceStreamAdapter` of `tickmark/replay`. Create your own with `priceStream()`, or extend `BasePriceStreamAdapter`.
 *
 * An implementation must
 * - open its link in `connect()` only, and leave no timer, socket or listener after `disconnect()` has settled;
 * - deliver messages of subscribed symbols only, in venue order per symbol, to every listener, from the moment
 *   `subscribe()` has settled;
 * - continue, and deliver to the other listeners, when a listener throws, and report the error (`onError` of
 *   `BasePriceStreamAdapter`);
 * - deliver nothing after `disconnect()` was called, and nothing to a listener that was removed;
 * - deliver a {@link PriceStreamGap} before the first price that follows a break;
 * - keep all subscriptions when it reconnects;
 * - have the status `degraded` while some of its symbols get no prices because a part of it is down, if it has several parts.
 *
 * The kit `priceStreamAdapterConformance` of `tickmark/conformance` tests this.
 *
 * @example
 * ```ts
 * import { MockPriceStreamAdapter, isGap, type PriceStreamAdapter } from 'tickmark';
 *
 * const stream: PriceStreamAdapter = new MockPriceStreamAdapter();
 * const stop = stream.onMessage((message) => {
 *   if (!isGap(message)) console.log(message.symbol, message.price);
 * });
 * await stream.connect();
 * await stream.subscribe(['BTC-USD']);
 * stop();
 * await stream.disconnect();
 * ```
 */
export interface PriceStreamAdapter {
  /**
   * Opens the link. Idempotent: while it is connecting or connected, later calls settle like the first one.
   * @throws TickmarkError `DISCONNECTING`, retryable, while `disconnect()` is running; `STREAM_FAILED` if the link cannot be opened;
   * `ABORTED` by the signal.
   */
  connect(options?: { signal?: AbortSignal }): Promise<void>;
  /** Closes the link and forgets all subscriptions. Idempotent. */
  disconnect(): Promise<void>;
  /**
   * Subscribes to symbols; settles when they are subscribed. Symbols that are already subscribed stay so.
   * @throws TickmarkError `NOT_CONNECTED` before `connect()`; `EMPTY_SUBSCRIPTION` for an empty list;
   * `INVALID_ARGUMENT` for a symbol that is not a string or empty; `SUBSCRIPTION_LIMIT` for more symbols than the stream can have: then
   * no symbol of the call is subscribed.
   */
  subscribe(symbols: readonly string[]): Promise<void>;
  /** Unsubscribes from symbols. Symbols that are not subscribed are ignored. */
  unsubscribe(symbols: readonly string[]): Promise<void>;
  /** Calls the listener with every message, in order. The adapter may reuse the object of an update: copy what you keep. */
  onMessage(listener: (message: PriceStreamMessage) => void): Unsubscribe;
  /** Calls the listener with every new status. */
  onStatus(listener: (status: StreamStatus) => void): Unsubscribe;
  /**
   * Calls the listener with every error that does not stop the stream, such as a symbol that the venue refuses, besides the `onError` of its options.
   * `markToMarket()` and `combineStreams()` hear of these errors in this way,
   * once a minute for each message. An adapter without it has to be given an `onError` of its own.
   */
  onError?(listener: (error: TickmarkError) => void): Unsubscribe;
  /**
   * The trading calendar of a symbol, where the venue has one. `markToMarket()` uses it for symbols whose instrument and `calendars` give none. Without the method: none.
   */
  calendarOf?(symbol: string): TradingCalendar | null;
  /**
   * The close of the last session of these symbols, where the venue offers a true one besides its prices: as `PreviousCloses.load()`. `markToMarket()` asks it unless it has
   * `previousCloses` of its own. Does not need a connection. Without the method: none.
   */
  previousCloses?(
    symbols: readonly string[],
    request: PreviousClosesRequest,
  ): Promise<readonly PreviousClose[]>;
  /** The current status. */
  getStatus(): StreamStatus;
  /** The subscribed symbols, in the order in which they were subscribed. */
  getSubscribedSymbols(): readonly string[];
  /**
   * An async iterator over the messages from now on, until `disconnect()`. A reader that is slower than the stream gets the newest price
   * of each symbol, not a growing backlog.
   */
  [Symbol.asyncIterator](): AsyncIterator<PriceStreamMessage, undefined>;
  /** Same as `disconnect()`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Methods of a price stream. */
export const PRICE_STREAM = partShape<PriceStreamAdapter>(
  'a PriceStreamAdapter',
  'connect',
  'disconnect',
  'subscribe',
  'unsubscribe',
  'onMessage',
  'onStatus',
  'getStatus',
  'getSubscribedSymbols',
);

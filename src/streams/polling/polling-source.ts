import type { PriceUpdate } from '../../core/prices/price-update.js';
import type { StreamCalendar } from '../../core/streams/base-price-stream-adapter-options.js';
import type { LinkHeaders } from '../connection/transport.js';

/**
 * A provider of prices that is polled over HTTP, as a small object that anyone can write.
 *
 * A source object holds settings only, and several adapters may share it.
 *
 * @example
 * ```ts
 * import { PollingPriceStreamAdapter, type PollingSource } from 'tickmark/polling';
 *
 * const mySource: PollingSource = {
 *   name: 'my-source',
 *   url: ({ symbols }) => `https://prices.example.com/quotes?symbols=${symbols.map(encodeURIComponent).join()}`,
 *   symbolsPerRequest: 50,
 *   decode(body, sink) {
 *     for (const { s, p, t } of JSON.parse(body)) sink.update({ symbol: s, price: p, timestamp: t });
 *   },
 * };
 * const stream = new PollingPriceStreamAdapter({ source: mySource, intervalMs: 2000 });
 * ```
 */
export interface PollingSource {
  /** Short name for messages, such as `aktools`. */
  readonly name: string;
  /**
   * URL of the request: `https://…`. A function is called for each request, so that a token in the URL is fresh. With
   * {@link symbolsPerRequest} there is one request for each group of symbols. The URL never appears in messages.
   */
  readonly url: string | ((request: PollRequest) => string | Promise<string>);
  /** Headers of the request, for tokens. A function is called for each request. Never shown in messages. With headers, redirects are not followed. */
  readonly headers?: LinkHeaders | ((request: PollRequest) => LinkHeaders | Promise<LinkHeaders>);
  /** Time from one round of requests to the next, in ms; the adapter's option overrides it. Default 5,000. */
  readonly intervalMs?: number;
  /** Time limit of a request with its body, in ms; the adapter's option overrides it. Default 10,000. */
  readonly timeoutMs?: number;
  /** Most symbols in a request; a round then makes one request after the other. Default: one request for all symbols. */
  readonly symbolsPerRequest?: number;
  /** Trading calendar of its symbols; the adapter's option overrides it. Default: none. */
  readonly calendar?: StreamCalendar;
  /** Most symbols at once; `subscribe()` rejects more with `SUBSCRIPTION_LIMIT`. Default: no limit. */
  readonly maxSymbols?: number;
  /** Whether each response has the current prices of all its symbols. Gaps then have `recovered: true`. Default `true`. */
  readonly recovers?: boolean;
  /**
   * Why a string cannot be a symbol of this source, or `undefined` if it can. Such a symbol is refused: it goes to `onError` as
   * `SYMBOL_REFUSED` and is unsubscribed. `subscribe()` rejects if all its symbols are refused.
   */
  symbolFault?(symbol: string): string | undefined;
  /**
   * Decodes the body of a response with status 200. Must account for it by at least one call of the sink; a body without one is counted as
   * `unexplained`. If it throws, the request has failed, and is counted as `decoder-threw`.
   */
  decode(body: string, sink: PollSink, response: PollResponse): void;
  /** Explains a response with another status. The text appears in messages: it must contain no secret. Default: only the status is shown. */
  explain?(status: number, body: string): string | undefined;
}

/** A request that is about to be sent. */
export interface PollRequest {
  /** The symbols of the request; a copy. */
  readonly symbols: readonly string[];
  /** Aborted when the response is no longer wanted. */
  readonly signal: AbortSignal;
}

/** A response. */
export interface PollResponse {
  /** The subscribed symbols of the request; a copy. Prices of other symbols are dropped. */
  readonly symbols: readonly string[];
  /** When its body was complete, ms since 1970. */
  readonly receivedAt: number;
}

/** What a decoder reports to. */
export interface PollSink {
  /**
   * A price. Pass prices as strings with the digits that were sent. `timestamp` is the venue's time in ms; if there is none, `receivedAt`
   * with `timeSource: 'received'`. An invalid update is counted as rejected, with a reason of `PriceRejection`.
   */
  update(update: PriceUpdate): void;
  /** The body, or a part of it, was recognized and carries no price. Counted by kind: use few, fixed names. */
  control(kind: string): void;
  /** A part of the body cannot be used. Counted by reason: use few, fixed names, never content of the body. */
  rejected(reason: string): void;
  /** The whole body cannot be used: the request has failed. Counted by reason, which appears in messages: use few, fixed names. */
  failed(reason: string): void;
}

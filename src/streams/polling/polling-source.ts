import type { PriceUpdate } from '../../core/prices/price-update.js';
import type { LinkHeaders } from '../connection/transport.js';

/**
 * A provider of prices that has to be asked, as a small object that anyone can write.
 *
 * ```ts
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
 *
 * A source object holds settings only and may serve many adapters.
 */
export interface PollingSource {
  /** Short name for messages, such as `aktools`. */
  readonly name: string;
  /**
   * What to ask: `https://…`. A function is called for each request, so that a token in the address is fresh. The address never
   * appears in messages. With {@link symbolsPerRequest} it is asked for each group of symbols.
   */
  readonly url: string | ((request: PollRequest) => string | Promise<string>);
  /** Headers of the request, for tokens; asked for at each request. Never shown in messages. With headers, redirects are refused. */
  readonly headers?: LinkHeaders | ((request: PollRequest) => LinkHeaders | Promise<LinkHeaders>);
  /** Time from one round of requests to the next, in ms, unless the adapter's options say otherwise. Default 5,000. */
  readonly intervalMs?: number;
  /** How long a request may take, its body included, in ms, unless the adapter's options say otherwise. Default 10,000. */
  readonly timeoutMs?: number;
  /** Most symbols of a request; a round then asks for one group after the other. Default: one request for all. */
  readonly symbolsPerRequest?: number;
  /** Most symbols at once; `subscribe()` beyond it fails with `SUBSCRIPTION_LIMIT`. Default: no limit. */
  readonly maxSymbols?: number;
  /** Whether each answer is a full picture, so that nothing is missing after an outage but what happened in it. Default `true`. */
  readonly recovers?: boolean;
  /**
   * What a symbol of this source looks like, for one that is none; `undefined` for one that can be. Such a symbol is refused: reported
   * as `SYMBOL_REFUSED` to `onError` and taken off; `subscribe()` fails with it if no symbol of the call is left.
   */
  symbolFault?(symbol: string): string | undefined;
  /**
   * Takes the body of an answer with status 200. Must account for it by at least one call of the sink; a body without is counted
   * as `unexplained`. One that throws is counted as `decoder-threw`, and the request as failed.
   */
  decode(body: string, sink: PollSink, answer: PollResponse): void;
  /** What an answer with another status means, in words of your own, which appear in messages. Default: its status. */
  explain?(status: number, body: string): string | undefined;
}

/** One request to be made. */
export interface PollRequest {
  /** Symbols to ask for; a copy. */
  readonly symbols: readonly string[];
  /** Fires when the answer is no longer wanted. */
  readonly signal: AbortSignal;
}

/** An answer. */
export interface PollResponse {
  /** Symbols that are wanted of it; a copy. Prices of others are dropped. */
  readonly symbols: readonly string[];
  /** When it was there, ms since 1970. */
  readonly receivedAt: number;
}

/** Where a decoder reports to. */
export interface PollSink {
  /**
   * A price: digits as text, as they were sent. `timestamp` is the venue's time in ms; where there is none, `receivedAt` with
   * `timeSource: 'received'`. One that cannot be read is counted as rejected under the reason that `PriceRejection` names.
   */
  update(update: PriceUpdate): void;
  /** A part of the body, or all of it, carries no price and is understood. Counted by kind: use few, fixed names. */
  control(kind: string): void;
  /** A part of the body is of no use. Counted by reason: use few, fixed names, never text of the body. */
  rejected(reason: string): void;
  /** The body as a whole is of no use: the request failed. Counted by reason, which appears in messages: use few, fixed names. */
  failed(reason: string): void;
}

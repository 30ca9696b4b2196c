import type { PreviousClose } from '../../../core/calendars/previous-closes.js';
import type { TradingCalendar } from '../../../core/calendars/trading-calendar.js';
import type { LinkHeaders } from '../../connection/transport.js';

/** Which closes are asked for. */
export interface ClosesQuery {
  /** Symbols, as the venue calls them. */
  readonly symbols: readonly string[];
  /** The close of the session before the trading day of this time; ms since 1970. */
  readonly at: number;
  /** The trading calendar of a symbol; `null`: none. */
  calendarOf(symbol: string): TradingCalendar | null;
}

/**
 * How a venue is asked for previous closes over HTTP: where, and what the answer means. The adapter makes the requests, one after the other, each with a time limit of 10 s.
 *
 * @example
 * ```ts
 * import type { VenueCloses } from 'tickmark/websocket';
 *
 * const closes: VenueCloses = {
 *   requestsPerSecond: 5,
 *   request: ({ symbols: [symbol] }) => ({ url: `https://prices.example.com/closes/${symbol}` }),
 *   read(body, { symbols }) {
 *     const { close, closedAt } = body as { close: string; closedAt: string };
 *     return [{ symbol: symbols[0]!, price: close, closedAt: Number(closedAt) }];
 *   },
 * };
 * ```
 */
export interface VenueCloses {
  /** Most requests a second. */
  readonly requestsPerSecond: number;
  /** Most symbols in a request. Default 1. */
  readonly symbolsPerRequest?: number;
  /** The request for some symbols: its URL and headers, which never appear in messages. `null`: the venue has no close of theirs. */
  request(query: ClosesQuery): { readonly url: string; readonly headers?: LinkHeaders } | null;
  /**
   * Reads the answer: JSON in which each number is the string that was sent. A symbol whose true close is not in it is left out. What it throws is
   * reported as an answer that cannot be read.
   */
  read(body: unknown, query: ClosesQuery): readonly PreviousClose[];
}

/**
 * Prices over HTTP, asked for again and again.
 * @module tickmark/polling
 */
export { aktools, type AktoolsOptions } from './aktools.js';
export { jsonQuotes, type JsonQuoteFields, type JsonQuotesOptions } from './json-quotes.js';
export type { PollingPriceStreamAdapterOptions, PollingStats } from './polling-options.js';
export { PollingPriceStreamAdapter } from './polling-price-stream-adapter.js';
export type { PollResponse as PollResponse, PollingSource, PollRequest, PollSink } from './polling-source.js';
export { A_SHARE_LOT, exchangeOf, type AShareExchange } from '../a-shares/a-share-code.js';
export { AShareCalendar, type AShareCalendarOptions } from '../a-shares/a-share-calendar.js';
export type { BackoffOptions } from '../../core/backoff.js';
export type { DecodingStats } from '../connection/decoding-counts.js';
export type { FetchBody, FetchFunction, FetchInit, FetchResponse } from '../connection/http-fetch.js';
export type { SymbolFreshnessOptions } from '../connection/symbol-freshness.js';
export { SymbolRefusedError } from '../connection/symbol-refused-error.js';
export type { LinkHeaders } from '../connection/transport.js';

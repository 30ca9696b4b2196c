/**
 * Price streams from sources that are polled over HTTP.
 * @module tickmark/polling
 */
export type { BackoffOptions } from '../../core/backoff.js';
export { AShareCalendar, type AShareCalendarOptions } from '../a-shares/a-share-calendar.js';
export type { DecodingStats } from '../connection/decoding-counts.js';
export type { FetchBody, FetchFunction, FetchInit, FetchResponse } from '../connection/http-fetch.js';
export type { SymbolFreshnessOptions } from '../connection/symbol-freshness.js';
export { SymbolRefusedError } from '../../core/streams/symbol-refused-error.js';
export type { LinkHeaders } from '../connection/transport.js';
export { aktools, type AktoolsOptions } from './aktools.js';
export { jsonQuotes, type JsonQuoteFields, type JsonQuotesOptions } from './json-quotes.js';
export type { PollingPriceStreamAdapterOptions, PollingStats } from './polling-options.js';
export { PollingPriceStreamAdapter } from './polling-price-stream-adapter.js';
export type { PollingSource, PollRequest, PollResponse, PollSink } from './polling-source.js';

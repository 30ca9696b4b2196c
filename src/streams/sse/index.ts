/**
 * Prices over server-sent events.
 * @module tickmark/sse
 */
export { eastmoneyPush2, type EastmoneyPush2Options } from './eastmoney-push2.js';
export { EventStreamParser, type EventStreamListener, type SseEvent } from './event-stream-parser.js';
export type { SseFeed, SseRequest, SseSink } from './sse-feed.js';
export type { SsePriceStreamAdapterOptions, SseStats } from './sse-options.js';
export { SsePriceStreamAdapter } from './sse-price-stream-adapter.js';
export { A_SHARE_LOT, exchangeOf, type AShareExchange } from '../a-shares/a-share-code.js';
export { AShareCalendar, type AShareCalendarOptions } from '../a-shares/a-share-calendar.js';
export type { DecodingStats } from '../connection/decoding-counts.js';
export type { FetchBody, FetchFunction, FetchInit, FetchResponse } from '../connection/http-fetch.js';
export type { BackoffOptions } from '../../core/backoff.js';
export { LinkError, type LinkDeadlines, type LinkPhase } from '../connection/link-deadlines.js';
export type { LinkHint, LinkHints } from '../connection/link-hints.js';
export type { SymbolFreshnessOptions } from '../connection/symbol-freshness.js';
export { SymbolRefusedError } from '../connection/symbol-refused-error.js';
export type { LinkHeaders } from '../connection/transport.js';

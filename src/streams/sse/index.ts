/**
 * Price streams over event streams (server-sent events).
 * @module tickmark/sse
 */
export type { BackoffOptions } from '../../core/backoff.js';
export { AShareCalendar, type AShareCalendarOptions } from '../a-shares/a-share-calendar.js';
export type { DecodingStats } from '../connection/decoding-counts.js';
export type { FetchBody, FetchFunction, FetchInit, FetchResponse } from '../connection/http-fetch.js';
export { LinkError, type LinkDeadlines, type LinkPhase } from '../connection/link-deadlines.js';
export type { LinkHint, LinkHints } from '../connection/link-hints.js';
export type { SymbolFreshnessOptions } from '../connection/symbol-freshness.js';
export { SymbolRefusedError } from '../../core/streams/symbol-refused-error.js';
export type { LinkHeaders } from '../connection/transport.js';
export { eastmoneyPush2, type EastmoneyPush2Options } from './eastmoney-push2.js';
export type { SseEvent } from './event-stream-parser.js';
export type { SseFeed, SseRequest, SseSink } from './sse-feed.js';
export type { SsePriceStreamAdapterOptions, SseStats } from './sse-options.js';
export { SsePriceStreamAdapter } from './sse-price-stream-adapter.js';

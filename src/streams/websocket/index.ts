/**
 * Price streams over WebSocket, from built-in venues or your own.
 * @module tickmark/websocket
 */
export type { BackoffOptions } from '../../core/backoff.js';
export { parseExactJson } from '../../core/money/exact-json.js';
export type { DecodingStats } from '../connection/decoding-counts.js';
export { LinkError, type LinkDeadlines, type LinkPhase } from '../connection/link-deadlines.js';
export type { FetchBody, FetchFunction, FetchInit, FetchResponse } from '../connection/http-fetch.js';
export type { LinkHint, LinkHints } from '../connection/link-hints.js';
export type { SymbolFreshnessOptions } from '../connection/symbol-freshness.js';
export { SymbolRefusedError } from '../../core/streams/symbol-refused-error.js';
export type {
  LinkClose,
  LinkHeaders,
  LinkTarget,
  Transport,
  TransportConnection,
  TransportEvents,
} from '../connection/transport.js';
export { venueConformance, type VenueConformanceOptions } from './conformance/venue-conformance.js';
export type { VenueRecording } from './conformance/recording-plays.js';
export { VenueRun, type VenueReport } from './conformance/venue-run.js';
export type { ConnectionStats } from './links/venue-links.js';
export { Secrets } from './secrets.js';
export type { ClosesQuery, VenueCloses } from './closes/venue-closes.js';
export type { VenueEncoding } from './inflate.js';
export type { Venue, VenueBackoff, VenueHeartbeat, VenueLimits, VenueRequest } from './venue.js';
export type { VenueFatalCode, VenueSession, VenueSink } from './venue-session.js';
export { alpaca, type AlpacaOptions } from './venues/alpaca.js';
export { binance, type BinanceOptions } from './venues/binance.js';
export { coinbase, type CoinbaseOptions } from './venues/coinbase.js';
export { finnhub, type FinnhubOptions } from './venues/finnhub.js';
export { kraken, type KrakenOptions } from './venues/kraken.js';
export type {
  WebSocketAgent,
  WebSocketPriceStreamAdapterOptions,
  WebSocketStats,
} from './web-socket-options.js';
export { WebSocketPriceStreamAdapter } from './web-socket-price-stream-adapter.js';

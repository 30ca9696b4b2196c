/**
 * Live values in a browser: a store without a framework.
 * @module tickmark/client
 */
export { TickmarkClient, type ClientSnapshot } from './tickmark-client.js';
export type { TickmarkClientOptions } from './client-options.js';
export type { Live } from './topics/live.js';
export type {
  ConnectionFault,
  ConnectionSnapshot,
  ConnectionState,
  FaultCause,
} from './connection/connection-snapshot.js';
export type {
  PortfolioView,
  PositionView,
  PositionsView,
  PriceView,
  ValueView,
  ValueState,
} from './topics/value-views.js';
export { alwaysVisible, type PageLifecycle, type PageEvent } from './connection/page-lifecycle.js';
export type {
  OpenLiveSource,
  SourcePhase,
  SourceState,
  TokenSource,
  LiveSource,
  LiveSourceHost,
  LiveSourceSettings,
} from './connection/live-source.js';
export type {
  Connect,
  ConnectionEnd,
  ConnectionEvents,
  ConnectionRequest,
  GatewayConnection,
  GatewayTransport,
} from './connection/gateway-connection.js';
export type { ClientFetch, ClientFetchInit, CredentialsMode } from './connection/http-answer.js';
export { eventStreams, type EventStreamOptions } from './connection/event-stream-connection.js';
export type { ClientResponse } from './connection/http-answer.js';
export {
  webSockets,
  type WebSocketOptions,
  type ClientWebSocket,
  type ClientWebSocketClass,
} from './connection/web-socket-connection.js';
export type { EndReason, RefusalReason } from '../protocol/server-messages.js';
export type {
  CashRow,
  ClosedRow,
  DecimalText,
  PortfolioValue,
  PositionRow,
  PriceValue,
  PricedPart,
  RowPrice,
  RowRate,
} from '../protocol/values.js';
export type { FeedGap, FeedStatus } from '../protocol/feed-status.js';
export { sharedByTabs, type TabSharingOptions } from './connection/shared-source.js';
export type { TabChannel, TabHost, TabLocks } from './connection/tab-group.js';
export { PriceFlash, type FlashSnapshot, type FlashSource, type PriceFlashOptions } from './price-flash.js';
export type { MaybeId } from './idle.js';
export { compareDecimals } from './decimal-text.js';
export {
  formatDecimal,
  formatPercent,
  type FormatDecimalOptions,
  type FormatPercentOptions,
} from './format-decimal.js';
export { shareOut } from './share-out.js';
export { upColor } from './up-color.js';

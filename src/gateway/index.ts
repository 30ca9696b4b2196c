/**
 * Live values to web pages, over server-sent events and WebSockets.
 * @module tickmark/gateway
 */
export { Gateway } from './gateway.js';
export type { Disconnection, ReaderInfo, Revocation } from './access-change.js';
export type { OpenStream } from './event-streams.js';
export type {
  Authorization,
  AuthorizedTopic,
  GatewayLimits,
  GatewayOptions,
  GatewayStats,
  ReaderAddress,
  ReaderIdentity,
  ValueSource,
} from './gateway-options.js';
export type { Frame } from './frame.js';
export type { Outlet, OutletEvents } from './outlet.js';
export { nodeHandler, type NodeHandlerOptions, type NodeResponse } from './node-handler.js';
export type { NodeRequest, NodeSocket } from './node-request.js';
export { repositoryValues } from './repository-values.js';
export type { SecurityEvent, SecurityEventType } from './security-events.js';
export type { GatewaySocket } from './web-socket-outlet.js';
export type { UpgradeSocket, WebSocketServerClass, WebSocketServerLike } from './web-socket-server.js';
export { CloseCode, mayRetry } from '../protocol/close-codes.js';
export { PROTOCOL_VERSION, SUBPROTOCOL } from '../protocol/server-messages.js';

/**
 * Streams live values to web pages and programs, over server-sent events and WebSockets.
 * @module tickmark/gateway
 */
export { Gateway } from './gateway.js';
export type { Disconnection, ReaderInfo, Revocation } from './readers/access-change.js';
export type { OpenStream } from './http/event-streams.js';
export type {
  Authorization,
  AuthorizedTopic,
  GatewayOptions,
  ReaderAddress,
  ReaderIdentity,
} from './gateway-options.js';
export type { ValueSource } from './value-source.js';
export type { GatewayLimits } from './gateway-limits.js';
export type { GatewayStats } from './gateway-stats.js';
export type { Frame } from './wire/frame.js';
export type { FrameSink, FrameSinkEvents } from './wire/frame-sink.js';
export { nodeHandler, type NodeHandlerOptions, type NodeResponse } from './http/node-handler.js';
export type { NodeRequest, NodeSocket } from './http/node-request.js';
export { repositoryValues } from './feeds/repository-values.js';
export type { SecurityEvent, SecurityEventType } from './admission/security-events.js';
export type { GatewaySocket } from './web-sockets/web-socket-sink.js';
export type {
  UpgradeSocket,
  UpgradedSocket,
  WebSocketServerClass,
  WebSocketServerLike,
} from './web-sockets/web-socket-server.js';
export { CloseCode, mayRetry } from '../protocol/close-codes.js';
export { PROTOCOL_VERSION, SUBPROTOCOL } from '../protocol/server-messages.js';

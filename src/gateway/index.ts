/**
 * Live values to web pages, over server-sent events and WebSockets.
 * @module tickmark/gateway
 */
export { Gateway, type Revocation } from './gateway.js';
export type { OpenStream } from './event-streams.js';
export type {
  Authorization,
  GatewayLimits,
  GatewayOptions,
  GatewayStats,
  ReaderAddress,
  ValueSource,
} from './gateway-options.js';
export type { Frame } from './frame.js';
export type { Outlet, OutletEvents } from './outlet.js';
export {
  nodeHandler,
  nodeRequest,
  type NodeHandlerOptions,
  type NodeRequest,
  type NodeResponse,
} from './node-handler.js';
export { repositoryValues } from './repository-values.js';
export type { GatewaySocket } from './web-socket-outlet.js';
export { CloseCode, mayRetry } from '../protocol/close-codes.js';
export { PROTOCOL_VERSION, SUBPROTOCOL } from '../protocol/server-messages.js';

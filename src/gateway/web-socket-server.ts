import type { GatewaySocket } from './web-socket-outlet.js';

/** What is used of the socket that Node's `upgrade` event brings. */
export interface UpgradeSocket {
  readonly destroyed: boolean;
  end(text: string): unknown;
  destroy(): unknown;
  on(event: 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'close', listener: () => void): unknown;
}

/** What is used of a `WebSocketServer` of `ws`. */
export interface WebSocketServerLike {
  handleUpgrade(request: never, socket: never, head: never, callback: (socket: GatewaySocket) => void): void;
  on(event: 'wsClientError', listener: (error: Error) => void): unknown;
}

/** The class `WebSocketServer` of `ws`. */
export type WebSocketServerClass = new (options: {
  noServer: true;
  clientTracking: false;
  maxPayload: number;
  perMessageDeflate: false;
  handleProtocols: () => string;
}) => WebSocketServerLike;

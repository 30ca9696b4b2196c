import type { GatewaySocket } from './web-socket-sink.js';

/** The part of the socket of Node's `upgrade` event that the gateway uses. */
export interface UpgradeSocket {
  readonly destroyed: boolean;
  end(text: string): unknown;
  destroy(): unknown;
  on(event: 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  off(event: 'close', listener: () => void): unknown;
}

/** The part of a socket of `ws` that the gateway uses, besides what browsers have. */
export interface UpgradedSocket extends GatewaySocket {
  pause(): void;
  resume(): void;
  pong(data: Uint8Array): void;
  on(event: 'ping' | 'pong', listener: (data: Uint8Array) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** The part of a `WebSocketServer` of `ws` that the gateway uses. */
export interface WebSocketServerLike {
  handleUpgrade(request: never, socket: never, head: never, callback: (socket: UpgradedSocket) => void): void;
  on(event: 'wsClientError', listener: (error: Error) => void): unknown;
}

/** The class `WebSocketServer` of `ws`. */
export type WebSocketServerClass = new (options: {
  noServer: true;
  clientTracking: false;
  maxPayload: number;
  maxFragments: number;
  autoPong: false;
  perMessageDeflate: false;
  handleProtocols: () => string;
}) => WebSocketServerLike;

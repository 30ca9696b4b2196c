import type { GatewaySocket } from './web-socket-sink.js';

/** What is used of the socket that Node's `upgrade` event brings. */
export interface UpgradeSocket {
  readonly destroyed: boolean;
  end(text: string): unknown;
  destroy(): unknown;
  on(event: 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  off(event: 'close', listener: () => void): unknown;
}

/** What is used of a socket of `ws` beyond what browsers have. */
export interface UpgradedSocket extends GatewaySocket {
  pause(): void;
  resume(): void;
  pong(data: Uint8Array): void;
  on(event: 'ping' | 'pong', listener: (data: Uint8Array) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** What is used of a `WebSocketServer` of `ws`. */
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

// A server of Bun: `Bun.serve(bunServer)`. Its sockets have handlers instead of listeners.
import type { GatewaySocket } from 'tickmark/gateway';
import { gateway } from './live.js';

export const bunServer = {
  fetch(request: Request, server: BunServer): Response | Promise<Response> | undefined {
    const address = server.requestIP(request)?.address;
    const reader = address === undefined ? {} : { address };
    if (request.headers.get('upgrade') !== 'websocket') return gateway.handle(request, reader);
    const open = (socket: GatewaySocket): void => gateway.open(socket, request, reader);
    const headers = { 'sec-websocket-protocol': 'tickmark.v1' };
    const isUpgraded = server.upgrade(request, { headers, data: { open, listeners: [] } });
    return isUpgraded ? undefined : new Response(null, { status: 400 });
  },
  websocket: {
    maxPayloadLength: 3 * 65_536,
    open: (socket: BunSocket) => socket.data.open(socketOf(socket)),
    message: (socket: BunSocket, data: unknown) => emit(socket, 'message', data),
    close: (socket: BunSocket) => emit(socket, 'close'),
  },
};

/** A Bun socket with the interface of a browser WebSocket. */
function socketOf(socket: BunSocket): GatewaySocket {
  return {
    get readyState() {
      return socket.readyState;
    },
    get bufferedAmount() {
      return socket.getBufferedAmount();
    },
    protocol: 'tickmark.v1',
    send: (text) => void socket.send(text),
    close: (code, reason) => socket.close(code, reason),
    terminate: () => socket.terminate(),
    addEventListener: (type: string, listener: Listener) => void socket.data.listeners.push([type, listener]),
  };
}

function emit(socket: BunSocket, type: string, data?: unknown): void {
  for (const [each, listener] of socket.data.listeners) if (each === type) listener({ data });
}

// Types of Bun.
type Listener = (event: { readonly data: unknown }) => void;
interface BunSocket {
  readonly readyState: number;
  readonly data: { open(socket: GatewaySocket): void; readonly listeners: Array<[string, Listener]> };
  getBufferedAmount(): number;
  send(text: string): unknown;
  close(code?: number, reason?: string): void;
  terminate(): void;
}
interface BunServer {
  requestIP(request: Request): { readonly address: string } | null;
  upgrade(request: Request, options: { headers: object; data: BunSocket['data'] }): boolean;
}

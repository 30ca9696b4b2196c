import type { CloseMessage } from '../../protocol/server-messages.js';
import type { Frame } from '../wire/frame.js';
import type { FrameSink, FrameSinkEvents } from '../wire/frame-sink.js';

/**
 * The part of a WebSocket that the gateway uses, as browsers, `ws`, Deno and others implement it. `bufferedAmount` has to count the bytes
 * that have not left, because the gateway detects slow readers by it.
 */
export interface GatewaySocket {
  /** 1: open. */
  readonly readyState: number;
  readonly bufferedAmount: number;
  /** The negotiated subprotocol; empty if there is none. */
  readonly protocol?: string;
  send(data: string): void;
  close(code?: number, reason?: string): void;
  /** Ends the connection without a closing handshake, which a reader that has left would never answer (`ws`). */
  terminate?(): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close' | 'error', listener: () => void): void;
}

/** `readyState` of an open socket. */
export const OPEN = 1;

/** Sends the reason why a socket is refused, and closes it. */
export function refuseSocket(socket: GatewaySocket, message: CloseMessage): void {
  socket.addEventListener('error', () => undefined);
  socket.send(JSON.stringify(message));
  socket.close(message.code, closeReason(message.reason));
}

/** At most 123 bytes, else the socket throws (RFC 6455, 5.5). */
function closeReason(reason: string): string {
  return reason.replace(/[^\x20-\x7e]/g, '?').slice(0, 123);
}

/** Messages as text frames of a WebSocket. */
export class WebSocketSink implements FrameSink {
  readonly #socket: GatewaySocket;
  readonly #events: FrameSinkEvents;
  #isClosed = false;

  constructor(socket: GatewaySocket, events: FrameSinkEvents) {
    this.#socket = socket;
    this.#events = events;
    socket.addEventListener('close', () => this.#closed());
    // A socket that fails closes as well. Without a listener, `ws` would end the process.
    socket.addEventListener('error', () => undefined);
  }

  get buffered(): number {
    return this.#socket.bufferedAmount;
  }

  sizeOf(frame: Frame): number {
    const bytes = frame.jsonBytes;
    // Header of a frame that is not masked: RFC 6455, 5.2.
    return bytes + (bytes < 126 ? 2 : bytes < 65_536 ? 4 : 10);
  }

  write(frame: Frame): void {
    if (!this.#isClosed && this.#socket.readyState === OPEN) this.#socket.send(frame.json);
  }

  keepAlive(): void {
    // `ping` messages keep a WebSocket alive.
  }

  end(code: number, reason: string): void {
    if (!this.#isClosed) this.#socket.close(code, closeReason(reason));
  }

  destroy(): void {
    if (this.#isClosed) return;
    if (this.#socket.terminate) this.#socket.terminate();
    else this.#socket.close();
    this.#closed();
  }

  #closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#events.closed();
  }
}

import type { CloseMessage } from '../../protocol/server-messages.js';
import type { Frame } from '../wire/frame.js';
import type { FrameSink, FrameSinkEvents } from '../wire/frame-sink.js';

/**
 * What is used of a WebSocket: the shape that browsers gave it, and that the sockets of `ws`, Deno and others have. For the
 * time a reader is slow `bufferedAmount` must tell what has not left, as it does there.
 */
export interface GatewaySocket {
  /** 1: open. */
  readonly readyState: number;
  readonly bufferedAmount: number;
  /** The subprotocol agreed upon; empty without one. */
  readonly protocol?: string;
  send(data: string): void;
  close(code?: number, reason?: string): void;
  /** Ends the connection without a closing handshake, which a reader that is gone would never answer (`ws`). */
  terminate?(): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close' | 'error', listener: () => void): void;
}

/** `readyState` of a socket that is open. */
export const OPEN = 1;

/** Says why a socket is not taken, and closes it. */
export function refuseSocket(socket: GatewaySocket, message: CloseMessage): void {
  socket.addEventListener('error', () => undefined);
  socket.send(JSON.stringify(message));
  socket.close(message.code, closeReason(message.reason));
}

/** At most 123 bytes, or the socket throws (RFC 6455, 5.5). */
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
    // A socket that fails closes, too; without a listener `ws` would take the process down.
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
    // A `ping` message does that.
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

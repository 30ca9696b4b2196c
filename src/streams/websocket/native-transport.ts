import { errorCodes } from '../../core/error-text.js';
import type { LinkTarget, Transport, TransportConnection, TransportEvents } from '../connection/transport.js';
import { closeMessage, TOO_BIG, type SocketSettings } from './socket-settings.js';

/** The part of a browser's `WebSocket` that is used. Node 22 has one, too. */
export interface NativeWebSocket {
  binaryType: string;
  readonly readyState: number;
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null;
  onerror: (() => void) | null;
  send(data: string): void;
  close(code?: number, reason?: string): void;
}

/** A `WebSocket` class of the platform. */
export type NativeWebSocketClass = new (url: string, protocols?: string[]) => NativeWebSocket;

const OPEN = 1;
const nothing = (): void => undefined;

/** Opens connections with the platform's `WebSocket`: it cannot ping, send headers, or report why an upgrade was refused. */
export function nativeTransport(
  WebSocket: NativeWebSocketClass,
  { maxFrameBytes, redact }: SocketSettings,
): Transport {
  return {
    open({ url, protocols = [] }: LinkTarget, events: TransportEvents): TransportConnection {
      let socket: NativeWebSocket;
      try {
        socket = new WebSocket(url, [...protocols]);
      } catch (error) {
        // The error's message contains the URL.
        events.closed({ message: `The connection could not be opened (${errorCodes(error)}).` });
        return { send: nothing, close: nothing };
      }
      socket.binaryType = 'arraybuffer';
      socket.onopen = () => events.opened();
      socket.onmessage = ({ data }) => {
        const frame = typeof data === 'string' ? data : new Uint8Array(data as ArrayBuffer);
        if (frame.length > maxFrameBytes) events.dropped(TOO_BIG);
        else events.frame(frame, frame.length);
      };
      const detach = (): void => {
        socket.onopen = socket.onmessage = socket.onclose = null;
        // Some platforms report a late error without a listener as unhandled.
        socket.onerror = nothing;
      };
      socket.onerror = nothing;
      socket.onclose = ({ code, reason }) => {
        detach();
        events.closed({ message: closeMessage(code, reason, redact), code });
      };
      return {
        send: (text) => {
          if (socket.readyState === OPEN) socket.send(text);
        },
        close: (code, reason) => {
          detach();
          socket.close(code, reason);
        },
      };
    },
  };
}

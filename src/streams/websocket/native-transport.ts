import type { LinkTarget, Transport, TransportConnection, TransportEvents } from '../connection/transport.js';
import { closeMessage, TOO_BIG, type SocketSettings } from './socket-settings.js';

/** What is used of a browser's `WebSocket`, which Node 22 has too. */
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
export type NativeWebSocketClass = new (url: string) => NativeWebSocket;

const OPEN = 1;
const nothing = (): void => undefined;

/** Connections by the platform's own WebSocket: no pings, no headers, and no word on why an upgrade was refused. */
export function nativeTransport(
  WebSocket: NativeWebSocketClass,
  { maxFrameBytes, redact: clean }: SocketSettings,
): Transport {
  return {
    open({ url }: LinkTarget, events: TransportEvents): TransportConnection {
      let socket: NativeWebSocket;
      try {
        socket = new WebSocket(url);
      } catch (error) {
        // Its message quotes the address.
        events.closed({ message: `The connection could not be opened (${(error as Error).name}).` });
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
        // Left in place: a late error without a listener would be reported as unhandled by some platforms.
        socket.onerror = nothing;
      };
      socket.onerror = nothing;
      socket.onclose = ({ code, reason }) => {
        detach();
        events.closed({ message: closeMessage(code, reason, clean), code });
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

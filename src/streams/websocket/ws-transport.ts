import { errorText } from '../../core/error-text.js';
import { parseRetryAfter } from '../connection/retry-after.js';
import { describeAnswer } from '../connection/refusals.js';
import type {
  LinkClose,
  LinkTarget,
  Transport,
  TransportConnection,
  TransportEvents,
} from '../connection/transport.js';
import { closeMessage, TOO_BIG, type SocketSettings } from './socket-settings.js';

interface Response {
  readonly statusCode?: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  resume(): void;
}

/** The part of a socket of the package `ws`, version 8, that is used. */
export interface WsSocket {
  on(event: 'open', listener: () => void): unknown;
  on(event: 'message', listener: (data: Uint8Array, isBinary: boolean) => void): unknown;
  on(event: 'pong', listener: () => void): unknown;
  on(event: 'close', listener: (code: number, reason: Uint8Array) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'unexpected-response', listener: (request: unknown, response: Response) => void): unknown;
  removeAllListeners(): unknown;
  send(data: string, done: () => void): void;
  ping(data?: undefined, mask?: undefined, done?: () => void): void;
  close(code?: number, reason?: string): void;
  terminate(): void;
  readonly readyState: number;
}

/** The class of the package `ws`, version 8. */
export type WsClass = new (url: string, protocols: string[], options: object) => WsSocket;

// `ws` closes the connection when it refuses a frame. So its limit only protects memory.
const MAX_PAYLOAD_FACTOR = 8;
const OPEN = 1;
const nothing = (): void => undefined;

/** Opens connections with the package `ws`: it can ping, send headers, and report why an upgrade was refused. */
export function wsTransport(WebSocket: WsClass, settings: SocketSettings): Transport {
  const { maxFrameBytes, compression, agent, redact, now } = settings;

  return {
    open({ url, headers, protocols = [] }: LinkTarget, events: TransportEvents): TransportConnection {
      let socket: WsSocket;
      let isOver = false;
      let lastError: Error | undefined;
      try {
        socket = new WebSocket(url, [...protocols], {
          headers,
          agent,
          maxPayload: maxFrameBytes * MAX_PAYLOAD_FACTOR,
          perMessageDeflate: compression,
          // A frame of invalid UTF-8 is counted as rejected; it must not end the connection.
          skipUTF8Validation: true,
          followRedirects: false,
        });
      } catch (error) {
        events.closed({ message: `The connection could not be opened: ${redact(errorText(error))}` });
        return { send: nothing, close: nothing };
      }
      const close = (code?: number, reason?: string): void => {
        if (isOver) return;
        isOver = true;
        socket.removeAllListeners();
        // A detached socket may still fail, and an 'error' without a listener would end the process.
        socket.on('error', nothing);
        if (socket.readyState === OPEN) socket.close(code, reason);
        socket.terminate();
      };
      const closed = (message: string, details: Omit<LinkClose, 'message'> = {}) => {
        if (isOver) return;
        close();
        events.closed({ message, ...details });
      };
      socket.on('open', () => events.opened());
      socket.on('message', (data, isBinary) => {
        if (data.length > maxFrameBytes) events.dropped(TOO_BIG);
        else events.frame(isBinary ? data : data.toString(), data.length);
      });
      socket.on('pong', () => events.pong());
      socket.on('unexpected-response', (_request, response) => {
        response.resume();
        const { statusCode: status = 0, headers: answer } = response;
        const retryAfterMs = parseRetryAfter(String(answer['retry-after'] ?? ''), now());
        const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
        const contentType = String(answer['content-type'] ?? '');
        const what = describeAnswer(status, String(answer.location ?? ''));
        closed(`The venue refused the connection with HTTP ${what}.`, { status, contentType, ...wait });
      });
      socket.on('error', (error) => (lastError = error));
      socket.on('close', (code, reason) => {
        if (lastError) closed(`The connection failed: ${redact(errorText(lastError))}`, { code });
        else closed(closeMessage(code, reason.toString(), redact), { code });
      });
      return {
        send: (text) => socket.send(text, nothing),
        ping: () => socket.ping(undefined, undefined, nothing),
        close,
      };
    },
  };
}

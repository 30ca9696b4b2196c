import { checkNames } from '../../core/option-names.js';
import { mayRetry } from '../../protocol/close-codes.js';
import type { ClientMessage } from '../../protocol/client-messages.js';
import { parseServerMessage, SUBPROTOCOL, type ServerMessage } from '../../protocol/server-messages.js';
import type { Topic } from '../../protocol/topic.js';
import {
  connectionImpossible,
  connectionLost,
  endOf,
  obstructed,
  type ConnectionEnd,
  type GatewayTransport,
} from './gateway-connection.js';
import { addressOf, isWhole, obstacleOf, watchPolicy } from './page-causes.js';
import { portionsOf } from '../topics/topic-portions.js';

/** The part of a browser's `WebSocket` that is used. */
export interface ClientWebSocket {
  readonly readyState: number;
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number }) => void) | null;
  onerror?: (() => void) | null;
  send(data: string): void;
  close(code?: number): void;
}

/** A `WebSocket` class. */
export type ClientWebSocketClass = new (url: string, protocols: string[]) => ClientWebSocket;

interface Browser {
  readonly WebSocket: ClientWebSocketClass;
}

/** Most characters of topics in one message: the gateway accepts 64 KiB, and a character has up to 4 bytes. */
const TOPIC_CHARACTERS = 12_000;
const OPEN = 1;
/** Close code of a socket that did not close by itself: RFC 6455, 7.4.1. */
const NOTHING_KNOWN = 1006;

/** Options of {@link webSockets}. */
export interface WebSocketOptions {
  /** Class of the sockets. Default: the platform's `WebSocket`. */
  readonly WebSocket?: ClientWebSocketClass;
}

/**
 * Connects by WebSocket. The address begins with `ws`, or with `http` as for event streams. Topics can change without a new connection.
 * A token is sent in the first message, since a browser's handshake cannot carry one.
 *
 * @example
 * ```ts
 * import { TickmarkClient, webSockets } from 'tickmark/client';
 *
 * const client = new TickmarkClient({ url: 'wss://prices.example.com/live', transport: webSockets() });
 * ```
 */
export function webSockets(options: WebSocketOptions = {}): GatewayTransport {
  checkNames('webSockets', 'option', options, { WebSocket: true });
  const { WebSocket: given } = options;
  watchPolicy();
  return (url) => {
    // Any socket to this address: then no policy forbids it.
    let hasOpened = false;
    return (request, events) => {
      const { token, held, position, added } = request;
      let socket: ClientWebSocket;
      let wasOpen = false;
      let isOver = false;
      const ended = (end: ConnectionEnd): void => {
        if (!isOver) events.ended(end);
        isOver = true;
      };
      /** A browser says nothing of why a socket does not open. @param end `null`: it may still close by itself. */
      let found: ReturnType<typeof obstacleOf> | undefined;
      const failed = async (end: ConnectionEnd | null): Promise<void> => {
        const obstacle = hasOpened ? null : await (found ??= obstacleOf(url, !given));
        if (obstacle) ended(obstructed(obstacle));
        else if (end) ended(end);
      };
      try {
        const { WebSocket } = globalThis as unknown as Browser;
        // As it was given: the URL of React Native adds a slash at the end.
        const whole = isWhole(url) ? url : (addressOf(url)?.href ?? url);
        const address = whole.replace(/^http/i, 'ws');
        socket = new (given ?? WebSocket)(address, [SUBPROTOCOL]);
      } catch (error) {
        const hasClass = (given ?? (globalThis as { WebSocket?: unknown }).WebSocket) !== undefined;
        // The message of the error quotes the address.
        const why = hasClass
          ? `The connection could not be opened (${(error as Error).name}).`
          : 'This platform has no WebSocket: pass a class, webSockets({ WebSocket }).';
        void failed(connectionImpossible(why));
        return { close: () => undefined };
      }
      // Number of resumes without an answer. Until all are answered, values are not complete up to the position.
      let unanswered = 0;
      let closing: ConnectionEnd | undefined;
      const send = (message: ClientMessage): void => {
        if (socket.readyState === OPEN) socket.send(JSON.stringify(message));
      };
      const change = (topicsAdded: readonly Topic[], removed: readonly Topic[]): void => {
        for (const topics of portionsOf(removed, TOPIC_CHARACTERS)) send({ type: 'unsubscribe', topics });
        for (const topics of portionsOf(topicsAdded, TOPIC_CHARACTERS)) send({ type: 'subscribe', topics });
      };
      socket.onopen = () => {
        wasOpen = true;
        hasOpened = true;
        if (token !== null) send({ type: 'auth', token });
        for (const topics of portionsOf(held, TOPIC_CHARACTERS)) {
          unanswered++;
          send({ type: 'resume', request: 1, topics, position: position! });
        }
        change(added, []);
      };
      socket.onmessage = ({ data }) => {
        const message = parseServerMessage(data as string);
        if (message?.type === 'ping') send({ type: 'pong' });
        if (message?.type === 'close') closing = endOf(message);
        if (message?.type === 'snapshot' && message.request === 1) unanswered--;
        if (!message) events.alive();
        else if (unanswered > 0) events.message({ ...message, position: undefined } as ServerMessage);
        else events.message(message);
      };
      socket.onclose = ({ code }) => {
        const lost = connectionLost('The connection has ended.', code);
        const end = closing ?? { ...lost, retry: mayRetry(code) };
        if (wasOpen || code !== NOTHING_KNOWN) ended(end);
        else void failed(end);
      };
      // One that the page's policy forbids has no close event.
      socket.onerror = () => void (wasOpen || failed(null));
      return {
        change,
        authenticate: (newer) => send({ type: 'auth', token: newer }),
        close() {
          socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
          socket.close(1000);
        },
      };
    };
  };
}

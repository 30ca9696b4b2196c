import { checkNames } from '../../core/option-names.js';
import { mayRetry } from '../../protocol/close-codes.js';
import type { ClientMessage } from '../../protocol/client-messages.js';
import { parseServerMessage, SUBPROTOCOL, type ServerMessage } from '../../protocol/server-messages.js';
import type { Topic } from '../../protocol/topic.js';
import { connectionLost, endOf, type ConnectionEnd, type GatewayTransport } from './gateway-connection.js';

/** The part of a browser's `WebSocket` that is used. */
export interface ClientWebSocket {
  readonly readyState: number;
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number }) => void) | null;
  send(data: string): void;
  close(code?: number): void;
}

/** A `WebSocket` class. */
export type ClientWebSocketClass = new (url: string, protocols: string[]) => ClientWebSocket;

interface Browser {
  readonly WebSocket: ClientWebSocketClass;
  readonly location?: { readonly href: string };
}

/** Most characters of topics in one message: the gateway accepts 64 KiB, and a character has up to 4 bytes. */
const TOPIC_CHARACTERS = 12_000;
const OPEN = 1;

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
  return (url) => (request, events) => {
    const { token, held, position, added } = request;
    let socket: ClientWebSocket;
    try {
      const { WebSocket, location } = globalThis as unknown as Browser;
      const address = new URL(url, location?.href).href.replace(/^http/, 'ws');
      socket = new (given ?? WebSocket)(address, [SUBPROTOCOL]);
    } catch (error) {
      const hasClass = (given ?? (globalThis as { WebSocket?: unknown }).WebSocket) !== undefined;
      // The message of the error quotes the address.
      const why = hasClass
        ? `The connection could not be opened (${(error as Error).name}).`
        : 'This platform has no WebSocket: pass a class, webSockets({ WebSocket }).';
      const end = connectionLost(why);
      queueMicrotask(() => events.ended({ ...end, retry: false }));
      return { close: () => undefined };
    }
    // Number of resumes without an answer. Until all are answered, values are not complete up to the position.
    let unanswered = 0;
    let closing: ConnectionEnd | undefined;
    const send = (message: ClientMessage): void => {
      if (socket.readyState === OPEN) socket.send(JSON.stringify(message));
    };
    const change = (topicsAdded: readonly Topic[], removed: readonly Topic[]): void => {
      for (const topics of chunked(removed)) send({ type: 'unsubscribe', topics });
      for (const topics of chunked(topicsAdded)) send({ type: 'subscribe', topics });
    };
    socket.onopen = () => {
      if (token !== null) send({ type: 'auth', token });
      for (const topics of chunked(held)) {
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
    socket.onclose = ({ code }) =>
      events.ended(
        closing ?? { ...connectionLost('The connection has ended.', code), retry: mayRetry(code) },
      );
    return {
      change,
      close() {
        socket.onopen = socket.onmessage = socket.onclose = null;
        socket.close(1000);
      },
    };
  };
}

function* chunked(topics: readonly Topic[]): Iterable<Topic[]> {
  let part: Topic[] = [];
  let characters = 0;
  for (const topic of topics) {
    characters += topic.length;
    if (characters > TOPIC_CHARACTERS) {
      yield part;
      part = [];
      characters = topic.length;
    }
    part.push(topic);
  }
  if (part.length > 0) yield part;
}

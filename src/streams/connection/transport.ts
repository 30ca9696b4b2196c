/** Headers of a request: names and values. Values count as secrets and never appear in messages. */
export type LinkHeaders = Readonly<Record<string, string>>;

/** Where to connect. */
export interface LinkTarget {
  readonly url: string;
  readonly headers?: LinkHeaders;
  /** Subprotocols to offer (WebSocket), the preferred one first. */
  readonly protocols?: readonly string[];
}

/** How a connection ended. */
export interface LinkClose {
  /** Description without secrets. */
  readonly message: string;
  /** Close code of the WebSocket protocol (RFC 6455 section 7.4), where there is one. */
  readonly code?: number;
  /** HTTP status of a refused upgrade or request. 0: a redirect, of which a browser shows no more. */
  readonly status?: number;
  /** `Content-Type` of that answer, which tells a page from an answer of an interface. */
  readonly contentType?: string;
  /** The server has said that clients must not try again. */
  readonly mustStop?: boolean;
  /** How long the server asks to wait before a retry, in ms. */
  readonly retryAfterMs?: number;
}

/** Events of a connection. None comes after `close()` of the connection. */
export interface TransportEvents {
  /** The connection is open: frames can be sent. */
  opened(): void;
  /** A frame came: `bytes` is its size before compression, or its number of characters where the socket does not give the size. */
  frame(data: string | Uint8Array, bytes: number): void;
  /** A pong came. */
  pong(): void;
  /** The transport dropped a frame that was too big or unreadable. The connection stays open. */
  dropped(reason: string): void;
  /** The connection has ended, whether or not it was ever open. This is the last event. */
  closed(close: LinkClose): void;
}

/** One connection, opening or open. */
export interface TransportConnection {
  /** Sends a text frame. Only after `opened()`. */
  send(text: string): void;
  /** Sends a ping, which `pong()` answers. Absent where the socket cannot ping. */
  ping?(): void;
  /** Closes at once and releases everything; no event follows. If the connection is open, the peer receives `code` and `reason`. */
  close(code?: number, reason?: string): void;
}

/**
 * Port: opens connections. Tests can replace the network with their own.
 *
 * `open()` must not throw: it reports failures by `closed()`.
 *
 * @example
 * ```ts
 * import type { Transport } from 'tickmark/websocket';
 *
 * const refuseAll: Transport = {
 *   open(_target, events) {
 *     queueMicrotask(() => events.closed({ message: 'The test refuses every connection.' }));
 *     return { send: () => {}, close: () => {} };
 *   },
 * };
 * ```
 */
export interface Transport {
  open(target: LinkTarget, events: TransportEvents): TransportConnection;
}

/** Headers of a request: names and values. Values are secrets: they never appear in a message. */
export type LinkHeaders = Readonly<Record<string, string>>;

/** Where to connect. */
export interface LinkTarget {
  readonly url: string;
  readonly headers?: LinkHeaders;
}

/** How a connection ended. */
export interface LinkClose {
  /** What happened, without secrets. */
  readonly message: string;
  /** Close code of the WebSocket protocol (RFC 6455 section 7.4), where there is one. */
  readonly code?: number;
  /** HTTP status of a refused upgrade. */
  readonly status?: number;
  /** How long the server asks to be left alone, in ms. */
  readonly retryAfterMs?: number;
}

/** What a connection tells the engine. None is called any more after `close()` of the connection. */
export interface TransportEvents {
  /** The connection is open: frames can be sent. */
  opened(): void;
  /** A frame has come, of `bytes` bytes on the wire before compression (characters, where the socket does not tell). */
  frame(data: string | Uint8Array, bytes: number): void;
  /** The answer to a ping has come. */
  pong(): void;
  /** A frame was too big or could not be read, and was dropped by the transport; the connection goes on. */
  dropped(reason: string): void;
  /** The connection is over, whether or not it was ever open. The last call. */
  closed(close: LinkClose): void;
}

/** One connection, under way or open. */
export interface TransportConnection {
  /** Sends a text. Only after `opened()`. */
  send(text: string): void;
  /** Sends a ping that is answered by `pong()`; absent where that cannot be done. */
  ping?(): void;
  /** Lets go at once: no event is called any more, nothing is left. `code` and `reason` are told to the other side, if open. */
  close(code?: number, reason?: string): void;
}

/**
 * Makes connections. The engine is the only caller; a scripted one stands in for the network in tests.
 * Must not throw: what goes wrong is told by `closed()`.
 */
export interface Transport {
  open(target: LinkTarget, events: TransportEvents): TransportConnection;
}

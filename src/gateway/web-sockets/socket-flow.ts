/** Events of a {@link SocketFlow}, besides its messages. */
export interface SocketFlowEvents {
  /** So many bytes were read, and their messages were received. */
  read(bytes: number): void;
  /** A ping arrived, which is to be answered with its data. */
  ping(data: Uint8Array): void;
  /** A pong arrived. */
  pong(): void;
  /** A frame breaks RFC 6455, or is larger than `maxPayload`: nothing more can be read. */
  broken(): void;
}

/** Controls how a WebSocket is read, on servers that permit that: `ws` does. */
export interface SocketFlow {
  /** Stops reading. Messages of bytes that were read already still arrive. */
  pause(): void;
  /** Reads again. */
  resume(): void;
  /** Sends a pong. */
  pong(data: Uint8Array): void;
  /** Calls `events` from now on. */
  listen(events: SocketFlowEvents): void;
}

/** What is heard of a {@link SocketFlow} beside its messages. */
export interface SocketFlowEvents {
  /** So many bytes were read, and their messages heard. */
  read(bytes: number): void;
  /** A ping, to be answered with its data. */
  ping(data: Uint8Array): void;
  pong(): void;
  /** What was read breaks RFC 6455, or `maxPayload`: nothing more can be read. */
  broken(): void;
}

/** How a WebSocket is read, where the server lets it be slowed down: `ws` does. */
export interface SocketFlow {
  /** Reads no more, but for what was read already. */
  pause(): void;
  resume(): void;
  pong(data: Uint8Array): void;
  listen(events: SocketFlowEvents): void;
}

import type { Frame } from './frame.js';

/** Where a connection's frames go: an HTTP response, a stream of the Fetch API, a WebSocket. */
export interface FrameSink {
  /** Bytes that were written and have not left this process. */
  readonly buffered: number;
  /** Bytes that a frame takes here. */
  sizeOf(frame: Frame): number;
  write(frame: Frame): void;
  /** Sends something that the reader does not see, where there is such a thing: a comment. */
  keepAlive(): void;
  /** Ends it once everything written has left. */
  end(code: number, reason: string): void;
  /** Ends it at once. */
  destroy(): void;
}

/** What an outlet tells. */
export interface FrameSinkEvents {
  /** It is over, whoever ended it. */
  closed(): void;
}

import type { Frame } from './frame.js';

/** Where the frames of a connection are written: an HTTP response, a stream of the Fetch API, a WebSocket. */
export interface FrameSink {
  /** Bytes that were written but have not left this process. */
  readonly buffered: number;
  /** Bytes that a frame takes in this sink. */
  sizeOf(frame: Frame): number;
  /** Writes a frame. */
  write(frame: Frame): void;
  /** Sends something that the reader does not see, such as a comment, if the transport has that. */
  keepAlive(): void;
  /** Ends the connection once everything written has left. */
  end(code: number, reason: string): void;
  /** Ends the connection at once. */
  destroy(): void;
}

/** Events of a {@link FrameSink}. */
export interface FrameSinkEvents {
  /** The connection is over, no matter which side ended it. */
  closed(): void;
}

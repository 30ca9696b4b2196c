import type { Frame } from './frame.js';

/**
 * Where the frames of a connection are written: an HTTP response, a stream of the Fetch API, a WebSocket. `Gateway.stream` takes a function
 * that opens one.
 *
 * @example
 * ```ts
 * import type { Writable } from 'node:stream';
 * import type { FrameSink, FrameSinkEvents } from 'tickmark/gateway';
 *
 * export function sinkOf(stream: Writable, events: FrameSinkEvents): FrameSink {
 *   stream.on('close', () => events.closed());
 *   return {
 *     get buffered() {
 *       return stream.writableLength;
 *     },
 *     sizeOf: ({ event }) => event.byteLength,
 *     write: ({ event }) => void stream.write(event),
 *     keepAlive: () => void stream.write(':\n\n'),
 *     end: () => void stream.end(),
 *     destroy: () => void stream.destroy(),
 *   };
 * }
 * ```
 */
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

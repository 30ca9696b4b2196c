import { COMMENT } from '../../protocol/event-stream.js';
import type { Frame } from '../wire/frame.js';
import type { FrameSink, FrameSinkEvents } from '../wire/frame-sink.js';

/** The comment that keeps an event stream alive, in UTF-8. */
export const COMMENT_BYTES: Uint8Array = new TextEncoder().encode(COMMENT);

/** Server-sent events as the body of a `Response`. */
export class EventStreamSink implements FrameSink {
  /** The body of the response. */
  readonly body: ReadableStream<Uint8Array>;
  /** Bytes that the consumer of the body has not read. */
  buffered = 0;
  readonly #events: FrameSinkEvents;
  readonly #left: AbortSignal;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #waiting: Uint8Array[] = [];
  #isWanted = false;
  #isEnding = false;
  #isClosed = false;

  /** @param left Fires when the reader has left. */
  constructor(events: FrameSinkEvents, left: AbortSignal) {
    this.#events = events;
    this.#left = left;
    this.body = new ReadableStream(
      {
        start: (controller) => void (this.#controller = controller),
        pull: () => this.#pull(),
        cancel: () => this.#over(),
      },
      // No chunk is queued in advance: each is handed over when it is read, so that `buffered` is exact.
      { highWaterMark: 0 },
    );
  }

  sizeOf(frame: Frame): number {
    return frame.event.byteLength;
  }

  write(frame: Frame): void {
    this.#push(frame.event);
  }

  keepAlive(): void {
    this.#push(COMMENT_BYTES);
  }

  end(): void {
    if (this.#isClosed) return;
    this.#isEnding = true;
    if (this.#waiting.length === 0) this.#close();
  }

  destroy(): void {
    if (this.#isClosed) return;
    // Nobody would see an error, and servers such as that of Deno would log it.
    if (this.#left.aborted) this.#controller!.close();
    else this.#controller!.error(new Error('The connection was ended.'));
    this.#over();
  }

  #push(chunk: Uint8Array): void {
    if (this.#isClosed || this.#isEnding) return;
    if (this.#isWanted) {
      this.#isWanted = false;
      this.#controller!.enqueue(chunk);
    } else {
      this.#waiting.push(chunk);
      this.buffered += chunk.byteLength;
    }
  }

  #pull(): void {
    const chunk = this.#waiting.shift();
    if (!chunk) {
      this.#isWanted = true;
      return;
    }
    this.buffered -= chunk.byteLength;
    this.#controller!.enqueue(chunk);
    if (this.#isEnding && this.#waiting.length === 0) this.#close();
  }

  #close(): void {
    this.#controller!.close();
    this.#over();
  }

  #over(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#waiting = [];
    this.buffered = 0;
    this.#events.closed();
  }
}

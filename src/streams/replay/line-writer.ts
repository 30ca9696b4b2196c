import type { Writable } from 'node:stream';
import type { Clock, Timer } from '../../core/clock.js';

/** Options of {@link LineWriter}. */
export interface LineWriterOptions {
  readonly clock: Clock;
  /** Longest time that a line waits before it is written, in ms. */
  readonly flushMs: number;
  /** Most characters that may wait. */
  readonly maxBuffered: number;
  /** Called after lines that waited for `flushMs` were written. */
  readonly onFlush?: () => void;
}

const CHUNK = 64 * 1024;

/** Writes lines to a stream in chunks, at the stream's pace, with a bounded buffer. */
export class LineWriter {
  readonly #target: Writable;
  readonly #options: LineWriterOptions;
  readonly #onDrain = (): void => this.#drained();
  #lines: string[] = [];
  #waiting = 0;
  #isFull = false;
  #isOver = false;
  #timer: Timer | undefined;

  constructor(target: Writable, options: LineWriterOptions) {
    this.#target = target;
    this.#options = options;
    target.on('drain', this.#onDrain);
  }

  /** Characters that wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Adds a line, without its line break. Returns `false` if the buffer is full. */
  write(line: string): boolean {
    if (this.#isOver || this.#waiting + line.length >= this.#options.maxBuffered) return false;
    this.#lines.push(line, '\n');
    this.#waiting += line.length + 1;
    if (this.#waiting >= CHUNK) this.#writeChunk();
    else this.#timer ??= this.#options.clock.setTimer(() => this.#flush(), this.#options.flushMs);
    return true;
  }

  /**
   * Writes all lines that wait and a last line, for which there is always room, and closes the writer. The caller must wait until the
   * target has taken them.
   */
  end(lastLine: string): void {
    if (this.#isOver) return;
    this.#lines.push(lastLine, '\n');
    this.#waiting += lastLine.length + 1;
    this.#isFull = false;
    this.#writeChunk();
    this.abandon();
  }

  /** Drops the lines that wait, and closes the writer. */
  abandon(): void {
    this.#isOver = true;
    this.#lines = [];
    this.#waiting = 0;
    this.#timer?.clear();
    this.#target.off('drain', this.#onDrain);
  }

  #flush(): void {
    this.#timer = undefined;
    this.#writeChunk();
    this.#options.onFlush?.();
  }

  #writeChunk(): void {
    if (this.#isFull || this.#waiting === 0) return;
    this.#timer?.clear();
    this.#timer = undefined;
    const chunk = this.#lines.join('');
    this.#lines = [];
    this.#waiting = 0;
    this.#isFull = !this.#target.write(chunk);
  }

  #drained(): void {
    this.#isFull = false;
    this.#writeChunk();
  }
}

import type { Inflate, InflateFault } from './inflate.js';

/** Takes what a {@link FrameInflater} makes of frames. */
export interface InflatedFrames {
  /** The text of a frame that came at `receivedAt`, ms since 1970. */
  text(frame: string, receivedAt: number): void;
  /** A frame was dropped; the next one follows. `overloaded`: too many frames wait. */
  dropped(reason: InflateFault | 'overloaded'): void;
}

interface WaitingFrame {
  readonly data: string | Uint8Array;
  readonly receivedAt: number;
}

/** How many frames of the greatest size may wait: a peer that sends faster than can be decompressed must not fill the memory. */
const MAX_WAITING = 16;

/** Decompresses the binary frames of one connection, one after the other, and passes on all frames in their order. */
export class FrameInflater {
  readonly #inflate: Inflate;
  readonly #maxBytes: number;
  readonly #target: InflatedFrames;
  readonly #waiting: WaitingFrame[] = [];
  #waitingBytes = 0;
  #isRunning = false;
  #isOver = false;

  /** @param maxBytes Most bytes of a frame, after it is decompressed. */
  constructor(inflate: Inflate, maxBytes: number, target: InflatedFrames) {
    this.#inflate = inflate;
    this.#maxBytes = maxBytes;
    this.#target = target;
  }

  /** Adds a frame. It is passed on at once, unless one before it is being decompressed in the background. */
  push(data: string | Uint8Array, receivedAt: number): void {
    if (this.#isRunning) return this.#wait({ data, receivedAt });
    const inflated = typeof data === 'string' ? data : this.#inflate(data, this.#maxBytes);
    if (inflated instanceof Promise) void this.#run(inflated, receivedAt);
    else this.#pass(inflated, receivedAt);
  }

  /** Drops the frames that wait: the connection has ended. */
  close(): void {
    this.#isOver = true;
    this.#waiting.length = 0;
  }

  #wait(frame: WaitingFrame): void {
    const bytes = this.#waitingBytes + frame.data.length;
    if (bytes > MAX_WAITING * this.#maxBytes) return this.#target.dropped('overloaded');
    this.#waitingBytes = bytes;
    this.#waiting.push(frame);
  }

  async #run(first: Promise<string | { readonly fault: InflateFault }>, receivedAt: number): Promise<void> {
    this.#isRunning = true;
    this.#pass(await first, receivedAt);
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      const { data, receivedAt: at } = next;
      this.#waitingBytes -= data.length;
      this.#pass(typeof data === 'string' ? data : await this.#inflate(data, this.#maxBytes), at);
    }
    this.#isRunning = false;
  }

  #pass(inflated: string | { readonly fault: InflateFault }, receivedAt: number): void {
    if (this.#isOver) return;
    if (typeof inflated === 'string') this.#target.text(inflated, receivedAt);
    else this.#target.dropped(inflated.fault);
  }
}

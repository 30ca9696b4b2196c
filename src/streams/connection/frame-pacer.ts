import type { Clock, Timer } from '../../core/clock.js';

const WINDOW_MS = 1000;

/**
 * Sends frames in order, at most so many in any second. The window slides: a burst at the end of one second counts against the start of
 * the next.
 */
export class FramePacer {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #queue: (() => void)[] = [];
  readonly #sentAt: number[] = [];
  #timer: Timer | undefined;

  /** @param framesPerSecond at least 1; `Infinity` for no limit. */
  constructor(clock: Clock, framesPerSecond = Infinity) {
    this.#clock = clock;
    this.#limit = framesPerSecond;
  }

  /** Frames that wait. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Calls `send` as soon as the limit allows; with `urgent`, before the frames that wait. */
  push(send: () => void, urgent = false): void {
    if (urgent) this.#queue.unshift(send);
    else this.#queue.push(send);
    this.#drain();
  }

  /** Resolves when all frames pushed so far have been sent; never, after `clear()`. */
  idle(): Promise<void> {
    if (this.#queue.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const last = this.#queue.length - 1;
      const send = this.#queue[last]!;
      this.#queue[last] = () => {
        send();
        resolve();
      };
    });
  }

  /** Drops the frames that wait. */
  clear(): void {
    this.#queue.length = 0;
    this.#timer?.clear();
    this.#timer = undefined;
  }

  #drain(): void {
    while (!this.#timer && this.#queue.length > 0) {
      const wait = this.#wait();
      if (wait > 0) {
        this.#timer = this.#clock.setTimer(() => {
          this.#timer = undefined;
          this.#drain();
        }, wait);
        return;
      }
      this.#queue.shift()!();
    }
  }

  /** Takes a place in the window and returns 0, or returns the ms until there is one. */
  #wait(): number {
    if (this.#limit === Infinity) return 0;
    const now = this.#clock.monotonic();
    const sentAt = this.#sentAt;
    while (sentAt.length > 0 && now - sentAt[0]! >= WINDOW_MS) sentAt.shift();
    if (sentAt.length >= this.#limit) return sentAt[0]! + WINDOW_MS - now;
    sentAt.push(now);
    return 0;
  }
}

import type { Clock, Timer } from '../../core/clock.js';
import { RateWindow } from './rate-window.js';

const WINDOW_MS = 1000;

/** Sends frames in order, at most so many in any second. */
export class FramePacer {
  readonly #clock: Clock;
  readonly #window: RateWindow;
  readonly #queue: (() => void)[] = [];
  #timer: Timer | undefined;

  /** @param framesPerSecond at least 1; `Infinity` for no limit. */
  constructor(clock: Clock, framesPerSecond = Infinity) {
    this.#clock = clock;
    this.#window = new RateWindow(clock, framesPerSecond, WINDOW_MS);
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
      const wait = this.#window.take();
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
}

import type { Clock } from '../../core/clock.js';

/** Admits so many events in any time of `windowMs`. The window slides: a burst at its end counts against the start of the next. */
export class RateWindow {
  readonly #clock: Clock;
  readonly #most: number;
  readonly #windowMs: number;
  readonly #admittedAt: number[] = [];

  /** @param most at least 1; `Infinity` for no limit. */
  constructor(clock: Clock, most: number, windowMs: number) {
    this.#clock = clock;
    this.#most = most;
    this.#windowMs = windowMs;
  }

  /** Admits an event and returns 0, or returns the ms until one is admitted. */
  take(): number {
    if (this.#most === Infinity) return 0;
    const now = this.#clock.monotonic();
    const admittedAt = this.#admittedAt;
    while (admittedAt.length > 0 && now - admittedAt[0]! >= this.#windowMs) admittedAt.shift();
    if (admittedAt.length >= this.#most) return admittedAt[0]! + this.#windowMs - now;
    admittedAt.push(now);
    return 0;
  }
}

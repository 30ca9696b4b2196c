import type { Clock, Timer } from '../clock.js';

const INTERVAL_MS = 1000;
const DURATION_MS = 60_000;

/** Calls once a second for a minute after each sign of life, except in a second that had one. */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #send: () => void;
  #timer: Timer | null = null;
  #aliveAt = 0;
  readonly #tick = (): void => {
    this.#timer = null;
    const quiet = this.#clock.monotonic() - this.#aliveAt;
    if (quiet >= INTERVAL_MS) this.#send();
    if (quiet < DURATION_MS) this.#timer = this.#clock.setTimer(this.#tick, INTERVAL_MS);
  };

  constructor(clock: Clock, beat: () => void) {
    this.#clock = clock;
    this.#send = beat;
  }

  /** A sign of life. */
  restart(): void {
    this.#aliveAt = this.#clock.monotonic();
    this.#timer ??= this.#clock.setTimer(this.#tick, INTERVAL_MS);
  }

  /** Beats no more. */
  stop(): void {
    this.#timer?.clear();
    this.#timer = null;
  }
}

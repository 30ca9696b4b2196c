import type { Clock, Timer } from '../clock.js';

const BEAT_MS = 1000;
const LASTS_MS = 60_000;

/** Calls once a second for a minute after each sign of life, except in a second that had one. */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #beat: () => void;
  #timer: Timer | null = null;
  #aliveAt = 0;
  readonly #tick = (): void => {
    this.#timer = null;
    const quiet = this.#clock.monotonic() - this.#aliveAt;
    if (quiet >= BEAT_MS) this.#beat();
    if (quiet < LASTS_MS) this.#timer = this.#clock.setTimer(this.#tick, BEAT_MS);
  };

  constructor(clock: Clock, beat: () => void) {
    this.#clock = clock;
    this.#beat = beat;
  }

  /** A sign of life. */
  alive(): void {
    this.#aliveAt = this.#clock.monotonic();
    this.#timer ??= this.#clock.setTimer(this.#tick, BEAT_MS);
  }

  /** Beats no more. */
  stop(): void {
    this.#timer?.clear();
    this.#timer = null;
  }
}

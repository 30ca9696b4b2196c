import type { Clock, Timer } from '../clock.js';

const INTERVAL_MS = 1000;
const DURATION_MS = 60_000;

/** Sends a heartbeat each second for a minute after the last message, except in a second with a message. */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #send: () => void;
  #timer: Timer | null = null;
  #messageAt = 0;
  readonly #tick = (): void => {
    this.#timer = null;
    const quiet = this.#clock.monotonic() - this.#messageAt;
    if (quiet >= INTERVAL_MS) this.#send();
    if (quiet < DURATION_MS) this.#timer = this.#clock.setTimer(this.#tick, INTERVAL_MS);
  };

  constructor(clock: Clock, send: () => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** A message was sent: starts the minute again. */
  restart(): void {
    this.#messageAt = this.#clock.monotonic();
    this.#timer ??= this.#clock.setTimer(this.#tick, INTERVAL_MS);
  }

  /** Sends no more heartbeats. */
  stop(): void {
    this.#timer?.clear();
    this.#timer = null;
  }
}

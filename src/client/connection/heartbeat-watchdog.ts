import type { Clock, Timer } from '../../core/clock.js';

/** How long what has come already may take to be read, once the page can run again. */
const CATCH_UP_MS = 250;

/**
 * Notices that a gateway, which promises a sign of life in each heartbeat, has been silent for two. A page that is hidden, asleep
 * or busy hears late, which is not the gateway's fault: it is given a moment to read what has come.
 */
export class HeartbeatWatchdog {
  readonly #clock: Clock;
  readonly #page: { isVisible(): boolean };
  readonly #onSilent: (silentMs: number) => void;
  #limitMs = 0;
  #receivedAt = 0;
  #timer: Timer | undefined;

  constructor(clock: Clock, page: { isVisible(): boolean }, onSilent: (silentMs: number) => void) {
    this.#clock = clock;
    this.#page = page;
    this.#onSilent = onSilent;
  }

  /** Begins to watch, from now on. With 0 there is nothing to expect. */
  start(heartbeatMs: number): void {
    this.#limitMs = 2 * heartbeatMs;
    this.received();
    this.resume();
  }

  /** Something has come. */
  received(): void {
    this.#receivedAt = this.#clock.monotonic();
  }

  /** Looks again: until here, timers could not be relied on. */
  resume(): void {
    this.#timer?.clear();
    if (this.#limitMs === 0) return;
    const rest = this.#receivedAt + this.#limitMs - this.#clock.monotonic();
    if (rest > 0) this.#arm(rest);
    else this.#arm(CATCH_UP_MS, true);
  }

  stop(): void {
    this.#limitMs = 0;
    this.#timer?.clear();
  }

  #arm(delayMs: number, isLastLook = false): void {
    const due = this.#clock.monotonic() + delayMs;
    this.#timer = this.#clock.setTimer(() => {
      if (!this.#page.isVisible()) return;
      const now = this.#clock.monotonic();
      const silentMs = now - this.#receivedAt;
      if (silentMs < this.#limitMs) this.#arm(this.#limitMs - silentMs);
      else if (now - due > CATCH_UP_MS && !isLastLook) this.#arm(CATCH_UP_MS, true);
      else this.#onSilent(silentMs);
    }, delayMs);
  }
}

import { timerDelay, type Clock, type Timer } from '../clock.js';

/** Calls back when totals change without an event: a rate becomes too old, or cash settles. */
export class TotalsExpiryTimer {
  readonly #clock: Clock;
  readonly #onExpired: () => void;
  #timer: Timer | null = null;
  #expiresAt = Infinity;
  #isStopped = false;

  constructor(clock: Clock, onExpired: () => void) {
    this.#clock = clock;
    this.#onExpired = onExpired;
  }

  /** Calls back once after `expiresAt`, ms since 1970, instead of the time set before. Infinity: never. */
  set(expiresAt: number): void {
    if (expiresAt === this.#expiresAt || this.#isStopped) return;
    this.#timer?.clear();
    this.#timer = null;
    this.#expiresAt = expiresAt;
    if (expiresAt === Infinity) return;
    this.#timer = this.#clock.setTimer(
      () => {
        this.#expiresAt = Infinity;
        this.#onExpired();
      },
      timerDelay(Math.max(1, expiresAt + 1 - this.#clock.now())),
    );
  }

  /** Calls back no more. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.clear();
  }
}

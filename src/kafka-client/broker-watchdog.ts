import type { Clock, Timer } from '../core/clock.js';

// After a pause of the process, responses may wait to be read: they get this long before silence counts.
const GRACE_MS = 250;

/** Detects that no broker has responded for too long. */
export class BrokerWatchdog {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #onSilence: () => void;
  #timer: Timer | undefined;
  #respondedAt = 0;

  constructor(clock: Clock, limitMs: number, onSilence: () => void) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#onSilence = onSilence;
  }

  /** A broker responded. The first call starts the timer. */
  responded(): void {
    this.#respondedAt = this.#clock.monotonic();
    if (!this.#timer) this.#arm(this.#limitMs);
  }

  /** Clears the timer until the next `responded()`. */
  stop(): void {
    this.#timer?.clear();
    this.#timer = undefined;
  }

  #arm(delayMs: number): void {
    const due = this.#clock.monotonic() + delayMs;
    this.#timer = this.#clock.setTimer(() => {
      this.#timer = undefined;
      const now = this.#clock.monotonic();
      const left = this.#respondedAt + this.#limitMs - now;
      if (left > 0) this.#arm(left);
      else if (now - due > GRACE_MS) this.#arm(GRACE_MS);
      else this.#onSilence();
    }, delayMs);
  }
}

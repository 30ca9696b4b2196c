import type { Clock, Timer } from '../../core/clock.js';

/** How long a page that can run again may take to read what has already arrived. */
const CATCH_UP_MS = 250;

/**
 * Notices that a gateway, which promises a sign of life in each heartbeat interval, has been silent for two of them. A page that was
 * hidden, asleep or busy reads late, which is not the gateway's fault: it gets a moment to read what has already arrived.
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

  /** Starts to watch. With 0, the gateway sends no heartbeats. */
  start(heartbeatMs: number): void {
    this.#limitMs = 2 * heartbeatMs;
    this.received();
    this.resume();
  }

  /** A sign of life came. */
  received(): void {
    this.#receivedAt = this.#clock.monotonic();
  }

  /** Checks again, because timers may have been late until now. */
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

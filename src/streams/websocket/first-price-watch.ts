import type { Clock, Timer } from '../../core/clock.js';
import { timeout, type LinkConnection } from '../connection/link-connection.js';

/** Breaks a connection on which no price has come in time after its symbols were confirmed, where the application says so. */
export class FirstPriceWatch {
  readonly #clock: Clock;
  readonly #connection: LinkConnection;
  readonly #deadlineMs: number;
  readonly #isSubscribed: () => boolean;
  #timer: Timer | undefined;
  #hasCome = false;

  /** @param isSubscribed Whether a symbol is confirmed. */
  constructor(clock: Clock, connection: LinkConnection, deadlineMs: number, isSubscribed: () => boolean) {
    this.#clock = clock;
    this.#connection = connection;
    this.#deadlineMs = deadlineMs;
    this.#isSubscribed = isSubscribed;
  }

  /** From now on a price is due, if something is subscribed. */
  start(): void {
    if (this.#hasCome || this.#timer || this.#deadlineMs === Infinity || !this.#isSubscribed()) return;
    this.#timer = this.#clock.setTimer(() => {
      this.#timer = undefined;
      if (this.#isSubscribed()) this.#connection.break(timeout('data', this.#deadlineMs).error);
    }, this.#deadlineMs);
  }

  /** A price has come. */
  came(): void {
    if (this.#hasCome) return;
    this.#hasCome = true;
    this.stop();
  }

  stop(): void {
    this.#timer?.clear();
  }
}

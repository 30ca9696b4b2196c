import type { Clock, Timer } from '../../core/clock.js';
import type { LinkConnection } from './link-connection.js';
import { timeoutFailure } from './link-failure.js';

/** Fails a connection over which no price has come within the `data` deadline, counted from when its symbols were confirmed. */
export class FirstPriceDeadline {
  readonly #clock: Clock;
  readonly #connection: LinkConnection;
  readonly #deadlineMs: number;
  readonly #expectsPrices: () => boolean;
  #timer: Timer | undefined;
  #hasReceived = false;

  /**
   * @param deadlineMs `Infinity` for none.
   * @param expectsPrices Whether a symbol is subscribed now. Default: always.
   */
  constructor(
    clock: Clock,
    connection: LinkConnection,
    deadlineMs: number,
    expectsPrices: () => boolean = () => true,
  ) {
    this.#clock = clock;
    this.#connection = connection;
    this.#deadlineMs = deadlineMs;
    this.#expectsPrices = expectsPrices;
  }

  /** Starts the deadline if prices are expected. Does nothing while it runs, or once a price has come. */
  start(): void {
    if (this.#hasReceived || this.#timer || this.#deadlineMs === Infinity || !this.#expectsPrices()) return;
    this.#timer = this.#clock.setTimer(() => {
      this.#timer = undefined;
      if (this.#expectsPrices()) this.#connection.fail(timeoutFailure('data', this.#deadlineMs).error);
    }, this.#deadlineMs);
  }

  /** A price has come. */
  received(): void {
    if (this.#hasReceived) return;
    this.#hasReceived = true;
    this.stop();
  }

  /** Clears the timer. */
  stop(): void {
    this.#timer?.clear();
  }
}

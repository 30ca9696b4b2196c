import { timerDelay, type Clock, type Timer } from '../clock.js';
import { UniqueQueue } from '../book/unique-queue.js';

/** Portfolios whose changed value an `EmissionPolicy` holds back, until the first of them has to be published. */
export class HeldPortfolios {
  readonly #clock: Clock;
  readonly #onDue: (numbers: Int32Array) => void;
  readonly #numbers = new UniqueQueue();
  #timer: Timer | null = null;
  #dueAt = Infinity;

  /** @param onDue Called with all held portfolios, which are then held no longer. */
  constructor(clock: Clock, onDue: (numbers: Int32Array) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** Holds a portfolio until `dueAt`, monotonic ms; Infinity without a limit. */
  add(number: number, dueAt: number): void {
    this.#numbers.add(number);
    if (dueAt >= this.#dueAt) return;
    this.#timer?.clear();
    this.#dueAt = dueAt;
    this.#timer = this.#clock.setTimer(
      () => {
        this.#dueAt = Infinity;
        this.#onDue(this.#numbers.take());
      },
      timerDelay(dueAt - this.#clock.monotonic()),
    );
  }

  /** Calls back no more. */
  stop(): void {
    this.#timer?.clear();
  }
}

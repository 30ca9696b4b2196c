import type { Clock, Timer } from '../clock.js';

/** The end of a wait that continues while there is progress, up to a ceiling. */
export class ProgressDeadline {
  /** Resolves when there was no progress for too long, or when the ceiling is reached. */
  readonly over: Promise<void>;
  readonly #clock: Clock;
  readonly #idleMs: number;
  readonly #ceiling: number;
  #progressAt: number;
  #timer: Timer | null = null;
  #isOver = false;
  #onOver: Array<() => void> = [];

  /** @param idleMs Longest time without progress. @param ceilingMs Longest time in total. */
  constructor(clock: Clock, idleMs: number, ceilingMs: number) {
    this.#clock = clock;
    this.#idleMs = idleMs;
    this.#progressAt = clock.monotonic();
    this.#ceiling = this.#progressAt + ceilingMs;
    this.over = new Promise((resolve) => this.#onOver.push(resolve));
    this.#arm();
  }

  /** Whether the wait has ended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** There was progress. */
  recordProgress(): void {
    this.#progressAt = this.#clock.monotonic();
  }

  /** Resolves after `ms`, or when the wait ends. */
  pause(ms: number): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#clock.setTimer(resolve, ms);
      this.#onOver.push(() => {
        timer.clear();
        resolve();
      });
    });
  }

  /** Ends the wait. */
  end(): void {
    this.#isOver = true;
    this.#timer?.clear();
    for (const settle of this.#onOver.splice(0)) settle();
  }

  #arm(): void {
    const left = Math.min(this.#ceiling, this.#progressAt + this.#idleMs) - this.#clock.monotonic();
    this.#timer = this.#clock.setTimer(() => this.#check(), Math.max(0, left));
  }

  #check(): void {
    const now = this.#clock.monotonic();
    if (now >= this.#ceiling || now >= this.#progressAt + this.#idleMs) this.end();
    else this.#arm();
  }
}

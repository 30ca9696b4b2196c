import type { Clock } from '../../core/clock.js';

/**
 * Estimates the gateway's clock. A message with `serverTime` was under way for an unknown time, so the fastest message of a connection
 * gives the best estimate. Local wall time is only used to notice that the machine has slept.
 */
export class ServerClock {
  readonly #clock: Clock;
  #offset = NaN;
  #observedAt = 0;
  #observedWall = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A message came with the gateway's time. `isOther`: it may be the clock of another gateway than before. */
  observe(serverTime: number, isOther: boolean): void {
    this.#observedAt = this.#clock.monotonic();
    this.#observedWall = this.#clock.now();
    const offset = serverTime - this.#observedAt;
    if (isOther || !(offset <= this.#offset)) this.#offset = offset;
  }

  /** Time in ms since 1970: the gateway's, or this machine's until the first message. */
  now(): number {
    const wall = this.#clock.now();
    if (Number.isNaN(this.#offset)) return wall;
    const monotonic = this.#clock.monotonic();
    // Monotonic clocks of browsers may stand still while the machine sleeps.
    const slept = wall - this.#observedWall - (monotonic - this.#observedAt);
    return monotonic + this.#offset + Math.max(0, slept);
  }
}

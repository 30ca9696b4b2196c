import type { Clock } from '../../core/clock.js';

/**
 * The gateway's clock, as far as it can be known here. A message that says `serverTime` was under way for an unknown time, so the
 * fastest one of a connection is the best guess. Local wall time is only used to notice that the machine has slept.
 */
export class ServerClock {
  readonly #clock: Clock;
  #offset = NaN;
  #observedAt = 0;
  #observedWall = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A message said what time it is. `isOther`: the clock may be another one than before. */
  observe(serverTime: number, isOther: boolean): void {
    this.#observedAt = this.#clock.monotonic();
    this.#observedWall = this.#clock.now();
    const offset = serverTime - this.#observedAt;
    if (isOther || !(offset <= this.#offset)) this.#offset = offset;
  }

  /** ms since 1970 on the gateway's clock; on this machine's while the gateway has not said anything. */
  now(): number {
    const wall = this.#clock.now();
    if (Number.isNaN(this.#offset)) return wall;
    const monotonic = this.#clock.monotonic();
    // Monotonic clocks of browsers may stand still while the machine sleeps.
    const slept = wall - this.#observedWall - (monotonic - this.#observedAt);
    return monotonic + this.#offset + Math.max(0, slept);
  }
}

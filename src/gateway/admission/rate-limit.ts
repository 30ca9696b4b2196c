/** A token bucket: permits so many per second, and a burst at first and after a rest. */
export class RateLimit {
  readonly #perSecond: number;
  readonly #burst: number;
  #left: number;
  #at: number;

  /**
   * @param now On the monotonic clock, as in all methods.
   * @param burst How many at once. Default: as many as in two seconds, at least 1.
   */
  constructor(perSecond: number, now: number, burst = Math.max(1, 2 * perSecond)) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#left = burst;
    this.#at = now;
  }

  /** Takes one. @returns Whether it is permitted. */
  take(now: number): boolean {
    return this.takeSome(1, now) === 1;
  }

  /** Takes as many of `wanted` as are permitted. @returns How many. */
  takeSome(wanted: number, now: number): number {
    const taken = Math.min(wanted, Math.max(0, Math.floor(this.left(now))));
    this.#left -= taken;
    return taken;
  }

  /** Charges for something that was permitted without a check. The balance may become negative. */
  charge(cost: number, now: number): void {
    this.#refill(now);
    this.#left -= cost;
  }

  /** How many are permitted now; negative if more was charged. */
  left(now: number): number {
    this.#refill(now);
    return this.#left;
  }

  /** Whether a whole burst is permitted, as at first. */
  isFull(now: number): boolean {
    return this.left(now) >= this.#burst;
  }

  /** Time until one more is permitted, ms. */
  get waitMs(): number {
    return this.#left >= 1 ? 0 : Math.ceil(((1 - this.#left) / this.#perSecond) * 1000);
  }

  #refill(now: number): void {
    // Infinity per second times no time is NaN.
    const earned = now > this.#at ? ((now - this.#at) / 1000) * this.#perSecond : 0;
    this.#left = Math.min(this.#burst, this.#left + earned);
    this.#at = now;
  }
}

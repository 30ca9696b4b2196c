/** Lets through so many a second, and more at once at first and after a rest. */
export class RateLimit {
  readonly #perSecond: number;
  readonly #burst: number;
  #left: number;
  #at: number;

  /**
   * @param now On the monotonic clock, as everywhere here.
   * @param burst How many at once. Default: those of two seconds, at least 1.
   */
  constructor(perSecond: number, now: number, burst = Math.max(1, 2 * perSecond)) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#left = burst;
    this.#at = now;
  }

  /** Whether one more is let through. */
  take(now: number): boolean {
    return this.takeSome(1, now) === 1;
  }

  /** How many of `wanted` are let through. */
  takeSome(wanted: number, now: number): number {
    const taken = Math.min(wanted, Math.max(0, Math.floor(this.left(now))));
    this.#left -= taken;
    return taken;
  }

  /** Charges for what was let through whole; what is owed has to be earned back before more is. */
  charge(cost: number, now: number): void {
    this.#refill(now);
    this.#left -= cost;
  }

  /** How many would be let through; below 0 where more was charged. */
  left(now: number): number {
    this.#refill(now);
    return this.#left;
  }

  /** Whether it is as at first. */
  isFull(now: number): boolean {
    return this.left(now) >= this.#burst;
  }

  /** Time until one more is let through, ms. */
  get waitMs(): number {
    return this.#left >= 1 ? 0 : Math.ceil(((1 - this.#left) / this.#perSecond) * 1000);
  }

  #refill(now: number): void {
    // Infinity a second, for no time at all, would be NaN.
    const earned = now > this.#at ? ((now - this.#at) / 1000) * this.#perSecond : 0;
    this.#left = Math.min(this.#burst, this.#left + earned);
    this.#at = now;
  }
}

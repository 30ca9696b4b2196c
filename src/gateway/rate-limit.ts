/** Lets through so many a second, and at first and after a rest twice as many at once. */
export class RateLimit {
  readonly #perSecond: number;
  #left: number;
  #at: number;

  /** @param now on the monotonic clock, as in `take`. */
  constructor(perSecond: number, now: number) {
    this.#perSecond = perSecond;
    this.#left = this.#most;
    this.#at = now;
  }

  /** Whether one more is let through. */
  take(now: number): boolean {
    this.#refill(now);
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }

  /** Whether it is as at first. */
  isFull(now: number): boolean {
    this.#refill(now);
    return this.#left >= this.#most;
  }

  /** Time until one more is let through, ms. */
  get waitMs(): number {
    return this.#left >= 1 ? 0 : Math.ceil(((1 - this.#left) / this.#perSecond) * 1000);
  }

  get #most(): number {
    return Math.max(1, 2 * this.#perSecond);
  }

  #refill(now: number): void {
    this.#left = Math.min(this.#most, this.#left + ((now - this.#at) / 1000) * this.#perSecond);
    this.#at = now;
  }
}

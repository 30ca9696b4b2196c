import { PendingPortfolios, type PendingSet } from './pending-portfolios.js';

/** The portfolios whose newest valuation is not stored: those that wait, and the sets that are being saved. */
export class UnsavedPortfolios {
  readonly #waiting = new PendingPortfolios();
  readonly #inFlight = new Set<PendingSet>();

  /** Portfolios that wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** All of them, each counted once. */
  get count(): number {
    let count = this.#waiting.size;
    for (const { numbers } of this.#inFlight)
      for (const number of numbers) if (!this.#waiting.has(number)) count++;
    return count;
  }

  /** Since when the oldest of them is unsaved, monotonic ms; Infinity without one. */
  get oldest(): number {
    let oldest = this.#waiting.oldest();
    for (const { since } of this.#inFlight) for (const each of since) oldest = Math.min(oldest, each);
    return oldest;
  }

  /** Their numbers, those being saved first; a number may come twice. */
  *numbers(): IterableIterator<number> {
    for (const { numbers } of this.#inFlight) yield* numbers;
    yield* this.#waiting;
  }

  /** Adds portfolios as unsaved from `now` on, monotonic ms; those that already wait keep their time. */
  addAll(portfolioNumbers: ArrayLike<number>, now: number): void {
    this.#waiting.addAll(portfolioNumbers, now);
  }

  /** Removes up to `limit` waiting portfolios, the first added first, to save them: call `begin()` next. */
  take(limit: number): PendingSet {
    return this.#waiting.take(limit);
  }

  /** A set is being saved from now on, until `end()`. */
  begin(set: PendingSet): void {
    this.#inFlight.add(set);
  }

  /** Saving a set has ended; what was not saved has been put back. */
  end(set: PendingSet): void {
    this.#inFlight.delete(set);
  }

  /** A portfolio of a set was not saved, and waits again. `now`: since when, if it is not in the set. */
  putBack(portfolioNumber: number, set: PendingSet, now: number): void {
    this.#waiting.putBack(portfolioNumber, set.sinceOf(portfolioNumber) ?? now);
  }

  /** A whole set was not saved, and waits again. */
  putBackAll({ numbers, since }: PendingSet): void {
    numbers.forEach((number, at) => this.#waiting.putBack(number, since[at]!));
  }
}

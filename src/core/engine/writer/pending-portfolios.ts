import { UniqueQueue } from '../../book/unique-queue.js';

/** Numbers taken from {@link PendingPortfolios}, and since when each was pending. */
export class PendingSet {
  readonly numbers: Int32Array;
  /** Since when each number was pending, monotonic ms. */
  readonly since: Float64Array;
  #indexes: Map<number, number> | null = null;

  constructor(numbers: Int32Array, since: Float64Array) {
    this.numbers = numbers;
    this.since = since;
  }

  /** Since when a number was pending; `undefined` if it is not in the set. */
  sinceOf(number: number): number | undefined {
    // Created on demand: most sets are stored and never searched.
    this.#indexes ??= new Map(Array.from(this.numbers, (each, place) => [each, place]));
    return this.since[this.#indexes.get(number) ?? -1];
  }
}

/** The numbers of portfolios that wait to be stored, and since when. */
export class PendingPortfolios {
  readonly #numbers = new UniqueQueue();
  #since = new Float64Array(64);

  get size(): number {
    return this.#numbers.size;
  }

  /** Whether a number is pending. */
  has(number: number): boolean {
    return this.#numbers.has(number);
  }

  /** Adds numbers as pending from `now` on, monotonic ms; those already pending keep their time. */
  addAll(numbers: ArrayLike<number>, now: number): void {
    for (let i = 0; i < numbers.length; i++) {
      const number = numbers[i]!;
      if (!this.#numbers.add(number)) continue;
      if (number >= this.#since.length) this.#reserve(number);
      this.#since[number] = now;
    }
  }

  /** Adds a number that was pending `since`. If it has been added again, the earlier time counts. */
  putBack(number: number, since: number): void {
    if (!this.#numbers.add(number) && this.#since[number]! <= since) return;
    if (number >= this.#since.length) this.#reserve(number);
    this.#since[number] = since;
  }

  /** Removes up to `limit` numbers, the first added first. @returns them. */
  take(limit = Infinity): PendingSet {
    const numbers = this.#numbers.take(limit);
    const since = new Float64Array(numbers.length);
    for (let i = 0; i < numbers.length; i++) since[i] = this.#since[numbers[i]!]!;
    return new PendingSet(numbers, since);
  }

  /** The numbers, the first added first. */
  [Symbol.iterator](): IterableIterator<number> {
    return this.#numbers[Symbol.iterator]();
  }

  /** Since when the oldest is pending, monotonic ms; Infinity without one. */
  oldest(): number {
    let oldest = Infinity;
    this.#numbers.forEach((number) => {
      if (this.#since[number]! < oldest) oldest = this.#since[number]!;
    });
    return oldest;
  }

  #reserve(number: number): void {
    const wider = new Float64Array(Math.max(number + 1, this.#since.length * 2));
    wider.set(this.#since);
    this.#since = wider;
  }
}

import { UniqueQueue } from '../../book/unique-queue.js';

/** Numbers taken out of {@link PendingPortfolios}, and since when each was pending. */
export class PendingSet {
  readonly numbers: Int32Array;
  /** Monotonic ms, number by number. */
  readonly since: Float64Array;
  #indexes: Map<number, number> | null = null;

  constructor(numbers: Int32Array, since: Float64Array) {
    this.numbers = numbers;
    this.since = since;
  }

  /** Since when a number is pending; `undefined` for one that is not in the set. */
  sinceOf(number: number): number | undefined {
    // Created on demand: most sets are stored and never searched.
    this.#indexes ??= new Map(Array.from(this.numbers, (each, place) => [each, place]));
    return this.since[this.#indexes.get(number) ?? -1];
  }
}

/** Portfolios to be stored, by number, and since when. */
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

  /** Adds a number that was pending `since`, also when it was added again meanwhile. */
  putBack(number: number, since: number): void {
    if (!this.#numbers.add(number) && this.#since[number]! <= since) return;
    if (number >= this.#since.length) this.#reserve(number);
    this.#since[number] = since;
  }

  /** Takes up to `limit` numbers out, the first added first. */
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

  /** Since when the oldest is pending; Infinity without one. */
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

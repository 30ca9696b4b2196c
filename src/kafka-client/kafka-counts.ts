/** What adds to counters. */
export interface KafkaCounter<Counter extends string> {
  add(counter: Counter, by?: number): void;
}

/** Counts records by their results. */
export class KafkaCounts<Counter extends string> implements KafkaCounter<Counter> {
  readonly #counters: Record<Counter, number>;
  readonly #rejected = new Map<string, number>();

  constructor(names: readonly Counter[]) {
    this.#counters = Object.fromEntries(names.map((name) => [name, 0])) as Record<Counter, number>;
  }

  /** Adds to a counter. */
  add(counter: Counter, by = 1): void {
    this.#counters[counter] += by;
  }

  /** Counts a record that could not be decoded. */
  reject(reason: string): void {
    this.#rejected.set(reason, (this.#rejected.get(reason) ?? 0) + 1);
  }

  /** Counters so far. */
  stats(): Record<Counter, number> & { readonly rejected: Readonly<Record<string, number>> } {
    return { ...this.#counters, rejected: Object.fromEntries(this.#rejected) };
  }
}

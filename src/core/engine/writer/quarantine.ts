const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;

/** A row, and the version that the store refused. */
interface QuarantinedRow {
  readonly name: string;
  readonly version: number;
  readonly refusals: number;
  readonly retryAt: number;
}

/**
 * Rows that the store refuses, by number. Each is retried alone after 1 s, 2 s, 4 s and so on, up to a minute, or as soon as its version
 * changes.
 */
export class Quarantine {
  readonly #rows = new Map<number, QuarantinedRow>();

  get size(): number {
    return this.#rows.size;
  }

  /** Whether a number is in quarantine. */
  has(number: number): boolean {
    return this.#rows.has(number);
  }

  /** The numbers. */
  numbers(): IterableIterator<number> {
    return this.#rows.keys();
  }

  /** Adds a row, or extends its time. `now` is in monotonic ms. @returns whether it is new. */
  add(number: number, name: string, version: number, now: number): boolean {
    const known = this.#rows.get(number);
    const isKnown = known?.name === name && known.version === version;
    const refusals = isKnown ? known.refusals + 1 : 1;
    const retryAt = now + Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(refusals - 1, 10));
    this.#rows.set(number, { name, version, refusals, retryAt });
    return !isKnown;
  }

  /** Removes a row that is stored or gone. */
  delete(number: number): void {
    this.#rows.delete(number);
  }

  /** Up to `limit` numbers to retry now. `isSame` returns whether the row is still the refused one. */
  due(
    now: number,
    isSame: (number: number, name: string, version: number) => boolean,
    limit: number,
  ): number[] {
    const due: number[] = [];
    for (const [number, { name, version, retryAt }] of this.#rows) {
      if (due.length >= limit) break;
      if (retryAt <= now || !isSame(number, name, version)) due.push(number);
    }
    return due;
  }

  /** When the next row has to be retried, monotonic ms; Infinity without one. */
  get nextAt(): number {
    let next = Infinity;
    for (const { retryAt } of this.#rows.values()) next = Math.min(next, retryAt);
    return next;
  }
}

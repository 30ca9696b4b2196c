import type { Fill } from './fill-stream.js';

/** Fills that cannot be booked now, by portfolio, each id once: the newest ones, up to a number. */
export class RefusedFills {
  /** Fills that were given up for newer ones. */
  dropped = 0;
  readonly #max: number;
  // Portfolios in the order in which they last had one refused.
  readonly #waiting = new Map<string, Map<string, Fill>>();
  #size = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** Fills that wait. */
  get size(): number {
    return this.#size;
  }

  /** All fills that wait. */
  all(): Fill[] {
    return [...this.#waiting.values()].flatMap((fills) => [...fills.values()]);
  }

  /** Takes out the fills of a portfolio. */
  take(portfolioId: string): Fill[] {
    const fills = [...(this.#waiting.get(portfolioId)?.values() ?? [])];
    this.#waiting.delete(portfolioId);
    this.#size -= fills.length;
    return fills;
  }

  /** Adds fills of a portfolio that has none here. */
  add(portfolioId: string, fills: readonly Fill[]): void {
    const byId = new Map(fills.map((fill) => [fill.entry.id, fill]));
    this.#waiting.set(portfolioId, byId);
    this.#size += byId.size;
    for (const [id, oldest] of this.#waiting) {
      for (const fill of oldest.keys()) {
        if (this.#size <= this.#max) return;
        oldest.delete(fill);
        this.#size--;
        this.dropped++;
      }
      this.#waiting.delete(id);
    }
  }
}

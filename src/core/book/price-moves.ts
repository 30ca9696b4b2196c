import type { Subtotals } from './subtotals.js';
import type { HoldingsBySymbol } from './holdings-by-symbol.js';

/**
 * Moves of prices that wait to be added to the sums they go into. Added one after the other, with nothing else in between,
 * the processor fetches the postings of the next while it still adds those of the last, which is most of what they cost.
 */
export class PriceMoves {
  // As long as the most that have waited at once.
  readonly #marks: number[] = [];
  readonly #deltas: number[] = [];
  #count = 0;

  /** Adds a move of a mark's price, in units of its scale. */
  add(mark: number, delta: number): void {
    this.#marks[this.#count] = mark;
    this.#deltas[this.#count++] = delta;
  }

  /** Adds what waits to the sums. `isDense`: leave out which cells it touches. */
  apply({ values, priced }: Subtotals, postings: HoldingsBySymbol, isDense: boolean): void {
    const { cells, quantities } = postings;
    for (let i = 0; i < this.#count; i++) {
      const mark = this.#marks[i]!;
      const start = postings.startOf(mark);
      const end = start + postings.lengthOf(mark);
      const delta = this.#deltas[i]!;
      if (delta !== 0) values.addProducts(cells, quantities, start, end, delta, postings.largestOf(mark));
      if (!isDense) priced.addList(cells, start, end);
    }
    this.#count = 0;
  }
}

import type { HoldingsBySymbol } from './holdings-by-symbol.js';
import type { Subtotals } from './subtotals.js';

/**
 * Changes of prices that are still to be added to subtotals. They are added one after the other with nothing in between: the processor
 * then fetches the holdings of the next symbol while it adds those of the last, and fetching is most of the cost.
 */
export class PriceMoves {
  // These grow to the most moves that have waited at once.
  readonly #symbolSides: number[] = [];
  readonly #deltas: number[] = [];
  #count = 0;

  /** Adds a change of a symbol side's price, in units of its scale. */
  add(symbolSide: number, delta: number): void {
    this.#symbolSides[this.#count] = symbolSide;
    this.#deltas[this.#count++] = delta;
  }

  /** Adds all changes to the subtotals. `isDense`: does not record which subtotals that changes. */
  apply(sums: Subtotals, holdings: HoldingsBySymbol, isDense: boolean): void {
    const { subtotals, quantities } = holdings;
    const { values, shorts, repriced } = sums;
    for (let i = 0; i < this.#count; i++) {
      const symbolSide = this.#symbolSides[i]!;
      const start = holdings.startOf(symbolSide);
      const end = start + holdings.lengthOf(symbolSide);
      const delta = this.#deltas[i]!;
      // Odd sides are short. There are no such sums while there are no short holdings.
      const side = (symbolSide & 1) === 0 ? values : shorts;
      if (delta !== 0 && side)
        side.addProducts(subtotals, quantities, start, end, delta, holdings.largestOf(symbolSide));
      if (!isDense) repriced.addList(subtotals, start, end);
    }
    this.#count = 0;
  }
}

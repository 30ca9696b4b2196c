import type { HoldingsBySymbol } from './holdings-by-symbol.js';

/** Units and scale of a price. */
const WIDTH = 2;

/**
 * The prices of inverse contracts as they were when totals were last computed: the worth of these is no product of quantity and price,
 * so that it is in no subtotal. All portfolios share one table, which is copied on write after a snapshot.
 */
export class InversePrices {
  /** Numbers of the contracts here, by symbol side. */
  readonly #contracts = new Map<number, number>();
  readonly #sides: number[] = [];
  /** By portfolio: its contracts, in the order of its positions. */
  readonly #held: Array<readonly number[] | undefined> = [];
  /** Contracts whose price may have changed. */
  readonly #touched = new Set<number>();
  #table = new Float64Array(0);
  #isShared = false;
  /** Contracts without a price above 0. */
  #unusable = 0;

  /** Sets which symbol sides of inverse contracts a portfolio holds, in the order of its positions. */
  setHeld(portfolio: number, symbolSides: readonly number[]): void {
    if (symbolSides.length === 0) {
      if (portfolio < this.#held.length) this.#held[portfolio] = undefined;
      return;
    }
    while (this.#held.length <= portfolio) this.#held.push(undefined);
    this.#held[portfolio] = symbolSides.map((side) => this.#contractOf(side));
  }

  /** The contracts of a portfolio, in the order of its positions; `undefined`: it has none. */
  heldBy(portfolio: number): readonly number[] | undefined {
    return this.#held[portfolio];
  }

  /** Says that a symbol side has another price. */
  touch(symbolSide: number): void {
    if (this.#sides.length === 0) return;
    const contract = this.#contracts.get(symbolSide);
    if (contract !== undefined) this.#touched.add(contract);
  }

  /** Takes over the prices that have changed. */
  take(holdings: HoldingsBySymbol): void {
    if (this.#touched.size === 0) return;
    for (const contract of this.#touched) {
      const side = this.#sides[contract]!;
      this.#set(contract, holdings.priceOf(side), holdings.scaleOf(side));
    }
    this.#touched.clear();
  }

  /** Whether all contracts, also those that nobody holds any more, have a price above 0. */
  get areAllUsable(): boolean {
    return this.#unusable === 0;
  }

  /** Whether each contract of a portfolio has a price above 0: at 0 its worth has no end. */
  areUsable(portfolio: number): boolean {
    if (this.#unusable === 0) return true;
    const held = this.#held[portfolio];
    return !held || held.every((contract) => this.#table[WIDTH * contract]! > 0);
  }

  /** The prices by contract, as last taken over; see {@link inversePrice}. */
  get table(): Float64Array {
    return this.#table;
  }

  /** As {@link table}; this one does not change later. */
  snapshot(): Float64Array {
    this.#isShared = true;
    return this.#table;
  }

  #contractOf(side: number): number {
    const known = this.#contracts.get(side);
    if (known !== undefined) return known;
    const contract = this.#sides.push(side) - 1;
    this.#contracts.set(side, contract);
    this.#touched.add(contract);
    this.#unusable++;
    this.#reserve(contract);
    return contract;
  }

  #reserve(contract: number): void {
    if (WIDTH * contract < this.#table.length) return;
    const wider = new Float64Array(Math.max(64, 4 * this.#table.length)).fill(NaN);
    wider.set(this.#table);
    this.#table = wider;
    this.#isShared = false;
  }

  #set(contract: number, units: number, scale: number): void {
    const at = WIDTH * contract;
    const known = this.#table[at]!;
    if (Object.is(known, units) && this.#table[at + 1] === scale) return;
    if (this.#isShared) this.#table = this.#table.slice();
    this.#isShared = false;
    this.#unusable += Number(known > 0) - Number(units > 0);
    this.#table[at] = units;
    this.#table[at + 1] = scale;
  }
}

/** Units and scale of the price of a contract, in a table of {@link InversePrices}. */
export function inversePrice(table: Float64Array, contract: number): { units: number; scale: number } {
  return { units: table[WIDTH * contract]!, scale: table[WIDTH * contract + 1]! };
}

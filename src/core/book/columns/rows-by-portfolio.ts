import type { Decimal } from '../../money/decimal.js';
import type { LedgerRow } from '../../portfolio/ledger/ledger-row.js';
import { NONE, widened } from './subtotals.js';

/** A position as {@link RowsByPortfolio} keeps it. */
export interface PositionRow {
  readonly symbolSide: number;
  /** Where its quantity stands among the holdings of the symbol side; several numbers for a quantity past 2^53. */
  readonly holdings: readonly number[];
  /** Cost of a position of which nothing else is to be kept; 0 for one with `details`. */
  readonly costBasis: Decimal;
  /** All of a position that is more than quantity and cost in the portfolio's currency. */
  readonly details: LedgerRow | undefined;
}

/**
 * The positions of a book by portfolio: a chain of rows each, in the order of the portfolio. A row knows its symbol side and where
 * its quantity stands among the holdings of that. 20 bytes a position; the holding takes 12 more.
 */
export class RowsByPortfolio {
  // By portfolio number.
  #firsts = new Int32Array(64).fill(NONE);
  #costScales = new Uint8Array(64);
  // By row.
  #symbolSides = new Int32Array(64);
  #holdings = new Int32Array(64);
  /** In units of the portfolio's cost scale; NaN where `#bigCosts` has it. */
  #costs = new Float64Array(64);
  #nexts = new Int32Array(64);
  readonly #bigCosts = new Map<number, bigint>();
  readonly #moreHoldings = new Map<number, number[]>();
  readonly #details = new Map<number, LedgerRow>();
  #count = 0;
  #free = NONE;

  /** The first row of a portfolio; NONE without any. */
  firstOf(portfolio: number): number {
    return this.#firsts[portfolio]!;
  }

  /** The next row of the same portfolio; NONE after the last. */
  nextOf(row: number): number {
    return this.#nexts[row]!;
  }

  /** The symbol side of a row: the number of its symbol × 2, plus 1 for a short position. */
  symbolSideOf(row: number): number {
    return this.#symbolSides[row]!;
  }

  /** Where the row's quantity stands among the holdings of its symbol side: one number, or more for a quantity past 2^53. */
  holdingsOf(row: number): number[] {
    return [this.#holdings[row]!, ...(this.#moreHoldings.get(row) ?? [])];
  }

  /** Cost basis of a row in units of its portfolio's cost scale. */
  costUnitsOf(row: number): number | bigint {
    return this.#bigCosts.get(row) ?? this.#costs[row]!;
  }

  /** All of a row that is more than quantity and cost in the portfolio's currency. */
  detailsOf(row: number): LedgerRow | undefined {
    return this.#details.get(row);
  }

  /** Digits after the point of all cost bases of a portfolio. */
  costScaleOf(portfolio: number): number {
    return this.#costScales[portfolio]!;
  }

  /** Starts a portfolio that has no rows. */
  start(portfolio: number, costScale: number): void {
    if (portfolio >= this.#firsts.length) this.#reservePortfolio(portfolio);
    this.#firsts[portfolio] = NONE;
    this.#costScales[portfolio] = costScale;
  }

  /** Adds a row before all others of its portfolio. */
  addFirst(portfolio: number, { symbolSide, holdings, costBasis, details }: PositionRow): void {
    const row = this.#take();
    this.#symbolSides[row] = symbolSide;
    this.#holdings[row] = holdings[0]!;
    if (holdings.length > 1) this.#moreHoldings.set(row, holdings.slice(1));
    const scale = this.costScaleOf(portfolio);
    const cost = costBasis.safeUnitsAt(scale);
    this.#costs[row] = cost;
    if (Number.isNaN(cost)) this.#bigCosts.set(row, costBasis.unitsAt(scale));
    if (details !== undefined) this.#details.set(row, details);
    this.#nexts[row] = this.firstOf(portfolio);
    this.#firsts[portfolio] = row;
  }

  /** Removes the first row of a portfolio. */
  removeFirst(portfolio: number): void {
    const row = this.firstOf(portfolio);
    this.#firsts[portfolio] = this.nextOf(row);
    this.#bigCosts.delete(row);
    this.#moreHoldings.delete(row);
    this.#details.delete(row);
    this.#nexts[row] = this.#free;
    this.#free = row;
  }

  /** A holding of a portfolio has moved from one index among those of its symbol side to another. */
  moveHolding(portfolio: number, symbolSide: number, from: number, to: number): void {
    let row = this.firstOf(portfolio);
    while (this.symbolSideOf(row) !== symbolSide || !this.#hasHolding(row, from)) row = this.nextOf(row);
    if (this.#holdings[row] === from) {
      this.#holdings[row] = to;
      return;
    }
    const more = this.#moreHoldings.get(row)!;
    more[more.indexOf(from)] = to;
  }

  #hasHolding(row: number, holding: number): boolean {
    return this.#holdings[row] === holding || this.#moreHoldings.get(row)?.includes(holding) === true;
  }

  #take(): number {
    const free = this.#free;
    if (free !== NONE) {
      this.#free = this.nextOf(free);
      return free;
    }
    if (this.#count === this.#symbolSides.length) this.#widen(2 * this.#count);
    return this.#count++;
  }

  #widen(capacity: number): void {
    this.#symbolSides = widened(this.#symbolSides, capacity);
    this.#holdings = widened(this.#holdings, capacity);
    this.#nexts = widened(this.#nexts, capacity);
    const costs = new Float64Array(capacity);
    costs.set(this.#costs);
    this.#costs = costs;
  }

  #reservePortfolio(portfolio: number): void {
    const capacity = Math.max(portfolio + 1, 2 * this.#firsts.length);
    this.#firsts = widened(this.#firsts, capacity).fill(NONE, this.#firsts.length);
    const costScales = new Uint8Array(capacity);
    costScales.set(this.#costScales);
    this.#costScales = costScales;
  }
}

import type { PortfolioTotals } from '../portfolio/figures/portfolio-totals.js';

/** The portfolio that a row of a `PortfolioValuedBatch` values. */
export interface ValuedPortfolio {
  readonly id: string;
  /** Version of the holdings. */
  readonly version: number;
  /** Currency of the totals. */
  readonly currency: string;
  /**
   * `portfolioHash()` of the id, where a book has it ready: those who divide values by shard need it for each value.
   * @internal
   */
  readonly hash?: number;
}

/** One value of a batch, which keeps no other alive. */
export interface ValuedRow {
  readonly portfolio: ValuedPortfolio;
  /** Each call makes a new object. */
  totals(): PortfolioTotals;
}

/**
 * The totals of a portfolio that has positions at their cost and cash, all in its own currency, as counts of units: money at `scale`, per cent at
 * 4 digits after the point. NaN is unknown. All of it are safe integers, and so is what follows from it.
 *
 * @internal
 */
export interface PlainUnits {
  scale: number;
  isPriced: boolean;
  /** Sum of the known market values. */
  marketValue: number;
  cost: number;
  cash: number;
  netContributions: number;
  unrealizedPnlPct: number;
  dayPnl: number;
  dayPnlPct: number;
  longExposure: number;
  shortExposure: number;
}

/** The values of a batch, by row; they never change. */
export interface ValuedRows {
  readonly length: number;
  /** The portfolio of a row. */
  portfolio(row: number): ValuedPortfolio;
  /** The totals of a row; each call makes a new object. */
  totals(row: number): PortfolioTotals;
  /** A row by itself. */
  row(row: number): ValuedRow;
  /**
   * Writes the totals of a row into `units`, where it can: without an object for each amount. Answers whether it has.
   * @internal
   */
  plainUnits?(row: number, units: PlainUnits): boolean;
}

/** Rows from a list. */
export class ListedRows implements ValuedRows {
  readonly #rows: readonly ValuedRow[];

  constructor(rows: readonly ValuedRow[]) {
    this.#rows = rows;
  }

  get length(): number {
    return this.#rows.length;
  }

  portfolio(row: number): ValuedPortfolio {
    return this.#rows[row]!.portfolio;
  }

  totals(row: number): PortfolioTotals {
    return this.#rows[row]!.totals();
  }

  row(row: number): ValuedRow {
    return this.#rows[row]!;
  }
}

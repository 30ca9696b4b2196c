import type { Decimal } from '../money/decimal.js';

/** Totals over the rows that have a market value: the known part of a valuation that is not complete. */
export interface PricedTotals {
  readonly marketValue: Decimal;
  /** Of those rows whose cost is known too. */
  readonly costBasis: Decimal;
  /** Sum of the rows' `unrealizedPnl`. */
  readonly unrealizedPnl: Decimal;
}

/**
 * Totals of one portfolio, in its currency, at the currency's scale. What is unknown is `null`: one missing price makes
 * `marketValue` unknown, and `priced` has the totals of the rest.
 */
export interface PerformanceMetrics {
  /** Currency of all amounts. */
  readonly currency: string;
  /** Cost of all open positions, converted at today's rate. */
  readonly costBasis: Decimal | null;
  /** Signed quantity × price over all positions: the sum of the rows. */
  readonly marketValue: Decimal | null;
  /** Cash in all currencies. */
  readonly cash: Decimal | null;
  /** Cash account: cash + market value. Margin account: cash + unrealized P&L. */
  readonly equity: Decimal | null;
  /** `marketValue - costBasis`. Cost is converted at today's rate, so a move of the rate alone shows no profit on cost. */
  readonly unrealizedPnl: Decimal | null;
  /** Percent of gross cost basis (absolute, position by position), 4 digits after the point; `null` also when that is 0. */
  readonly unrealizedPnlPct: Decimal | null;
  /** Change since the previous closes on the quantities now held; `null` while one is unknown. */
  readonly dayPnl: Decimal | null;
  /** Sum of the long positions' market values. */
  readonly longExposure: Decimal | null;
  /** Sum of the short positions' market values; 0 or negative. */
  readonly shortExposure: Decimal | null;
  /** `longExposure - shortExposure`. */
  readonly grossExposure: Decimal | null;
  /** `longExposure + shortExposure`; equals `marketValue`. */
  readonly netExposure: Decimal | null;
  /** The same totals over what is priced and converted, complete or not. */
  readonly priced: PricedTotals;
  /** Share of gross cost basis that has a price graded live, 0 to 1 with 6 digits; by count of positions when all cost is 0. `null` while a rate is missing. */
  readonly livePricedShare: Decimal | null;
  /** The same for any price, whatever its grade. */
  readonly pricedShare: Decimal | null;
  /** Whether every price and rate was known. */
  readonly complete: boolean;
  /** Symbols without a price. */
  readonly unpriced: readonly string[];
  /** Currencies without a rate to the portfolio's. */
  readonly unconverted: readonly string[];
}

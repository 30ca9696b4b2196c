import type { Decimal } from '../../money/decimal.js';

/** Totals over what is known: the known part of a valuation that is not complete, or of which a cost is unknown. */
export interface PricedTotals {
  /** Of the rows with price and rate. */
  readonly marketValue: Decimal;
  /** Of those rows whose base cost is known too. */
  readonly costBasis: Decimal;
  /** Of the same rows. */
  readonly unrealizedPnl: Decimal;
  /** Of all closings whose profit is known. */
  readonly realizedPnl: Decimal;
}

/**
 * Totals of one portfolio, in its currency, at the currency's scale. What is unknown is `null`: one missing price makes
 * `marketValue` unknown, and `priced` has the totals of the rest. docs/figures.md has each formula and an example.
 */
export interface PerformanceMetrics {
  /** Currency of all amounts. */
  readonly currency: string;
  /** Value of all positions: the sum of the rows. Of futures: what they have gained since the last settlement. */
  readonly marketValue: Decimal | null;
  /** Interest accrued on bonds, beside their clean value. */
  readonly accruedInterest: Decimal | null;
  /** Cash in all currencies. */
  readonly cash: Decimal | null;
  /** The part of `cash` that has not settled yet. */
  readonly unsettledCash: Decimal | null;
  /** `cash + marketValue + accruedInterest`. */
  readonly equity: Decimal | null;
  /** Net money paid for all open positions, at the rates of their entries; `null` while one is unknown: see `unknownCost`. */
  readonly costBasis: Decimal | null;
  /** `marketValue - costBasis` = `pricePnl + fxPnl`. */
  readonly unrealizedPnl: Decimal | null;
  /** Percent of the sum of the rows' absolute cost basis (futures: worth at entry at today's rate), 4 digits after the point; `null` also when that is 0. */
  readonly unrealizedPnlPct: Decimal | null;
  /** The part of `unrealizedPnl` that prices made, at today's rates. */
  readonly pricePnl: Decimal | null;
  /** The part of `unrealizedPnl` that rates made: cost at today's rates less `costBasis`. */
  readonly fxPnl: Decimal | null;
  /** Profit of all that was closed, at the rates of the entries. */
  readonly realizedPnl: Decimal | null;
  /** Dividends, coupons, interest, funding; interest that was bought counts below zero. */
  readonly income: Decimal | null;
  /** All fees paid, also those that are part of a cost. */
  readonly fees: Decimal | null;
  /** All taxes paid, also those that are part of a cost. */
  readonly taxes: Decimal | null;
  /** Fees and taxes that are in no cost. */
  readonly expenses: Decimal | null;
  /** What cash gained or lost by rates. */
  readonly cashFxPnl: Decimal | null;
  /** Deposits and transfers in, less withdrawals and transfers out. */
  readonly netContributions: Decimal | null;
  /** `realizedPnl + unrealizedPnl + income - expenses + cashFxPnl`. */
  readonly totalPnl: Decimal | null;
  /** Profit since the previous closes: that of all rows, closed ones too, and `cashDayPnl`. */
  readonly dayPnl: Decimal | null;
  /** Percent of the equity at the start of the day with its external flows, 4 digits after the point; `null` also when that is not above 0. */
  readonly dayPnlPct: Decimal | null;
  /** What cash gained or lost by rates since the start of the day. */
  readonly cashDayPnl: Decimal | null;
  /** Sum of the exposures above 0. The sign is that of the value: a long position at a price below 0, as oil had in April 2020, is owed and counts as short. */
  readonly longExposure: Decimal | null;
  /** Sum of the exposures below 0. */
  readonly shortExposure: Decimal | null;
  /** `longExposure - shortExposure`. */
  readonly grossExposure: Decimal | null;
  /** `longExposure + shortExposure`. */
  readonly netExposure: Decimal | null;
  /** `grossExposure / equity`, 4 digits after the point; `null` also when equity is not above 0. */
  readonly leverage: Decimal | null;
  /** The same totals over what is known, complete or not. */
  readonly priced: PricedTotals;
  /** Share of the rows' absolute cost that has a price graded live, 0 to 1 with 6 digits; by count of positions when all cost is 0 or one is unknown. 1 only when every row has one. */
  readonly livePricedShare: Decimal | null;
  /** The same for any price, whatever its grade. */
  readonly pricedShare: Decimal | null;
  /** Whether every price and rate was known. */
  readonly complete: boolean;
  /** Symbols without a price. */
  readonly unpriced: readonly string[];
  /** Currencies without a rate to the portfolio's. */
  readonly unconverted: readonly string[];
  /** Symbols of open positions whose cost in the portfolio's currency is unknown. */
  readonly unknownCost: readonly string[];
}

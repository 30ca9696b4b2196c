import type { MarketState } from '../core/prices/price-update.js';
import type { PriceGrade, PriceKind } from '../core/portfolio/portfolio-valuation.js';
import type { FeedStatus } from './feed-status.js';

/** An exact decimal as a string of digits, never as a JSON number: `"1234.50"`, `"-0.003"`. */
export type DecimalText = string;

/** Totals of the rows with a price and a rate: the known part of an incomplete portfolio. */
export interface PricedPart {
  readonly marketValue: DecimalText;
  /** `null` if the gateway's source does not say. */
  readonly costBasis: DecimalText | null;
  /** `null` if the gateway's source does not say. */
  readonly unrealizedPnl: DecimalText | null;
  /** `null` where the gateway's source does not say. */
  readonly realizedPnl: DecimalText | null;
}

/** Totals of one portfolio, in its currency, at the currency's scale. `null` means unknown; 0 never does. */
export interface PortfolioValue {
  /** Portfolio id. */
  readonly id: string;
  readonly currency: string;
  /** Version of the valued holdings. */
  readonly version: number;
  /** When it was valued, ms since 1970 on the server's clock. */
  readonly valuedAt: number;
  /** Value of all positions; of futures what they have gained since the last settlement. */
  readonly marketValue: DecimalText | null;
  readonly accruedInterest: DecimalText | null;
  readonly cash: DecimalText | null;
  readonly unsettledCash: DecimalText | null;
  /** `cash + marketValue + accruedInterest`. */
  readonly equity: DecimalText | null;
  /** At the rates of the entries; `null` while a cost is unknown. */
  readonly costBasis: DecimalText | null;
  /** `marketValue - costBasis` = `pricePnl + fxPnl`. */
  readonly unrealizedPnl: DecimalText | null;
  /** Percent of gross cost, 4 digits after the point. */
  readonly unrealizedPnlPct: DecimalText | null;
  readonly pricePnl: DecimalText | null;
  readonly fxPnl: DecimalText | null;
  readonly realizedPnl: DecimalText | null;
  readonly income: DecimalText | null;
  readonly fees: DecimalText | null;
  readonly taxes: DecimalText | null;
  /** Fees and taxes that are in no cost. */
  readonly expenses: DecimalText | null;
  readonly cashFxPnl: DecimalText | null;
  readonly netContributions: DecimalText | null;
  readonly totalPnl: DecimalText | null;
  readonly dayPnl: DecimalText | null;
  /** Percent of the equity at the start of the day, 4 digits after the point. */
  readonly dayPnlPct: DecimalText | null;
  readonly cashDayPnl: DecimalText | null;
  readonly longExposure: DecimalText | null;
  /** 0 or negative. */
  readonly shortExposure: DecimalText | null;
  readonly grossExposure: DecimalText | null;
  readonly netExposure: DecimalText | null;
  /** `grossExposure / equity`, 4 digits after the point. */
  readonly leverage: DecimalText | null;
  readonly priced: PricedPart;
  /** Share of cost that has a live price, 0 to 1, 6 digits after the point. */
  readonly livePricedShare: DecimalText | null;
  /** Share of cost that has a price of any grade, 0 to 1, 6 digits after the point. */
  readonly pricedShare: DecimalText | null;
  /** Whether every price and rate was known. */
  readonly complete: boolean;
  /** Symbols without a price; `null` if the gateway's source does not say. */
  readonly unpriced: readonly string[] | null;
  /** Currencies without a rate; `null` if the gateway's source does not say. */
  readonly unconverted: readonly string[] | null;
  /** Symbols whose cost is unknown; `null` where the gateway's source does not say. */
  readonly unknownCost: readonly string[] | null;
}

/** The price that values a position. */
export interface RowPrice {
  readonly price: DecimalText;
  readonly currency: string;
  readonly kind: PriceKind;
  /** Name of the stream or store that it comes from. */
  readonly source: string;
  /** Venue time, ms since 1970; the venue's clock, not the server's. */
  readonly asOf: number;
  /** When it arrived, ms since 1970 on the server's clock: its age is `serverTime - receivedAt`. */
  readonly receivedAt: number;
}

/** The exchange rate of a position. */
export interface RowRate {
  /** Symbols of the currency pairs on the way; empty if only minor units were converted. */
  readonly path: readonly string[];
  readonly rate: DecimalText;
  /** Venue time of the oldest leg; `null` without a leg. */
  readonly asOf: number | null;
  /** When the oldest leg arrived, on the server's clock; `null` without a leg. */
  readonly receivedAt: number | null;
}

/** One position, valued. Amounts are in the portfolio's currency and sum to its totals, digit for digit. */
export interface PositionRow {
  readonly symbol: string;
  /** Negative is short. */
  readonly quantity: DecimalText;
  readonly price: RowPrice | null;
  /** How good the price is; `missing` if there is none. */
  readonly grade: PriceGrade;
  readonly fx: RowRate | null;
  /** Exact amounts in the position's own currency; 18 digits after the point where they have no end. */
  readonly local: {
    readonly currency: string;
    readonly costBasis: DecimalText | null;
    readonly marketValue: DecimalText | null;
    readonly exposure: DecimalText | null;
    readonly accruedInterest: DecimalText | null;
    readonly unrealizedPnl: DecimalText | null;
    readonly realizedPnl: DecimalText | null;
  };
  /** As the instrument quotes it, without charges. */
  readonly averageEntryPrice: DecimalText | null;
  /** Price at which it would be closed without profit or loss. */
  readonly breakEvenPrice: DecimalText | null;
  readonly costBasis: DecimalText | null;
  readonly marketValue: DecimalText | null;
  readonly exposure: DecimalText | null;
  readonly accruedInterest: DecimalText | null;
  readonly unrealizedPnl: DecimalText | null;
  readonly unrealizedPnlPct: DecimalText | null;
  readonly pricePnl: DecimalText | null;
  readonly fxPnl: DecimalText | null;
  readonly realizedPnl: DecimalText | null;
  readonly realizedPricePnl: DecimalText | null;
  readonly realizedFxPnl: DecimalText | null;
  readonly income: DecimalText | null;
  readonly expenses: DecimalText | null;
  readonly totalPnl: DecimalText | null;
  readonly dayPnl: DecimalText | null;
  /** Signed share of gross exposure, rounded to 4 digits, so that a row does not change with every other row. */
  readonly weight: DecimalText | null;
}

/** A portfolio with rows. Once a reader has applied it, its rows sum to `portfolio`. */
export interface PositionsValue {
  /** Portfolio id. */
  readonly id: string;
  /** Totals, from the same prices as the rows. */
  readonly portfolio: PortfolioValue;
  /** Whether `rows` are all rows, which replace those that the reader has. Otherwise they are the changed rows. */
  readonly full: boolean;
  /** Rows, each with all fields. */
  readonly rows: readonly PositionRow[];
  /** Symbols that the portfolio no longer holds; empty if `full`. */
  readonly removed: readonly string[];
}

/** The newest price of a symbol. */
export interface PriceValue {
  readonly symbol: string;
  /** `null` while the price is unknown; then every other field is `null`, and `grade` is `missing`. */
  readonly price: DecimalText | null;
  /** `null` if the stream does not say. */
  readonly currency: string | null;
  readonly kind: PriceKind | null;
  readonly grade: PriceGrade;
  readonly bid: DecimalText | null;
  readonly ask: DecimalText | null;
  readonly previousClose: DecimalText | null;
  /** `price - previousClose`. */
  readonly change: DecimalText | null;
  /** Percent of the previous close, 4 digits after the point. */
  readonly changePct: DecimalText | null;
  readonly state: MarketState | null;
  /** Venue time, ms since 1970; the venue's clock unless `timeSource` is `received`. */
  readonly asOf: number | null;
  readonly timeSource: 'venue' | 'received' | null;
  /** When it arrived, ms since 1970 on the server's clock. */
  readonly receivedAt: number | null;
}

/** Values in a message: each kind in a list of its own, absent if empty. */
export interface Values {
  readonly portfolios?: readonly PortfolioValue[];
  readonly positions?: readonly PositionsValue[];
  readonly prices?: readonly PriceValue[];
  readonly status?: FeedStatus;
}

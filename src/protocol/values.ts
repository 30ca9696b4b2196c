import type { MarketState } from '../core/prices/price-update.js';
import type { PriceGrade, PriceKind, SessionName } from '../core/portfolio/figures/portfolio-valuation.js';
import type { FeedStatus } from './feed-status.js';

/** An exact decimal as a string of digits, never as a JSON number: `"1234.50"`, `"-0.003"`. */
export type DecimalText = string;

/** Totals of the rows with a price and a rate: the known part of an incomplete portfolio. */
export interface PricedPart {
  /** Of the rows with price and rate. Every totals topic has it. */
  readonly marketValue: DecimalText;
  /** Of those rows whose cost is known too; `null` without whole valuations, like the next two. */
  readonly costBasis: DecimalText | null;
  /** Of the same rows. */
  readonly unrealizedPnl: DecimalText | null;
  /** Of all closings whose profit is known. */
  readonly realizedPnl: DecimalText | null;
}

/**
 * Totals of one portfolio, in its currency, at the currency's scale. `null` means unknown; 0 never does.
 *
 * Every totals topic has the figures from `marketValue` to `leverage` except `cashDayPnl`, `priced.marketValue` and `complete`, whatever the gateway reads:
 * there `null` means that a price, a rate, a cost or a previous close is missing. The others depend on single rows: a gateway has them
 * if it reads whole valuations, and otherwise sends `null`, for `unknownCost` too. The totals of a {@link PositionsValue} have all.
 */
export interface PortfolioValue {
  /** Portfolio id. */
  readonly id: string;
  /** Currency of all amounts. */
  readonly currency: string;
  /** Version of the valued holdings. */
  readonly version: number;
  /** When it was valued, ms since 1970 on the server's clock. */
  readonly valuedAt: number;
  /** Value of all positions; of futures what they have gained since the last settlement. */
  readonly marketValue: DecimalText | null;
  /** Interest accrued on bonds, beside their clean value. */
  readonly accruedInterest: DecimalText | null;
  /** Cash in all currencies. */
  readonly cash: DecimalText | null;
  /** The part of `cash` that has not settled yet. */
  readonly unsettledCash: DecimalText | null;
  /** `cash + marketValue + accruedInterest`. */
  readonly equity: DecimalText | null;
  /** Net money paid for open positions, at the rates of the entries; `null` while a cost is unknown. */
  readonly costBasis: DecimalText | null;
  /** `marketValue - costBasis` = `pricePnl + fxPnl`. */
  readonly unrealizedPnl: DecimalText | null;
  /** Percent of gross cost, 4 digits after the point. */
  readonly unrealizedPnlPct: DecimalText | null;
  /** The part of `unrealizedPnl` that prices made, at today's rates. */
  readonly pricePnl: DecimalText | null;
  /** The part of `unrealizedPnl` that rates made. */
  readonly fxPnl: DecimalText | null;
  /** Profit of all that was closed, of rows and of closed positions. */
  readonly realizedPnl: DecimalText | null;
  /** Dividends, coupons, interest, funding. */
  readonly income: DecimalText | null;
  /** All fees paid, also those that are part of a cost. */
  readonly fees: DecimalText | null;
  /** All taxes paid, also those that are part of a cost. */
  readonly taxes: DecimalText | null;
  /** Fees and taxes that are in no cost. */
  readonly expenses: DecimalText | null;
  /** What cash gained or lost by rates. */
  readonly cashFxPnl: DecimalText | null;
  /** Deposits and transfers in, less withdrawals and transfers out. */
  readonly netContributions: DecimalText | null;
  /** `realizedPnl + unrealizedPnl + income - expenses + cashFxPnl`. */
  readonly totalPnl: DecimalText | null;
  /** Profit since the previous closes: of rows, of closed positions, and `cashDayPnl`. */
  readonly dayPnl: DecimalText | null;
  /** Percent of the equity at the start of the day, 4 digits after the point. */
  readonly dayPnlPct: DecimalText | null;
  /** What cash gained or lost by rates since the start of the day. `null` without whole valuations. */
  readonly cashDayPnl: DecimalText | null;
  /** Sum of the exposures above 0. */
  readonly longExposure: DecimalText | null;
  /** Sum of the exposures below 0: 0 or negative. */
  readonly shortExposure: DecimalText | null;
  /** `longExposure - shortExposure`. */
  readonly grossExposure: DecimalText | null;
  /** `longExposure + shortExposure`. */
  readonly netExposure: DecimalText | null;
  /** `grossExposure / equity`, 4 digits after the point; `null` also when equity is not above 0. */
  readonly leverage: DecimalText | null;
  /** Totals over what is known. */
  readonly priced: PricedPart;
  /** Share of cost that has a live price, 0 to 1, 6 digits after the point; `null` without whole valuations, like the next one. */
  readonly livePricedShare: DecimalText | null;
  /** Share of cost that has a price of any grade, 0 to 1, 6 digits after the point. */
  readonly pricedShare: DecimalText | null;
  /** Whether every price and rate was known. */
  readonly complete: boolean;
  /** Symbols without a price. Empty if `complete`; otherwise `null` without whole valuations. */
  readonly unpriced: readonly string[] | null;
  /** Currencies without a rate. Empty if `complete`; otherwise `null` without whole valuations. */
  readonly unconverted: readonly string[] | null;
  /** Symbols whose cost is unknown; `null` exactly if the gateway does not read whole valuations. */
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
  /** Change of the price since the previous close, in per cent. */
  readonly dayChangePct: DecimalText | null;
  /** Which day `dayPnl` and `dayChangePct` are about; `null` for a symbol without a trading calendar. */
  readonly session: SessionName | null;
  /** Signed share of gross exposure, rounded to 4 digits, so that a row does not change with every other row. */
  readonly weight: DecimalText | null;
}

/** A position that was held and is flat. Amounts are in the portfolio's currency. */
export interface ClosedRow {
  readonly symbol: string;
  /** In the position's own currency. */
  readonly local: {
    readonly currency: string;
    readonly realizedPnl: DecimalText | null;
  };
  /** `realizedPricePnl + realizedFxPnl`; `null` while a cost or a rate of an entry is unknown. */
  readonly realizedPnl: DecimalText | null;
  readonly realizedPricePnl: DecimalText | null;
  readonly realizedFxPnl: DecimalText | null;
  readonly income: DecimalText | null;
  readonly expenses: DecimalText | null;
  /** 0 once it was closed before the day began. */
  readonly dayPnl: DecimalText | null;
  /** Which day `dayPnl` is about; `null` for a symbol without a trading calendar. */
  readonly session: SessionName | null;
}

/** Cash of one currency. The values sum to `cash` of the totals. */
export interface CashRow {
  readonly currency: string;
  /** Exact, in its currency. */
  readonly balance: DecimalText;
  /** The part that has settled, in its currency. */
  readonly settledCash: DecimalText;
  /** In the portfolio's currency; `null` without a rate. */
  readonly value: DecimalText | null;
}

/**
 * A portfolio with rows. Once a reader has applied it, its rows sum to `portfolio`, digit for digit: open rows to value, interest, cost,
 * net exposure and unrealized profit; open and closed rows to `realizedPnl` and, with `cashDayPnl`, to `dayPnl`; cash to `cash`.
 *
 * Apply `removed` first, then `rows` and `closed`. A symbol has one row at most, open or closed.
 */
export interface PositionsValue {
  /** Portfolio id. */
  readonly id: string;
  /** Totals, from the same prices as the rows, with all figures. */
  readonly portfolio: PortfolioValue;
  /** Whether `rows`, `closed` and `cashBalances` are all there is, and replace what the reader has. Otherwise they are what has changed. */
  readonly full: boolean;
  /** Rows, each with all fields. */
  readonly rows: readonly PositionRow[];
  /** Symbols whose row goes, open or closed; they may be back in `rows` or `closed`. Empty if `full`. */
  readonly removed: readonly string[];
  /** Positions that were held and are flat, each with all fields. */
  readonly closed: readonly ClosedRow[];
  /** Cash by currency, always all of it; absent if none has changed. Present if `full`. */
  readonly cashBalances?: readonly CashRow[];
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
  /** Which day `change` and `changePct` are about; `null` for a symbol without a trading calendar. */
  readonly session: SessionName | null;
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

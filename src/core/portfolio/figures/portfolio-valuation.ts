import type { Decimal } from '../../money/decimal.js';
import type { PerformanceMetrics } from './performance-metrics.js';

/** Which price values a position: the venue's last trade or mark, a side of the quote, its middle, a close, or one from the store. */
export type PriceKind = 'last' | 'bid' | 'ask' | 'mid' | 'close' | 'stored';

/**
 * How good a price is: `live`; `delayed` (the venue says so, or the session is closed and it is the last close);
 * `stale` (older than allowed, or from the store); `halted`; `missing`.
 */
export type PriceGrade = 'live' | 'delayed' | 'stale' | 'halted' | 'missing';

/** The price that values a position, and where it comes from. */
export interface PriceUsed {
  readonly price: Decimal;
  /** Currency of the price. */
  readonly currency: string;
  readonly kind: PriceKind;
  /** Name of the stream or store it came from. */
  readonly source: string;
  /** Venue time, ms since 1970. */
  readonly asOf: number;
  /** Time since it arrived here, in ms, by this machine's clock. */
  readonly ageMs: number;
  readonly grade: Exclude<PriceGrade, 'missing'>;
}

/** The exchange rate that a position was converted by. */
export interface RateUsed {
  /** Symbols of the pairs gone through, in order; empty when no conversion, or only one of minor units, was needed. */
  readonly path: readonly string[];
  /** Units of the portfolio's currency for one unit of the position's; rounded to 12 digits after the point, for show. */
  readonly rate: Decimal;
  /** Venue time of the oldest leg, ms since 1970; `null` without a leg. */
  readonly asOf: number | null;
  /** Time since the oldest leg arrived here, in ms; `null` without a leg. */
  readonly ageMs: number | null;
}

/** Amounts of a position in its own currency: exact, or rounded to 18 digits after the point where they have no end. `null` is unknown. */
export interface LocalAmounts {
  /** Currency of value, cost and profit. */
  readonly currency: string;
  readonly costBasis: Decimal | null;
  readonly marketValue: Decimal | null;
  readonly exposure: Decimal | null;
  readonly accruedInterest: Decimal | null;
  readonly unrealizedPnl: Decimal | null;
  readonly realizedPnl: Decimal | null;
}

/** One open position, valued. Amounts are in the portfolio's currency, apportioned so that they sum to the totals; `null` is unknown. */
export interface PositionValuation {
  readonly symbol: string;
  /** Signed; negative is short. */
  readonly quantity: Decimal;
  readonly price: PriceUsed | null;
  /** `missing` when `price` is `null`. */
  readonly grade: PriceGrade;
  readonly fx: RateUsed | null;
  readonly local: LocalAmounts;
  /** As the instrument quotes it, without charges; 18 digits after the point at most. */
  readonly averageEntryPrice: Decimal | null;
  /** Price at which `local.unrealizedPnl` is 0, charges included. */
  readonly breakEvenPrice: Decimal | null;
  /** Net money paid for what is open, at the rates of its entries. */
  readonly costBasis: Decimal | null;
  /** Fully paid: its worth. Futures: worth less worth at the last settlement. */
  readonly marketValue: Decimal | null;
  /** Worth at the price, with the sign of the amount. */
  readonly exposure: Decimal | null;
  readonly accruedInterest: Decimal | null;
  /** `marketValue - costBasis`. */
  readonly unrealizedPnl: Decimal | null;
  /** Percent of the absolute cost basis (futures: worth at entry at today's rate), 4 digits after the point; `null` also when that is 0. */
  readonly unrealizedPnlPct: Decimal | null;
  readonly pricePnl: Decimal | null;
  readonly fxPnl: Decimal | null;
  readonly realizedPnl: Decimal | null;
  readonly realizedPricePnl: Decimal | null;
  readonly realizedFxPnl: Decimal | null;
  readonly income: Decimal | null;
  readonly expenses: Decimal | null;
  /** `realizedPnl + unrealizedPnl + income - expenses`. */
  readonly totalPnl: Decimal | null;
  /** Profit since the previous close, the day's trades included; `null` without a previous close for what was held then. */
  readonly dayPnl: Decimal | null;
  /** Change of the price since the previous close, in per cent of its size, 4 digits after the point; `null` without a previous close. */
  readonly dayChangePct: Decimal | null;
  /** Which day `dayPnl` and `dayChangePct` are about; `null` for a symbol without a trading calendar. */
  readonly session: SessionName | null;
  /** Signed share of gross exposure, as a ratio with 6 digits after the point; shares' sizes sum to about 1. `null` while one exposure is unknown. */
  readonly weight: Decimal | null;
}

/** A trading day, as it is shown: `US, 2026-11-27`. */
export interface SessionName {
  /** Name of the calendar, such as `us-equities`. */
  readonly calendar: string;
  /** Short name of the calendar, such as `US`. */
  readonly label: string;
  /** Date of the session, `YYYY-MM-DD`. */
  readonly date: string;
}

/** A symbol that was held and is flat. */
export interface ClosedPosition {
  readonly symbol: string;
  readonly local: Pick<LocalAmounts, 'currency' | 'realizedPnl'>;
  readonly realizedPnl: Decimal | null;
  readonly realizedPricePnl: Decimal | null;
  readonly realizedFxPnl: Decimal | null;
  readonly income: Decimal | null;
  readonly expenses: Decimal | null;
  readonly dayPnl: Decimal | null;
  /** Which day `dayPnl` is about; `null` for a symbol without a trading calendar. */
  readonly session: SessionName | null;
}

/** Cash of one currency. */
export interface CashBalance {
  readonly currency: string;
  /** Exact, in its currency. */
  readonly balance: Decimal;
  /** The part that has settled, in its currency. */
  readonly settledCash: Decimal;
  /** In the portfolio's currency; `null` without a rate. */
  readonly value: Decimal | null;
}

/** One portfolio, valued from one consistent set of prices: its rows sum to its totals, digit for digit. */
export interface PortfolioValuation extends PerformanceMetrics {
  readonly portfolioId: string;
  /** Version of the holdings that were valued. */
  readonly version: number;
  /** When it was computed, ms since 1970. */
  readonly valuedAt: number;
  /** Venue time of the newest price that went in; 0 when none was known. */
  readonly priceTime: number;
  readonly positions: readonly PositionValuation[];
  /** Symbols that were held and are flat, in the order of their first entries. */
  readonly closed: readonly ClosedPosition[];
  /** Cash by currency, in the order of the first moves. */
  readonly cashBalances: readonly CashBalance[];
}

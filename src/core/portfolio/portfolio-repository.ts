import type { Decimal } from '../money/decimal.js';
import type { Portfolio } from './portfolio.js';

/** Totals of one portfolio as they are stored: one row a portfolio, replaced by each newer one. */
export interface ValuationRecord {
  /** Whose totals. */
  readonly portfolioId: string;
  /** Version of the holdings that were valued. */
  readonly version: number;
  /** Venue time, ms since 1970, of the newest price that went in; 0 when no price was known. */
  readonly priceTime: number;
  /**
   * Sum of the venue times of all prices that went in. Of two valuations of the same holdings, one that saw no older
   * price of any symbol and a newer one of some has the larger (priceTime, priceTimeSum).
   */
  readonly priceTimeSum: number;
  /** When it was computed, ms since 1970. */
  readonly valuedAt: number;
  /** Currency of all amounts. */
  readonly currency: string;
  /** Market value of all positions; `null` while a price or a rate is missing. */
  readonly marketValue: Decimal | null;
  /** Cost of all open positions; `null` while a rate is missing. */
  readonly costBasis: Decimal | null;
  /** Market value less cost basis; `null` while a price or a rate is missing. */
  readonly unrealizedPnl: Decimal | null;
  /** Cash in all currencies; `null` while a rate is missing. */
  readonly cash: Decimal | null;
  /** Cash account: cash + market value. Margin account: cash + unrealized P&L. `null` while either part is. */
  readonly equity: Decimal | null;
  /** Market value of the positions that are priced and converted; equals `marketValue` when complete. */
  readonly pricedMarketValue: Decimal;
  /** Whether every price and every rate was known. */
  readonly complete: boolean;
}

/**
 * What became of one valuation of a set.
 * - `saved`: it is the stored one now. With the same (priceTime, priceTimeSum) as the stored one it is, too, if any figure
 *   differs: two prices may bear the same millisecond;
 * - `conflict`: the holdings are no longer at its version: load them and value again;
 * - `outdated`: the stored one saw newer prices, or the same prices and gives the same figures; nothing to do;
 * - `missing`: there is no such portfolio, or no longer.
 */
export type ValuationOutcome = 'saved' | 'conflict' | 'outdated' | 'missing';

/** The newest price of a symbol as it is stored, for a restart before the market speaks. */
export interface PriceRecord {
  /** The symbol. */
  readonly symbol: string;
  /** Last price. */
  readonly price: Decimal;
  /** Venue time, ms since 1970. */
  readonly timestamp: number;
  /** Currency, where the stream gave one. */
  readonly currency?: string;
  /** Close of the previous session, where the stream gave one. */
  readonly previousClose?: Decimal;
}

/**
 * Port: where portfolios, their valuations and the last prices live.
 *
 * Known implementations: `InMemoryPortfolioRepository`.
 *
 * Holdings and valuations are two things. A trade changes holdings and raises `version` by one. A valuation changes no
 * holdings and no version: it names the version it was computed from, and is refused when the holdings have moved on or
 * something newer is stored. So a tick never makes a trade fail, and a trade makes a valuation be computed again.
 *
 * An implementation must
 * - make each call atomic: of two saves that expect the same version, exactly one succeeds;
 * - compare and write in one step on the store's side (`UPDATE … WHERE version = …`), not read and then write;
 * - hand out and take in values, never references that a later change by the caller could reach;
 * - never let a valuation with a smaller (priceTime, priceTimeSum) replace a larger one of the same version.
 *
 * Failures of the store itself reject with `REPOSITORY_FAILED`. The kit `portfolioRepositoryConformance` of
 * `tickmark/conformance` tests this.
 */
export interface PortfolioRepository {
  /** The portfolio with its version, or `null` when there is none. */
  load(id: string): Promise<Portfolio | null>;
  /** Those of the ids that exist, in no particular order; an id given twice comes once. */
  loadMany(ids: readonly string[]): Promise<Portfolio[]>;
  /** Ids of the portfolios that hold the symbol, long or short. */
  findHolders(symbol: string): Promise<string[]>;
  /** Every portfolio, once, in constant memory: fills a book. A portfolio saved meanwhile may come in either state. */
  stream(): AsyncIterable<Portfolio>;
  /**
   * Stores holdings if the stored version is still `portfolio.version` (0: it must not exist yet), and gives back the
   * portfolio as stored, one version higher.
   * @throws ConcurrencyError `VERSION_CONFLICT` when the stored version differs, or a new portfolio's id is taken;
   * EntityNotFoundError `PORTFOLIO_NOT_FOUND` when a version above 0 is expected of an unknown id, `PORTFOLIO_DELETED`
   * when it was deleted. Version 0 uses a deleted id again; its versions go on above those of the former life, so that
   * nothing computed from that one is ever accepted.
   */
  save(portfolio: Portfolio): Promise<Portfolio>;
  /**
   * Deletes the portfolio and its valuation if the stored version is still the expected one.
   * @throws as `save`.
   */
  delete(id: string, expectedVersion: number): Promise<void>;
  /**
   * Stores a set of valuations, each accepted or not on its own, and answers in the order of the set. Where one id comes
   * twice, the later is judged against the earlier.
   */
  saveValuations(valuations: readonly ValuationRecord[]): Promise<ValuationOutcome[]>;
  /** The stored valuations of those ids that have one, in no particular order; an id given twice comes once. */
  loadValuations(ids: readonly string[]): Promise<ValuationRecord[]>;
  /** Stores last prices, one a symbol; an older `timestamp` never replaces a newer one. */
  savePrices(prices: readonly PriceRecord[]): Promise<void>;
  /** All stored prices. */
  loadPrices(): Promise<PriceRecord[]>;
}

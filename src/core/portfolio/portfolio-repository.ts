import type { Decimal } from '../money/decimal.js';
import type { PriceStamp } from '../prices/price-stamp.js';
import type { MarketState } from '../prices/price-update.js';
import type { PricedTotals } from './performance-metrics.js';
import type { Portfolio } from './portfolio.js';

/** Totals of one portfolio as they are stored: one row a portfolio, replaced by each newer one. */
export interface ValuationRecord {
  /** Whose totals. */
  readonly portfolioId: string;
  /** Version of the holdings that were valued. */
  readonly version: number;
  /**
   * How much it has seen, as a string that sorts: of two valuations of the same holdings and basis, one that saw no older
   * price of any symbol and a newer one of some has the greater string, compared byte by byte. It is made of ASCII, and
   * empty at the lowest.
   */
  readonly priceOrder: string;
  /** Names the set of currency pairs that `priceOrder` was made with; orders of different sets cannot be compared. */
  readonly basis: string;
  /** When it was computed, ms since 1970. */
  readonly valuedAt: number;
  /** Venue time, ms since 1970, of the newest price that went in; 0 when no price was known. */
  readonly priceTime: number;
  /** Arrival, ms since 1970, of the price that arrived first of those that went in; `null` when there was none. */
  readonly receivedAt: number | null;
  /** Last moment, ms since 1970, at which all prices and rates in it are fresh enough; `null` when they do not age. */
  readonly liveUntil: number | null;
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
  /** Total over the positions that are priced and converted: its `marketValue` equals the one above when complete. */
  readonly priced: Pick<PricedTotals, 'marketValue'>;
  /** Whether every price and every rate was known. */
  readonly complete: boolean;
  /** Symbols held whose price was not known, at most the first hundred; empty when complete. */
  readonly unpriced: readonly string[];
  /** Currencies for which no rate was known, at most the first hundred; empty when complete. */
  readonly unconverted: readonly string[];
}

/**
 * What became of one valuation of a set; {@link valuationOutcome} is the rule.
 * - `saved`: it is the stored one now: it has the greater `priceOrder`; or, where the orders are equal or of another basis, it
 *   was not computed earlier than the stored one and says something else;
 * - `conflict`: the holdings are no longer at its version: load them and value again;
 * - `outdated`: the stored one saw newer prices, or was computed later, or says the same; nothing to do;
 * - `missing`: there is no such portfolio, or no longer.
 */
export type ValuationOutcome = 'saved' | 'conflict' | 'outdated' | 'missing';

/** The newest price of a symbol as it is stored, for a restart before the market speaks. */
export interface PriceRecord {
  /** The symbol. */
  readonly symbol: string;
  /** Last price. */
  readonly price: Decimal;
  /** Venue time, ms since 1970, or that of receipt where the venue gave none. */
  readonly timestamp: number;
  /** When it arrived, ms since 1970. */
  readonly receivedAt: number;
  /** Its place in the order of the symbol's prices. */
  readonly stamp: PriceStamp;
  /** Arrival mark of the symbol's last gap; 0 when there was none. It may be above the price's own: the price is stale then. */
  readonly gap: number;
  /** Last moment, ms since 1970, at which the price counts as live; `null` when it does not age. */
  readonly liveUntil: number | null;
  /** Best bid, where the stream gave one. */
  readonly bid?: Decimal;
  /** Best ask, where the stream gave one. */
  readonly ask?: Decimal;
  /** Close of the previous session, where the stream gave one. */
  readonly previousClose?: Decimal;
  /** Currency, where the stream gave one. */
  readonly currency?: string;
  /** Trading state, where it is not open. */
  readonly state?: Exclude<MarketState, 'open'>;
}

/** Answer of `PortfolioRepository.changesSince`. */
export interface HoldingsChanges {
  /** Where to go on from. */
  readonly cursor: string;
  /**
   * At least the portfolios saved or deleted since, each once, with the version they have now; `null` once deleted. Others may be
   * among them.
   */
  readonly portfolios: ReadonlyArray<readonly [id: string, version: number | null]>;
  /** `true` when the cursor is not one of this store, or of before a restore from a backup: anything may have changed. */
  readonly isReset: boolean;
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
 * - let a valuation replace another one by the rule of {@link ValuationOutcome} only.
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
   * Which holdings have changed since an earlier call, so that engines find out what the bus lost. Without it an engine
   * reads the whole store anew every few seconds.
   * @param since `cursor` of an earlier answer; `null`: nothing is listed, and the cursor is that of now.
   */
  changesSince?(since: string | null): Promise<HoldingsChanges>;
  /**
   * Stores a set of valuations, each accepted or not on its own, and answers in the order of the set. Where one id comes
   * twice, the later is judged against the earlier.
   */
  saveValuations(valuations: readonly ValuationRecord[]): Promise<ValuationOutcome[]>;
  /** The stored valuations of those ids that have one, in no particular order; an id given twice comes once. */
  loadValuations(ids: readonly string[]): Promise<ValuationRecord[]>;
  /**
   * Stores last prices, one a symbol. A price with a lower stamp (compared by `venueTime`, then by `arrival`) never replaces
   * another; `gap` only rises, and where it passes the stamp's arrival, `liveUntil` ends before it. See `newerPrice`.
   */
  savePrices(prices: readonly PriceRecord[]): Promise<void>;
  /** All stored prices. */
  loadPrices(): Promise<PriceRecord[]>;
}

import type { Decimal } from '../money/decimal.js';
import type { PriceStamp } from '../prices/price-stamp.js';
import type { MarketState } from '../prices/price-update.js';
import type { ShardOptions } from '../shards/shard-selection.js';
import type { CorporateAction, CorporateActionRecord } from './corporate-actions/corporate-action.js';
import type { PortfolioTotals } from './figures/portfolio-totals.js';
import type { LedgerEntry } from './ledger/ledger-entry.js';
import type { LedgerRange } from './ledger/ledger-range.js';
import type { Portfolio } from './portfolio.js';
import type { SaveOutcome } from './save-outcome.js';
import { partShape } from '../options.js';

/** The stored totals of a portfolio: one row per portfolio, replaced by each newer valuation. */
export interface ValuationRecord extends PortfolioTotals {
  /** The portfolio's id. */
  readonly portfolioId: string;
  /** Version of the holdings that were valued. */
  readonly version: number;
  /**
   * How new its prices are, as a string that sorts: of two valuations of the same holdings and basis, the one with a newer price of
   * some symbol and no older price of any has the greater string, compared byte by byte. ASCII; the empty string is the lowest.
   */
  readonly priceOrder: string;
  /** Names the set of currency pairs that `priceOrder` includes; orders of different sets cannot be compared. */
  readonly basis: string;
  /** When it was computed, ms since 1970. */
  readonly valuedAt: number;
  /** Venue time of the newest price that was used, ms since 1970; 0 if no price was known. */
  readonly priceTime: number;
  /** Time of arrival of the oldest price that was used, ms since 1970; `null` if no price was known. */
  readonly receivedAt: number | null;
  /** Until when all its prices and rates are live, ms since 1970; `null` if they do not age. */
  readonly liveUntil: number | null;
  /** Currency of all amounts. */
  readonly currency: string;
  /** Symbols whose price was not known, at most the first hundred; empty if the valuation is complete. */
  readonly unpriced: readonly string[];
  /** Currencies without a known rate, at most the first hundred; empty if the valuation is complete. */
  readonly unconverted: readonly string[];
}

/**
 * The outcome of saving one valuation of a set, by the rule of `valuationOutcome()` (`tickmark/parts`):
 * - `saved`: it is stored. It has the greater `priceOrder`; or, if the orders are equal or of different bases, it was not computed before the
 *   stored one and has other figures;
 * - `conflict`: the holdings have another version. Load them and value them again;
 * - `outdated`: the stored one has newer prices, was computed later, or has the same figures. There is nothing to do;
 * - `missing`: the portfolio does not exist, or was deleted.
 */
export type ValuationOutcome = 'saved' | 'conflict' | 'outdated' | 'missing';

/** The newest price of a symbol, as it is stored: engines start from it after a restart. */
export interface PriceRecord {
  /** The symbol. */
  readonly symbol: string;
  /** Last price. */
  readonly price: Decimal;
  /** Venue time, ms since 1970; the time of receipt if the venue gave none. */
  readonly timestamp: number;
  /** When it arrived, ms since 1970. */
  readonly receivedAt: number;
  /** Its place in the order of the prices of its symbol. */
  readonly stamp: PriceStamp;
  /** Arrival number of the last gap of the symbol; 0 if there was none. If it is above `stamp.arrival`, the price is stale. */
  readonly gap: number;
  /** Until when the price is live, ms since 1970; `null` if it does not age. */
  readonly liveUntil: number | null;
  /** Best bid, where the stream gave one. */
  readonly bid?: Decimal;
  /** Best ask, where the stream gave one. */
  readonly ask?: Decimal;
  /** Close of the previous session, where the stream gave one. */
  readonly previousClose?: Decimal;
  /** When that session closed, ms since 1970, where the stream gave it. */
  readonly previousCloseAt?: number;
  /** Accrued interest, where the stream gave it. */
  readonly accrued?: Decimal;
  /** Accrued interest at the previous close, where the stream gave it. */
  readonly previousAccrued?: Decimal;
  /** Currency, where the stream gave one. */
  readonly currency?: string;
  /** Trading state, where it is not open. */
  readonly state?: Exclude<MarketState, 'open'>;
  /**
   * What `price`, `bid`, `ask` and `accrued` are multiplied by where a corporate action came after them: 0.5 after a split of 1 into 2. At most
   * 18 digits after the point. For readers of the table; engines compute it anew from the stored actions.
   */
  readonly adjustment?: Decimal;
}

/** Options of `PortfolioRepository.load`. */
export interface LoadOptions {
  /**
   * `whole`: all entries of the ledger are read. Default: as few as the repository needs, and `Portfolio.isLedgerLoaded` says whether that
   * was all of them.
   */
  readonly ledger?: 'whole' | undefined;
}

/** Result of `PortfolioRepository.changesSince`. */
export interface HoldingsChanges {
  /** The argument of the next call. */
  readonly cursor: string;
  /**
   * The portfolios that were saved or deleted since, each once, with their current version; `null` if deleted. Unchanged portfolios may be
   * among them.
   */
  readonly portfolios: ReadonlyArray<readonly [id: string, version: number | null]>;
  /** `true` if the cursor is not from this store, or from before the store was restored from a backup: anything may have changed. */
  readonly isReset: boolean;
}

/**
 * Port: stores portfolios, their valuations and the last prices.
 *
 * Known implementations: `InMemoryPortfolioRepository`; `PostgresPortfolioRepository` of `tickmark/postgres`;
 * `SqlitePortfolioRepository` of `tickmark/sqlite`.
 *
 * Holdings and valuations are separate. A trade changes holdings and raises `version` by one. A valuation changes neither: it has the
 * version from which it was computed, and is refused if the holdings have another version or the stored valuation is newer. So a tick
 * never makes a trade fail, and after a trade the valuation is computed again.
 *
 * An implementation must
 * - make each call atomic (`saveMany`: for each portfolio): of two saves that expect the same version, exactly one succeeds;
 * - compare and write in one step in the store (`UPDATE … WHERE version = …`), not read and then write;
 * - store and return values, never references that a later change by the caller could reach;
 * - let a valuation replace another one by the rule of {@link ValuationOutcome} only.
 *
 * Eight methods are required. The optional ones have substitutes, so you can leave them out at first. Failures of the store reject with
 * `REPOSITORY_FAILED`. `docs/ports.md` has a repository to start from. The kit `portfolioRepositoryConformance` of
 * `tickmark/conformance` tests all this.
 */
export interface PortfolioRepository {
  /**
   * The portfolio with its version; `null` if it does not exist. A repository that stores what a long ledger adds up to may leave out the
   * entries before, here, in `loadMany` and in `stream`. One that always reads the whole ledger can ignore the options.
   */
  load(id: string, options?: LoadOptions): Promise<Portfolio | null>;
  /**
   * The portfolios with these ids that exist, in any order. An id that is given twice comes once.
   * Optional: without it, `loadPortfolios` calls `load` for each id.
   */
  loadMany?(ids: readonly string[]): Promise<Portfolio[]>;
  /**
   * Ids of the portfolios that hold the symbol, long or short.
   * Optional: without it, `findHolders(repository, symbol)` reads all portfolios.
   * @param since ms since 1970. With it, also those with an entry from then on that names the symbol: they may have held it at that time.
   * @param options `shards`: only of portfolios in these. A repository may ignore it: callers leave the others out.
   */
  findHolders?(symbol: string, since?: number, options?: ShardOptions): Promise<string[]>;
  /**
   * The entries of a portfolio within a range, by `at`, then in the order of the ledger, in constant memory: all as they were entered, also
   * those that were cancelled or corrected, and what did that. An entry that is saved meanwhile may come or not; none comes twice, and none
   * that was there at the start is missing. A reader that stops leaves nothing open.
   * Optional: without it, `portfolioLedger(repository, id, range)` loads the portfolio.
   *
   * The first `next()` rejects with EntityNotFoundError `PORTFOLIO_NOT_FOUND` for an unknown id and `PORTFOLIO_DELETED` for a deleted one, and
   * with `INVALID_ARGUMENT` for what is no time. If the portfolio is deleted meanwhile, the rest comes nevertheless, or a later `next()` rejects.
   */
  ledger?(portfolioId: string, range?: LedgerRange): AsyncIterable<LedgerEntry>;
  /**
   * All portfolios, each once, in constant memory. A portfolio that is saved in the meantime may come in either state.
   * @param options `shards`: only the portfolios in these. A repository may ignore it: callers leave the others out.
   */
  stream(options?: ShardOptions): AsyncIterable<Portfolio>;
  /**
   * Stores holdings if the stored version is still `portfolio.version` (0: it must not exist yet), and returns the
   * portfolio as stored, one version higher.
   * @throws TickmarkError `ENTRY_CONFLICT` if the id of an entry to be stored is that of a stored one that was not loaded, whatever
   * its content; nothing is stored then. `LEDGER_NOT_LOADED` for a portfolio without its whole ledger whose version was changed or that
   * was loaded elsewhere.
   * ConcurrencyError `VERSION_CONFLICT` if the stored version differs, or if the id of a new portfolio is taken;
   * EntityNotFoundError `PORTFOLIO_NOT_FOUND` if a version above 0 is expected and the id is unknown, `PORTFOLIO_DELETED` if it was
   * deleted. Version 0 creates a deleted portfolio again. Its versions continue above the earlier ones, so that no valuation of the
   * deleted portfolio is accepted.
   */
  save(portfolio: Portfolio): Promise<Portfolio>;
  /**
   * Stores several portfolios, each accepted or refused individually by the rules of `save`, and returns their outcomes in the order given.
   * If an id comes twice, the later portfolio is compared with the earlier one. It does not reject: a portfolio that the store failed to
   * save has the outcome `failed`.
   * Optional: without it, `savePortfolios` calls `save` for each portfolio.
   */
  saveMany?(portfolios: readonly Portfolio[]): Promise<SaveOutcome[]>;
  /**
   * Deletes the portfolio and its valuation if the stored version is still the expected one.
   * @throws as `save`.
   */
  delete(id: string, expectedVersion: number): Promise<void>;
  /**
   * Which holdings have changed since an earlier call: with it engines find changes whose events were lost.
   * Optional: without it an engine reads all portfolios every few seconds.
   * @param since The `cursor` of an earlier result, whatever its options were; `null`: lists nothing, and returns the current cursor.
   * @param options `shards`: only of portfolios in these. A repository may ignore it: callers leave the others out.
   */
  changesSince?(since: string | null, options?: ShardOptions): Promise<HoldingsChanges>;
  /**
   * Stores a set of valuations, each accepted or refused individually, and returns their outcomes in the order given. If an id comes twice,
   * the later valuation is compared with the earlier one.
   */
  saveValuations(valuations: readonly ValuationRecord[]): Promise<ValuationOutcome[]>;
  /** The stored valuations of these ids, in any order. An id that is given twice comes once. */
  loadValuations(ids: readonly string[]): Promise<ValuationRecord[]>;
  /**
   * Stores last prices, one for each symbol, by the rule of `newerPrice()` (`tickmark/parts`), which you can call:
   * - The price with the higher stamp is kept; stamps are compared by `venueTime`, then by `arrival`. Of two with equal stamps, the later one
   *   saved is kept.
   * - `gap` is the higher of both, whichever price is kept. The gap may have been stored with the other price.
   * - If that `gap` is above `stamp.arrival`, the price is from before the gap and stale since then: `liveUntil` is at most the last ms before
   *   the gap, `Math.floor(gap / 1000) - 1`.
   */
  savePrices(prices: readonly PriceRecord[]): Promise<void>;
  /** All stored prices. */
  loadPrices(): Promise<PriceRecord[]>;
  /**
   * Stores a corporate action, or marks it as booked, and returns what is stored. A call that changes nothing returns the stored record; an
   * action that is booked stays so. Each change gives the action the next number, in the order in which changes become visible.
   * Optional, like `corporateActions`: without both, `corporateAction()` of an engine's application is refused.
   * @throws TickmarkError `ENTRY_CONFLICT` for an id that is known with other content.
   */
  saveCorporateAction?(action: CorporateAction, isBooked: boolean): Promise<CorporateActionRecord>;
  /**
   * The stored corporate actions with a number above `after`, by number. Engines call it often, mostly for nothing.
   * @param after Default 0: all.
   */
  corporateActions?(after?: number): Promise<CorporateActionRecord[]>;
}

/** Methods of a repository. */
export const REPOSITORY = partShape<PortfolioRepository>(
  'a PortfolioRepository',
  'load',
  'stream',
  'save',
  'delete',
  'saveValuations',
  'loadValuations',
  'savePrices',
  'loadPrices',
);

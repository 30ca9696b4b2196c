import type { Clock } from '../clock.js';
import type { TickmarkError } from '../errors.js';
import type { Logger } from '../logger.js';
import { LOCK, type Lock } from '../locking/lock.js';
import type { PriceUpdate } from '../prices/price-update.js';
import { REPOSITORY, type PortfolioRepository } from '../portfolio/portfolio-repository.js';
import type { PortfolioValuation } from '../portfolio/figures/portfolio-valuation.js';
import type { RandomSource } from '../random.js';
import { BOOK_OPTIONS, type PositionBookOptions } from '../book/position-book-options.js';
import { ERROR_RECEIVERS, TIME_AND_CHANCE, needed, orNull, type OptionShapes, SIGNAL } from '../options.js';

/** Options of `PortfolioValuationService`, including those of its book (FX pairs, price policy). */
export interface PortfolioValuationServiceOptions extends Omit<PositionBookOptions, 'symbols'> {
  /** Portfolios are loaded from it, and valuations are stored in it. */
  readonly repository: PortfolioRepository;
  /** Keeps two processes from valuing the same portfolio at the same time. It only saves work. Default `null`: none. */
  readonly lock?: Lock | null;
  /** How long the lease of a portfolio lasts, in ms. Default 5,000. */
  readonly lockTtlMs?: number;
  /** How many times a valuation is computed and saved before a conflict becomes an error. Default 10. */
  readonly maxAttempts?: number;
  /** Accept prices of zero and below. Default `false`. */
  readonly allowNonPositive?: boolean;
  /** Portfolios loaded and saved in one set by `batchRevaluatePortfolios`. Default 500. */
  readonly setSize?: number;
  /** Most sets at the same time. Default 2. */
  readonly concurrency?: number;
  readonly clock?: Clock;
  readonly random?: RandomSource;
  /** Called when the lock failed (`LOCK_FAILED`) and work continued without it. What it throws is dropped. */
  readonly onError?: (error: TickmarkError) => void;
  /** Gets each error that `onError` gets, at level `error`. */
  readonly logger?: Logger;
}

/** Prices for a valuation. */
export interface PriceBatch {
  /** Names the prices: a portfolio that was valued with prices of the same id is not valued again. Default: always valued. */
  readonly id?: string;
  /**
   * One update per symbol, including currency pairs. Each call starts afresh: a price in another currency than that of the position, such as pence, has to
   * say so each time.
   */
  readonly updates: readonly PriceUpdate[];
}

/** How to revalue. */
export interface RevaluationOptions {
  /** Whether to store the valuation. Default `true`. */
  readonly save?: boolean;
  /** Aborts the revaluation, which then throws `ABORTED`. */
  readonly signal?: AbortSignal;
}

/** Result of a revaluation. */
export interface RevaluationResult {
  readonly portfolioId: string;
  /**
   * - `saved`: stored;
   * - `outdated`: not stored, because the stored valuation has newer prices or is the same;
   * - `repeated`: nothing was done, because this service has valued the same holdings with the same batch before;
   * - `computed`: not stored, because `save` is `false`.
   */
  readonly outcome: 'saved' | 'outdated' | 'repeated' | 'computed';
  readonly valuation: PortfolioValuation;
  /** How many times it was computed; more than 1 after conflicts. */
  readonly attempts: number;
}

/** Result of a revaluation of many portfolios. */
export interface BatchRevaluationResult {
  readonly results: readonly RevaluationResult[];
  readonly failures: ReadonlyArray<{ readonly portfolioId: string; readonly error: TickmarkError }>;
}

/** Counters of a `PortfolioValuationService`. */
export interface PortfolioValuationServiceStats {
  /** Revaluations that ended with a result. */
  readonly succeeded: number;
  /** Revaluations that ended with an error. */
  readonly failed: number;
  /** Saves refused because the holdings had changed. */
  readonly conflicts: number;
  /** Computations repeated after a conflict: conflicts minus those that became an error. */
  readonly retries: number;
  /** Valuations not stored because the stored one was as new. */
  readonly outdated: number;
  /** Revaluations answered with the result of an earlier one of the same holdings and batch. */
  readonly repeated: number;
}

const { symbols: _symbols, ...OF_BOOK } = BOOK_OPTIONS;

/** What each option may be. */
export const SERVICE_OPTIONS: OptionShapes<PortfolioValuationServiceOptions> = {
  ...OF_BOOK,
  ...TIME_AND_CHANCE,
  ...ERROR_RECEIVERS,
  repository: needed(REPOSITORY),
  lock: orNull(LOCK),
  lockTtlMs: true,
  maxAttempts: true,
  allowNonPositive: 'boolean',
  setSize: true,
  concurrency: true,
};

/** What each option of a revaluation may be. */
export const REVALUATION_OPTIONS: OptionShapes<RevaluationOptions> = { save: 'boolean', ...SIGNAL };

import type { Clock } from '../clock.js';
import type { TickmarkError } from '../errors.js';
import type { Logger } from '../logger.js';
import type { Lock } from '../locking/lock.js';
import type { PriceUpdate } from '../prices/price-update.js';
import type { PortfolioRepository } from '../portfolio/portfolio-repository.js';
import type { PortfolioValuation } from '../portfolio/portfolio-valuation.js';
import type { RandomSource } from '../random.js';
import type { PositionBookOptions } from '../book/position-book-options.js';

/** Options of `PortfolioValuationService`, with those of its book (FX pairs, price policy). */
export interface PortfolioValuationServiceOptions extends Omit<PositionBookOptions, 'symbols'> {
  readonly repository: PortfolioRepository;
  /** Keeps two processes from valuing the same portfolio at once. It only saves work; without it, `null`, results are as correct. Default `null`. */
  readonly lock?: Lock | null;
  /** How long a lease of a portfolio holds, in ms. Default 5,000. */
  readonly lockTtlMs?: number;
  /** How often a valuation is computed and saved before its conflict is thrown. Default 10. */
  readonly maxAttempts?: number;
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

/** Prices for a valuation, and what names them. */
export interface PriceBatch {
  /** The same id means the same prices: a portfolio that was valued with them is not valued again. */
  readonly id?: string;
  /** One update a symbol; currency pairs are among them. */
  readonly updates: readonly PriceUpdate[];
}

/** How to revalue. */
export interface RevaluationOptions {
  /** Store the valuation. Default `true`. */
  readonly save?: boolean;
  readonly signal?: AbortSignal;
}

/** Result of a revaluation. */
export interface RevaluationResult {
  readonly portfolioId: string;
  /**
   * - `saved`: stored;
   * - `outdated`: the store has one of newer prices, or the same already;
   * - `repeated`: this service valued the same holdings with the same batch before; nothing was done;
   * - `computed`: not to be saved.
   */
  readonly outcome: 'saved' | 'outdated' | 'repeated' | 'computed';
  readonly valuation: PortfolioValuation;
  /** How often it was computed; above 1 after conflicts. */
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
  /** Saves refused because the holdings had moved on. */
  readonly conflicts: number;
  /** Computations repeated after a conflict: conflicts less those that ended in an error. */
  readonly retries: number;
  /** Valuations not stored because the store had one as new. */
  readonly outdated: number;
  /** Calls answered from an earlier one on the same holdings and batch. */
  readonly repeated: number;
}

import PQueue from 'p-queue';
import { sleep, systemClock, type Clock } from '../clock.js';
import {
  ConcurrencyError,
  EntityNotFoundError,
  RepositoryError,
  invalidArgument,
  throwIfAborted,
  type TickmarkError,
} from '../errors.js';
import type { Lease, Lock } from '../locking/lock.js';
import { PriceChangedBatch } from '../market-data/price-changed-event.js';
import type { PriceUpdate } from '../market-data/price-update.js';
import type {
  PortfolioRepository,
  ValuationOutcome,
  ValuationRecord,
} from '../portfolio/portfolio-repository.js';
import type { PortfolioValuation } from '../portfolio/portfolio-valuation.js';
import type { Portfolio } from '../portfolio/portfolio.js';
import { systemRandom, type RandomSource } from '../random.js';
import type { PositionBookOptions } from './position-book-options.js';
import { PositionBook } from './position-book.js';
import { RecentBatches } from './recent-batches.js';

/** Options of {@link PortfolioValuationService}; those of its book (FX pairs, price policy) are among them. */
export interface PortfolioValuationServiceOptions extends Omit<PositionBookOptions, 'symbols'> {
  readonly repository: PortfolioRepository;
  /** Keeps two processes from valuing one portfolio at once. It saves work only; `null`, the default, is as correct. */
  readonly lock?: Lock | null;
  /** How long a lease of a portfolio holds, in ms. Default 5,000. */
  readonly lockTtlMs?: number;
  /** How often a valuation is computed and saved before its conflict is thrown. Default 10. */
  readonly maxAttempts?: number;
  /** Portfolios loaded and saved in one set by `batchRevaluatePortfolios`. Default 500. */
  readonly setSize?: number;
  /** Sets under way at once. Default 2. */
  readonly concurrency?: number;
  readonly clock?: Clock;
  readonly random?: RandomSource;
  /** Told when the lock failed and work went on without it. */
  readonly onError?: (error: TickmarkError) => void;
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

/** What became of a revaluation. */
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

/** What became of a revaluation of many. */
export interface BatchRevaluationResult {
  readonly results: readonly RevaluationResult[];
  readonly failures: ReadonlyArray<{ readonly portfolioId: string; readonly error: TickmarkError }>;
}

/** Counters of a {@link PortfolioValuationService}. */
export interface PortfolioValuationServiceStats {
  /** Revaluations that ended with a result. */
  readonly succeeded: number;
  /** Revaluations that ended with an error. */
  readonly failed: number;
  /** Saves refused because the holdings had moved on. */
  readonly conflicts: number;
  /** Computations repeated after a conflict. */
  readonly retries: number;
  /** Valuations not stored because the store had one as new. */
  readonly outdated: number;
  /** Calls answered from an earlier one on the same holdings and batch. */
  readonly repeated: number;
}

/** A portfolio on its way through a set. */
interface Attempt {
  readonly portfolio: Portfolio;
  readonly valuation: PortfolioValuation;
  readonly record: ValuationRecord;
}

const FIRST_DELAY_MS = 2;

/**
 * Revalues portfolios on demand: load, mark, save under the version; after a conflict, again from a fresh load. For a
 * stream of prices `MarkToMarketEngine` does the same without loading.
 */
export class PortfolioValuationService {
  readonly #options: PortfolioValuationServiceOptions;
  readonly #clock: Clock;
  readonly #random: RandomSource;
  readonly #maxAttempts: number;
  readonly #recent = new RecentBatches();
  readonly #counts = { succeeded: 0, failed: 0, conflicts: 0, retries: 0, outdated: 0, repeated: 0 };

  constructor(options: PortfolioValuationServiceOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.#maxAttempts = options.maxAttempts ?? 10;
    if (!(this.#maxAttempts >= 1))
      throw invalidArgument('PortfolioValuationService: maxAttempts', this.#maxAttempts, 'a number from 1');
  }

  /** Counters since creation. */
  stats(): PortfolioValuationServiceStats {
    return { ...this.#counts };
  }

  /**
   * Revalues one portfolio.
   * @throws EntityNotFoundError; ConcurrencyError when every attempt met a conflict; RepositoryError; PriceRejectedError
   * for a bad price; `ABORTED`.
   */
  async revaluatePortfolio(
    portfolioId: string,
    prices: PriceBatch,
    options: RevaluationOptions = {},
  ): Promise<RevaluationResult> {
    const lease = await this.#acquire(portfolioId, options);
    try {
      const { results, failures } = await this.#revalue([portfolioId], prices, options);
      if (failures[0]) throw failures[0].error;
      return results[0]!;
    } finally {
      await lease?.release().catch((error: unknown) => this.#options.onError?.(error as TickmarkError));
    }
  }

  /**
   * Revalues many portfolios, a set at a time: one load, one save and one retry for all conflicts of a set. No lock is
   * taken. One portfolio's failure does not touch the others.
   * @param options `onProgress` hears after each set.
   * @throws PriceRejectedError for a bad price; `ABORTED`.
   */
  async batchRevaluatePortfolios(
    portfolioIds: readonly string[],
    prices: PriceBatch,
    options: RevaluationOptions & {
      readonly onProgress?: (progress: { done: number; total: number }) => void;
    } = {},
  ): Promise<BatchRevaluationResult> {
    const { setSize = 500, concurrency = 2 } = this.#options;
    const ids = [...new Set(portfolioIds)];
    const sets = Array.from({ length: Math.ceil(ids.length / setSize) }, (_, at) =>
      ids.slice(at * setSize, (at + 1) * setSize),
    );
    const queue = new PQueue({ concurrency });
    let done = 0;
    const parts = await queue.addAll(
      sets.map((set) => async () => {
        const part = await this.#revalue(set, prices, options);
        done += set.length;
        options.onProgress?.({ done, total: ids.length });
        return part;
      }),
    );
    return {
      results: parts.flatMap(({ results }) => results),
      failures: parts.flatMap(({ failures }) => failures),
    };
  }

  async #revalue(
    ids: readonly string[],
    prices: PriceBatch,
    options: RevaluationOptions,
  ): Promise<BatchRevaluationResult> {
    const results: RevaluationResult[] = [];
    const failures: Array<{ portfolioId: string; error: TickmarkError }> = [];
    const batch = PriceChangedBatch.ofUpdates(prices.updates, this.#clock.now());
    let open = ids;
    for (let attempt = 1; open.length > 0; attempt++) {
      throwIfAborted(options.signal, 'Revaluation');
      const { settled, conflicts } = await this.#attempt(
        open,
        batch,
        prices.id,
        attempt,
        options.save ?? true,
        failures,
      );
      results.push(...settled);
      open = conflicts.map(({ portfolio }) => portfolio.id);
      this.#counts.conflicts += open.length;
      if (open.length === 0) break;
      if (attempt >= this.#maxAttempts) {
        for (const { portfolio } of conflicts) {
          failures.push({
            portfolioId: portfolio.id,
            error: new ConcurrencyError(portfolio.id, portfolio.version),
          });
        }
        break;
      }
      this.#counts.retries += open.length;
      await sleep(this.#clock, this.#random() * FIRST_DELAY_MS * 2 ** Math.min(attempt, 8), options.signal);
    }
    this.#counts.succeeded += results.length;
    this.#counts.failed += failures.length;
    return { results, failures };
  }

  async #attempt(
    ids: readonly string[],
    batch: PriceChangedBatch,
    batchId: string | undefined,
    attempts: number,
    save: boolean,
    failures: Array<{ portfolioId: string; error: TickmarkError }>,
  ): Promise<{ settled: RevaluationResult[]; conflicts: Attempt[] }> {
    const settled: RevaluationResult[] = [];
    const conflicts: Attempt[] = [];
    const { repository } = this.#options;
    const fail = (portfolioId: string, error: TickmarkError) => void failures.push({ portfolioId, error });
    let portfolios: readonly Portfolio[];
    try {
      portfolios = await repository.loadMany(ids);
    } catch (cause) {
      const error = new RepositoryError(`Loading ${ids.length} portfolios failed.`, { cause });
      for (const id of ids) fail(id, error);
      return { settled, conflicts };
    }
    const found = new Set(portfolios.map(({ id }) => id));
    for (const id of ids) if (!found.has(id)) fail(id, new EntityNotFoundError(id));
    const fresh = portfolios.filter(({ id, version }) => {
      const known = batchId === undefined || !save ? undefined : this.#recent.find(id, version, batchId);
      if (!known) return true;
      this.#counts.repeated++;
      settled.push({ portfolioId: id, outcome: 'repeated', valuation: known, attempts: 0 });
      return false;
    });
    const tried = this.#mark(fresh, batch);
    let outcomes: readonly ValuationOutcome[] | null = null;
    if (save) {
      try {
        outcomes = await repository.saveValuations(tried.map(({ record }) => record));
      } catch (cause) {
        for (const { portfolio } of tried)
          fail(portfolio.id, new RepositoryError('Saving the valuation failed.', { cause }));
        return { settled, conflicts };
      }
    }
    tried.forEach((each, index) => {
      const { portfolio, valuation } = each;
      const outcome = outcomes?.[index] ?? 'computed';
      if (outcome === 'conflict') conflicts.push(each);
      else if (outcome === 'missing')
        fail(portfolio.id, new EntityNotFoundError(portfolio.id, 'PORTFOLIO_DELETED'));
      else {
        if (outcome === 'outdated') this.#counts.outdated++;
        if (save && batchId !== undefined)
          this.#recent.remember(portfolio.id, portfolio.version, batchId, valuation);
        settled.push({ portfolioId: portfolio.id, outcome, valuation, attempts });
      }
    });
    return { settled, conflicts };
  }

  // The same book as the stream's, so that both ways give the same digits.
  #mark(portfolios: readonly Portfolio[], batch: PriceChangedBatch): Attempt[] {
    const book = new PositionBook({ ...this.#options, clock: this.#clock });
    for (const portfolio of portfolios) book.setPortfolio(portfolio);
    book.applyPrices(batch, 'batch');
    book.settle();
    return portfolios.map((portfolio) => ({
      portfolio,
      valuation: book.value(portfolio.id)!,
      record: book.record(book.numberOf(portfolio.id)!)!,
    }));
  }

  async #acquire(portfolioId: string, { save, signal }: RevaluationOptions): Promise<Lease | null> {
    const { lock, lockTtlMs = 5000, onError } = this.#options;
    if (!lock || save === false) return null;
    try {
      return await lock.acquire(`tickmark/portfolio/${portfolioId}`, {
        ttlMs: lockTtlMs,
        waitMs: lockTtlMs,
        signal,
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      // The version makes the save right with or without the lock.
      onError?.(error as TickmarkError);
      return null;
    }
  }
}

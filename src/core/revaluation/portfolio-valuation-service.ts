import PQueue from 'p-queue';
import { retryDelay } from '../backoff.js';
import { sleep, systemClock, type Clock } from '../clock.js';
import { attempt, errorReporter } from '../error-reporter.js';
import type { TickmarkError } from '../errors.js';
import {
  ConcurrencyError,
  EntityNotFoundError,
  RepositoryError,
  invalidArgument,
  throwIfAborted,
} from '../errors.js';
import { checkNumber } from '../options.js';
import { PriceChangedBatch } from '../prices/price-changed-event.js';
import type { ValuationOutcome, ValuationRecord } from '../portfolio/portfolio-repository.js';
import type { PortfolioValuation } from '../portfolio/portfolio-valuation.js';
import { PortfolioLock } from '../portfolio/portfolio-lock.js';
import type { Portfolio } from '../portfolio/portfolio.js';
import { systemRandom, type RandomSource } from '../random.js';
import type {
  BatchRevaluationResult,
  PortfolioValuationServiceOptions,
  PortfolioValuationServiceStats,
  PriceBatch,
  RevaluationOptions,
  RevaluationResult,
} from './portfolio-valuation-service-options.js';
import { PositionBook } from '../book/position-book.js';
import { ValuationCache } from './valuation-cache.js';
import { loadPortfolios, saveValuations } from '../portfolio/repository-calls.js';

/** A portfolio on its way through a set. */
interface Attempt {
  readonly portfolio: Portfolio;
  readonly valuation: PortfolioValuation;
  readonly record: ValuationRecord;
}

const RETRY = { firstMs: 4, capMs: 512 };

/**
 * Revalues portfolios on demand: loads them, values them, and saves under the loaded version; after a conflict it loads again. For
 * a stream of prices `MarkToMarketEngine` does the same without loading each time.
 *
 * ```ts
 * import { InMemoryPortfolioRepository, Portfolio } from 'tickmark';
 * import { PortfolioValuationService } from 'tickmark/parts';
 *
 * const repository = new InMemoryPortfolioRepository();
 * const positions = [{ symbol: 'AAPL', quantity: 10, averageCost: 187.2 }];
 * await repository.save(Portfolio.create({ id: 'p1', currency: 'USD', positions }));
 * const service = new PortfolioValuationService({ repository });
 * const updates = [{ symbol: 'AAPL', price: '190.10', timestamp: Date.now() }];
 * const { valuation } = await service.revaluatePortfolio('p1', { updates });
 * console.log(valuation.metrics.marketValue?.toString()); // '1901.00'
 * ```
 */
export class PortfolioValuationService {
  readonly #options: PortfolioValuationServiceOptions;
  readonly #clock: Clock;
  readonly #random: RandomSource;
  readonly #maxAttempts: number;
  readonly #lock: PortfolioLock;
  readonly #onError: (error: TickmarkError) => void;
  readonly #cache = new ValuationCache();
  readonly #counts = { succeeded: 0, failed: 0, conflicts: 0, retries: 0, outdated: 0, repeated: 0 };

  /** @throws TickmarkError `INVALID_ARGUMENT` for a count that is none. */
  constructor(options: PortfolioValuationServiceOptions) {
    this.#options = options;
    this.#onError = errorReporter(options);
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.#lock = new PortfolioLock({
      lock: options.lock ?? null,
      ttlMs: options.lockTtlMs ?? 5000,
      clock: this.#clock,
      onError: this.#onError,
    });
    this.#maxAttempts = options.maxAttempts ?? 10;
    if (!(this.#maxAttempts >= 1))
      throw invalidArgument('PortfolioValuationService: maxAttempts', this.#maxAttempts, 'a number from 1');
    checkNumber('PortfolioValuationService: setSize', options.setSize ?? 1, { from: 1, isWhole: true });
    checkNumber('PortfolioValuationService: concurrency', options.concurrency ?? 1, {
      from: 1,
      isWhole: true,
    });
  }

  /** Counters since creation. */
  stats(): PortfolioValuationServiceStats {
    return { ...this.#counts };
  }

  /**
   * Revalues one portfolio.
   * @throws EntityNotFoundError; ConcurrencyError when every attempt had a conflict; RepositoryError; PriceRejectedError
   * for a bad price; `ABORTED`.
   */
  async revaluatePortfolio(
    portfolioId: string,
    prices: PriceBatch,
    options: RevaluationOptions = {},
  ): Promise<RevaluationResult> {
    const batch = this.#readPrices(prices, 1);
    const revalue = () => this.#revalue([portfolioId], batch, prices.id, options);
    const { results, failures } =
      options.save === false ? await revalue() : await this.#lock.run(portfolioId, options.signal, revalue);
    if (failures[0]) throw failures[0].error;
    return results[0]!;
  }

  /**
   * Revalues many portfolios, a set at a time: one load, one save and one retry for all conflicts of a set. No lock is
   * taken. One portfolio's failure does not touch the others.
   * @param options `onProgress` is called after each set.
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
    const batch = this.#readPrices(prices, ids.length);
    const queue = new PQueue({ concurrency });
    let done = 0;
    // Waits for all, so that nothing runs in the background afterwards.
    const parts = await Promise.allSettled(
      sets.map((set) =>
        queue.add(async () => {
          const part = await this.#revalue(set, batch, prices.id, options);
          done += set.length;
          attempt(() => options.onProgress?.({ done, total: ids.length }));
          return part;
        }),
      ),
    );
    const results: RevaluationResult[] = [];
    const failures: Array<BatchRevaluationResult['failures'][number]> = [];
    for (const part of parts) {
      if (part.status === 'rejected') throw part.reason as TickmarkError;
      results.push(...part.value.results);
      failures.push(...part.value.failures);
    }
    return { results, failures };
  }

  #readPrices(prices: PriceBatch, count: number): PriceChangedBatch {
    try {
      return PriceChangedBatch.ofUpdates(prices.updates, this.#clock.now());
    } catch (error) {
      this.#counts.failed += count;
      throw error;
    }
  }

  async #revalue(
    ids: readonly string[],
    batch: PriceChangedBatch,
    batchId: string | undefined,
    { save = true, signal }: RevaluationOptions,
  ): Promise<BatchRevaluationResult> {
    const results: RevaluationResult[] = [];
    const failures: Array<{ portfolioId: string; error: TickmarkError }> = [];
    let open = ids;
    try {
      for (let attempt = 1; ; attempt++) {
        throwIfAborted(signal, 'Revaluation');
        if (attempt > 1) this.#counts.retries += open.length;
        const { settled, conflicts } = await this.#attempt(open, batch, batchId, attempt, save, failures);
        results.push(...settled);
        open = conflicts.map(({ portfolio }) => portfolio.id);
        this.#counts.conflicts += open.length;
        if (open.length === 0) break;
        if (attempt >= this.#maxAttempts) {
          for (const { portfolio } of conflicts) {
            const error = new ConcurrencyError(portfolio.id, portfolio.version);
            failures.push({ portfolioId: portfolio.id, error });
          }
          break;
        }
        const delayMs = retryDelay(attempt, RETRY, this.#random);
        // An abort ends the sleep early, and the next attempt before it begins.
        await sleep(this.#clock, delayMs, signal).catch(() => undefined);
      }
    } finally {
      this.#counts.succeeded += results.length;
      this.#counts.failed += ids.length - results.length;
    }
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
      portfolios = await loadPortfolios(repository, ids);
    } catch (cause) {
      const error = new RepositoryError(`Loading ${ids.length} portfolios failed.`, { cause });
      for (const id of ids) fail(id, error);
      return { settled, conflicts };
    }
    const found = new Set(portfolios.map(({ id }) => id));
    for (const id of ids) if (!found.has(id)) fail(id, new EntityNotFoundError(id));
    const fresh = portfolios.filter(({ id, version }) => {
      const known = batchId === undefined || !save ? undefined : this.#cache.find(id, version, batchId);
      if (!known) return true;
      this.#counts.repeated++;
      settled.push({ portfolioId: id, outcome: 'repeated', valuation: known, attempts: 0 });
      return false;
    });
    const tried = this.#value(fresh, batch);
    let outcomes: readonly ValuationOutcome[] | null = null;
    if (save) {
      try {
        outcomes = await saveValuations(
          repository,
          tried.map(({ record }) => record),
        );
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
          this.#cache.remember(portfolio.id, portfolio.version, batchId, valuation);
        settled.push({ portfolioId: portfolio.id, outcome, valuation, attempts });
      }
    });
    return { settled, conflicts };
  }

  // The same book as the stream's, so that both ways give the same digits.
  #value(portfolios: readonly Portfolio[], batch: PriceChangedBatch): Attempt[] {
    const book = new PositionBook({ ...this.#options, clock: this.#clock, onError: this.#onError });
    for (const portfolio of portfolios) book.setPortfolio(portfolio);
    book.applyPrices(batch, 'batch');
    book.computeTotals();
    return portfolios.map((portfolio) => ({
      portfolio,
      valuation: book.value(portfolio.id)!,
      record: book.record(book.numberOf(portfolio.id)!)!,
    }));
  }
}

import PQueue from 'p-queue';
import { PositionBook } from '../book/position-book.js';
import { checkDelay, systemClock, type Clock } from '../clock.js';
import { callBack, errorReporter } from '../error-reporter.js';
import { invalidArgument, type TickmarkError } from '../errors.js';
import { checkNumber, checkOptions, pickOptions } from '../options.js';
import { KnownActions } from '../portfolio/corporate-actions/known-actions.js';
import { PortfolioLock } from '../portfolio/portfolio-lock.js';
import { PriceChangedBatch } from '../prices/price-changed-event.js';
import { systemRandom } from '../random.js';
import {
  REVALUATION_OPTIONS,
  SERVICE_OPTIONS,
  type BatchRevaluationResult,
  type PortfolioValuationServiceOptions,
  type PortfolioValuationServiceStats,
  type PriceBatch,
  type RevaluationOptions,
  type RevaluationResult,
} from './portfolio-valuation-service-options.js';
import { SetRevaluation, type RevaluationContext } from './set-revaluation.js';
import { ValuationCache } from './valuation-cache.js';
import { BOOK_OPTIONS } from '../book/position-book-options.js';
import { keepRaw } from '../keep-raw.js';

/**
 * Revalues portfolios on demand: loads them, values them, and saves the valuations if the holdings have not changed meanwhile; otherwise
 * it tries again. `MarkToMarketEngine` does the same for a stream of prices, without loading each time.
 *
 * @example
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
 * console.log(valuation.marketValue?.toString()); // '1901.00'
 * ```
 */
export class PortfolioValuationService {
  static {
    keepRaw(this);
  }

  readonly #options: PortfolioValuationServiceOptions;
  readonly #clock: Clock;
  readonly #lock: PortfolioLock;
  readonly #context: RevaluationContext;
  readonly #counts = { succeeded: 0, failed: 0, conflicts: 0, retries: 0, outdated: 0, repeated: 0 };

  /** @throws TickmarkError `INVALID_ARGUMENT` for an option out of range. */
  constructor(options: PortfolioValuationServiceOptions) {
    checkOptions('PortfolioValuationService', options, SERVICE_OPTIONS);
    const { repository, clock = systemClock, random = systemRandom, maxAttempts = 10 } = options;
    const onError = errorReporter(options);
    this.#options = options;
    this.#clock = clock;
    this.#lock = new PortfolioLock({
      lock: options.lock ?? null,
      ttlMs: options.lockTtlMs ?? 5000,
      clock,
      onError,
    });
    if (!(maxAttempts >= 1))
      throw invalidArgument('PortfolioValuationService: maxAttempts', maxAttempts, 'a number from 1');
    checkNumber('PortfolioValuationService: setSize', options.setSize ?? 1, { from: 1, isWhole: true });
    checkNumber('PortfolioValuationService: concurrency', options.concurrency ?? 1, {
      from: 1,
      isWhole: true,
    });
    checkDelay(options.lockTtlMs ?? 0, 'PortfolioValuationService: lockTtlMs');
    const createBook = (): PositionBook =>
      new PositionBook({ ...pickOptions(options, BOOK_OPTIONS), clock, onError });
    // What is wrong with its options is said here, not by the first revaluation.
    createBook();
    this.#context = {
      repository,
      clock,
      random,
      maxAttempts,
      cache: new ValuationCache(),
      actions: new KnownActions({ repository, onError }),
      counts: this.#counts,
      createBook,
    };
  }

  /** Counters since creation. */
  stats(): PortfolioValuationServiceStats {
    return { ...this.#counts };
  }

  /**
   * Revalues one portfolio.
   * @throws EntityNotFoundError; ConcurrencyError if all attempts had a conflict; RepositoryError; PriceRejectedError for a bad price;
   * `ABORTED`.
   */
  async revaluatePortfolio(
    portfolioId: string,
    prices: PriceBatch,
    options: RevaluationOptions = {},
  ): Promise<RevaluationResult> {
    checkOptions('PortfolioValuationService.revaluatePortfolio', options, REVALUATION_OPTIONS);
    const batch = this.#readPrices(prices, 1);
    const revalue = () => new SetRevaluation(this.#context, batch, prices.id, options).run([portfolioId]);
    const { results, failures } =
      options.save === false ? await revalue() : await this.#lock.run(portfolioId, options.signal, revalue);
    if (failures[0]) throw failures[0].error;
    return results[0]!;
  }

  /**
   * Revalues many portfolios, a set at a time: all portfolios of a set are loaded, saved and retried together. No lock is acquired. The
   * failure of one portfolio does not affect the others.
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
    // Waits for all sets, so that nothing runs in the background afterwards.
    const parts = await Promise.allSettled(
      sets.map((set) =>
        queue.add(async () => {
          const part = await new SetRevaluation(this.#context, batch, prices.id, options).run(set);
          done += set.length;
          callBack(
            'PortfolioValuationService: onProgress',
            () => options.onProgress?.({ done, total: ids.length }),
            errorReporter(this.#options),
          );
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
      const { allowNonPositive = false } = this.#options;
      return PriceChangedBatch.ofUpdates(prices.updates, this.#clock.now(), { allowNonPositive });
    } catch (error) {
      this.#counts.failed += count;
      throw error;
    }
  }
}

import { retryDelay } from '../backoff.js';
import type { PositionBook } from '../book/position-book.js';
import { sleep, type Clock } from '../clock.js';
import {
  ConcurrencyError,
  EntityNotFoundError,
  RepositoryError,
  throwIfAborted,
  type TickmarkError,
} from '../errors.js';
import type {
  PortfolioRepository,
  ValuationOutcome,
  ValuationRecord,
} from '../portfolio/portfolio-repository.js';
import type { KnownActions } from '../portfolio/corporate-actions/known-actions.js';
import type { PortfolioValuation } from '../portfolio/figures/portfolio-valuation.js';
import type { Portfolio } from '../portfolio/portfolio.js';
import { loadPortfolios, saveValuations } from '../portfolio/repository-calls.js';
import type { PriceChangedBatch } from '../prices/price-changed-event.js';
import type { RandomSource } from '../random.js';
import type {
  BatchRevaluationResult,
  PortfolioValuationServiceStats,
  RevaluationOptions,
  RevaluationResult,
} from './portfolio-valuation-service-options.js';
import type { ValuationCache } from './valuation-cache.js';

/** What all revaluations of a service share. */
export interface RevaluationContext {
  readonly repository: PortfolioRepository;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** How often a valuation is computed and saved before its conflict is a failure. */
  readonly maxAttempts: number;
  readonly cache: ValuationCache;
  /** Corporate actions: holders that lack one are valued as after it. */
  readonly actions: KnownActions;
  /** The counters of the service. */
  readonly counts: { -readonly [Name in keyof PortfolioValuationServiceStats]: number };
  /** Creates an empty book. */
  readonly createBook: () => PositionBook;
}

/** A valuation before it is saved. */
interface UnsavedValuation {
  readonly portfolio: Portfolio;
  readonly valuation: PortfolioValuation;
  readonly record: ValuationRecord;
}

const RETRY = { firstMs: 4, capMs: 512 };

/**
 * One revaluation of a set of portfolios with the same prices: loads, values and saves them together, and then again those whose holdings
 * had changed meanwhile.
 */
export class SetRevaluation {
  readonly #context: RevaluationContext;
  readonly #batch: PriceChangedBatch;
  readonly #batchId: string | undefined;
  readonly #shouldSave: boolean;
  readonly #signal: AbortSignal | undefined;
  readonly #results: RevaluationResult[] = [];
  readonly #failures: Array<BatchRevaluationResult['failures'][number]> = [];
  #attempts = 0;

  constructor(
    context: RevaluationContext,
    batch: PriceChangedBatch,
    batchId: string | undefined,
    { save = true, signal }: RevaluationOptions,
  ) {
    this.#context = context;
    this.#batch = batch;
    this.#batchId = batchId;
    this.#shouldSave = save;
    this.#signal = signal;
  }

  /** Revalues the portfolios, in at most `maxAttempts` attempts. @throws TickmarkError `ABORTED`. */
  async run(ids: readonly string[]): Promise<BatchRevaluationResult> {
    const { clock, counts, maxAttempts, random } = this.#context;
    let open = ids;
    try {
      while (open.length > 0) {
        throwIfAborted(this.#signal, 'Revaluation');
        if (this.#attempts++ > 0) counts.retries += open.length;
        const conflicts = await this.#attempt(open);
        counts.conflicts += conflicts.length;
        if (this.#attempts >= maxAttempts) {
          for (const { id, version } of conflicts) this.#fail(id, new ConcurrencyError(id, version));
          break;
        }
        open = conflicts.map(({ id }) => id);
        if (open.length === 0) break;
        // An abort ends the sleep early; the next attempt then throws.
        await sleep(clock, retryDelay(this.#attempts, RETRY, random), this.#signal).catch(() => undefined);
      }
    } finally {
      counts.succeeded += this.#results.length;
      counts.failed += ids.length - this.#results.length;
    }
    return { results: this.#results, failures: this.#failures };
  }

  /** @returns the portfolios whose holdings have changed since they were loaded. */
  async #attempt(ids: readonly string[]): Promise<readonly Portfolio[]> {
    const portfolios = await this.#load(ids);
    const valued = this.#value(portfolios.filter((portfolio) => !this.#isRepeated(portfolio)));
    const outcomes: ReadonlyArray<ValuationOutcome | 'computed'> = this.#shouldSave
      ? await this.#save(valued)
      : valued.map(() => 'computed');
    const conflicts: Portfolio[] = [];
    outcomes.forEach((outcome, index) => {
      const { portfolio, valuation } = valued[index]!;
      if (outcome === 'conflict') conflicts.push(portfolio);
      else if (outcome === 'missing')
        this.#fail(portfolio.id, new EntityNotFoundError(portfolio.id, 'PORTFOLIO_DELETED'));
      else this.#succeed(portfolio, valuation, outcome);
    });
    return conflicts;
  }

  async #load(ids: readonly string[]): Promise<readonly Portfolio[]> {
    let portfolios: readonly Portfolio[];
    try {
      const { repository, actions } = this.#context;
      const loaded = await loadPortfolios(repository, ids);
      await actions.refresh();
      portfolios = await actions.complete(loaded);
    } catch (cause) {
      const error = new RepositoryError(`Loading ${ids.length} portfolios failed.`, { cause });
      for (const id of ids) this.#fail(id, error);
      return [];
    }
    const found = new Set(portfolios.map(({ id }) => id));
    for (const id of ids) if (!found.has(id)) this.#fail(id, new EntityNotFoundError(id));
    return portfolios;
  }

  #isRepeated({ id, version }: Portfolio): boolean {
    if (this.#batchId === undefined || !this.#shouldSave) return false;
    const { cache, counts } = this.#context;
    const valuation = cache.find(id, version, this.#batchId);
    if (!valuation) return false;
    counts.repeated++;
    this.#results.push({ portfolioId: id, outcome: 'repeated', valuation, attempts: 0 });
    return true;
  }

  // The book of a stream, so that both ways give the same digits.
  #value(portfolios: readonly Portfolio[]): UnsavedValuation[] {
    const book = this.#context.createBook();
    for (const portfolio of portfolios) book.setPortfolio(portfolio);
    book.takeActions(this.#context.actions.all);
    book.applyPrices(this.#batch, 'batch');
    book.computeTotals();
    return portfolios.map((portfolio) => ({
      portfolio,
      valuation: book.value(portfolio.id)!,
      record: book.record(book.numberOf(portfolio.id)!)!,
    }));
  }

  /** @returns the outcome of each; none if the store failed. */
  async #save(valuations: readonly UnsavedValuation[]): Promise<readonly ValuationOutcome[]> {
    const records = valuations.map(({ record }) => record);
    try {
      return await saveValuations(this.#context.repository, records);
    } catch (cause) {
      for (const { portfolio } of valuations)
        this.#fail(portfolio.id, new RepositoryError('Saving the valuation failed.', { cause }));
      return [];
    }
  }

  #succeed(
    { id, version }: Portfolio,
    valuation: PortfolioValuation,
    outcome: 'saved' | 'outdated' | 'computed',
  ): void {
    const { cache, counts } = this.#context;
    if (outcome === 'outdated') counts.outdated++;
    if (this.#shouldSave && this.#batchId !== undefined)
      cache.remember(id, version, this.#batchId, valuation);
    this.#results.push({ portfolioId: id, outcome, valuation, attempts: this.#attempts });
  }

  #fail(portfolioId: string, error: TickmarkError): void {
    this.#failures.push({ portfolioId, error });
  }
}

import { BoundedCalls, checkDelay, type Clock } from '../../clock.js';
import { TickmarkError } from '../../errors.js';
import { checkNumber } from '../../options.js';
import type { Lock } from '../../locking/lock.js';
import type { PortfolioRepository } from '../../portfolio/portfolio-repository.js';
import type { RandomSource } from '../../random.js';
import type { PositionBook } from '../../book/position-book.js';
import { PRICES_FIRST_MS, PriceSaver } from './price-saver.js';
import { StoreCalls } from './store-calls.js';
import { ValuationSaver } from './valuation-saver.js';
import { WriterLease } from './writer-lease.js';

/** Options of {@link ValuationWriter}. */
export interface ValuationWriterOptions {
  readonly repository: PortfolioRepository;
  readonly book: PositionBook;
  /** Time in ms from one round of saves to the next. */
  readonly intervalMs: number;
  /** Valuations in one call of `saveValuations`. */
  readonly batchSize: number;
  /** Most calls of `saveValuations` at the same time. */
  readonly concurrency: number;
  /** Only the holder of `lockKey` saves, so that only one of several engines on the same portfolios does the work. */
  readonly lock: Lock | null;
  readonly lockKey: string;
  /** How long the lock is held unless extended, in ms. */
  readonly leaseMs: number;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly onError: (error: TickmarkError) => void;
  /** Called with the portfolios whose holdings have changed or are gone: load them again. */
  readonly onStale: (portfolioIds: readonly string[]) => void;
  /** Whether this engine is one that stores. Default: always. */
  readonly isActing?: () => boolean;
  /** Whether it stores the portfolio with this number. Default: always. */
  readonly actsFor?: (number: number) => boolean;
  /** Whether prices may have been missed, so that another engine may know newer ones. Default: never. */
  readonly mayMissPrices?: () => boolean;
  /** Called when the store has taken rows. */
  readonly onProgress?: () => void;
}

/** Counters of the writer of an engine. */
export interface ValuationWriterStats {
  /** Valuations by outcome of the save. */
  readonly saved: number;
  readonly conflict: number;
  readonly outdated: number;
  readonly missing: number;
  /** Calls of the repository that failed and are retried. */
  readonly saveFailures: number;
  /** How often another engine held the lock. */
  readonly lockedOut: number;
  /** Portfolios whose newest valuation this engine still has to store; 0 while it may not store. */
  readonly unsaved: number;
  /** How long the oldest of them has been waiting, in ms; 0 without one. */
  readonly oldestUnsavedMs: number;
  /** Portfolios whose newest valuation this engine has ready while another one stores; 0 while it stores itself. */
  readonly standby: number;
  /** Portfolios whose newest valuation, and symbols whose newest price the store refuses. */
  readonly refused: number;
}

/**
 * The persistence clock: stores the prices and valuations that have changed since the last round, each in rounds of their own. A slow
 * store gets newer values, not more of them. A save that fails or is not answered is retried. A save that takes effect late replaces
 * nothing newer.
 */
export class ValuationWriter {
  readonly #clock: Clock;
  readonly #isActing: () => boolean;
  readonly #calls: StoreCalls;
  readonly #pricesFirst: BoundedCalls;
  readonly #lease: WriterLease | null;
  readonly #prices: PriceSaver;
  readonly #values: ValuationSaver;
  #isStopped = false;

  /** @throws TickmarkError `INVALID_ARGUMENT` for an option out of range. */
  constructor(options: ValuationWriterOptions) {
    const { intervalMs, batchSize, concurrency, lock, clock, onError } = options;
    const { isActing = () => true, mayMissPrices = () => false } = options;
    checkDelay(intervalMs, 'MarkToMarketEngine: persistMs');
    checkNumber('MarkToMarketEngine: saveBatchSize', batchSize, { from: 1, isWhole: true });
    checkNumber('MarkToMarketEngine: saveConcurrency', concurrency, { from: 1, isWhole: true });
    this.#clock = clock;
    this.#isActing = isActing;
    this.#calls = new StoreCalls(clock, onError, () => this.#lease?.recordFailure());
    this.#pricesFirst = new BoundedCalls(clock, PRICES_FIRST_MS);
    const onStored = () => {
      this.#lease?.recordSuccess();
      options.onProgress?.();
    };
    const shared = { ...options, calls: this.#calls, onStored, mayStore: () => this.mayStore };
    this.#prices = new PriceSaver(shared);
    this.#values = new ValuationSaver({ ...shared, pricesFirst: () => this.#storePrices() });
    this.#lease =
      lock &&
      new WriterLease({
        ...options,
        lock,
        mayMissPrices,
        hasWork: () => !this.isIdle,
        onGranted: () => {
          this.#prices.wake();
          this.#values.wake();
        },
      });
  }

  /** Whether this engine may store now: no other engine is known to hold the lock, and it is one that stores. */
  get mayStore(): boolean {
    return this.#lease?.mayStore ?? this.#isActing();
  }

  /** Whether nothing waits to be stored or is being stored, except for refused rows. */
  get isIdle(): boolean {
    return this.#prices.isIdle && this.#values.isIdle;
  }

  /** Valuations that the store took. */
  get saved(): number {
    return this.#values.outcomes.saved;
  }

  /** Portfolios whose newest valuation this engine has not stored, even if another one has to. */
  get unstored(): number {
    return this.#values.unsaved + this.#values.refused;
  }

  /** Counters since creation. */
  stats(): ValuationWriterStats {
    const { unsaved, outcomes } = this.#values;
    const { mayStore } = this;
    return {
      ...outcomes,
      saveFailures: this.#calls.failures,
      lockedOut: this.#lease?.lockedOut ?? 0,
      unsaved: mayStore ? unsaved : 0,
      oldestUnsavedMs: mayStore ? this.#oldestUnsavedMs() : 0,
      standby: mayStore ? 0 : unsaved,
      refused: this.#values.refused + this.#prices.refused,
    };
  }

  /** Ids of up to `limit` portfolios whose newest valuation is not stored. */
  unsavedIds(limit: number): string[] {
    return this.#values.unsavedIds(limit);
  }

  /** Adds portfolios whose stored valuation is out of date, by their numbers in the book. */
  enqueue(portfolioNumbers: ArrayLike<number>): void {
    if (this.#isStopped || portfolioNumbers.length === 0) return;
    this.#values.enqueue(portfolioNumbers);
    this.#lease?.wake();
  }

  /** Adds symbols whose stored price is out of date, by their numbers in the book. */
  enqueuePrices(symbolNumbers: ArrayLike<number>): void {
    if (this.#isStopped || symbolNumbers.length === 0) return;
    this.#prices.enqueue(symbolNumbers);
    this.#lease?.wake();
  }

  /** Tries to acquire the lock, then saves everything that waits; resolves when that is done or has failed. */
  async flush(): Promise<void> {
    if (this.#isStopped || this.isIdle) return;
    await this.#lease?.askNow();
    await Promise.all([this.#prices.flush(), this.#values.flush()]);
  }

  /** Stops saving and releases the lock. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#prices.stop();
    this.#values.stop();
    this.#pricesFirst.abandon(new TickmarkError('CLOSED', 'Closed before the repository had answered.'));
    this.#calls.stop();
    await this.#lease?.release();
  }

  #oldestUnsavedMs(): number {
    // Values that it had ready while another engine stored count as waiting since the takeover.
    const since = Math.max(this.#values.oldest, this.#lease?.heldSince ?? 0);
    return Math.max(0, this.#clock.monotonic() - since);
  }

  // Prices first: an engine that starts from the store must find the prices from which the stored valuations were computed.
  async #storePrices(): Promise<void> {
    if (this.#prices.isIdle || !this.#prices.isPrompt) return;
    await this.#pricesFirst.run('savePrices()', () => this.#prices.flush()).catch(() => undefined);
  }
}

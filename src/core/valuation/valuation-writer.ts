import PQueue from 'p-queue';
import { BoundedCalls, checkDelay, timerDelay, type Clock, type Timer } from '../clock.js';
import { RepositoryError, TickmarkError, checkCount } from '../errors.js';
import type { Lock } from '../locking/lock.js';
import type {
  PortfolioRepository,
  PriceRecord,
  ValuationOutcome,
  ValuationRecord,
} from '../portfolio/portfolio-repository.js';
import type { RandomSource } from '../random.js';
import { NumberSet } from './number-set.js';
import type { PositionBook } from './position-book.js';
import { savedOutcomes } from './saved-outcomes.js';
import { WriterLease } from './writer-lease.js';

/** What a {@link ValuationWriter} works with. */
export interface ValuationWriterOptions {
  readonly repository: PortfolioRepository;
  readonly book: PositionBook;
  /** Time in ms from one round of saves to the next. */
  readonly intervalMs: number;
  /** Valuations in one call of `saveValuations`. */
  readonly batchSize: number;
  /** Calls under way at once. */
  readonly concurrency: number;
  /** Only the holder of `lockKey` saves, so that of several engines on the same portfolios one does the work. */
  readonly lock: Lock | null;
  readonly lockKey: string;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly onError: (error: TickmarkError) => void;
  /** Holdings have moved on, or are gone: load them again. */
  readonly onStale: (portfolioIds: readonly string[]) => void;
}

/** Counters of a {@link ValuationWriter}. */
export interface ValuationWriterStats {
  /** Valuations by what became of them. */
  readonly saved: number;
  readonly conflict: number;
  readonly outdated: number;
  readonly missing: number;
  /** Calls of the repository that failed and are tried again. */
  readonly saveFailures: number;
  /** Rounds left to another holder of the lock. */
  readonly lockedOut: number;
  /** Portfolios whose newest valuation is not stored yet. */
  readonly unsaved: number;
}

// Values are to be current again within 5 s of the store's return.
const RETRY_CAP_MS = 2_000;
const CALL_LIMIT_MS = 30_000;
/** How long valuations wait for the prices that they were made from. */
const PRICES_FIRST_MS = 500;

/**
 * The persistence clock: stores what has changed since the last round, a set at a time. A slow store gets newer values,
 * not more of them; a failing one gets them again, and so does one that does not answer: a save that lands late replaces
 * nothing newer.
 */
export class ValuationWriter {
  readonly #with: ValuationWriterOptions;
  readonly #calls: BoundedCalls;
  readonly #pricesFirst: BoundedCalls;
  readonly #lease: WriterLease | null;
  readonly #queue: PQueue;
  readonly #outcomes: Record<ValuationOutcome, number> = { saved: 0, conflict: 0, outdated: 0, missing: 0 };
  readonly #dirty = new NumberSet();
  readonly #dirtyPrices = new NumberSet();
  #storingPrices: Promise<boolean> = Promise.resolve(true);
  #timer: Timer | null = null;
  #round: Promise<void> | null = null;
  #failures = 0;
  #saveFailures = 0;
  #lockedOut = 0;
  #isStopped = false;

  /** @throws TickmarkError `INVALID_ARGUMENT` for an option out of range. */
  constructor(options: ValuationWriterOptions) {
    const { intervalMs, batchSize, concurrency, lock, clock } = options;
    checkDelay(intervalMs, 'MarkToMarketEngine: persistMs');
    checkCount('MarkToMarketEngine: saveBatchSize', batchSize);
    checkCount('MarkToMarketEngine: saveConcurrency', concurrency);
    this.#with = options;
    this.#calls = new BoundedCalls(clock, CALL_LIMIT_MS);
    this.#pricesFirst = new BoundedCalls(clock, PRICES_FIRST_MS);
    this.#lease = lock && new WriterLease({ ...options, lock });
    this.#queue = new PQueue({ concurrency });
  }

  /** Counters since creation. */
  stats(): ValuationWriterStats {
    const { saveFailures, lockedOut } = { saveFailures: this.#saveFailures, lockedOut: this.#lockedOut };
    return { ...this.#outcomes, saveFailures, lockedOut, unsaved: this.#dirty.size };
  }

  /** Takes portfolios whose stored valuation is out of date, by their numbers in the book. */
  take(portfolioNumbers: ArrayLike<number>): void {
    this.#dirty.addAll(portfolioNumbers);
    this.#schedule();
  }

  /** Takes symbols whose stored price is out of date, by their numbers in the book. */
  takePrices(symbolNumbers: ArrayLike<number>): void {
    this.#dirtyPrices.addAll(symbolNumbers);
    this.#schedule();
  }

  /** Saves what waits now; settles when that is done, well or not. */
  async flush(): Promise<void> {
    await this.#round;
    // Of several who flush, the first to come back here starts the round for all.
    if (!this.#round && !this.#isStopped && !this.#isEmpty) this.#startRound();
    await this.#round;
  }

  /** Saves nothing more and gives the lock back. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.clear();
    this.#timer = null;
    this.#queue.clear();
    const reason = new TickmarkError('CLOSED', 'Closed before the repository had answered.');
    this.#pricesFirst.abandon(reason);
    this.#calls.abandon(reason);
    await this.#lease?.release();
  }

  get #isEmpty(): boolean {
    return this.#dirty.size === 0 && this.#dirtyPrices.size === 0;
  }

  #schedule(): void {
    if (this.#timer || this.#round || this.#isStopped || this.#isEmpty) return;
    const { clock, intervalMs, random } = this.#with;
    const backoff =
      this.#failures === 0
        ? 0
        : random() * Math.min(RETRY_CAP_MS, intervalMs * 2 ** Math.min(this.#failures, 10));
    this.#timer = clock.setTimer(() => this.#startRound(), timerDelay(intervalMs + backoff));
  }

  #startRound(): void {
    this.#timer?.clear();
    this.#timer = null;
    const failuresBefore = this.#saveFailures;
    this.#round = this.#saveAll()
      .catch((cause: unknown) => this.#failed(cause))
      .then(() => {
        this.#failures = this.#saveFailures > failuresBefore ? this.#failures + 1 : 0;
        this.#round = null;
        this.#schedule();
      });
  }

  async #saveAll(): Promise<void> {
    if (this.#lease && !(await this.#lease.hold())) {
      this.#lockedOut++;
      return;
    }
    const { batchSize, clock, concurrency } = this.#with;
    this.#enqueue(async () => void (await this.#storePrices()));
    for (let left = this.#dirty.size; left > 0 && !this.#isStopped; left -= batchSize) {
      // Records are made when their turn comes: they are newest then, and the event loop gets its turn in between.
      await this.#queue.onSizeLessThan(concurrency);
      const numbers = this.#dirty.take(Math.min(left, batchSize));
      this.#enqueue(() => this.#save(numbers));
      await new Promise<void>((resolve) => void clock.defer(resolve));
    }
    await this.#queue.onIdle();
  }

  #enqueue(save: () => Promise<void>): void {
    if (!this.#isStopped) this.#queue.add(save).catch((cause: unknown) => this.#failed(cause));
  }

  async #save(numbers: Int32Array): Promise<void> {
    const { book, repository, onStale } = this.#with;
    const records: ValuationRecord[] = [];
    for (const number of numbers) {
      const record = book.record(number);
      if (record) records.push(record);
    }
    // Prices first: who starts from the store should find what its valuations have seen.
    await this.#pricesFirst.run('savePrices()', () => this.#storePrices()).catch(() => undefined);
    const outcomes = await this.#attempt('saveValuations()', () => savedOutcomes(repository, records));
    if (!outcomes) {
      this.#dirty.addAll(numbers);
      return;
    }
    const stale: string[] = [];
    outcomes.forEach((outcome, index) => {
      this.#outcomes[outcome]++;
      if (outcome !== 'conflict' && outcome !== 'missing') return;
      const { portfolioId } = records[index]!;
      stale.push(portfolioId);
      // Its value is owed until it is stored or the portfolio has left the book, even if loading it brings nothing new.
      const number = book.numberOf(portfolioId);
      if (number !== undefined) this.#dirty.add(number);
    });
    if (stale.length > 0) onStale(stale);
  }

  /** Stores all prices that wait; one call at a time, so that what an earlier one took is stored when this settles. */
  #storePrices(): Promise<boolean> {
    this.#storingPrices = this.#storingPrices.then(() => this.#savePrices());
    return this.#storingPrices;
  }

  async #savePrices(): Promise<boolean> {
    const { book, repository } = this.#with;
    const numbers = this.#dirtyPrices.take();
    if (numbers.length === 0) return true;
    const records = Array.from(numbers, (number): PriceRecord => book.priceRecord(number));
    const isDone = await this.#attempt('savePrices()', async () => {
      await repository.savePrices(records);
      return true;
    });
    if (!isDone) this.#dirtyPrices.addAll(numbers);
    return isDone ?? false;
  }

  async #attempt<Result>(what: string, call: () => Promise<Result>): Promise<Result | null> {
    try {
      return await this.#calls.run(what, call);
    } catch (cause) {
      this.#failed(cause);
      return null;
    }
  }

  #failed(cause: unknown): void {
    this.#saveFailures++;
    const message = this.#isStopped
      ? 'Closed before the repository had saved all values.'
      : 'The repository failed to save; it is tried again.';
    this.#with.onError(new RepositoryError(message, { cause }));
  }
}

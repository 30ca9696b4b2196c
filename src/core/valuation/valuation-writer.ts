import PQueue from 'p-queue';
import type { Clock, Timer } from '../clock.js';
import { RepositoryError, type TickmarkError } from '../errors.js';
import type { Lease, Lock } from '../locking/lock.js';
import type {
  PortfolioRepository,
  PriceRecord,
  ValuationOutcome,
  ValuationRecord,
} from '../portfolio/portfolio-repository.js';
import type { RandomSource } from '../random.js';
import { NumberSet } from './number-set.js';
import type { PositionBook } from './position-book.js';

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

const LEASE_MS = 10_000;
const RETRY_CAP_MS = 5_000;

/**
 * The persistence clock: stores what has changed since the last round, a set at a time. A slow store gets newer values,
 * not more of them; a failing one gets them again.
 */
export class ValuationWriter {
  readonly #with: ValuationWriterOptions;
  readonly #queue: PQueue;
  readonly #outcomes: Record<ValuationOutcome, number> = { saved: 0, conflict: 0, outdated: 0, missing: 0 };
  readonly #dirty = new NumberSet();
  readonly #dirtyPrices = new NumberSet();
  #timer: Timer | null = null;
  #round: Promise<void> | null = null;
  #lease: Lease | null = null;
  #failures = 0;
  #saveFailures = 0;
  #lockedOut = 0;
  #isStopped = false;

  constructor(options: ValuationWriterOptions) {
    this.#with = options;
    this.#queue = new PQueue({ concurrency: options.concurrency });
  }

  /** Counters since creation. */
  stats(): ValuationWriterStats {
    const { saveFailures, lockedOut } = { saveFailures: this.#saveFailures, lockedOut: this.#lockedOut };
    return { ...this.#outcomes, saveFailures, lockedOut, unsaved: this.#dirty.size };
  }

  /** Takes portfolios whose stored valuation is out of date, by their numbers in the book. */
  take(portfolioNumbers: readonly number[]): void {
    for (const number of portfolioNumbers) this.#dirty.add(number);
    this.#schedule();
  }

  /** Takes symbols whose stored price is out of date, by their numbers in the book. */
  takePrices(symbolNumbers: readonly number[]): void {
    for (const number of symbolNumbers) this.#dirtyPrices.add(number);
    this.#schedule();
  }

  /** Saves what waits now; settles when that is done, well or not. */
  async flush(): Promise<void> {
    await this.#round;
    if (this.#isEmpty) return;
    this.#startRound();
    await this.#round;
  }

  /** Saves nothing more and gives the lock back. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.clear();
    this.#timer = null;
    this.#queue.clear();
    await this.#lease?.release();
    this.#lease = null;
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
    this.#timer = clock.setTimer(() => this.#startRound(), intervalMs + backoff);
  }

  #startRound(): void {
    this.#timer?.clear();
    this.#timer = null;
    const failuresBefore = this.#saveFailures;
    this.#round = this.#saveAll()
      .catch((cause: unknown) => this.#report('Saving valuations failed; it is tried again.', cause))
      .then(() => {
        this.#failures = this.#saveFailures > failuresBefore ? this.#failures + 1 : 0;
        this.#round = null;
        this.#schedule();
      });
  }

  async #saveAll(): Promise<void> {
    if (!(await this.#mayWrite())) return;
    const { batchSize } = this.#with;
    await this.#savePrices();
    for (let left = this.#dirty.size; left > 0; left -= batchSize) {
      // Records are made when their turn comes: they are newest then, and the event loop gets its turn in between.
      await this.#queue.onSizeLessThan(this.#with.concurrency);
      const numbers = this.#dirty.take(Math.min(left, batchSize));
      void this.#queue.add(() => this.#save(numbers));
      await new Promise<void>((resolve) => void this.#with.clock.defer(resolve));
      if (this.#isStopped) break;
    }
    await this.#queue.onIdle();
  }

  async #save(numbers: readonly number[]): Promise<void> {
    const { book, repository, onStale } = this.#with;
    const records = numbers.map((number) => book.record(number)).filter((record) => record !== undefined);
    const outcomes = await this.#attempt(() => savedOutcomes(repository, records));
    if (!outcomes) {
      for (const number of numbers) this.#dirty.add(number);
      return;
    }
    const stale: string[] = [];
    outcomes.forEach((outcome, index) => {
      this.#outcomes[outcome]++;
      if (outcome === 'conflict' || outcome === 'missing') stale.push(records[index]!.portfolioId);
    });
    if (stale.length > 0) onStale(stale);
  }

  async #savePrices(): Promise<void> {
    const { book, repository } = this.#with;
    const numbers = this.#dirtyPrices.take();
    if (numbers.length === 0) return;
    const records = numbers.map((number): PriceRecord => book.priceRecord(number));
    const done = await this.#attempt(async () => {
      await repository.savePrices(records);
      return true;
    });
    if (!done) for (const number of numbers) this.#dirtyPrices.add(number);
  }

  async #attempt<Result>(call: () => Promise<Result>): Promise<Result | null> {
    try {
      return await call();
    } catch (cause) {
      this.#saveFailures++;
      this.#report('The repository failed to save; it is tried again.', cause);
      return null;
    }
  }

  // The lock only saves work. Whatever goes wrong with it, values are safe to write, so only a lock held by another stops us.
  async #mayWrite(): Promise<boolean> {
    const { lock, lockKey } = this.#with;
    if (!lock) return true;
    try {
      if (this.#lease?.held) {
        await this.#lease.extend(LEASE_MS);
        return true;
      }
      this.#lease = await lock.acquire(lockKey, { ttlMs: LEASE_MS, waitMs: 0 });
      return true;
    } catch (error) {
      this.#lease = null;
      if ((error as TickmarkError | undefined)?.code === 'LOCK_TIMEOUT') {
        this.#lockedOut++;
        return false;
      }
      this.#report('The lock failed; valuations are saved without it.', error);
      return true;
    }
  }

  #report(message: string, cause: unknown): void {
    this.#with.onError(new RepositoryError(message, { cause }));
  }
}

// A repository that breaks its contract is told so here, instead of failing later in a stranger way.
async function savedOutcomes(
  repository: PortfolioRepository,
  records: readonly ValuationRecord[],
): Promise<readonly ValuationOutcome[]> {
  const outcomes = await repository.saveValuations(records);
  if (outcomes.length === records.length) return outcomes;
  throw new RepositoryError(
    `saveValuations gave ${outcomes.length} outcomes for ${records.length} valuations.`,
  );
}

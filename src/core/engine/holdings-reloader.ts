import { retryDelay } from '../backoff.js';
import { BoundedCalls, type Clock, type Timer } from '../clock.js';
import { RepositoryError, TickmarkError } from '../errors.js';
import type { PortfolioRepository } from '../portfolio/portfolio-repository.js';
import { loadPortfolios } from '../portfolio/repository-calls.js';
import type { Portfolio } from '../portfolio/portfolio.js';
import type { RandomSource } from '../random.js';

/** Options of {@link HoldingsReloader}. */
export interface HoldingsReloaderOptions {
  readonly repository: PortfolioRepository;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Called with the loaded portfolios, and the ids that the store does not have. */
  readonly onLoaded: (portfolios: readonly Portfolio[], missing: readonly string[]) => Promise<void>;
  readonly onError: (error: TickmarkError) => void;
}

const SET_SIZE = 500;
const RETRY = { firstMs: 250, capMs: 2000 };
const CALL_LIMIT_MS = 30_000;

/** Loads changed portfolios again: each id once, a set at a time, with retries until the store answers. */
export class HoldingsReloader {
  /** Portfolios loaded. */
  loaded = 0;
  readonly #options: HoldingsReloaderOptions;
  readonly #calls: BoundedCalls;
  readonly #waiting = new Set<string>();
  #running: Promise<void> | null = null;
  #timer: Timer | null = null;
  #failures = 0;
  #isStopped = false;

  constructor(options: HoldingsReloaderOptions) {
    this.#options = options;
    this.#calls = new BoundedCalls(options.clock, CALL_LIMIT_MS);
  }

  /** Adds portfolios to load. */
  reload(portfolioIds: Iterable<string>): void {
    for (const id of portfolioIds) this.#waiting.add(id);
    this.#startPending();
  }

  /** Loads the waiting portfolios now; resolves when that is done or has failed once more. */
  async flush(): Promise<void> {
    this.#timer?.clear();
    this.#timer = null;
    this.#startPending();
    // One set may already be loading.
    for (let sets = 1 + Math.ceil(this.#waiting.size / SET_SIZE); this.#running && sets > 0; sets--)
      await this.#running;
  }

  /** Stops loading. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.clear();
    this.#calls.abandon(new TickmarkError('CLOSED', 'Closed while portfolios were being loaded.'));
  }

  #startPending(): void {
    if (this.#running || this.#timer || this.#isStopped || this.#waiting.size === 0) return;
    this.#running = this.#load().then(() => {
      this.#running = null;
      this.#startPending();
    });
  }

  async #load(): Promise<void> {
    const { repository, onLoaded, onError, clock, random } = this.#options;
    const ids = [...this.#waiting].slice(0, SET_SIZE);
    for (const id of ids) this.#waiting.delete(id);
    try {
      const portfolios = await this.#calls.run('loadMany()', () => loadPortfolios(repository, ids));
      const found = new Set(portfolios.map(({ id }) => id));
      await onLoaded(
        portfolios,
        ids.filter((id) => !found.has(id)),
      );
      this.#failures = 0;
      this.loaded += portfolios.length;
    } catch (cause) {
      if (this.#isStopped) return;
      for (const id of ids) this.#waiting.add(id);
      onError(new RepositoryError(`Loading ${ids.length} portfolios failed; it is retried.`, { cause }));
      this.#timer = clock.setTimer(
        () => {
          this.#timer = null;
          this.#startPending();
        },
        retryDelay(++this.#failures, RETRY, random),
      );
    }
  }
}

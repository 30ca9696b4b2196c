import type { Clock, Timer } from '../clock.js';
import { RepositoryError, type TickmarkError } from '../errors.js';
import type { PortfolioRepository } from '../portfolio/portfolio-repository.js';
import type { Portfolio } from '../portfolio/portfolio.js';

/** What a {@link HoldingsLoader} works with. */
export interface HoldingsLoaderOptions {
  readonly repository: PortfolioRepository;
  readonly clock: Clock;
  readonly onLoaded: (portfolios: readonly Portfolio[], missing: readonly string[]) => void;
  readonly onError: (error: TickmarkError) => void;
}

const SET_SIZE = 500;
const RETRY_MS = 250;

/** Loads holdings again whose copy is out of date: each id once, a set at a time, until the store answers. */
export class HoldingsLoader {
  /** Portfolios loaded. */
  loaded = 0;
  readonly #with: HoldingsLoaderOptions;
  readonly #waiting = new Set<string>();
  #running: Promise<void> | null = null;
  #timer: Timer | null = null;
  #isStopped = false;

  constructor(options: HoldingsLoaderOptions) {
    this.#with = options;
  }

  /** Asks for portfolios. */
  take(portfolioIds: readonly string[]): void {
    for (const id of portfolioIds) this.#waiting.add(id);
    this.#run();
  }

  /** Settles when nothing waits; with a store that keeps failing, when it has failed once more. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  /** Loads nothing more. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.clear();
  }

  #run(): void {
    if (this.#running || this.#timer || this.#isStopped || this.#waiting.size === 0) return;
    this.#running = this.#load().then(() => {
      this.#running = null;
      this.#run();
    });
  }

  async #load(): Promise<void> {
    const { repository, onLoaded, onError, clock } = this.#with;
    const ids = [...this.#waiting].slice(0, SET_SIZE);
    for (const id of ids) this.#waiting.delete(id);
    try {
      const portfolios = await repository.loadMany(ids);
      if (this.#isStopped) return;
      const found = new Set(portfolios.map(({ id }) => id));
      this.loaded += portfolios.length;
      onLoaded(
        portfolios,
        ids.filter((id) => !found.has(id)),
      );
    } catch (cause) {
      for (const id of ids) this.#waiting.add(id);
      onError(new RepositoryError(`Loading ${ids.length} portfolios failed; it is tried again.`, { cause }));
      if (this.#isStopped) return;
      this.#timer = clock.setTimer(() => {
        this.#timer = null;
        this.#run();
      }, RETRY_MS);
    }
  }
}

import type { Unsubscribe } from '../unsubscribe.js';
import type { Clock } from '../clock.js';
import type { TickmarkError } from '../errors.js';
import { BUS_GAP, type EventBus } from '../messaging/event-bus.js';
import { HOLDINGS_CHANGED } from '../portfolio/holdings-changed-event.js';
import type { PortfolioRepository } from '../portfolio/portfolio-repository.js';
import type { Portfolio } from '../portfolio/portfolio.js';
import type { PositionBook } from '../book/position-book.js';
import type { RandomSource } from '../random.js';
import { HoldingsPoller } from './holdings-poller.js';
import { HoldingsReloader } from './holdings-reloader.js';
import { InitialLoader, type LoadProgress } from './initial-loader.js';

/** Options of {@link HoldingsSync}. */
export interface HoldingsSyncOptions {
  readonly bus: EventBus;
  readonly repository: PortfolioRepository;
  readonly book: PositionBook;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Time in ms from one poll of the store to the next. */
  readonly pollMs: number;
  readonly onError: (error: TickmarkError) => void;
  /** Called while all portfolios are loaded: after each 1,000, and at the end. */
  readonly onProgress: (progress: LoadProgress) => void;
  /** Called when a portfolio leaves the book; its number is used again. */
  readonly onRemove: (number: number) => void;
  /** Called when the book has changed: compute its totals before anything else happens. */
  readonly onApplied: () => void;
  /** Called when portfolios may hold symbols that none held before. */
  readonly onSymbolsChanged: () => void;
}

/**
 * Keeps the holdings in the book equal to those in the store: loads all at the start, and later those that have changed, as reported by the
 * bus, a refused save or a poll of the store.
 */
export class HoldingsSync {
  readonly #options: HoldingsSyncOptions;
  readonly #initialLoader: InitialLoader;
  readonly #reloader: HoldingsReloader;
  readonly #poller: HoldingsPoller;
  #unsubscribes: Unsubscribe[] = [];

  constructor(options: HoldingsSyncOptions) {
    const { book, onApplied, onProgress, onSymbolsChanged, pollMs } = options;
    this.#options = options;
    this.#reloader = new HoldingsReloader({
      ...options,
      onLoaded: (portfolios, missing) => this.#apply(portfolios, missing),
    });
    this.#poller = new HoldingsPoller({
      ...options,
      intervalMs: pollMs,
      versionOf: (id) => book.versionOf(id),
      onChanged: (ids) => this.reload(ids),
      onReset: () => this.#initialLoader.reload(),
    });
    this.#initialLoader = new InitialLoader({
      ...options,
      onStart: () => this.#poller.rememberCursor(),
      onChunk: onApplied,
      onProgress,
      onLoaded: (uncertain) => {
        book.compact();
        onSymbolsChanged();
        this.reload(uncertain);
      },
    });
  }

  /** Portfolios loaded again after a change or a conflict. */
  get reloads(): number {
    return this.#reloader.loaded;
  }

  /** Changes of holdings that no event had announced, found by polling. */
  get discovered(): number {
    return this.#poller.discovered;
  }

  /** Subscribes to changes of holdings. */
  subscribe(): void {
    const { bus, book } = this.#options;
    this.#unsubscribes.push(
      bus.subscribe(HOLDINGS_CHANGED, ({ portfolioId, version, change }) => {
        this.#initialLoader.noteChange(portfolioId);
        const isKnown = change === 'saved' && book.versionOf(portfolioId) === version;
        if (!isKnown) this.reload([portfolioId]);
      }),
      // Only the store knows which changes were lost.
      bus.subscribe(BUS_GAP, ({ types }) => {
        if (types.includes(HOLDINGS_CHANGED)) void this.#initialLoader.reload();
      }),
    );
  }

  /** Ends the subscriptions; `subscribe()` can be called again. */
  unsubscribe(): void {
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
    this.#unsubscribes = [];
  }

  /** Loads all portfolios into the book, then polls for changes. @throws RepositoryError; `ABORTED`; `CLOSED`. */
  async load(signal: AbortSignal | undefined): Promise<void> {
    await this.#initialLoader.load(signal);
    this.#poller.start();
  }

  /** Loads portfolios again, until the store answers. */
  reload(portfolioIds: Iterable<string>): void {
    this.#reloader.reload(portfolioIds);
  }

  /** Resolves when all holdings that have to be loaded are loaded, or have failed once more. */
  async flush(): Promise<void> {
    await Promise.all([this.#initialLoader.idle(), this.#reloader.flush()]);
  }

  /** Stops looking for changes; known changes are still loaded. */
  stopDiscovery(): void {
    this.unsubscribe();
    this.#poller.stop();
    this.#initialLoader.stop();
  }

  /** Stops loading. */
  stop(): void {
    this.stopDiscovery();
    this.#reloader.stop();
  }

  #apply(portfolios: readonly Portfolio[], missing: readonly string[]): void {
    const { book, onApplied, onRemove, onSymbolsChanged } = this.#options;
    // The version in the store counts, even if it is lower: the store may have been restored from a backup.
    for (const portfolio of portfolios) {
      if (book.versionOf(portfolio.id) !== portfolio.version) book.setPortfolio(portfolio);
    }
    for (const id of missing) {
      const number = book.numberOf(id);
      if (number !== undefined) onRemove(number);
      book.removePortfolio(id);
    }
    onApplied();
    onSymbolsChanged();
  }
}

import type { Unsubscribe } from '../unsubscribe.js';
import type { Clock } from '../clock.js';
import type { TickmarkError } from '../errors.js';
import { BUS_GAP, type EventBus } from '../messaging/event-bus.js';
import { HOLDINGS_CHANGED } from '../portfolio/holdings-changed-event.js';
import type { PortfolioRepository } from '../portfolio/portfolio-repository.js';
import type { Portfolio } from '../portfolio/portfolio.js';
import type { PositionBook } from '../book/position-book.js';
import type { RandomSource } from '../random.js';
import { CORPORATE_ACTION } from '../portfolio/corporate-actions/corporate-action-event.js';
import { ActionSwitch } from './action-switch.js';
import { HoldingsPoller } from './holdings-poller.js';
import type { HeldShards } from './shards/held-shards.js';
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
  /** Only their portfolios are in the book. */
  readonly shards: HeldShards;
  /** Called while all portfolios are loaded: after each 1,000, sooner if the store is slow, and at the end. */
  readonly onProgress: (progress: LoadProgress) => void;
  /** Called before a portfolio is put into the book, for the first time or with other holdings. */
  readonly onChange: (portfolioId: string) => void;
  /** Called when a portfolio leaves the book; its number is used again. */
  readonly onRemove: (number: number) => void;
  /** Called when the book has changed: compute its totals before anything else happens. */
  readonly onApplied: () => void;
  /** Called when portfolios may hold symbols that none held before. */
  readonly onSymbolsChanged: () => void;
  /** Called when corporate actions have changed prices, with the numbers of the symbols. */
  readonly onPriceChanged: (symbolNumbers: readonly number[]) => void;
}

/**
 * Keeps the holdings in the book equal to those in the store: loads all at the start, and later those that have changed, as reported by the
 * bus, a refused save or a poll of the store.
 */
export class HoldingsSync {
  readonly #options: HoldingsSyncOptions;
  readonly #actions: ActionSwitch;
  readonly #initialLoader: InitialLoader;
  readonly #reloader: HoldingsReloader;
  readonly #poller: HoldingsPoller;
  #unsubscribes: Unsubscribe[] = [];

  constructor(options: HoldingsSyncOptions) {
    const { book, onApplied, onProgress, onSymbolsChanged, pollMs } = options;
    this.#options = options;
    const actions = (this.#actions = new ActionSwitch({
      ...options,
      onLoaded: (portfolios, missing, isSwitch) => this.#apply(portfolios, missing, isSwitch),
    }));
    // In this order: an action is stored before any portfolio has it.
    const take = async (portfolios: readonly Portfolio[], missing: readonly string[] = []): Promise<void> => {
      await actions.refresh();
      await actions.take(portfolios, missing);
    };
    this.#reloader = new HoldingsReloader({ ...options, onLoaded: take });
    this.#poller = new HoldingsPoller({
      ...options,
      intervalMs: pollMs,
      versionOf: (id) => book.versionOf(id),
      onPoll: () => actions.refresh(),
      onChanged: (ids) => this.reload(ids),
      onReset: () => this.#initialLoader.reload(),
    });
    this.#initialLoader = new InitialLoader({
      ...options,
      onStart: async () => {
        await this.#poller.rememberCursor();
        await actions.refresh();
      },
      onPrices: () => {
        actions.start();
        onApplied();
      },
      onChunk: take,
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

  /** Shards that were taken and are not loaded yet. */
  get loadingShards(): ReadonlySet<number> {
    return this.#initialLoader.loading;
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
      bus.subscribe(CORPORATE_ACTION, (event) => this.#actions.heard(event)),
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

  /** Loads the portfolios of shards that are held from now on, until the store answers. Resolves when those still held are loaded. */
  takeShards(shards: readonly number[]): Promise<void> {
    this.#options.shards.add(shards);
    return this.#initialLoader.loadShards(shards);
  }

  /** Removes the portfolios of shards from the book. */
  dropShards(dropped: readonly number[]): void {
    const { book, shards, onApplied } = this.#options;
    shards.delete(dropped);
    this.#initialLoader.dropShards(dropped);
    for (const number of shards.numbersIn(dropped)) {
      const entry = book.portfolio(number);
      if (entry) this.#remove(entry.id, number);
    }
    onApplied();
  }

  /** Loads portfolios again, until the store answers. */
  reload(portfolioIds: Iterable<string>): void {
    this.#reloader.reload([...portfolioIds].filter((id) => this.#options.shards.has(id)));
  }

  /** Resolves when all holdings that have to be loaded are loaded, or have failed once more. */
  async flush(): Promise<void> {
    await Promise.all([this.#initialLoader.idle(), this.#reloader.flush()]);
    await this.#actions.idle();
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
    this.#actions.stop();
  }

  #apply(portfolios: readonly Portfolio[], missing: readonly string[], isSwitch: boolean): void {
    const { book, shards, onApplied, onChange, onSymbolsChanged } = this.#options;
    // The version in the store counts, even if it is lower: the store may have been restored from a backup.
    for (const portfolio of portfolios) {
      const { id, version } = portfolio;
      // Its shard may have been given up while it was loaded.
      if (!shards.has(id) || (!isSwitch && book.versionOf(id) === version)) continue;
      onChange(id);
      book.setPortfolio(portfolio);
      shards.place(id, book.numberOf(id)!);
    }
    for (const id of missing) {
      const number = book.numberOf(id);
      if (number !== undefined) this.#remove(id, number);
    }
    onApplied();
    onSymbolsChanged();
  }

  #remove(portfolioId: string, number: number): void {
    this.#options.onRemove(number);
    this.#options.book.removePortfolio(portfolioId);
  }
}

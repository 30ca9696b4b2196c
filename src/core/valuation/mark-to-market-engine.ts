import { systemClock, type Clock, type Timer } from '../clock.js';
import { RepositoryError, TickmarkError, throwIfAborted } from '../errors.js';
import { PRICES_CHANGED, type PriceChangedBatch } from '../market-data/price-changed-event.js';
import { STREAM_GAP } from '../market-data/stream-events.js';
import { BUS_GAP, type Subscription } from '../messaging/event-bus.js';
import { HOLDINGS_CHANGED } from '../portfolio/holdings-changed-event.js';
import type { PortfolioValuation } from '../portfolio/portfolio-valuation.js';
import type { Portfolio } from '../portfolio/portfolio.js';
import { systemRandom } from '../random.js';
import { HoldingsLoader } from './holdings-loader.js';
import type { MarkToMarketEngineOptions, MarkToMarketEngineStats } from './mark-to-market-engine-options.js';
import { PositionBook } from './position-book.js';
import { ValuationPublisher } from './valuation-publisher.js';
import { ValuationWriter } from './valuation-writer.js';

const FILL_SLICE = 1000;

/**
 * Keeps all portfolios of a repository marked to the prices on a bus. For each batch of prices: prices, then rates, then
 * every total once. Values are published and stored by clocks of their own, each of which skips what it is too slow for.
 *
 * Holdings that change are loaded again when the bus says so or a save meets a newer version, whichever comes first; the
 * trade wins and the value is computed again.
 */
export class MarkToMarketEngine {
  /** The book. To be read; the engine keeps it. */
  readonly book: PositionBook;
  readonly #options: MarkToMarketEngineOptions;
  readonly #clock: Clock;
  readonly #publisher: ValuationPublisher;
  readonly #writer: ValuationWriter;
  readonly #loader: HoldingsLoader;
  readonly #subscriptions: Subscription[] = [];
  readonly #announced = new Set<string>();
  #rateTimer: Timer | null = null;
  #starting: Promise<void> | null = null;
  #closing: Promise<void> | null = null;
  #batches = 0;
  #prices = 0;
  #outdatedPrices = 0;
  #valuations = 0;
  #gaps = 0;

  constructor(options: MarkToMarketEngineOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.book = new PositionBook(options);
    const { bus, repository } = options;
    const random = options.random ?? systemRandom;
    const shared = {
      book: this.book,
      clock: this.#clock,
      onError: (error: TickmarkError) => this.#report(error),
    };
    this.#publisher = new ValuationPublisher({
      ...shared,
      bus,
      emission: options.emission,
      detail: options.detail ?? 'totals',
      idPrefix: `${options.name ?? 'engine'}-${Math.floor(random() * 2 ** 48).toString(36)}-`,
    });
    this.#writer = new ValuationWriter({
      ...shared,
      repository,
      random,
      intervalMs: options.persistMs ?? 200,
      batchSize: options.saveBatchSize ?? 500,
      concurrency: options.saveConcurrency ?? 2,
      lock: options.lock ?? null,
      lockKey: options.lockKey ?? 'tickmark/valuations',
      onStale: (ids) => this.#loader.take(ids),
    });
    this.#loader = new HoldingsLoader({
      ...shared,
      repository,
      onLoaded: (portfolios, missing) => this.#takeHoldings(portfolios, missing),
    });
  }

  /**
   * Hears the bus from now on and fills the book; settles when every portfolio is in it. Idempotent.
   * @throws RepositoryError when the store fails while the book is filled; `ABORTED`; `CLOSED`.
   */
  start(options: { signal?: AbortSignal } = {}): Promise<void> {
    if (this.#closing)
      return Promise.reject(new TickmarkError('CLOSED', 'This MarkToMarketEngine is closed.'));
    this.#starting ??= this.#start(options.signal);
    return this.#starting;
  }

  /** One portfolio, row by row, at the prices of the moment; `null` when the book does not have it. */
  value(portfolioId: string): PortfolioValuation | null {
    return this.book.value(portfolioId);
  }

  /** Counters since creation. */
  stats(): MarkToMarketEngineStats {
    return {
      ...this.#writer.stats(),
      portfolios: this.book.size,
      positions: this.book.positions,
      batches: this.#batches,
      prices: this.#prices,
      outdatedPrices: this.#outdatedPrices,
      valuations: this.#valuations,
      published: this.#publisher.published,
      unpublished: this.#publisher.pending,
      publishRetries: this.#publisher.retries,
      reloads: this.#loader.loaded,
      gaps: this.#gaps,
    };
  }

  /** Settles when all that is known now is published and stored, or has failed once more. */
  async flush(): Promise<void> {
    await this.#loader.idle();
    await this.#publisher.idle();
    await this.#writer.flush();
    // What the store refused as stale was loaded again meanwhile, and its value is owed.
    await this.#loader.idle();
    await this.#publisher.idle();
    await this.#writer.flush();
  }

  /** Hears no more, publishes and stores what is known, for at most `timeoutMs` (default 1000). Idempotent. */
  close(options: { timeoutMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(options.timeoutMs ?? 1000);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #start(signal: AbortSignal | undefined): Promise<void> {
    const { bus } = this.#options;
    this.#subscriptions.push(
      bus.subscribe(PRICES_CHANGED, (batch) => this.#takePrices(batch)),
      bus.subscribe(HOLDINGS_CHANGED, ({ portfolioId, version }) => {
        if (this.book.versionOf(portfolioId) !== version) this.#loader.take([portfolioId]);
      }),
      bus.subscribe(STREAM_GAP, ({ gap }) => {
        this.#gaps++;
        this.book.markStale(gap.symbols);
      }),
      bus.subscribe(BUS_GAP, ({ types }) => {
        this.#gaps++;
        // News of holdings may be among what was lost, and only the store still knows.
        if (types.includes(HOLDINGS_CHANGED)) this.#refill();
      }),
    );
    await this.#fill(signal);
    this.#watchRates();
  }

  async #fill(signal?: AbortSignal): Promise<void> {
    const { repository, onProgress } = this.#options;
    let count = 0;
    try {
      this.book.restorePrices(await repository.loadPrices());
      for await (const portfolio of repository.stream()) {
        if (this.#closing) return;
        throwIfAborted(signal, 'Filling the book');
        // Holdings that were loaded on the way here may be newer than what the stream still brings.
        if (portfolio.version > (this.book.versionOf(portfolio.id) ?? -1)) this.book.setPortfolio(portfolio);
        if (++count % FILL_SLICE !== 0) continue;
        onProgress?.({ portfolios: count, positions: this.book.positions, done: false });
        await new Promise<void>((resolve) => void this.#clock.defer(resolve));
      }
    } catch (cause) {
      if ((cause as TickmarkError | undefined)?.code === 'ABORTED') throw cause;
      throw new RepositoryError('Filling the book from the repository failed.', { cause });
    }
    onProgress?.({ portfolios: count, positions: this.book.positions, done: true });
    this.#settle();
    this.#announceSymbols();
  }

  #refill(): void {
    this.#fill().catch((error: unknown) => this.#report(error as TickmarkError));
  }

  #takePrices(batch: PriceChangedBatch): void {
    const taken = this.book.applyPrices(batch);
    this.#batches++;
    this.#prices += taken.length;
    this.#outdatedPrices += batch.length - taken.length;
    this.#writer.takePrices(taken);
    this.#settle();
  }

  #takeHoldings(portfolios: readonly Portfolio[], missing: readonly string[]): void {
    // Whatever version the store has is the truth, an earlier one too: it may have been restored from a backup.
    for (const portfolio of portfolios) {
      if (this.book.versionOf(portfolio.id) !== portfolio.version) this.book.setPortfolio(portfolio);
    }
    for (const id of missing) {
      const number = this.book.numberOf(id);
      if (number !== undefined) this.#publisher.forget(number);
      this.book.removePortfolio(id);
    }
    this.#settle();
    this.#announceSymbols();
  }

  #settle(): void {
    const { numbers } = this.book.settle();
    if (numbers.length === 0) return;
    this.#valuations += numbers.length;
    this.#writer.take(numbers);
    this.#publisher.take(numbers);
  }

  // A rate becomes too old without any event, so someone has to look.
  #watchRates(): void {
    const { fxMaxAgeMs } = this.#options;
    if (fxMaxAgeMs === undefined || !Number.isFinite(fxMaxAgeMs) || this.#closing) return;
    this.#rateTimer = this.#clock.setTimer(
      () => {
        this.#settle();
        this.#watchRates();
      },
      Math.max(1, fxMaxAgeMs / 4),
    );
  }

  #announceSymbols(): void {
    const fresh = this.book.neededSymbols().filter((symbol) => !this.#announced.has(symbol));
    if (fresh.length === 0) return;
    for (const symbol of fresh) this.#announced.add(symbol);
    this.#options.onNewSymbols?.(fresh);
  }

  async #close(timeoutMs: number): Promise<void> {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#rateTimer?.clear();
    let deadline: Timer | undefined;
    const expired = new Promise<void>((resolve) => {
      deadline = this.#clock.setTimer(resolve, timeoutMs);
    });
    await Promise.race([this.flush(), expired]);
    this.#loader.stop();
    this.#publisher.stop();
    await Promise.race([this.#writer.stop(), expired]);
    deadline?.clear();
  }

  #report(error: TickmarkError): void {
    const { logger, onError } = this.#options;
    try {
      logger?.warn({ code: error.code, cause: error.cause }, error.message);
      onError?.(error);
    } catch {
      // A reporter that throws must not stop the engine, and there is nobody left to tell.
    }
  }
}

import { checkDelay, systemClock, timerDelay, type Clock, type Timer } from '../clock.js';
import { TickmarkError } from '../errors.js';
import { PRICES_CHANGED, type PriceChangedBatch } from '../prices/price-changed-event.js';
import {
  PRICES_HEARTBEAT,
  PRICES_REQUESTED,
  PRICES_SNAPSHOT,
  type PricesRequestedEvent,
  type PricesSnapshotEvent,
} from '../prices/price-sync-events.js';
import { MARKS_PER_MS } from '../prices/price-stamp.js';
import { STREAM_GAP } from '../prices/stream-gap-event.js';
import { BUS_GAP, type Subscription } from '../messaging/event-bus.js';
import { EventIds } from '../messaging/event-ids.js';
import { HOLDINGS_CHANGED } from '../portfolio/holdings-changed-event.js';
import type { PortfolioValuation } from '../portfolio/portfolio-valuation.js';
import type { Portfolio } from '../portfolio/portfolio.js';
import { systemRandom } from '../random.js';
import { InitialLoader } from './initial-loader.js';
import { HoldingsReloader } from './holdings-reloader.js';
import { HoldingsPoller } from './holdings-poller.js';
import type {
  CloseOptions,
  FlushOutcome,
  MarkToMarketEngineOptions,
  MarkToMarketEngineStats,
} from './mark-to-market-engine-options.js';
import { PositionBook } from '../book/position-book.js';
import { MissedPrices } from './missed-prices.js';
import { FlushCoordinator } from './flush-coordinator.js';
import { ValuationPublisher } from './valuation-publisher.js';
import { ValuationWriter } from './writer/valuation-writer.js';

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
  readonly #reloader: HoldingsReloader;
  readonly #initialLoader: InitialLoader;
  readonly #missedPrices: MissedPrices;
  readonly #poller: HoldingsPoller;
  readonly #ids: EventIds;
  readonly #flusher: FlushCoordinator;
  #subscriptions: Subscription[] = [];
  readonly #announced = new Set<string>();
  #rateTimer: Timer | null = null;
  #watchedUntil = Infinity;
  #starting: Promise<void> | null = null;
  #closing: Promise<void> | null = null;
  #batches = 0;
  #prices = 0;
  #outdatedPrices = 0;
  #valuations = 0;
  #gaps = 0;
  /** Whether the bus has lost prices, and none has come since. */
  #isBlind = false;

  constructor(options: MarkToMarketEngineOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const { bus, repository } = options;
    const random = options.random ?? systemRandom;
    const onError = (error: TickmarkError) => this.#report(error);
    this.book = new PositionBook({ ...options, onError });
    this.#ids = new EventIds(options.name ?? 'engine', random);
    this.#missedPrices = new MissedPrices({
      clock: this.#clock,
      random,
      request: (publisher) => this.#askForPrices(publisher),
      onUnanswered: () => this.book.markStale(),
    });
    const onProgress = () => this.#flusher.recordProgress();
    const shared = { book: this.book, clock: this.#clock, onError };
    this.#publisher = new ValuationPublisher({
      ...shared,
      bus,
      onProgress,
      emission: options.emission,
      detail: options.detail ?? 'totals',
      ids: this.#ids,
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
      leaseMs: options.leaseMs ?? 10_000,
      mayMissPrices: () => this.#isBlind,
      onProgress,
      onStale: (ids) => this.#reloader.reload(ids),
    });
    this.#reloader = new HoldingsReloader({
      ...shared,
      repository,
      onLoaded: (portfolios, missing) => this.#takeHoldings(portfolios, missing),
    });
    const { holdingsPollMs = 2000 } = options;
    checkDelay(holdingsPollMs, 'MarkToMarketEngine: holdingsPollMs');
    this.#poller = new HoldingsPoller({
      ...shared,
      repository,
      intervalMs: holdingsPollMs,
      versionOf: (id) => this.book.versionOf(id),
      onChanged: (ids) => this.#reloader.reload(ids),
      onReset: () => this.#initialLoader.reload(),
    });
    this.#initialLoader = new InitialLoader({
      ...shared,
      repository,
      onStart: () => this.#poller.rememberCursor(),
      onChunk: () => this.#settle(),
      onProgress: (progress) => this.#tell(() => options.onProgress?.(progress)),
      onLoaded: (doubtful) => {
        this.book.compact();
        this.#announceSymbols();
        this.#reloader.reload(doubtful);
      },
    });
    const [filler, loader, publisher, writer] = [this.#initialLoader, this.#reloader, this.#publisher, this.#writer];
    this.#flusher = new FlushCoordinator({ clock: this.#clock, onError, initialLoader: filler, reloader: loader, publisher, writer });
  }

  /**
   * Hears the bus from now on and fills the book; settles when every portfolio is in it. Idempotent; after a failure it
   * hears nothing and can be called again.
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
      unsendable: this.#publisher.unsendable,
      publishRetries: this.#publisher.retries,
      reloads: this.#reloader.loaded,
      gaps: this.#gaps,
      missedPrices: this.#missedPrices.missed,
      discoveredHoldings: this.#poller.discovered,
    };
  }

  /**
   * Publishes and stores all that is known now; settles when that is done, or has failed once more, and tells which. An engine
   * that another one keeps from storing, by the lock, stores nothing and says so.
   */
  flush(): Promise<FlushOutcome> {
    return this.#flusher.flush();
  }

  /**
   * Hears no more, publishes and stores what is known, as long as it gets on with that, and gives the lock back. What could not
   * be stored or published is told to `onError`, in one error. Idempotent.
   * @throws TickmarkError `INVALID_ARGUMENT` for a time that no timer can take; the engine stays open then.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    const { timeoutMs = 1000, ceilingMs = 30_000 } = options;
    checkDelay(timeoutMs, 'MarkToMarketEngine.close: timeoutMs');
    checkDelay(ceilingMs, 'MarkToMarketEngine.close: ceilingMs');
    this.#closing ??= this.#close(timeoutMs, ceilingMs);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #start(signal: AbortSignal | undefined): Promise<void> {
    try {
      this.#subscribe();
      this.#missedPrices.start();
      await this.#initialLoader.load(signal);
      this.#poller.start();
    } catch (error) {
      this.#unsubscribe();
      this.#starting = null;
      throw error;
    }
  }

  #subscribe(): void {
    const { bus } = this.#options;
    this.#subscriptions.push(
      bus.subscribe(PRICES_CHANGED, (batch) => this.#takePrices(batch)),
      bus.subscribe(HOLDINGS_CHANGED, ({ portfolioId, version, change }) => {
        this.#initialLoader.noteChange(portfolioId);
        const isKnown = change === 'saved' && this.book.versionOf(portfolioId) === version;
        if (!isKnown) this.#reloader.reload([portfolioId]);
      }),
      bus.subscribe(PRICES_HEARTBEAT, (heartbeat) => this.#missedPrices.heartbeat(heartbeat)),
      bus.subscribe(PRICES_SNAPSHOT, (snapshot) => this.#takeSnapshot(snapshot)),
      bus.subscribe(STREAM_GAP, ({ gap, mark, occurredAt, publication }) => {
        this.#gaps++;
        this.#missedPrices.received(publication);
        this.#takeGap(gap.symbols, mark ?? occurredAt * MARKS_PER_MS);
      }),
      bus.subscribe(BUS_GAP, ({ types }) => {
        this.#gaps++;
        if (types.includes(PRICES_CHANGED)) {
          this.#isBlind = true;
          this.book.markStale();
          this.#missedPrices.busGap();
        }
        // News of holdings may be among what was lost, and only the store still knows.
        if (types.includes(HOLDINGS_CHANGED)) void this.#initialLoader.reload();
      }),
    );
  }

  #unsubscribe(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#subscriptions = [];
  }

  #takePrices(batch: PriceChangedBatch): void {
    this.#missedPrices.received(batch.publication);
    const taken = this.book.applyPrices(batch);
    if (taken.length > 0 && !this.#missedPrices.isMissing) this.#isBlind = false;
    this.#batches++;
    this.#prices += taken.length;
    this.#outdatedPrices += batch.length - taken.length;
    this.#writer.enqueuePrices(taken);
    this.#settle();
  }

  // Gaps are told with it, since the news of one may be what was missed.
  #takeSnapshot(snapshot: PricesSnapshotEvent): void {
    if (this.#missedPrices.snapshot(snapshot)) this.#isBlind = false;
    for (const { mark, symbols } of snapshot.gaps) this.#takeGap(symbols, mark);
  }

  #askForPrices(publisher: string | null): void {
    const event: PricesRequestedEvent = {
      type: PRICES_REQUESTED,
      id: this.#ids.next(),
      occurredAt: this.#clock.now(),
      publisher,
    };
    // Lost like any other message: the question is asked again while prices are missing.
    void (async () => this.#options.bus.publish(event))().catch(() => undefined);
  }

  #takeGap(symbols: readonly string[], mark: number): void {
    const { board } = this.book;
    const taken = this.book.takeGap(symbols, mark);
    this.#writer.enqueuePrices(taken.filter((id) => board.isKnown(id)));
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

  // Each change is settled once. The store is owed what was touched: the same figures of newer prices still keep older ones
  // out. The bus is owed what has changed.
  #settle(): void {
    const { touched: numbers, changed } = this.book.settle();
    this.#valuations += numbers.length;
    this.#writer.enqueue(numbers);
    this.#publisher.enqueue(changed);
    this.#watchRates();
  }

  // A rate becomes too old without any event, so someone has to look.
  #watchRates(): void {
    const { ratesExpireAt } = this.book;
    if (ratesExpireAt === this.#watchedUntil || this.#closing) return;
    this.#rateTimer?.clear();
    this.#rateTimer = null;
    this.#watchedUntil = ratesExpireAt;
    if (ratesExpireAt === Infinity) return;
    this.#rateTimer = this.#clock.setTimer(
      () => {
        this.#watchedUntil = Infinity;
        this.#settle();
      },
      timerDelay(Math.max(1, ratesExpireAt + 1 - this.#clock.now())),
    );
  }

  #announceSymbols(): void {
    const fresh = this.book.neededSymbols().filter((symbol) => !this.#announced.has(symbol));
    if (fresh.length === 0) return;
    for (const symbol of fresh) this.#announced.add(symbol);
    this.#tell(() => this.#options.onNewSymbols?.(fresh));
  }

  async #close(timeoutMs: number, ceilingMs: number): Promise<void> {
    this.#unsubscribe();
    this.#rateTimer?.clear();
    this.#missedPrices.stop();
    this.#poller.stop();
    await this.#flusher.close(timeoutMs, ceilingMs);
  }

  // Whoever listens must not be able to stop the engine.
  #tell(call: () => void): void {
    try {
      call();
    } catch (cause) {
      this.#report(new TickmarkError('HANDLER_FAILED', 'A callback of the engine threw.', { cause }));
    }
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

import { checkDelay, systemClock } from '../clock.js';
import { attempt, errorReporter } from '../error-reporter.js';
import { TickmarkError } from '../errors.js';
import { EventIds } from '../messaging/event-ids.js';
import { withDefaults, checkOptions, pickOptions } from '../options.js';
import type { InstrumentInput } from '../instruments/instrument.js';
import type { PortfolioValuation } from '../portfolio/figures/portfolio-valuation.js';
import { systemRandom } from '../random.js';
import { BookView } from '../book/book-view.js';
import { PositionBook } from '../book/position-book.js';
import type { CurrencySums } from '../book/sums/currency-sums.js';
import type { ReadonlyPositionBook } from '../book/readonly-position-book.js';
import { FlushCoordinator } from './flush-coordinator.js';
import type { PortfolioValuedBatch } from './portfolio-valued-event.js';
import { HoldingsSync } from './holdings-sync.js';
import {
  CLOSE_DEFAULTS,
  CLOSE_OPTIONS,
  ENGINE_DEFAULTS,
  ENGINE_OPTIONS,
  type CloseOptions,
  type FlushOutcome,
  type MarkToMarketEngineOptions,
  type MarkToMarketEngineStats,
} from './mark-to-market-engine-options.js';
import type { OwnedShard } from '../shards/owned-shard.js';
import { EngineOutputs } from './shards/engine-outputs.js';
import { EngineShards } from './shards/engine-shards.js';
import { PriceIntake } from './price-intake.js';
import { EndOfDay } from './days/end-of-day.js';
import { TotalsExpiryTimer } from './totals-expiry-timer.js';
import { ValuationPublisher } from './valuation-publisher.js';
import { ValuationWriter } from './writer/valuation-writer.js';
import { BOOK_OPTIONS } from '../book/position-book-options.js';
import { keepRaw } from '../keep-raw.js';

/**
 * Keeps all portfolios of a repository valued at the prices on a bus. Each batch of prices is applied to the book, and the totals of the
 * affected portfolios are computed once. Values are published and stored independently: a slow bus or store gets newer values, not more
 * of them.
 *
 * Holdings are loaded again when the bus announces a change, or when a save is refused because the stored holdings have another version.
 * The trade takes precedence, and the value is computed again.
 *
 * @example
 * ```ts
 * import { InMemoryEventBus, InMemoryPortfolioRepository } from 'tickmark';
 * import { MarkToMarketEngine } from 'tickmark/parts';
 *
 * const engine = new MarkToMarketEngine({ bus: new InMemoryEventBus(), repository: new InMemoryPortfolioRepository() });
 * await engine.start();
 * console.log(engine.value('p1')?.marketValue);
 * await engine.close();
 * ```
 */
export class MarkToMarketEngine {
  static {
    keepRaw(this);
  }

  /** The current values, prices and rates. */
  readonly book: ReadonlyPositionBook;
  /** @internal The book itself. */
  readonly positionBook: PositionBook;
  readonly #onNewSymbols: ((symbols: readonly string[]) => void) | undefined;
  readonly #onError: (error: TickmarkError) => void;
  readonly #prices: PriceIntake;
  readonly #holdings: HoldingsSync;
  readonly #publisher: ValuationPublisher;
  readonly #writer: ValuationWriter;
  readonly #flusher: FlushCoordinator;
  readonly #outputs: EngineOutputs;
  readonly #totalsExpiry: TotalsExpiryTimer;
  readonly #endOfDay: EndOfDay;
  readonly #shards: EngineShards;
  readonly #knownSymbols = new Set<string>();
  #valuations = 0;
  #starting: Promise<void> | null = null;
  #closing: Promise<void> | null = null;

  /** @throws TickmarkError `INVALID_ARGUMENT` for an option out of range. */
  constructor(options: MarkToMarketEngineOptions) {
    checkOptions('MarkToMarketEngine', options, ENGINE_OPTIONS);
    const { bus, repository, clock = systemClock, random = systemRandom, onProgress } = options;
    const settings = withDefaults(options, ENGINE_DEFAULTS);
    checkDelay(settings.holdingsPollMs, 'MarkToMarketEngine: holdingsPollMs');
    this.#onNewSymbols = options.onNewSymbols;
    this.#onError = errorReporter(options);
    const book = new PositionBook({ ...pickOptions(options, BOOK_OPTIONS), onError: this.#onError });
    this.positionBook = book;
    this.book = new BookView(book);
    const ids = new EventIds(settings.name, random);
    const shards = (this.#shards = new EngineShards(options.shards, {
      bus,
      ids,
      clock,
      role: settings.role,
      standbyAfterMs: settings.standbyAfterMs,
      onError: this.#onError,
      take: (taken) => this.#holdings.takeShards(taken),
      drop: (dropped) => this.#holdings.dropShards(dropped),
      loading: () => this.#holdings.loadingShards,
      takeOver: (numbers) => {
        this.#outputs.takeOver(numbers);
        this.#endOfDay.takeOver([...numbers].flatMap((number) => book.portfolio(number)?.id ?? []));
      },
      flush: () => this.#flusher.flush(),
    }));
    const actsFor = (number: number) => shards.actsFor(number);
    const parts = { bus, repository, clock, random, book, actsFor, onError: this.#onError };
    const onOutput = () => this.#flusher.recordProgress();
    this.#publisher = new ValuationPublisher({
      ...parts,
      ids,
      emission: options.emission,
      detail: settings.detail,
      onProgress: onOutput,
    });
    this.#writer = new ValuationWriter({
      ...parts,
      intervalMs: settings.persistMs,
      batchSize: settings.saveBatchSize,
      concurrency: settings.saveConcurrency,
      lock: options.shards ? null : (options.lock ?? null),
      lockKey: settings.lockKey,
      leaseMs: settings.leaseMs,
      isActing: () => shards.isActing,
      mayMissPrices: () => this.#prices.mayMissPrices,
      onProgress: onOutput,
      onStale: (portfolioIds) => this.#holdings.reload(portfolioIds),
    });
    this.#outputs = new EngineOutputs({
      ...parts,
      ids,
      shards,
      publish: settings.publish,
      publisher: this.#publisher,
      writer: this.#writer,
    });
    this.#prices = new PriceIntake({
      ...parts,
      ids,
      onApplied: (symbolNumbers) => {
        this.#writer.enqueuePrices(symbolNumbers);
        this.#computeTotals();
      },
    });
    this.#holdings = new HoldingsSync({
      ...parts,
      shards: shards.held,
      pollMs: settings.holdingsPollMs,
      onProgress: (progress) => this.#callBack(() => onProgress?.(progress)),
      onChange: (portfolioId) => this.#endOfDay.holdingsChange(portfolioId),
      onRemove: (number) => this.#publisher.forget(number),
      onApplied: () => this.#computeTotals(),
      onSymbolsChanged: () => this.#announceSymbols(),
      onPriceChanged: (symbolNumbers) => this.#writer.enqueuePrices(symbolNumbers),
    });
    this.#flusher = new FlushCoordinator({
      clock,
      onError: this.#onError,
      holdings: this.#holdings,
      publisher: this.#publisher,
      writer: this.#writer,
    });
    this.#endOfDay = new EndOfDay({
      ...parts,
      ids,
      store: options.dayStore ?? null,
      onClosesChanged: () => this.#computeTotals(),
    });
    this.#totalsExpiry = new TotalsExpiryTimer(clock, () => this.#computeTotals());
  }

  /**
   * Subscribes to the bus and loads all portfolios; resolves when they are in the book. Idempotent. After a failure nothing is subscribed,
   * and `start()` can be called again.
   * @throws RepositoryError if the store fails; `ABORTED`; `CLOSED`.
   */
  start(options: { signal?: AbortSignal } = {}): Promise<void> {
    if (this.#closing)
      return Promise.reject(new TickmarkError('CLOSED', 'This MarkToMarketEngine is closed.'));
    this.#starting ??= this.#start(options.signal);
    return this.#starting;
  }

  /** One portfolio at current prices, with its positions; `null` if the book does not have it. */
  value(portfolioId: string): PortfolioValuation | null {
    return this.book.value(portfolioId);
  }

  /**
   * Grades prices as stale until newer ones come. Call it when the feed behind the bus has failed: a dead feed must not look alive.
   * @param symbols Default: all.
   */
  markStale(symbols?: readonly string[]): void {
    this.positionBook.markStale(symbols);
  }

  /** Adds an instrument to the catalog, or replaces it, and revalues all its holders at once; see `PositionBook.setInstrument`. */
  setInstrument(input: InstrumentInput): void {
    this.positionBook.setInstrument(input);
    this.#computeTotals();
  }

  /** Number of all shards; 1 where portfolios are not divided. */
  get shardCount(): number {
    return this.#shards.held.count ?? 1;
  }

  /** The shards whose portfolios are loaded, and since when; of a standby those for which it acts; without shards: one, which has all portfolios. */
  ownedShards(): readonly OwnedShard[] {
    return this.#shards.owned;
  }

  /**
   * What the portfolios of a shard are worth in each currency, neither converted nor rounded.
   * @param shard One of {@link ownedShards}; of another one the sums are 0.
   */
  shardSums(shard: number): CurrencySums {
    const { held } = this.#shards;
    return this.positionBook.sumsOf(held.count === null ? undefined : held.numbersIn([shard]));
  }

  /** Counters since creation. */
  stats(): MarkToMarketEngineStats {
    const { batches, prices, outdatedPrices, gaps, missed } = this.#prices;
    return {
      ...this.#writer.stats(),
      portfolios: this.book.size,
      positions: this.book.positionCount,
      shards: this.#shards.held.size,
      takenOver: this.#shards.takenOver,
      followed: this.#outputs.followed,
      batches,
      prices,
      outdatedPrices,
      valuations: this.#valuations,
      published: this.#publisher.published,
      unpublished: this.#publisher.pending,
      unsendable: this.#publisher.unsendable,
      publishRetries: this.#publisher.retries,
      reloads: this.#holdings.reloads,
      gaps,
      missedPrices: missed,
      discoveredHoldings: this.#holdings.discovered,
    };
  }

  /**
   * Publishes and stores all current values. Resolves when that is done or has failed once more, with the outcome. While another engine
   * holds the lock, this one stores nothing.
   */
  flush(): Promise<FlushOutcome> {
    return this.#flusher.flush();
  }

  /** @internal The values that wait for no price or rate, in messages that are not published: for who came after these were. */
  completeValues(): Iterable<PortfolioValuedBatch> {
    return this.#outputs.complete();
  }

  /**
   * Ends the subscriptions, publishes and stores the current values while there is progress, and releases the lock. Values that could not
   * be stored or published are reported to `onError`, in one error. Idempotent.
   * @throws TickmarkError `INVALID_ARGUMENT` for a time that no timer can take; the engine stays open then.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    checkOptions('MarkToMarketEngine.close', options, CLOSE_OPTIONS);
    const { timeoutMs, ceilingMs } = withDefaults(options, CLOSE_DEFAULTS);
    checkDelay(timeoutMs, 'MarkToMarketEngine.close: timeoutMs');
    checkDelay(ceilingMs, 'MarkToMarketEngine.close: ceilingMs');
    this.#closing ??= this.#close(timeoutMs, ceilingMs);
    return this.#closing;
  }

  /** Same as `close()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #start(signal: AbortSignal | undefined): Promise<void> {
    try {
      this.#holdings.subscribe();
      this.#outputs.start();
      this.#prices.start();
      await this.#holdings.load(signal);
      await this.#shards.start(signal);
    } catch (error) {
      this.#holdings.unsubscribe();
      this.#outputs.stop();
      this.#prices.unsubscribe();
      this.#starting = null;
      throw error;
    }
  }

  // Called once per change. Nothing overwrites the two lists later, and no part calls back to compute again.
  #computeTotals(): void {
    const changed = this.positionBook.computeTotals();
    this.#valuations += changed.touched.length;
    this.#outputs.enqueue(changed);
    this.#totalsExpiry.set(this.positionBook.totalsExpireAt);
    this.#endOfDay.collect();
  }

  #announceSymbols(): void {
    const fresh = this.book.neededSymbols().filter((symbol) => !this.#knownSymbols.has(symbol));
    if (fresh.length === 0) return;
    for (const symbol of fresh) this.#knownSymbols.add(symbol);
    this.#callBack(() => this.#onNewSymbols?.(fresh));
  }

  #callBack(call: () => unknown): void {
    attempt(call, (cause) => {
      this.#onError(new TickmarkError('HANDLER_FAILED', 'A callback of the engine threw.', { cause }));
    });
  }

  async #close(timeoutMs: number, ceilingMs: number): Promise<void> {
    // First, so that another process can take the shards over while the rest ends.
    await this.#shards.stop(timeoutMs);
    this.#prices.stop();
    this.#outputs.stop();
    this.#totalsExpiry.stop();
    await Promise.all([this.#endOfDay.close(timeoutMs), this.#flusher.close(timeoutMs, ceilingMs)]);
  }
}

import { BoundedCalls, checkDelay, systemClock, type Clock } from './core/clock.js';
import { TickmarkError } from './core/errors.js';
import type { Lock } from './core/locking/lock.js';
import type { PriceStreamAdapter, StreamStatus } from './core/streams/price-stream-adapter.js';
import type { Unsubscribe } from './core/unsubscribe.js';
import type {
  PriceStreamProcessorOptions,
  PriceStreamProcessorStats,
} from './core/ingest/price-stream-processor-options.js';
import { withSignal } from './core/streams/price-stream-link.js';
import { PriceStreamProcessor } from './core/ingest/price-stream-processor.js';
import { RetryingSubscription } from './core/streams/retrying-subscription.js';
import { SymbolTable } from './core/prices/symbol-table.js';
import type { EventBus, EventBusStats } from './core/messaging/event-bus.js';
import { HoldingsEditor } from './core/portfolio/holdings-editor.js';
import type { PortfolioValuation } from './core/portfolio/portfolio-valuation.js';
import type { Portfolio } from './core/portfolio/portfolio.js';
import type {
  CloseOptions,
  FlushOutcome,
  MarkToMarketEngineOptions,
  MarkToMarketEngineStats,
} from './core/engine/mark-to-market-engine-options.js';
import { MarkToMarketEngine } from './core/engine/mark-to-market-engine.js';
import { PORTFOLIOS_VALUED, type PortfolioValuedBatch } from './core/engine/portfolio-valued-event.js';
import { InMemoryEventBus } from './memory/in-memory-event-bus.js';
import { InMemoryLock } from './memory/in-memory-lock.js';

/** Options of {@link MarkToMarket}: the parts, and the options of processor and engine. */
export interface MarkToMarketParts
  extends
    Omit<MarkToMarketEngineOptions, 'symbols' | 'onNewSymbols' | 'name'>,
    Pick<
      PriceStreamProcessorOptions,
      | 'batchSize'
      | 'batchTimeoutMs'
      | 'throttle'
      | 'conflate'
      | 'maxQueued'
      | 'overflow'
      | 'allowNonPositive'
      | 'source'
    > {
  /** Where prices come from. It is connected and subscribed to what the portfolios need, and disconnected at the end. */
  readonly stream: PriceStreamAdapter;
  readonly bus: EventBus;
  readonly lock: Lock | null;
  /** Subscribe to the symbols that the portfolios hold, and to the currency pairs. `false` leaves it to you. Default `true`. */
  readonly autoSubscribe?: boolean;
}

/** Counters of all parts. */
export interface MarkToMarketStats {
  readonly processor: PriceStreamProcessorStats;
  readonly engine: MarkToMarketEngineStats;
  readonly bus: EventBusStats;
  readonly stream: StreamStatus;
  /** Conflicts that changes of holdings met and overcame. */
  readonly editConflicts: number;
}

/**
 * A stream that keeps portfolios valued: adapter → processor → bus → engine → repository, put together. Made by
 * `markToMarket()`.
 */
export class MarkToMarket {
  readonly processor: PriceStreamProcessor;
  readonly engine: MarkToMarketEngine;
  readonly bus: EventBus;
  readonly stream: PriceStreamAdapter;
  readonly #editor: HoldingsEditor;
  readonly #clock: Clock;
  readonly #autoSubscribe: boolean;
  readonly #onError: ((error: TickmarkError) => void) | undefined;
  readonly #ownParts: ReadonlyArray<{ close(): Promise<void> }>;
  readonly #subscription: RetryingSubscription;
  readonly #unsubscribes = new Set<Unsubscribe>();
  #isStreaming = false;
  #stopWatching: Unsubscribe | undefined;
  #starting: Promise<this> | null = null;
  #closing: Promise<void> | null = null;

  /** @param ownParts What `close()` closes as well, in this order. */
  constructor(parts: MarkToMarketParts, ownParts: ReadonlyArray<{ close(): Promise<void> }> = []) {
    const symbols = new SymbolTable();
    this.bus = parts.bus;
    this.stream = parts.stream;
    this.processor = new PriceStreamProcessor({ ...parts, symbols });
    this.engine = new MarkToMarketEngine({
      ...parts,
      symbols,
      onNewSymbols: (fresh) => {
        if (this.#isStreaming && this.#autoSubscribe) void this.#subscription.add(fresh);
      },
    });
    this.#editor = new HoldingsEditor(parts);
    this.#clock = parts.clock ?? systemClock;
    this.#autoSubscribe = parts.autoSubscribe ?? true;
    this.#onError = parts.onError;
    this.#ownParts = ownParts;
    this.#subscription = new RetryingSubscription({
      stream: this.stream,
      clock: this.#clock,
      onError: (error) => this.#report(error),
    });
  }

  /**
   * Fills the book, connects the stream and subscribes. On failure everything is closed again. Idempotent.
   * @throws whatever keeps it from starting: RepositoryError, `STREAM_FAILED`, `ABORTED`; `CLOSED` after `close()`.
   */
  start(options: { signal?: AbortSignal } = {}): Promise<this> {
    if (this.#closing) return Promise.reject(closedError());
    this.#starting ??= this.#start(options);
    return this.#starting;
  }

  /**
   * Calls back with new values until `close()`, a batch at a time; iterate a batch for one event per portfolio.
   * @throws TickmarkError `CLOSED` after `close()`.
   */
  onValued(listener: (batch: PortfolioValuedBatch) => void): Unsubscribe {
    if (this.#closing) throw closedError();
    const unsubscribe = this.bus.subscribe(PORTFOLIOS_VALUED, listener);
    this.#unsubscribes.add(unsubscribe);
    return () => {
      this.#unsubscribes.delete(unsubscribe);
      unsubscribe();
    };
  }

  /** One portfolio, row by row, at the prices of the moment; `null` when there is no such portfolio. */
  value(portfolioId: string): PortfolioValuation | null {
    return this.engine.value(portfolioId);
  }

  /**
   * Changes stored holdings while prices stream: `marking.update('p1', (p) => p.buy('AAPL', 10, '187.20'))`. The change
   * runs again on fresh holdings when someone else was faster.
   * @throws as `HoldingsEditor.update`.
   */
  update(
    portfolioId: string,
    change: (portfolio: Portfolio) => Portfolio,
    options?: { signal?: AbortSignal },
  ): Promise<Portfolio> {
    return this.#editor.update(portfolioId, change, options);
  }

  /** Stores a new portfolio, which is valued from now on. @throws ConcurrencyError when its id is taken. */
  create(portfolio: Portfolio): Promise<Portfolio> {
    return this.#editor.create(portfolio);
  }

  /** Deletes a portfolio at a version. @throws as `PortfolioRepository.delete`. */
  delete(portfolioId: string, expectedVersion: number): Promise<void> {
    return this.#editor.delete(portfolioId, expectedVersion);
  }

  /** Values, publishes and stores all prices received; settles as `MarkToMarketEngine.flush()` does, and tells the same. */
  async flush(): Promise<FlushOutcome> {
    await this.processor.flush();
    return this.engine.flush();
  }

  /** Counters of all parts. */
  stats(): MarkToMarketStats {
    return {
      processor: this.processor.stats(),
      engine: this.engine.stats(),
      bus: this.bus.stats(),
      stream: this.stream.getStatus(),
      editConflicts: this.#editor.conflicts,
    };
  }

  /**
   * Disconnects the stream, publishes what has arrived, values and stores it, and closes bus and lock if they were made here.
   * Each part has `timeoutMs` (default 1000), the engine as long as it gets on with storing, up to `ceilingMs` (default
   * 30,000). What fails meanwhile, and what could not be stored, goes to `onError`. Idempotent. Afterwards nothing keeps the
   * process alive.
   * @throws TickmarkError `INVALID_ARGUMENT` for a time that no timer can take; nothing is closed then.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    const { timeoutMs = 1000, ceilingMs = 30_000 } = options;
    checkDelay(timeoutMs, 'MarkToMarket.close: timeoutMs');
    checkDelay(ceilingMs, 'MarkToMarket.close: ceilingMs');
    this.#closing ??= this.#close(timeoutMs, ceilingMs);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #start({ signal }: { signal?: AbortSignal }): Promise<this> {
    try {
      await this.engine.start({ signal });
      // What an earlier process accepted is not accepted anew, and what it knew beside prices still holds.
      this.processor.startFrom(this.engine.book.knownPrices());
      this.processor.attach(this.stream);
      this.#stopWatching = this.stream.onStatus(({ state }) => {
        // A dead feed must not look alive, however fresh its last price is.
        if (state === 'reconnecting' || state === 'failed' || state === 'disconnected')
          this.engine.book.markStale();
      });
      await this.#waitFor(this.#connect(signal), signal);
      this.#isStreaming = true;
      const symbols = this.engine.book.neededSymbols();
      if (this.#autoSubscribe && symbols.length > 0)
        await this.#waitFor(this.stream.subscribe(symbols), signal);
      return this;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async #connect(signal: AbortSignal | undefined): Promise<void> {
    await this.stream.connect(signal && { signal });
    // Closed meanwhile, by a stream that could not break its connect() off.
    if (this.#closing) await this.stream.disconnect();
  }

  async #waitFor(step: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
    await (signal ? withSignal(step, signal, 'Starting') : step);
    if (this.#closing) throw closedError();
  }

  async #close(timeoutMs: number, ceilingMs: number): Promise<void> {
    const calls = new BoundedCalls(this.#clock, timeoutMs);
    const end = (what: string, call: () => Promise<void>) =>
      calls.run(what, call).catch((error: unknown) => this.#report(error));
    this.#isStreaming = false;
    this.#subscription.stop();
    this.#stopWatching?.();
    await end('Disconnecting the stream', () => this.stream.disconnect());
    await this.processor.close({ timeoutMs });
    await this.engine.close({ timeoutMs, ceilingMs });
    for (const part of this.#ownParts) await end('Closing bus and lock', () => part.close());
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
    this.#unsubscribes.clear();
  }

  #report(error: unknown): void {
    try {
      this.#onError?.(error as TickmarkError);
    } catch {
      // A reporter that throws must not stop the pipeline, and there is nobody left to tell.
    }
  }
}

/** Options of {@link markToMarket}. */
export interface MarkToMarketOptions extends Omit<MarkToMarketParts, 'bus' | 'lock'> {
  /** Default: an `InMemoryEventBus` of its own. */
  readonly bus?: MarkToMarketParts['bus'];
  /** Default: an `InMemoryLock` of its own. `null`: none. */
  readonly lock?: MarkToMarketParts['lock'];
  /** Ends the start early with `ABORTED`. */
  readonly signal?: AbortSignal;
}

/**
 * Keeps the portfolios of a repository marked to the prices of a stream, from the moment it settles until `close()`.
 * @throws whatever keeps it from starting: RepositoryError, `STREAM_FAILED`, `ABORTED`; everything is closed then.
 */
export async function markToMarket(options: MarkToMarketOptions): Promise<MarkToMarket> {
  const { signal, clock } = options;
  const bus = options.bus ?? new InMemoryEventBus({ clock });
  const lock = options.lock === undefined ? new InMemoryLock({ clock }) : options.lock;
  const own = [...(options.bus ? [] : [bus]), ...(options.lock === undefined && lock ? [lock] : [])];
  return new MarkToMarket({ ...options, bus, lock }, own).start({ signal });
}

function closedError(): TickmarkError {
  return new TickmarkError('CLOSED', 'This MarkToMarket is closed.');
}

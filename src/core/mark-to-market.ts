import type { TickmarkError } from './errors.js';
import type { Lock } from './locking/lock.js';
import type { PriceStreamAdapter, StreamStatus, Unsubscribe } from './market-data/price-stream-adapter.js';
import type {
  PriceStreamProcessorOptions,
  PriceStreamProcessorStats,
} from './market-data/price-stream-processor-options.js';
import { PriceStreamProcessor } from './market-data/price-stream-processor.js';
import { SymbolTable } from './market-data/symbol-table.js';
import type { EventBus, EventBusStats } from './messaging/event-bus.js';
import { HoldingsEditor } from './portfolio/holdings-editor.js';
import type { PortfolioValuation } from './portfolio/portfolio-valuation.js';
import type { Portfolio } from './portfolio/portfolio.js';
import type {
  MarkToMarketEngineOptions,
  MarkToMarketEngineStats,
} from './valuation/mark-to-market-engine-options.js';
import { MarkToMarketEngine } from './valuation/mark-to-market-engine.js';
import { PORTFOLIOS_VALUED, type PortfolioValuedBatch } from './valuation/portfolio-valued-event.js';

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
  readonly #autoSubscribe: boolean;
  readonly #onError: ((error: TickmarkError) => void) | undefined;
  readonly #ownParts: ReadonlyArray<{ close(): Promise<void> }>;
  #isStreaming = false;
  #stopWatching: Unsubscribe | undefined;
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
      onNewSymbols: (fresh) => this.#subscribe(fresh),
    });
    this.#editor = new HoldingsEditor(parts);
    this.#autoSubscribe = parts.autoSubscribe ?? true;
    this.#onError = parts.onError;
    this.#ownParts = ownParts;
  }

  /** Fills the book, connects the stream and subscribes. On failure everything is closed again. */
  async start(options: { signal?: AbortSignal } = {}): Promise<this> {
    try {
      await this.engine.start(options);
      this.processor.attach(this.stream);
      this.#stopWatching = this.stream.onStatus(({ state }) => {
        // A dead feed must not look alive, however fresh its last price is.
        if (state === 'reconnecting' || state === 'failed' || state === 'disconnected')
          this.engine.book.markStale();
      });
      await this.stream.connect(options);
      this.#isStreaming = true;
      const symbols = this.engine.book.neededSymbols();
      if (this.#autoSubscribe && symbols.length > 0) await this.stream.subscribe(symbols);
      return this;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Calls back with new values, a batch at a time; iterate a batch for one event per portfolio. */
  onValued(listener: (batch: PortfolioValuedBatch) => void): Unsubscribe {
    const subscription = this.bus.subscribe(PORTFOLIOS_VALUED, listener);
    return () => subscription.unsubscribe();
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

  /** Settles when all prices received are valued, published and stored. */
  async flush(): Promise<void> {
    await this.processor.flush();
    await this.engine.flush();
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
   * Disconnects the stream, values and stores what has arrived, and closes processor and engine, each within `timeoutMs`
   * (default 1000), and the bus and lock if they were made here. Idempotent. Afterwards nothing keeps the process alive.
   */
  close(options: { timeoutMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(options);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(options: { timeoutMs?: number }): Promise<void> {
    const report = (error: unknown) => this.#onError?.(error as TickmarkError);
    this.#isStreaming = false;
    this.#stopWatching?.();
    await this.stream.disconnect().catch(report);
    await this.processor.close(options);
    await this.engine.close(options);
    for (const part of this.#ownParts) await part.close().catch(report);
  }

  #subscribe(symbols: readonly string[]): void {
    if (!this.#isStreaming || !this.#autoSubscribe) return;
    this.stream.subscribe(symbols).catch((error: unknown) => this.#onError?.(error as TickmarkError));
  }
}

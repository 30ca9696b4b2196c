import { BoundedCalls, checkDelay, systemClock, type Clock } from './core/clock.js';
import { errorReporter } from './core/error-reporter.js';
import { TickmarkError, invalidArgument } from './core/errors.js';
import type { Lock } from './core/locking/lock.js';
import type { Decimal, DecimalInput } from './core/money/decimal.js';
import { withDefaults } from './core/options.js';
import { systemRandom } from './core/random.js';
import { BorrowedStream } from './core/streams/borrowed-stream.js';
import type { PriceStreamAdapter, StreamStatus } from './core/streams/price-stream-adapter.js';
import type { Unsubscribe } from './core/unsubscribe.js';
import type {
  PriceStreamProcessorOptions,
  PriceStreamProcessorStats,
} from './core/ingest/price-stream-processor-options.js';
import { PriceStreamProcessor } from './core/ingest/price-stream-processor.js';
import { SymbolTable } from './core/prices/symbol-table.js';
import type { EventBus, EventBusStats } from './core/messaging/event-bus.js';
import { HoldingsEditor } from './core/portfolio/holdings-editor.js';
import type { InstrumentInput } from './core/instruments/instrument.js';
import type { ExplainableFigure, Explanation } from './core/book/valuation/explanation.js';
import type { PortfolioValuation } from './core/portfolio/portfolio-valuation.js';
import type { Portfolio } from './core/portfolio/portfolio.js';
import {
  CLOSE_DEFAULTS,
  type CloseOptions,
  type FlushOutcome,
  type MarkToMarketEngineOptions,
  type MarkToMarketEngineStats,
} from './core/engine/mark-to-market-engine-options.js';
import { MarkToMarketEngine } from './core/engine/mark-to-market-engine.js';
import {
  PORTFOLIOS_VALUED,
  type PortfolioValuedBatch,
  type PortfolioValuedEvent,
} from './core/engine/portfolio-valued-event.js';
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
  /**
   * Where prices come from. `start()` connects it and subscribes to what the portfolios need, and `close()` undoes that: a stream
   * that was connected before stays connected.
   */
  readonly stream: PriceStreamAdapter;
  readonly bus: EventBus;
  readonly lock: Lock | null;
  /** Subscribe to the symbols that the portfolios hold and to the currency pairs. `false`: you subscribe. Default `true`. */
  readonly autoSubscribe?: boolean;
}

/** Counters of all parts. */
export interface MarkToMarketStats {
  readonly processor: PriceStreamProcessorStats;
  readonly engine: MarkToMarketEngineStats;
  readonly bus: EventBusStats;
  readonly stream: StreamStatus;
  /** Changes of holdings that were repeated because someone else had changed the portfolio first. */
  readonly editConflicts: number;
}

/** What `close()` closes, since it was created here. */
interface OwnPart {
  close(options?: { timeoutMs?: number }): Promise<void>;
}

/** Keeps portfolios valued: stream → processor → bus → engine → repository. Created by `markToMarket()`. */
export class MarkToMarket {
  readonly processor: PriceStreamProcessor;
  readonly engine: MarkToMarketEngine;
  readonly bus: EventBus;
  readonly stream: PriceStreamAdapter;
  readonly #editor: HoldingsEditor;
  readonly #clock: Clock;
  readonly #autoSubscribe: boolean;
  readonly #onError: (error: TickmarkError) => void;
  readonly #ownParts: readonly OwnPart[];
  readonly #borrowed: BorrowedStream;
  readonly #unsubscribes = new Set<Unsubscribe>();
  #isStreaming = false;
  #stopWatching: Unsubscribe | undefined;
  #starting: Promise<this> | null = null;
  #closing: Promise<void> | null = null;

  /**
   * @internal Made by `markToMarket()`.
   * @param ownParts What `close()` closes as well, in this order.
   */
  constructor(parts: MarkToMarketParts, ownParts: readonly OwnPart[] = []) {
    const symbols = new SymbolTable();
    this.bus = parts.bus;
    this.stream = parts.stream;
    this.processor = new PriceStreamProcessor({ ...parts, symbols });
    this.engine = new MarkToMarketEngine({
      ...parts,
      symbols,
      onNewSymbols: (fresh) => {
        if (this.#isStreaming && this.#autoSubscribe) this.#borrowed.add(fresh);
      },
    });
    this.#editor = new HoldingsEditor(parts);
    this.#clock = parts.clock ?? systemClock;
    this.#autoSubscribe = parts.autoSubscribe ?? true;
    this.#onError = errorReporter(parts);
    this.#ownParts = ownParts;
    this.#borrowed = new BorrowedStream({
      stream: this.stream,
      clock: this.#clock,
      random: parts.random ?? systemRandom,
      onError: (error) => this.#report(error),
    });
  }

  /**
   * Loads the portfolios, connects the stream and subscribes. On failure everything is closed again. Idempotent.
   * @throws what made the start fail: RepositoryError, `STREAM_FAILED`, `ABORTED`; `CLOSED` after `close()`.
   */
  start(options: { signal?: AbortSignal } = {}): Promise<this> {
    if (this.#closing) return Promise.reject(closedError());
    this.#starting ??= this.#start(options);
    return this.#starting;
  }

  /**
   * Calls `listener` with new values until `close()`: with a batch of portfolios each time, or with one event each time the
   * value of one portfolio changes. A listener that returns a promise gets newer values afterwards, not all of them.
   *
   * ```ts
   * import { InMemoryPortfolioRepository, MockPriceStreamAdapter, markToMarket } from 'tickmark';
   *
   * const stream = new MockPriceStreamAdapter();
   * await using marking = await markToMarket({ stream, repository: new InMemoryPortfolioRepository() });
   * marking.onValued((batch) => console.log(batch.length));
   * const stop = marking.onValued('p1', ({ marketValue }) => console.log(marketValue?.toString()));
   * stop();
   * ```
   * @throws TickmarkError `CLOSED` after `close()`; `INVALID_ARGUMENT` for a listener that is no function.
   */
  onValued(listener: (batch: PortfolioValuedBatch) => unknown): Unsubscribe;
  onValued(portfolioId: string, listener: (event: PortfolioValuedEvent) => unknown): Unsubscribe;
  onValued(
    first: string | ((batch: PortfolioValuedBatch) => unknown),
    listener?: (event: PortfolioValuedEvent) => unknown,
  ): Unsubscribe {
    if (typeof first === 'function') return this.#subscribe(first);
    if (typeof listener !== 'function')
      throw invalidArgument('MarkToMarket.onValued: listener', listener, 'a function');
    return this.#subscribe((batch) => {
      const event = batch.find(first);
      return event && listener(event);
    });
  }

  /** One portfolio, row by row, at current prices; `null` when there is no such portfolio. */
  value(portfolioId: string): PortfolioValuation | null {
    return this.engine.value(portfolioId);
  }

  /**
   * All portfolios at current prices. Each is valued when the iteration reaches it.
   *
   * ```ts
   * import type { MarkToMarket } from 'tickmark';
   *
   * function print(marking: MarkToMarket) {
   *   for (const { portfolioId, equity } of marking.values()) console.log(portfolioId, equity?.toString());
   * }
   * ```
   */
  values(): Iterable<PortfolioValuation> {
    return this.engine.book.values();
  }

  /**
   * Converts an amount at current rates, by the `fxPolicy`, rounded half-even to the scale of `to` (2 digits after the point for
   * USD); `null` when no rate is known that is young enough.
   *
   * ```ts
   * import type { MarkToMarket } from 'tickmark';
   *
   * const inDollars = (marking: MarkToMarket) => marking.convert('12.50', 'EUR', 'USD')?.toString();
   * ```
   * @throws TickmarkError `INVALID_DECIMAL`, `OUT_OF_RANGE`, `UNKNOWN_CURRENCY`.
   */
  convert(amount: DecimalInput, from: string, to: string): Decimal | null {
    return this.engine.book.convert(amount, from, to);
  }

  /**
   * Says how a figure of a portfolio came about: inputs, rates, formula, rounding; `null` when there is no such portfolio.
   *
   * ```ts
   * import type { MarkToMarket } from 'tickmark';
   *
   * const show = (marking: MarkToMarket) => console.log(JSON.stringify(marking.explain('p1', 'marketValue'), null, 2));
   * ```
   * @throws TickmarkError `INVALID_ARGUMENT` for a figure that cannot be explained.
   */
  explain(portfolioId: string, figure: ExplainableFigure): Explanation | null {
    return this.engine.book.explain(portfolioId, figure);
  }

  /**
   * Changes stored holdings while prices stream: `marking.update('p1', (p) => p.buy('AAPL', 10, '187.20'))`. The change
   * runs again on the newest holdings when someone else changed them first.
   * @throws as `HoldingsEditor.update`.
   */
  update(
    portfolioId: string,
    change: (portfolio: Portfolio) => Portfolio,
    options?: { signal?: AbortSignal },
  ): Promise<Portfolio> {
    return this.#editor.update(portfolioId, change, options);
  }

  /**
   * Adds an instrument, or replaces it, while prices stream: all its holders are revalued in one cut.
   *
   * ```ts
   * import type { MarkToMarket } from 'tickmark';
   * import { future } from 'tickmark/instruments';
   *
   * function list(marking: MarkToMarket) {
   *   marking.setInstrument(future({ symbol: 'ESZ6', currency: 'USD', multiplier: 50 }));
   * }
   * ```
   * @throws TickmarkError `INVALID_ARGUMENT`, `UNKNOWN_CURRENCY`; nothing has changed then.
   */
  setInstrument(input: InstrumentInput): void {
    this.engine.setInstrument(input);
  }

  /** Stores a new portfolio, which is valued from now on. @throws ConcurrencyError when its id is taken. */
  create(portfolio: Portfolio): Promise<Portfolio> {
    return this.#editor.create(portfolio);
  }

  /** Deletes a portfolio at a version. @throws as `PortfolioRepository.delete`. */
  delete(portfolioId: string, expectedVersion: number): Promise<void> {
    return this.#editor.delete(portfolioId, expectedVersion);
  }

  /** Values, publishes and stores all prices received; settles like `MarkToMarketEngine.flush()`, with the same result. */
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
   * Closes what was created here and undoes what was done to what you passed in: you close what you pass in, and the stream is
   * disconnected only if `start()` connected it, else unsubscribed from the symbols that were added.
   *
   * Prices that have arrived are valued, published and stored first. `timeoutMs` (default 1,000) limits all of this together, except
   * that the engine goes on while it makes progress with storing, up to `ceilingMs` (default 30,000). Failures, and values that could
   * not be stored, go to `onError`. Idempotent. Afterwards nothing keeps the process alive.
   * @throws TickmarkError `INVALID_ARGUMENT` for a time that no timer can take; nothing is closed then.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    const { timeoutMs, ceilingMs } = withDefaults(options, CLOSE_DEFAULTS);
    checkDelay(timeoutMs, 'MarkToMarket.close: timeoutMs');
    checkDelay(ceilingMs, 'MarkToMarket.close: ceilingMs');
    this.#closing ??= this.#close(timeoutMs, ceilingMs);
    return this.#closing;
  }

  /** Same as `close()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #subscribe(handler: (batch: PortfolioValuedBatch) => unknown): Unsubscribe {
    if (this.#closing) throw closedError();
    const unsubscribe = this.bus.subscribe(
      PORTFOLIOS_VALUED,
      handler as (batch: PortfolioValuedBatch) => void,
    );
    this.#unsubscribes.add(unsubscribe);
    return () => {
      this.#unsubscribes.delete(unsubscribe);
      unsubscribe();
    };
  }

  async #start({ signal }: { signal?: AbortSignal }): Promise<this> {
    try {
      await this.engine.start({ signal });
      // Prices that an earlier process accepted are not accepted again, and the details that it knew still hold.
      this.processor.startFrom(this.engine.book.knownPrices());
      this.processor.attach(this.stream);
      this.#stopWatching = this.stream.onStatus(({ state }) => {
        // A dead feed must not look alive, however fresh its last price is.
        if (state === 'reconnecting' || state === 'failed' || state === 'disconnected')
          this.engine.markStale();
      });
      await this.#borrowed.connect(signal);
      this.#checkOpen();
      this.#isStreaming = true;
      const symbols = this.engine.book.neededSymbols();
      if (this.#autoSubscribe && symbols.length > 0) await this.#borrowed.subscribe(symbols, signal);
      this.#checkOpen();
      return this;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async #close(timeoutMs: number, ceilingMs: number): Promise<void> {
    const calls = new BoundedCalls(this.#clock, timeoutMs);
    const bounded = (what: string, call: () => Promise<void>) =>
      calls.run(what, call).catch((error: unknown) => this.#report(error));
    const deadline = this.#clock.monotonic() + timeoutMs;
    const timeLeft = () => Math.max(0, deadline - this.#clock.monotonic());
    this.#isStreaming = false;
    this.#stopWatching?.();
    // Beside the rest, so that a stream that hangs costs no value.
    const released = bounded('Releasing the stream', () => this.#borrowed.release());
    // Half of the time: a bus that hangs must leave the engine some to store what it knows.
    await this.processor.close({ timeoutMs: timeoutMs / 2 });
    await this.engine.close({ timeoutMs: timeLeft(), ceilingMs });
    await released;
    for (const part of this.#ownParts)
      await part.close({ timeoutMs: timeLeft() }).catch((error) => this.#report(error));
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
    this.#unsubscribes.clear();
  }

  #checkOpen(): void {
    if (this.#closing) throw closedError();
  }

  #report(error: unknown): void {
    this.#onError(error as TickmarkError);
  }
}

/** Options of {@link markToMarket}. */
export interface MarkToMarketOptions extends Omit<MarkToMarketParts, 'bus' | 'lock'> {
  /** Default: an `InMemoryEventBus`, which `close()` closes. A bus that you pass in stays open. */
  readonly bus?: MarkToMarketParts['bus'];
  /** Default: an `InMemoryLock`, which `close()` closes. A lock that you pass in stays open. `null`: none. */
  readonly lock?: MarkToMarketParts['lock'];
  /** Aborts the start: it throws `ABORTED`. */
  readonly signal?: AbortSignal;
}

/**
 * Keeps the portfolios of a repository marked to the prices of a stream, from the moment it settles until `close()`.
 *
 * ```ts
 * import { InMemoryPortfolioRepository, MockPriceStreamAdapter, Portfolio, markToMarket } from 'tickmark';
 *
 * const repository = new InMemoryPortfolioRepository();
 * const positions = [{ symbol: 'AAPL', quantity: 10, averageCost: 187.2 }];
 * await repository.save(Portfolio.create({ id: 'p1', currency: 'USD', positions }));
 * const marking = await markToMarket({ stream: new MockPriceStreamAdapter(), repository });
 * marking.onValued('p1', ({ marketValue }) => console.log(marketValue?.toString()));
 * await marking.close();
 * ```
 * @throws what made the start fail: RepositoryError, `STREAM_FAILED`, `ABORTED`; everything is closed then.
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

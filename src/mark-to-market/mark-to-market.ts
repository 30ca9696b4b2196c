import { PREVIOUS_CLOSES } from '../core/calendars/previous-closes.js';
import { checkDelay, systemClock, type Clock } from '../core/clock.js';
import { errorReporter } from '../core/error-reporter.js';
import { invalidArgument, type TickmarkError } from '../core/errors.js';
import type { Decimal, DecimalInput } from '../core/money/decimal.js';
import { checkOptions, checkPart, pickOptions, withDefaults } from '../core/options.js';
import {
  combineStreams,
  CombinedPriceStream,
  type CombineStreamsOptions,
} from '../core/streams/combined/combined-price-stream.js';
import { PRICE_STREAM, type PriceStreamAdapter } from '../core/streams/price-stream-adapter.js';
import type { Unsubscribe } from '../core/unsubscribe.js';
import type { PriceStreamProcessor } from '../core/ingest/price-stream-processor.js';
import type { EventBus } from '../core/messaging/event-bus.js';
import type { Booking } from '../core/portfolio/book-together.js';
import {
  EDITOR_OPTIONS,
  HoldingsEditor,
  type BookedEntries,
  type BookingOutcome,
} from '../core/portfolio/holdings-editor.js';
import type {
  CorporateActionOptions,
  CorporateActionResult,
} from '../core/portfolio/corporate-actions/corporate-action-booking.js';
import type { CorporateActionInput } from '../core/portfolio/corporate-actions/corporate-action.js';
import type { LedgerEntryInput } from '../core/portfolio/ledger/ledger-entry.js';
import type { InstrumentInput } from '../core/instruments/instrument.js';
import type { ExplainableFigure, Explanation } from '../core/book/valuation/explanation.js';
import type { PortfolioValuation } from '../core/portfolio/figures/portfolio-valuation.js';
import type { Portfolio } from '../core/portfolio/portfolio.js';
import {
  CLOSE_DEFAULTS,
  CLOSE_OPTIONS,
  type CloseOptions,
  type FlushOutcome,
} from '../core/engine/mark-to-market-engine-options.js';
import type { MarkToMarketEngine } from '../core/engine/mark-to-market-engine.js';
import type { PortfolioValuedBatch, PortfolioValuedEvent } from '../core/engine/portfolio-valued-event.js';
import { InMemoryEventBus } from '../memory/in-memory-event-bus.js';
import { InMemoryLock } from '../memory/in-memory-lock.js';
import {
  MARK_TO_MARKET_OPTIONS,
  type MarkToMarketOptions,
  type MarkToMarketParts,
  type MarkToMarketStats,
} from './mark-to-market-options.js';
import { Pipeline, closedError } from './pipeline.js';
import { ValueSubscriptions } from './value-subscriptions.js';
import { keepRaw } from '../core/keep-raw.js';

/** A part that was created here, so that `close()` closes it. */
interface OwnPart {
  close(options?: { timeoutMs?: number }): Promise<void>;
}

/**
 * Keeps portfolios valued: stream → processor → bus → engine → repository. Created by {@link markToMarket}.
 *
 * @example
 * ```ts
 * import { InMemoryPortfolioRepository, MockPriceStreamAdapter, Portfolio, markToMarket } from 'tickmark';
 *
 * const marking = await markToMarket({ stream: new MockPriceStreamAdapter(), repository: new InMemoryPortfolioRepository() });
 * await marking.create(Portfolio.create({ id: 'p1', currency: 'USD', cash: { USD: 5_000 } }));
 * await marking.update('p1', (portfolio) => portfolio.buy('AAPL', 10, '187.20'));
 * await marking.flush();
 * console.log(marking.value('p1')?.equity?.toString());
 * await marking.close();
 * ```
 */
export class MarkToMarket {
  static {
    keepRaw(this);
  }

  readonly processor: PriceStreamProcessor;
  readonly engine: MarkToMarketEngine;
  readonly bus: EventBus;
  readonly stream: PriceStreamAdapter;
  readonly #pipeline: Pipeline;
  readonly #editor: HoldingsEditor;
  readonly #clock: Clock;
  readonly #onError: (error: TickmarkError) => void;
  readonly #ownParts: readonly OwnPart[];
  readonly #subscriptions: ValueSubscriptions;
  #starting: Promise<this> | null = null;
  #closing: Promise<void> | null = null;

  /**
   * @internal Called by `markToMarket()`.
   * @param ownParts Parts that `close()` closes as well, in this order.
   */
  constructor(parts: MarkToMarketParts, ownParts: readonly OwnPart[] = []) {
    this.bus = parts.bus;
    this.stream = parts.stream;
    this.#onError = errorReporter(parts);
    this.#pipeline = new Pipeline(parts, (error) => this.#report(error));
    this.processor = this.#pipeline.processor;
    this.engine = this.#pipeline.engine;
    this.#editor = new HoldingsEditor(pickOptions(parts, EDITOR_OPTIONS));
    this.#clock = parts.clock ?? systemClock;
    this.#subscriptions = new ValueSubscriptions(parts.bus, this.#clock, (error) => this.#report(error));
    this.#ownParts = ownParts;
  }

  /**
   * Loads the portfolios, connects the stream and subscribes. After a failure everything is closed. Idempotent.
   * @throws the error that made the start fail: RepositoryError, `STREAM_FAILED`, `ABORTED`; `CLOSED` after `close()`.
   */
  start(options: { signal?: AbortSignal } = {}): Promise<this> {
    if (this.#closing) return Promise.reject(closedError());
    this.#starting ??= this.#start(options);
    return this.#starting;
  }

  /**
   * Calls `listener` with new values until `close()`: with batches of portfolios, or with the values of one portfolio. One that is added right after the
   * start also gets the values that wait for no price, such as those of portfolios with cash only. While the promise of
   * a listener is pending, newer values replace older ones; the listener then gets the newest. What a listener throws or rejects with goes to `onError`
   * and `logger` as `HANDLER_FAILED`, once a minute for each message; it gets the next values nevertheless.
   *
   * @example
   * ```ts
   * import { InMemoryPortfolioRepository, MockPriceStreamAdapter, markToMarket } from 'tickmark';
   *
   * const stream = new MockPriceStreamAdapter();
   * await using marking = await markToMarket({ stream, repository: new InMemoryPortfolioRepository() });
   * marking.onValued((batch) => console.log(batch.length));
   * const stop = marking.onValued('p1', ({ marketValue }) => console.log(marketValue?.toString()));
   * stop();
   * ```
   * @throws TickmarkError `CLOSED` after `close()`; `INVALID_ARGUMENT` for a listener that is not a function.
   */
  onValued(listener: (batch: PortfolioValuedBatch) => unknown): Unsubscribe;
  onValued(portfolioId: string, listener: (event: PortfolioValuedEvent) => unknown): Unsubscribe;
  onValued(
    first: string | ((batch: PortfolioValuedBatch) => unknown),
    listener?: (event: PortfolioValuedEvent) => unknown,
  ): Unsubscribe {
    if (typeof first !== 'function' && typeof listener !== 'function')
      throw invalidArgument('MarkToMarket.onValued: listener', listener, 'a function');
    this.#checkOpen();
    return typeof first === 'function'
      ? this.#subscriptions.add(first)
      : this.#subscriptions.addFor(first, listener!);
  }

  /** One portfolio at current prices, with its positions; `null` if there is no such portfolio. */
  value(portfolioId: string): PortfolioValuation | null {
    return this.engine.value(portfolioId);
  }

  /**
   * All portfolios at current prices. Each is valued when the iteration reaches it.
   *
   * @example
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
   * USD); `null` if no rate is known that is recent enough.
   *
   * @example
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
   * Changes stored holdings while prices stream. If someone else changed them first, `change` is called again with the newest holdings.
   *
   * @example
   * ```ts
   * await marking.update('p1', (portfolio) => portfolio.buy('AAPL', 10, '187.20'));
   * ```
   * @throws as `HoldingsEditor.update`.
   */
  update(
    portfolioId: string,
    change: (portfolio: Portfolio) => Portfolio,
    options?: { signal?: AbortSignal },
  ): Promise<Portfolio> {
    return this.#whileOpen(() => this.#editor.update(portfolioId, change, options));
  }

  /**
   * Books entries into the ledger of a portfolio while prices stream, all or none, each id once: call it again if it is unknown whether an
   * earlier call succeeded.
   *
   * @example
   * ```ts
   * const fill = { id: 'fill-1', at: Date.now(), type: 'buy', symbol: 'AAPL', quantity: 10, price: '187.20' } as const;
   * const { booked, alreadyBooked } = await marking.book('p1', [fill]);
   * ```
   * @throws as `HoldingsEditor.book`.
   */
  book(
    portfolioId: string,
    entries: readonly LedgerEntryInput[],
    options?: { signal?: AbortSignal },
  ): Promise<BookedEntries> {
    return this.#whileOpen(() => this.#editor.book(portfolioId, entries, options));
  }

  /** As {@link book}, for several portfolios in one go: the outcomes, in the order of the portfolios. */
  bookMany(bookings: readonly Booking[]): Promise<BookingOutcome[]> {
    return this.#whileOpen(() => this.#editor.bookMany(bookings));
  }

  /**
   * Books a split, spin-off, merger or rename into the ledgers of all portfolios that held the instrument at its ex-time `at`, under the id of
   * the action. Its id applies once: call it again with the same action after a failure or a crash half-way, and what is missing is booked. A
   * late action is inserted at its time, and what followed is replayed.
   *
   * The action is stored first. From then on every engine values all holders as after it, booked or not, and adjusts prices from before the
   * ex-time: after a split of 1 into 2 a last price of 200 counts as 100. So no value mixes units of before with a price of after. A price
   * without a venue time counts as of its receipt.
   *
   * @example
   * ```ts
   * const split = { id: 'nvda-2026', at: '2026-06-10T13:30:00Z', type: 'split', symbol: 'NVDA', from: 1, to: 10 } as const;
   * const { booked, refused } = await marking.corporateAction(split, {
   *   onProgress: ({ done, total }) => console.log(`${done} of ${total}`),
   * });
   * ```
   * @throws TickmarkError `INVALID_ARGUMENT` for another type of entry, an ex-time that is not past, `rates`, or a repository that stores no
   * actions; `ENTRY_CONFLICT` for the id of an action with other content; `ABORTED`; RepositoryError if the store fails, with some booked.
   */
  corporateAction(
    action: CorporateActionInput,
    options?: CorporateActionOptions,
  ): Promise<CorporateActionResult> {
    return this.#whileOpen(() => this.#editor.corporateAction(action, options));
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

  /** Stores a new portfolio, and values it from now on. @throws ConcurrencyError if its id is taken. */
  create(portfolio: Portfolio): Promise<Portfolio> {
    return this.#whileOpen(() => this.#editor.create(portfolio));
  }

  /** Deletes a portfolio if its version is `expectedVersion`. @throws as `PortfolioRepository.delete`. */
  delete(portfolioId: string, expectedVersion: number): Promise<void> {
    return this.#whileOpen(() => this.#editor.delete(portfolioId, expectedVersion));
  }

  /** Values, publishes and stores with all prices received so far. Settles like `MarkToMarketEngine.flush()`, with the same result. */
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
      streams: this.stream instanceof CombinedPriceStream ? this.stream.stats().streams : {},
      editConflicts: this.#editor.conflicts,
    };
  }

  /**
   * Closes everything that was created here. The bus, lock and stream that you passed in stay open, except that the stream is disconnected if
   * `start()` connected it and no other `MarkToMarket` uses it; otherwise the symbols that were added, and nobody else needs, are unsubscribed.
   * Changes of holdings reject with `CLOSED` from then on.
   *
   * Prices that have arrived are valued, published and stored first. `timeoutMs` (default 1,000) limits all of this together, except
   * that the engine continues while it makes progress with storing, up to `ceilingMs` (default 30,000). Failures, and values that could
   * not be stored, go to `onError`. Idempotent. Afterwards nothing keeps the process alive.
   * @throws TickmarkError `INVALID_ARGUMENT` for a time that no timer can take; nothing is closed then.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    checkOptions('MarkToMarket.close', options, CLOSE_OPTIONS);
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

  async #start({ signal }: { signal?: AbortSignal }): Promise<this> {
    try {
      await this.#pipeline.start(signal);
      this.#subscriptions.started(() => this.engine.completeValues());
      return this;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async #close(timeoutMs: number, ceilingMs: number): Promise<void> {
    const deadline = this.#clock.monotonic() + timeoutMs;
    await this.#pipeline.close(timeoutMs, ceilingMs);
    for (const part of this.#ownParts) {
      const timeLeft = Math.max(0, deadline - this.#clock.monotonic());
      await part.close({ timeoutMs: timeLeft }).catch((error) => this.#report(error));
    }
    this.#subscriptions.end();
  }

  #checkOpen(): void {
    if (this.#closing) throw closedError();
  }

  // After close(), a change would be stored and announced to nobody.
  async #whileOpen<Result>(change: () => Promise<Result>): Promise<Result> {
    this.#checkOpen();
    return change();
  }

  #report(error: unknown): void {
    this.#onError(error as TickmarkError);
  }
}

/**
 * Keeps the portfolios of a repository valued at the prices of a stream, until `close()` of the result. Resolves when all portfolios are
 * loaded and the stream is connected and subscribed.
 *
 * @example
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
 * @throws the error that made the start fail: RepositoryError, `STREAM_FAILED`, `ABORTED`; everything is closed then.
 */
export async function markToMarket(options: MarkToMarketOptions): Promise<MarkToMarket> {
  checkOptions('markToMarket', options, MARK_TO_MARKET_OPTIONS);
  const { previousCloses } = options;
  if (previousCloses && typeof previousCloses !== 'function')
    checkPart('markToMarket: previousCloses', previousCloses, PREVIOUS_CLOSES);
  const { signal, clock, symbols, stream: given, ...rest } = options;
  const bus = options.bus ?? new InMemoryEventBus({ clock, onError: errorReporter(options) });
  const lock = options.lock === undefined ? new InMemoryLock({ clock }) : options.lock;
  const own = [...(options.bus ? [] : [bus]), ...(options.lock === undefined && lock ? [lock] : [])];
  const stream = oneStream(given, { symbols, clock, random: options.random });
  return new MarkToMarket({ ...rest, clock, stream, bus, lock }, own).start({ signal });
}

/** The stream that was given, or all of them as one. */
function oneStream(given: MarkToMarketOptions['stream'], options: CombineStreamsOptions): PriceStreamAdapter {
  if (Array.isArray(given)) return combineStreams(given, options);
  checkPart('markToMarket: stream', given, PRICE_STREAM);
  return options.symbols
    ? combineStreams([given as PriceStreamAdapter], options)
    : (given as PriceStreamAdapter);
}

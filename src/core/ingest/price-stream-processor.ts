import { checkDelay, systemClock, type Clock } from '../clock.js';
import { errorReporter } from '../error-reporter.js';
import { TickmarkError, invalidArgument } from '../errors.js';
import { systemRandom } from '../random.js';
import {
  resolveProcessorOptions,
  type PriceStreamProcessorOptions,
  type PriceStreamProcessorStats,
} from './price-stream-processor-options.js';
import { AttachedStreams } from './attached-streams.js';
import { ArrivalClock, isBadTime, receiptTime } from './arrival-clock.js';
import { BatchPublisher } from './batch-publisher.js';
import { ConflatingBacklog } from './conflating-backlog.js';
import { newIncomingPrice, type IncomingPrice, type PriceBacklog } from './price-backlog.js';
import { PriceOrder } from './price-order.js';
import { startingDetails, type StartingPrice } from './starting-price.js';
import { PriceRejections } from './price-rejections.js';
import { isGap, type PriceStreamAdapter } from '../streams/price-stream-adapter.js';
import type { Unsubscribe } from '../unsubscribe.js';
import type { PriceStreamGap } from '../prices/price-stream-gap.js';
import {
  isTime,
  priceFault,
  updateFault,
  type PriceRejection,
  type PriceUpdate,
} from '../prices/price-update.js';
import {
  usableDetails,
  usableReceipt,
  usableSequence,
  usableTimeSource,
  type DropDetail,
} from '../prices/usable-details.js';
import { isPriceRounded } from '../money/scaled-number.js';
import { FifoBacklog } from './fifo-backlog.js';
import { LatestDetails } from './latest-details.js';
import { dateOfClose, startOfUtcDay } from '../calendars/close-dates.js';
import { symbolCalendars } from '../calendars/symbol-calendars.js';
import type { PreviousClose } from '../calendars/previous-closes.js';
import { SymbolTable } from '../prices/symbol-table.js';
import { keepRaw } from '../keep-raw.js';

/**
 * Accepts price updates at any rate, keeps the newest price of each symbol, and publishes batches of changes as fast as the bus
 * takes them. The last price of a burst is always published: a failing bus delays it, and does not lose it.
 *
 * @example
 * ```ts
 * import { InMemoryEventBus, PRICES_CHANGED } from 'tickmark';
 * import { PriceStreamProcessor } from 'tickmark/parts';
 *
 * const bus = new InMemoryEventBus();
 * bus.subscribe(PRICES_CHANGED, (batch) => console.log([...batch].map(({ symbol, newPrice }) => `${symbol} ${newPrice}`)));
 * const processor = new PriceStreamProcessor({ bus });
 * processor.push({ symbol: 'AAPL', price: '187.20', timestamp: Date.now() });
 * await processor.close();
 * ```
 */
export class PriceStreamProcessor {
  static {
    keepRaw(this);
  }

  /** The numbers of the symbols, for `pushId`. */
  readonly symbols: SymbolTable;
  readonly #order = new PriceOrder();
  readonly #details: LatestDetails;
  readonly #backlog: PriceBacklog;
  readonly #publisher: BatchPublisher;
  readonly #allowNonPositive: boolean;
  readonly #clock: Clock;
  readonly #arrivalClock: ArrivalClock;
  readonly #rejections: PriceRejections;
  readonly #drop: DropDetail = (name, value, update) => this.#rejections.dropDetail(name, value, update);
  readonly #streams = new AttachedStreams((message) => {
    if (isGap(message)) this.pushGap(message);
    else this.push(message);
  });
  #closing: Promise<void> | null = null;
  #received = 0;
  #outdated = 0;
  #dropped = 0;
  #roundedCount = 0;
  // Reused for every push, so that a tick allocates nothing.
  readonly #incoming = newIncomingPrice();

  /** @throws TickmarkError `INVALID_ARGUMENT` for an option out of range. */
  constructor(options: PriceStreamProcessorOptions) {
    const settings = resolveProcessorOptions(options);
    const { batchSize, minIntervalMs, maxQueued, overflow } = settings;
    this.symbols = options.symbols ?? new SymbolTable();
    this.#clock = options.clock ?? systemClock;
    this.#arrivalClock = new ArrivalClock(this.#clock);
    this.#allowNonPositive = settings.allowNonPositive;
    this.#backlog = settings.conflate
      ? new ConflatingBacklog(this.symbols)
      : new FifoBacklog(this.symbols, maxQueued, overflow);
    this.#rejections = new PriceRejections(this.#clock, options);
    const calendars = symbolCalendars(options.calendars, errorReporter(options));
    const { dayStart = startOfUtcDay } = options;
    this.#details = new LatestDetails((id, at) =>
      dateOfClose(calendars.of(this.symbols.symbolOf(id)), at, dayStart),
    );
    this.#publisher = new BatchPublisher({
      bus: options.bus,
      backlog: this.#backlog,
      batchSize,
      minIntervalMs,
      source: settings.source,
      clock: this.#clock,
      random: options.random ?? systemRandom,
      onError: errorReporter(options),
    });
  }

  /**
   * Takes one update. A bad one is not published: it is counted and reported to `onError`, and does not throw. A bad detail, such as a bid of zero,
   * is dropped and counted, and the price is taken.
   * @returns whether it was accepted as the newest of its symbol.
   * @throws TickmarkError `CLOSED` after `close()`.
   */
  push(update: PriceUpdate): boolean {
    this.#checkOpen();
    const fault = updateFault(update, this.#allowNonPositive);
    if (fault !== null) return this.#reject(fault, update);
    const incoming = this.#incoming;
    const price = isPriceRounded(update.price) ? this.#rounded(update) : update.price;
    incoming.id = this.symbols.idOf(update.symbol);
    incoming.price = typeof price === 'number' ? price : NaN;
    incoming.priceString = typeof price === 'number' ? undefined : price;
    incoming.timestamp = update.timestamp;
    incoming.received = update.timeSource === undefined ? 0 : usableTimeSource(update, this.#drop);
    const now = this.#arrivalClock.now();
    if (isBadTime(update.timestamp, update.receivedAt, now)) return this.#reject('bad-timestamp', update);
    incoming.receivedAt = receiptTime(usableReceipt(update, this.#drop), now);
    incoming.now = now;
    incoming.details = usableDetails(update, this.#allowNonPositive, incoming, this.#drop);
    incoming.sequence = usableSequence(update, this.#drop);
    return this.#accept(incoming);
  }

  /** The number of a symbol, for {@link pushId}. */
  symbolId(symbol: string): number {
    return this.symbols.idOf(symbol);
  }

  /**
   * Takes one price by symbol number, without looking up the symbol: for feeds that know their symbols in advance. `timestamp` is the
   * venue's time and `receivedAt` the time of arrival, both in ms since 1970.
   * @throws TickmarkError `CLOSED` after `close()`; `INVALID_ARGUMENT` for a number that `symbolId()` never returned.
   */
  pushId(id: number, price: number, timestamp: number, sequence = NaN, receivedAt?: number): boolean {
    this.#checkOpen();
    if (!(id >= 0 && id < this.symbols.size && Number.isInteger(id))) {
      throw invalidArgument('PriceStreamProcessor.pushId: id', id, 'a number from symbolId()');
    }
    const now = this.#arrivalClock.now();
    const fault =
      priceFault(price, this.#allowNonPositive) ??
      (!isTime(timestamp) || !isTime(receivedAt ?? now) || isBadTime(timestamp, receivedAt, now)
        ? 'bad-timestamp'
        : null);
    if (fault !== null) return this.#reject(fault, { symbol: this.symbols.symbolOf(id), price, timestamp });
    const incoming = this.#incoming;
    incoming.id = id;
    incoming.price = price;
    incoming.priceString = undefined;
    incoming.timestamp = timestamp;
    incoming.received = 0;
    incoming.receivedAt = receiptTime(receivedAt, now);
    incoming.details = undefined;
    incoming.sequence = Math.abs(sequence) === Infinity ? NaN : sequence;
    incoming.now = now;
    return this.#accept(incoming);
  }

  /** Takes a gap: all prices pushed before it become stale, including those that still wait for their batch. @throws `CLOSED`. */
  pushGap(gap: PriceStreamGap): void {
    this.#checkOpen();
    if (!Array.isArray(gap.symbols)) return void this.#reject('not-an-update', gap);
    const ids = gap.symbols.map((symbol) => this.symbols.find(symbol)).filter((id) => id >= 0);
    this.#publisher.addGap(gap, this.#order.gap(ids, this.#clock.now()));
  }

  /**
   * Continues from the prices of an earlier process: older updates are rejected, and the stored currency and previous close of a symbol
   * apply until an update has others. Call it before the first `push`.
   *
   * @example
   * ```ts
   * processor.startFrom(await repository.loadPrices());
   * ```
   */
  startFrom(prices: Iterable<StartingPrice>): void {
    for (const stored of prices) {
      const id = this.symbols.idOf(stored.symbol);
      this.#order.startFrom(id, stored.stamp);
      this.#details.startFrom(id, startingDetails(stored));
    }
  }

  /**
   * Takes a previous close that did not come with a price. It applies like one that did; the last price of the symbol is published again with it, with the
   * same stamp, and a symbol without a price keeps it for its first one. A close that is older than the known one changes nothing. One that is no price, or from the
   * future, is dropped and counted as a detail.
   * @param options `isQuiet`: whether it waits for the next price, because the stream of the symbol is down. Default `false`.
   * @returns whether it is news.
   * @throws TickmarkError `CLOSED`.
   */
  setPreviousClose(close: PreviousClose, { isQuiet = false }: { isQuiet?: boolean } = {}): boolean {
    this.#checkOpen();
    const { symbol, price, closedAt, currency } = close;
    const now = this.#clock.now();
    const update = {
      symbol,
      price,
      timestamp: closedAt,
      previousClose: price,
      previousCloseAt: closedAt > now ? NaN : closedAt,
      currency,
    } as PriceUpdate;
    const details = usableDetails(update, this.#allowNonPositive, { now }, this.#drop);
    if (details?.previousClose === undefined || details.previousCloseAt === undefined) return false;
    const id = this.symbols.idOf(symbol);
    const fresh = {
      price: details.previousClose,
      at: details.previousCloseAt,
      currency: details.currency ?? undefined,
    };
    if (!this.#details.setClose(id, fresh)) return false;
    if (isQuiet || !this.#backlog.amend(id, (known) => this.#details.withClose(id, known))) return true;
    this.#received++;
    this.#publisher.wake();
    return true;
  }

  /** Takes all messages of a stream from now on, until the returned function is called or the processor closes. */
  attach(stream: Pick<PriceStreamAdapter, 'onMessage'>): Unsubscribe {
    this.#checkOpen();
    return this.#streams.attach(stream);
  }

  /** Counters since creation. */
  stats(): PriceStreamProcessorStats {
    const { delivered, replaced, batches, retries, gaps, pending } = this.#publisher;
    const { conflated, overflowed } = this.#backlog;
    return {
      received: this.#received,
      delivered,
      conflated: conflated + replaced,
      rejected: this.#rejections.count,
      outdated: this.#outdated,
      overflowed: overflowed + this.#dropped + this.#publisher.unsendable,
      pending,
      batches,
      retries,
      gaps,
      rejections: this.#rejections.byReason(),
      droppedDetails: this.#rejections.droppedDetails(),
      rounded: this.#roundedCount,
    };
  }

  /** Publishes all waiting prices without regard to the throttle; settles when the bus has taken them. */
  flush(): Promise<void> {
    return this.#publisher.flush();
  }

  /**
   * Detaches from all streams and publishes the waiting prices for at most `timeoutMs` (default 1,000 ms); those left are dropped and
   * counted as overflowed. Idempotent. Leaves no timer and no listener. The bus stays open.
   * @throws TickmarkError `INVALID_ARGUMENT` for a time that no timer can take; the processor stays open then.
   */
  async close(options: { timeoutMs?: number } = {}): Promise<void> {
    const { timeoutMs = 1000 } = options;
    checkDelay(timeoutMs, 'PriceStreamProcessor.close: timeoutMs');
    this.#closing ??= this.#drain(timeoutMs);
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #drain(timeoutMs: number): Promise<void> {
    this.#streams.detachAll();
    const stop = () => {
      this.#dropped += this.#publisher.stop();
    };
    const deadline = this.#clock.setTimer(stop, timeoutMs);
    await this.#publisher.flush();
    deadline.clear();
    stop();
  }

  #checkOpen(): void {
    if (this.#closing !== null) throw closed();
  }

  #accept(incoming: IncomingPrice): boolean {
    this.#received++;
    // An update that a full queue refuses must not make later ones look old.
    if (this.#backlog.rejects()) return false;
    if (!this.#order.accept(incoming)) {
      this.#outdated++;
      return false;
    }
    incoming.details = this.#details.merge(incoming.id, incoming.details, incoming);
    this.#backlog.add(incoming);
    this.#publisher.wake();
    return true;
  }

  #rounded({ price }: PriceUpdate): number {
    this.#roundedCount++;
    return Number(price);
  }

  #reject(reason: PriceRejection, update: unknown): false {
    this.#received++;
    this.#rejections.add(reason, update);
    return false;
  }
}

function closed(): TickmarkError {
  return new TickmarkError('CLOSED', 'This PriceStreamProcessor is closed.');
}

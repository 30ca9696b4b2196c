import { checkDelay, systemClock, type Clock } from '../clock.js';
import { TickmarkError, checkCount, invalidArgument } from '../errors.js';
import { systemRandom } from '../random.js';
import type {
  PriceStreamProcessorOptions,
  PriceStreamProcessorStats,
} from './price-stream-processor-options.js';
import { BatchPublisher } from './batch-publisher.js';
import { ConflatingBacklog } from './conflating-backlog.js';
import type { IncomingPrice, PriceBacklog } from './price-backlog.js';
import { PriceOrder } from './price-order.js';
import { type PriceStamp } from '../prices/price-stamp.js';
import { isGap, type PriceStreamAdapter } from '../streams/price-stream-adapter.js';
import type { Unsubscribe } from '../unsubscribe.js';
import type { PriceStreamGap } from '../prices/price-stream-gap.js';
import {
  PriceRejectedError,
  arrivalFault,
  unitFault,
  bareFault,
  detailsFault,
  detailsOf,
  isTime,
  priceFault,
  type PriceRejection,
  type PriceUpdate,
} from '../prices/price-update.js';
import { FifoBacklog } from './fifo-backlog.js';
import { LatestDetails } from './latest-details.js';
import { SymbolTable } from '../prices/symbol-table.js';

const MICROTASK = Promise.resolve();

/** What {@link PriceStreamProcessor.startFrom} needs of a stored price. */
export interface StartingPrice {
  readonly symbol: string;
  readonly stamp: PriceStamp;
  readonly currency?: string | undefined;
  readonly previousClose?: { toString(): string } | undefined;
}

/**
 * Takes updates at whatever speed they come, keeps the newest price of each symbol, and publishes batches of changes at
 * the speed the bus takes them. The last price of a burst always arrives; a failing bus delays it but does not lose it.
 */
export class PriceStreamProcessor {
  /** Numbers of the symbols, for `pushId`. */
  readonly symbols: SymbolTable;
  readonly #order = new PriceOrder();
  readonly #details = new LatestDetails();
  readonly #backlog: PriceBacklog;
  readonly #publisher: BatchPublisher;
  readonly #allowNonPositive: boolean;
  readonly #clock: Clock;
  readonly #onError: (error: TickmarkError) => void;
  readonly #hasReporter: boolean;
  readonly #attached = new Set<Unsubscribe>();
  #closing: Promise<void> | null = null;
  #received = 0;
  #rejected = 0;
  #outdated = 0;
  #dropped = 0;
  #burstTime = NaN;
  readonly #endBurst = () => {
    this.#burstTime = NaN;
  };
  // Reused for every push, so that a tick allocates nothing; numbers that are not whole from the start, so that they stay unboxed.
  readonly #incoming: IncomingPrice = {
    id: 0,
    price: 0.5,
    priceString: undefined,
    timestamp: 0.5,
    received: 0,
    receivedAt: 0.5,
    sequence: NaN,
    now: 0.5,
    venueTime: 0.5,
    arrival: 0.5,
    details: undefined,
  };
  readonly #rejections: Partial<Record<PriceRejection, number>> = {};

  /** @throws TickmarkError `INVALID_ARGUMENT` for an option out of range. */
  constructor(options: PriceStreamProcessorOptions) {
    const {
      batchSize = 100,
      batchTimeoutMs = 100,
      throttle = true,
      conflate = true,
      maxQueued = 100_000,
      overflow = 'drop-oldest',
    } = options;
    checkCount('PriceStreamProcessor: batchSize', batchSize);
    checkCount('PriceStreamProcessor: maxQueued', maxQueued);
    const gapMs = throttle === true ? batchTimeoutMs : throttle === false ? 0 : throttle;
    checkDelay(batchTimeoutMs, 'PriceStreamProcessor: batchTimeoutMs');
    if (!(gapMs >= 0 && gapMs <= batchTimeoutMs)) {
      const accepted = `true, false, or ms from 0 to batchTimeoutMs (${batchTimeoutMs})`;
      throw invalidArgument('PriceStreamProcessor: throttle', throttle, accepted);
    }
    if (overflow !== 'drop-oldest' && overflow !== 'drop-newest') {
      throw invalidArgument('PriceStreamProcessor: overflow', overflow, '"drop-oldest" or "drop-newest"');
    }
    this.symbols = options.symbols ?? new SymbolTable();
    this.#clock = options.clock ?? systemClock;
    this.#allowNonPositive = options.allowNonPositive ?? false;
    this.#backlog = conflate
      ? new ConflatingBacklog(this.symbols)
      : new FifoBacklog(this.symbols, maxQueued, overflow);
    this.#hasReporter = options.onError !== undefined || options.logger !== undefined;
    this.#onError = (error) => {
      try {
        options.logger?.warn({ code: error.code }, error.message);
        options.onError?.(error);
      } catch {
        // A reporter that throws must not stop the stream, and there is nobody left to tell.
      }
    };
    this.#publisher = new BatchPublisher({
      bus: options.bus,
      backlog: this.#backlog,
      batchSize,
      minIntervalMs: gapMs,
      source: options.source ?? 'stream',
      clock: this.#clock,
      random: options.random ?? systemRandom,
      onError: this.#onError,
    });
  }

  /**
   * Takes one update. Never throws for a bad one: it is counted, reported to `onError` and kept out.
   * @returns whether it was accepted as the newest of its symbol.
   * @throws TickmarkError `CLOSED` after `close()`.
   */
  push(update: PriceUpdate): boolean {
    this.#checkOpen();
    const fault = bareFault(update, this.#allowNonPositive);
    if (fault !== null) return this.#reject(fault, update);
    const details = detailsOf(update);
    if (details !== undefined) {
      const detailFault = detailsFault(details, this.#allowNonPositive);
      if (detailFault !== null) return this.#reject(detailFault, update);
    }
    const incoming = this.#incoming;
    const { price } = update;
    incoming.id = this.symbols.idOf(update.symbol);
    incoming.price = typeof price === 'number' ? price : NaN;
    incoming.priceString = typeof price === 'number' ? undefined : price;
    incoming.timestamp = update.timestamp;
    incoming.received = update.timeSource === 'received' ? 1 : 0;
    const now = this.#arrivalTime();
    if (isBadTime(update.timestamp, update.receivedAt, now)) return this.#reject('bad-timestamp', update);
    const { receivedAt } = update;
    incoming.receivedAt = receivedAt === undefined ? now : receipt(receivedAt, now);
    incoming.details = details;
    incoming.sequence = update.sequence ?? NaN;
    incoming.now = now;
    return this.#accept(incoming);
  }

  /** The number of a symbol, for {@link pushId}. */
  symbolId(symbol: string): number {
    return this.symbols.idOf(symbol);
  }

  /**
   * Takes one price by symbol number, for feeds that know their symbols beforehand: no look-up by text. Venue time,
   * optional sequence and time of arrival, nothing else.
   * @throws TickmarkError `CLOSED` after `close()`; `INVALID_ARGUMENT` for a number that `symbolId()` never gave.
   */
  pushId(id: number, price: number, timestamp: number, sequence = NaN, receivedAt?: number): boolean {
    this.#checkOpen();
    if (!(id >= 0 && id < this.symbols.size && Number.isInteger(id))) {
      throw invalidArgument('PriceStreamProcessor.pushId: id', id, 'a number from symbolId()');
    }
    const now = this.#arrivalTime();
    const fault =
      priceFault(price, this.#allowNonPositive) ??
      (!isTime(timestamp) || !isTime(receivedAt ?? now) || isBadTime(timestamp, receivedAt, now)
        ? 'bad-timestamp'
        : null) ??
      (Math.abs(sequence) === Infinity ? 'bad-quote' : null);
    if (fault !== null) return this.#reject(fault, { symbol: this.symbols.symbolOf(id), price, timestamp });
    const incoming = this.#incoming;
    incoming.id = id;
    incoming.price = price;
    incoming.priceString = undefined;
    incoming.timestamp = timestamp;
    incoming.received = 0;
    incoming.receivedAt = receivedAt === undefined ? now : receipt(receivedAt, now);
    incoming.details = undefined;
    incoming.sequence = sequence;
    incoming.now = now;
    return this.#accept(incoming);
  }

  /** Takes a gap: prices pushed before it are stale from now on, also those that still wait for their batch. */
  pushGap(gap: PriceStreamGap): void {
    this.#checkOpen();
    const ids = gap.symbols.map((symbol) => this.symbols.find(symbol)).filter((id) => id >= 0);
    this.#publisher.addGap(gap, this.#order.gap(ids, this.#clock.now()));
  }

  /**
   * Goes on where an earlier process stopped: what is older than these prices is refused from now on, and what they say of
   * currency and previous close holds until a stream says otherwise. Call it before the first `push`.
   *
   * ```ts
   * processor.startFrom(await repository.loadPrices());
   * ```
   */
  startFrom(prices: Iterable<StartingPrice>): void {
    for (const { symbol, stamp, currency, previousClose } of prices) {
      const id = this.symbols.idOf(symbol);
      this.#order.startFrom(id, stamp);
      this.#details.startFrom(id, { currency, previousClose: previousClose?.toString() });
    }
  }

  /** Takes everything a stream delivers from now on, until the returned function is called or the processor closes. */
  attach(stream: Pick<PriceStreamAdapter, 'onMessage'>): Unsubscribe {
    this.#checkOpen();
    const detach = stream.onMessage((message) => {
      if (isGap(message)) this.pushGap(message);
      else this.push(message);
    });
    const release = () => {
      this.#attached.delete(release);
      detach();
    };
    this.#attached.add(release);
    return release;
  }

  /** Counters since creation. */
  stats(): PriceStreamProcessorStats {
    const { delivered, replaced, batches, retries, gaps, pending } = this.#publisher;
    const { conflated, overflowed } = this.#backlog;
    return {
      received: this.#received,
      delivered,
      conflated: conflated + replaced,
      rejected: this.#rejected,
      outdated: this.#outdated,
      overflowed: overflowed + this.#dropped + this.#publisher.unsendable,
      pending,
      batches,
      retries,
      gaps,
      rejections: { ...this.#rejections },
    };
  }

  /** Sends what waits without regard to the throttle; settles when the bus has taken it all. */
  flush(): Promise<void> {
    return this.#publisher.flush();
  }

  /**
   * Takes no more, delivers what waits, for at most `timeoutMs` (default 1000), and drops the rest, counted as
   * overflowed. Idempotent. Leaves no timer and no listener.
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
    for (const release of [...this.#attached]) release();
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

  // One look at the clock serves the updates of one burst, which ends with the job that the event loop is at: a look can
  // cost more than all the rest of a push.
  #arrivalTime(): number {
    return this.#burstTime >= 0 ? this.#burstTime : this.#startBurst();
  }

  #startBurst(): number {
    void MICROTASK.then(this.#endBurst);
    return (this.#burstTime = this.#clock.now());
  }

  #accept(incoming: IncomingPrice): boolean {
    this.#received++;
    // What finds no room must not make later updates look old.
    if (this.#backlog.rejects()) return false;
    if (!this.#order.accept(incoming)) {
      this.#outdated++;
      return false;
    }
    incoming.details = this.#details.merge(incoming.id, incoming.details);
    this.#backlog.add(incoming);
    this.#publisher.wake();
    return true;
  }

  #reject(reason: PriceRejection, update: unknown): false {
    this.#received++;
    this.#rejected++;
    this.#rejections[reason] = (this.#rejections[reason] ?? 0) + 1;
    if (this.#hasReporter) this.#onError(new PriceRejectedError(reason, update, this.#clock.now()));
    return false;
  }
}

function closed(): TickmarkError {
  return new TickmarkError('CLOSED', 'This PriceStreamProcessor is closed.');
}

// Most times are of the last years and need no closer look.
const RECENT_MS = 1e11;

function isBadTime(timestamp: number, receivedAt: number | undefined, now: number): boolean {
  if (timestamp <= now && timestamp > now - RECENT_MS) return false;
  return arrivalFault(timestamp, laterOf(receivedAt, now)) !== null;
}

// A time of arrival that cannot be one is none of the price's fault.
function receipt(receivedAt: number, now: number): number {
  return receivedAt > now || unitFault(receivedAt, now) !== null ? now : receivedAt;
}

// A recording may be from later than the clock that it is played on shows.
function laterOf(receivedAt: number | undefined, now: number): number {
  return receivedAt !== undefined && receivedAt > now && unitFault(receivedAt, now) === null
    ? receivedAt
    : now;
}

import { retryDelay } from '../backoff.js';
import type { Clock, Timer } from '../clock.js';
import { TickmarkError, quote } from '../errors.js';
import type { DomainEvent, EventBus } from '../messaging/event-bus.js';
import { EventIds } from '../messaging/event-ids.js';
import { AdaptiveBatchSize, isMessageTooLarge, unsendableError } from '../messaging/adaptive-batch-size.js';
import type { RandomSource } from '../random.js';
import { GapBacklog, type StampedGap } from './gap-backlog.js';
import type { PriceBacklog } from './price-backlog.js';
import type { PriceChangedBatch } from '../prices/price-changed-event.js';
import type { PriceStreamGap } from '../prices/price-stream-gap.js';
import type { Publication } from '../prices/price-sync-events.js';
import { PriceSync } from './price-sync.js';
import { STREAM_GAP, type StreamGapEvent } from '../prices/stream-gap-event.js';

/** Options of {@link BatchPublisher}. */
export interface BatchPublisherOptions {
  readonly bus: EventBus;
  readonly backlog: PriceBacklog;
  readonly batchSize: number;
  /** Least time in ms from one round to the next. */
  readonly minIntervalMs: number;
  readonly source: string;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly onError: (error: TickmarkError) => void;
}

/** What one publish sends. */
interface Dispatch {
  readonly batch: PriceChangedBatch | null;
  readonly gaps: readonly StampedGap[];
  readonly events: readonly DomainEvent[];
  /** Whether its messages are part of a snapshot. */
  readonly isSnapshot: boolean;
  /** Number of its last message. */
  readonly last: number;
}

const RETRY = { firstMs: 100, capMs: 2000 };

/**
 * Publishes the prices of a backlog in rounds. A round publishes all prices that waited when it began, one batch after the other. At
 * most one publish is in flight. A failed one is retried with the newest prices at that time. Messages are numbered, and all prices are
 * published again when a subscriber missed some ({@link PriceSync}).
 */
export class BatchPublisher {
  /** Updates in batches that the bus took. */
  delivered = 0;
  /** Updates of failed batches that newer ones replaced. */
  replaced = 0;
  /** Batches that the bus took. */
  batches = 0;
  /** Publishes that failed and were retried. */
  retries = 0;
  /** Gaps that the bus took. */
  gaps = 0;
  /** Updates dropped because their price is too large for any message. */
  unsendable = 0;
  readonly #options: BatchPublisherOptions;
  readonly #ids: EventIds;
  readonly #publisherId: string;
  readonly #sync: PriceSync;
  readonly #messageSize = new AdaptiveBatchSize();
  /** Symbols whose price or gap is too large for any message, which is reported once. */
  readonly #reported = new Set<string>();
  readonly #gaps = new GapBacklog();
  /** Whether the last publish was part of a snapshot: if prices or gaps wait, they go before the next part. */
  #wasSnapshot = false;
  #timer: Timer | null = null;
  #inFlight: Dispatch | null = null;
  /** Number of the last message that the bus took. */
  #lastNumber = 0;
  /** Updates that the current round still has to publish. */
  #roundLeft = 0;
  #roundStart = -Infinity;
  #failures = 0;
  #isStopped = false;
  #flushWaiters: Array<() => void> = [];
  readonly #start = () => this.#startRound();

  constructor(options: BatchPublisherOptions) {
    this.#options = options;
    this.#ids = new EventIds(options.source, options.random);
    this.#publisherId = this.#ids.next();
    this.#sync = new PriceSync({
      ...options,
      publisher: this.#publisherId,
      ids: this.#ids,
      lastNumber: () => this.#lastNumber,
      onRequest: () => this.wake(),
    });
  }

  /** Updates that wait or are in flight. */
  get pending(): number {
    return this.#options.backlog.size + (this.#inFlight?.batch?.length ?? 0);
  }

  /** Snapshots that were published. */
  get snapshots(): number {
    return this.#sync.snapshots;
  }

  /** Queues a gap before all prices that are not published yet. `arrival` is its place among the arrival numbers of prices. */
  addGap(gap: PriceStreamGap, arrival: number): void {
    this.#gaps.add({ gap, arrival });
    this.wake();
  }

  /** Schedules the next round, if anything waits. */
  wake(): void {
    if (this.#timer === null) this.#schedule();
  }

  #schedule(): void {
    if (this.#inFlight !== null || this.#isStopped || this.#isEmpty) return;
    const { clock, minIntervalMs, random } = this.#options;
    const delay =
      this.#failures > 0
        ? retryDelay(this.#failures, RETRY, random)
        : minIntervalMs - (clock.monotonic() - this.#roundStart);
    this.#timer = delay > 0 ? clock.setTimer(this.#start, delay) : clock.defer(this.#start);
  }

  /** Publishes without waiting for the next round; settles when nothing waits and nothing is in flight. */
  flush(): Promise<void> {
    if (this.#isEmpty && this.#inFlight === null) return Promise.resolve();
    return new Promise((resolve) => {
      this.#flushWaiters.push(resolve);
      if (this.#inFlight === null && this.#failures === 0) this.#startRound();
    });
  }

  /** Stops publishing. @returns how many updates were dropped. */
  stop(): number {
    this.#isStopped = true;
    this.#timer?.clear();
    this.#timer = null;
    this.#sync.stop();
    const dropped = this.#options.backlog.clear() + (this.#inFlight?.batch?.length ?? 0);
    this.#inFlight = null;
    this.#gaps.clear();
    this.#resolveFlushes();
    return dropped;
  }

  get #isEmpty(): boolean {
    return this.#options.backlog.size === 0 && this.#gaps.size === 0 && !this.#sync.isRequested;
  }

  #startRound(): void {
    this.#timer?.clear();
    this.#timer = null;
    this.#roundStart = this.#options.clock.monotonic();
    this.#roundLeft = this.#options.backlog.size;
    this.#send();
  }

  #send(): void {
    const dispatch = this.#nextDispatch();
    this.#roundLeft -= dispatch.batch?.length ?? 0;
    this.#inFlight = dispatch;
    this.#publish(dispatch.events).then(
      () => {
        if (this.#inFlight === dispatch) this.#onPublished(dispatch);
      },
      (error: unknown) => {
        if (this.#inFlight === dispatch) this.#onFailed(dispatch, error);
      },
    );
  }

  #nextDispatch(): Dispatch {
    const { backlog, batchSize, clock, source } = this.#options;
    const occurredAt = clock.now();
    let last = this.#lastNumber;
    const next = (): Publication => ({ publisher: this.#publisherId, first: ++last, last });
    const isWaiting = backlog.size > 0 || this.#gaps.size > 0;
    this.#wasSnapshot = this.#sync.isRequested && !(this.#wasSnapshot && isWaiting);
    if (this.#wasSnapshot) {
      const events = this.#sync.next(next, occurredAt);
      return { batch: null, gaps: [], events, last, isSnapshot: true };
    }
    const { isOneByOne } = this.#gaps;
    const gaps = this.#gaps.take();
    const events: DomainEvent[] = gaps.map(({ gap, arrival }): StreamGapEvent => ({
      type: STREAM_GAP,
      id: this.#ids.next(),
      occurredAt,
      source,
      gap,
      arrival,
      publication: next(),
    }));
    const size = Math.min(batchSize, this.#messageSize.limit);
    const hasPrices = backlog.size > 0 && !isOneByOne;
    const batch = hasPrices ? backlog.take(size, this.#ids.next(), occurredAt) : null;
    if (batch) {
      batch.publication = next();
      events.push(batch);
    }
    return { batch, gaps, events, last, isSnapshot: false };
  }

  // Async, so that a bus that throws is handled like one that rejects.
  async #publish(events: readonly DomainEvent[]): Promise<void> {
    if (events.length > 0) await this.#options.bus.publish(events.length === 1 ? events[0]! : events);
  }

  #onPublished({ batch, gaps, last, isSnapshot }: Dispatch): void {
    this.#inFlight = null;
    this.#failures = 0;
    this.#lastNumber = last;
    this.gaps += gaps.length;
    for (const { gap, arrival } of gaps) this.#sync.recordGap(gap.symbols, arrival);
    if (isSnapshot) this.#sync.onSent();
    this.#sync.onPublished();
    this.#gaps.accepted();
    if (batch) {
      this.delivered += batch.length;
      this.batches++;
      this.#messageSize.accepted(batch.length);
    }
    this.#sendNext();
  }

  #sendNext(): void {
    if (this.#options.backlog.size === 0) this.#messageSize.completed();
    if (this.#isEmpty) this.#resolveFlushes();
    else if (
      this.#roundLeft > 0 ||
      this.#gaps.isOneByOne ||
      this.#sync.isRequested ||
      this.#flushWaiters.length > 0
    )
      this.#send();
    else this.wake();
  }

  // The numbers of the messages are used again, so that subscribers see no hole if the bus delivered the messages after all.
  #onFailed(dispatch: Dispatch, cause: unknown): void {
    const { batch, gaps, isSnapshot } = dispatch;
    this.#inFlight = null;
    if (isSnapshot) this.#sync.onFailed(isMessageTooLarge(cause));
    else if (isMessageTooLarge(cause)) return this.#onTooLarge(batch, gaps, cause);
    this.#failures++;
    this.retries++;
    this.#gaps.restore(gaps);
    if (batch) this.replaced += this.#options.backlog.restore(batch);
    const message = `Publishing ${batch?.length ?? 0} prices failed (attempt ${this.#failures}); it is retried.`;
    this.#options.onError(new TickmarkError('BUS_FAILED', message, { retryable: true, cause }));
    this.wake();
  }

  // Sends again at once, in smaller messages. A price or gap that fits into no message is reported once and dropped.
  #onTooLarge(batch: PriceChangedBatch | null, gaps: readonly StampedGap[], cause: TickmarkError): void {
    if (gaps.length > 0) {
      const dropped = this.#gaps.restoreTooLarge(gaps, batch === null && gaps.length === 1);
      if (dropped) this.#reportOnce(dropped.gap.symbols[0] ?? '', 'A gap', cause);
    } else this.#messageSize.tooLarge(batch!.length);
    if (batch && (gaps.length > 0 || batch.length > 1)) {
      this.#roundLeft += batch.length;
      this.replaced += this.#options.backlog.restore(batch);
    } else if (batch) {
      this.unsendable++;
      this.#reportOnce(batch.symbols.symbolOf(batch.symbolIds[0]!), 'The price', cause);
    }
    this.#sendNext();
  }

  #reportOnce(symbol: string, what: string, cause: TickmarkError): void {
    if (this.#reported.has(symbol)) return;
    this.#reported.add(symbol);
    this.#options.onError(unsendableError(`${what} of ${quote(symbol)}`, cause));
  }

  #resolveFlushes(): void {
    const waiting = this.#flushWaiters;
    this.#flushWaiters = [];
    for (const resolve of waiting) resolve();
  }
}

import type { Clock, Timer } from '../clock.js';
import { TickmarkError } from '../errors.js';
import type { DomainEvent, EventBus } from '../messaging/event-bus.js';
import { EventIds } from '../messaging/event-ids.js';
import type { RandomSource } from '../random.js';
import type { PriceBacklog } from './price-backlog.js';
import type { PriceChangedBatch } from './price-changed-event.js';
import type { PriceStreamGap } from './price-stream-adapter.js';
import { STREAM_GAP, type StreamGapEvent } from './stream-events.js';

/** What a {@link BatchPublisher} works with. */
export interface BatchPublisherOptions {
  readonly bus: EventBus;
  readonly backlog: PriceBacklog;
  readonly batchSize: number;
  /** Least time in ms from one round to the next. */
  readonly gapMs: number;
  readonly source: string;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly onError: (error: TickmarkError) => void;
}

const RETRY_FIRST_MS = 50;
const RETRY_CAP_MS = 2000;

/**
 * Moves what waits in a backlog to the bus, in rounds: a round sends all that waited when it began, a batch at a time,
 * each after the bus has taken the one before. One publish is under way at most; one that fails is tried again with
 * what is newest by then.
 */
export class BatchPublisher {
  delivered = 0;
  /** Updates of failed batches that newer ones replaced. */
  replaced = 0;
  batches = 0;
  retries = 0;
  gaps = 0;
  readonly #with: BatchPublisherOptions;
  readonly #ids: EventIds;
  #waitingGaps: PriceStreamGap[] = [];
  #timer: Timer | null = null;
  #underWay: { readonly batch: PriceChangedBatch | null; readonly gaps: readonly PriceStreamGap[] } | null =
    null;
  #roundLeft = 0;
  #roundStart = -Infinity;
  #failures = 0;
  #stopped = false;
  #onEmpty: Array<() => void> = [];
  readonly #start = () => this.#startRound();

  constructor(options: BatchPublisherOptions) {
    this.#with = options;
    this.#ids = new EventIds(options.source, options.random);
  }

  /** Updates that wait or are under way. */
  get pending(): number {
    return this.#with.backlog.size + (this.#underWay?.batch?.length ?? 0);
  }

  /** Queues a gap before all prices that have not left yet. */
  addGap(gap: PriceStreamGap): void {
    this.#waitingGaps.push(gap);
    this.wake();
  }

  /** Sees to it that what waits leaves when its time has come. */
  wake(): void {
    if (this.#timer === null) this.#plan();
  }

  #plan(): void {
    if (this.#underWay !== null || this.#stopped || this.#isEmpty) return;
    const { clock, gapMs } = this.#with;
    const delay = this.#failures > 0 ? this.#retryDelay() : gapMs - (clock.monotonic() - this.#roundStart);
    this.#timer = delay > 0 ? clock.setTimer(this.#start, delay) : clock.defer(this.#start);
  }

  /** Sends without waiting for the gap between rounds; settles when nothing waits and nothing is under way. */
  flush(): Promise<void> {
    if (this.#isEmpty && this.#underWay === null) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty.push(resolve);
      if (this.#underWay === null && this.#failures === 0) this.#startRound();
    });
  }

  /** Sends nothing more; returns how many updates were dropped. */
  stop(): number {
    this.#stopped = true;
    this.#timer?.clear();
    this.#timer = null;
    const dropped = this.#with.backlog.clear() + (this.#underWay?.batch?.length ?? 0);
    this.#underWay = null;
    this.#waitingGaps = [];
    this.#notifyEmpty();
    return dropped;
  }

  get #isEmpty(): boolean {
    return this.#with.backlog.size === 0 && this.#waitingGaps.length === 0;
  }

  #startRound(): void {
    this.#timer?.clear();
    this.#timer = null;
    this.#roundStart = this.#with.clock.monotonic();
    this.#roundLeft = this.#with.backlog.size;
    this.#sendBatch();
  }

  #sendBatch(): void {
    const { backlog, batchSize, clock } = this.#with;
    const now = clock.now();
    const batch = backlog.size > 0 ? backlog.take(batchSize, this.#ids.next(), now) : null;
    const gaps = this.#waitingGaps;
    this.#roundLeft -= batch?.length ?? 0;
    this.#waitingGaps = [];
    const underWay = { batch, gaps };
    this.#underWay = underWay;
    this.#publish(batch, gaps, now).then(
      () => {
        if (this.#underWay === underWay) this.#settled(batch, gaps);
      },
      (error: unknown) => {
        if (this.#underWay === underWay) this.#failed(batch, gaps, error);
      },
    );
  }

  // Async so that a bus that throws instead of rejecting is the same case.
  async #publish(
    batch: PriceChangedBatch | null,
    gaps: readonly PriceStreamGap[],
    now: number,
  ): Promise<void> {
    if (gaps.length === 0) {
      if (batch) await this.#with.bus.publish(batch);
      return;
    }
    const events: DomainEvent[] = gaps.map((gap): StreamGapEvent => {
      return { type: STREAM_GAP, id: this.#ids.next(), occurredAt: now, source: this.#with.source, gap };
    });
    await this.#with.bus.publish(batch ? [...events, batch] : events);
  }

  #settled(batch: PriceChangedBatch | null, gaps: readonly PriceStreamGap[]): void {
    this.#underWay = null;
    this.#failures = 0;
    this.gaps += gaps.length;
    if (batch) {
      this.delivered += batch.length;
      this.batches++;
    }
    if (this.#isEmpty) this.#notifyEmpty();
    else if (this.#roundLeft > 0 || this.#onEmpty.length > 0) this.#sendBatch();
    else this.wake();
  }

  #failed(batch: PriceChangedBatch | null, gaps: readonly PriceStreamGap[], cause: unknown): void {
    this.#underWay = null;
    this.#failures++;
    this.retries++;
    this.#waitingGaps = [...gaps, ...this.#waitingGaps];
    if (batch) this.replaced += this.#with.backlog.restore(batch);
    const message = `Publishing ${batch?.length ?? 0} prices failed (attempt ${this.#failures}); it is tried again.`;
    this.#with.onError(new TickmarkError('BUS_FAILED', message, { retryable: true, cause }));
    this.wake();
  }

  #notifyEmpty(): void {
    const waiting = this.#onEmpty;
    this.#onEmpty = [];
    for (const resolve of waiting) resolve();
  }

  #retryDelay(): number {
    return this.#with.random() * Math.min(RETRY_CAP_MS, RETRY_FIRST_MS * 2 ** Math.min(this.#failures, 10));
  }
}

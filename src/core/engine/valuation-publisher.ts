import { retryDelay } from '../backoff.js';
import type { Clock, Timer } from '../clock.js';
import { TickmarkError, quote } from '../errors.js';
import type { EventBus } from '../messaging/event-bus.js';
import type { EventIds } from '../messaging/event-ids.js';
import { AdaptiveBatchSize, isMessageTooLarge, unsendableError } from '../messaging/adaptive-batch-size.js';
import type { RandomSource } from '../random.js';
import { EmissionFilter, type EmissionPolicy } from './emission-policy.js';
import { HeldPortfolios } from './held-portfolios.js';
import { UniqueQueue } from '../book/unique-queue.js';
import { PortfolioValuedBatch } from './portfolio-valued-event.js';
import type { PositionBook } from '../book/position-book.js';

/** Options of {@link ValuationPublisher}. */
export interface ValuationPublisherOptions {
  readonly bus: EventBus;
  readonly book: PositionBook;
  readonly emission?: EmissionPolicy | undefined;
  /** `positions`: each event contains its positions. */
  readonly detail: 'totals' | 'positions';
  readonly ids: EventIds;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly onError: (error: TickmarkError) => void;
  /** Whether the portfolio with this number is published here, and not by another engine. Default: always. */
  readonly actsFor?: (number: number) => boolean;
  /** Called when the bus has taken values. */
  readonly onProgress?: () => void;
}

const NONE = new Int32Array(0);
const RETRY = { firstMs: 100, capMs: 2000 };
const STALL_MS = 10_000;
const AT_ONCE = Promise.resolve();

/**
 * The publication clock: publishes one message for all portfolios that have changed since the bus took the last message. Portfolios that
 * change while a publish is in flight wait, each once, and are then published with their newest value. A message that is too large for
 * the bus is split.
 *
 * A publish has no time limit: an abandoned batch could still be delivered, after newer values.
 */
export class ValuationPublisher {
  /** Values that the bus has taken. */
  published = 0;
  /** Publishes that failed and were retried. */
  retries = 0;
  readonly #options: ValuationPublisherOptions;
  readonly #filter: EmissionFilter;
  readonly #pending = new UniqueQueue();
  readonly #held: HeldPortfolios;
  readonly #messageSize = new AdaptiveBatchSize();
  /** Portfolios whose value is too large for any message, with the version of that value. */
  readonly #unsendable = new Map<number, { readonly id: string; readonly version: number }>();
  #inFlight: Promise<void> | null = null;
  #inFlightCount = 0;
  #stallTimer: Timer | null = null;
  #retryTimer: Timer | null = null;
  #failures = 0;
  #isStopped = false;

  constructor(options: ValuationPublisherOptions) {
    this.#options = options;
    this.#filter = new EmissionFilter(options.emission);
    this.#held = new HeldPortfolios(options.clock, (numbers) => this.enqueue(numbers));
  }

  /** Portfolios that wait for the bus. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Portfolios that are not published because their value is too large for any message. */
  get unsendable(): number {
    return this.#unsendable.size;
  }

  /** Values that wait for the bus or are in flight. */
  get unpublished(): number {
    return this.#pending.size + (this.#inFlight ? this.#inFlightCount : 0);
  }

  /** Adds portfolios whose totals may have changed; publishes them unless a publish is in flight. */
  enqueue(numbers: Int32Array): void {
    this.#publish(numbers);
  }

  /** Forgets a portfolio that has left the book. */
  forget(number: number): void {
    this.#filter.forget(number);
    this.#unsendable.delete(number);
  }

  /** Publishes all waiting values now; settles when the bus has taken them or has failed once more. */
  async flush(): Promise<void> {
    if (this.#isStopped) return;
    await this.#inFlight;
    this.#retryTimer?.clear();
    this.#retryTimer = null;
    this.#publish();
    await this.#inFlight;
    // A split message takes several publishes.
    for (
      let left = 32 + (2 * this.#pending.size) / this.#messageSize.limit;
      this.#messageSize.limit < Infinity;
      left--
    ) {
      if (!this.#inFlight || left < 0) return;
      await this.#inFlight;
    }
  }

  /** Stops publishing. */
  stop(): void {
    this.#isStopped = true;
    this.#stallTimer?.clear();
    this.#retryTimer?.clear();
    this.#held.stop();
  }

  #publish(fresh: Int32Array = NONE): void {
    if (this.#inFlight || this.#retryTimer || this.#isStopped) {
      this.#pending.addAll(fresh);
      return;
    }
    let numbers = this.#selectEmitted(this.#nextNumbers(fresh));
    while (numbers.length === 0 && this.#pending.size > 0)
      numbers = this.#selectEmitted(this.#nextNumbers(NONE));
    if (numbers.length === 0) return this.#messageSize.completed();
    try {
      this.#send(this.#createBatch(numbers));
    } catch (cause) {
      // Computing rows calls functions of the application, which may throw.
      this.#onFailed(numbers, cause);
    }
  }

  // Each number once, and only of portfolios in the book. The numbers of one computation are like that already.
  #nextNumbers(fresh: Int32Array): Int32Array {
    const { limit } = this.#messageSize;
    if (this.#pending.size === 0 && fresh.length <= limit && this.#unsendable.size === 0) return fresh;
    this.#pending.addAll(fresh);
    return this.#pending.take(limit).filter((number) => this.#isSendable(number));
  }

  #isSendable(number: number): boolean {
    const { book, actsFor } = this.#options;
    const entry = actsFor?.(number) === false ? undefined : book.portfolio(number);
    const refused = this.#unsendable.get(number);
    if (!entry || !refused) return entry !== undefined;
    if (refused.id === entry.id && refused.version === entry.version) return false;
    return this.#unsendable.delete(number);
  }

  #selectEmitted(numbers: Int32Array): Int32Array {
    if (this.#filter.isOpen) return numbers;
    const { actsFor, book, clock } = this.#options;
    const now = clock.monotonic();
    return numbers.filter((number) => {
      // A held one may be another engine's by now.
      if (actsFor?.(number) === false) return false;
      const verdict = this.#filter.decide(number, book.emittedTotals(number), now);
      // Checked again when the portfolio changes, or when it is due.
      if (verdict === 'hold') this.#held.add(number, this.#filter.heldUntil(number));
      return verdict === 'emit';
    });
  }

  #createBatch(numbers: Int32Array): PortfolioValuedBatch {
    const { book, clock } = this.#options;
    if (!this.#filter.isOpen) {
      const now = clock.monotonic();
      for (const number of numbers) this.#filter.recordPublished(number, book.emittedTotals(number), now);
    }
    return this.batchOf(numbers);
  }

  /** The newest values of portfolios, as a message. */
  batchOf(numbers: Int32Array): PortfolioValuedBatch {
    const { book, clock, detail, ids } = this.#options;
    const rows = book.snapshot(numbers);
    const id = ids.next();
    const batch = new PortfolioValuedBatch(id, clock.now(), rows);
    if (detail === 'totals') return batch;
    const valuations = batch.portfolios.map((portfolio) => book.value(portfolio.id, book.computedAt)!);
    return new PortfolioValuedBatch(id, batch.occurredAt, rows, valuations);
  }

  #send(batch: PortfolioValuedBatch): void {
    let taken: Promise<void>;
    try {
      taken = Promise.resolve(this.#options.bus.publish(batch));
    } catch (cause) {
      // A bus that throws is handled like one that rejects.
      taken = Promise.reject(cause as Error);
    }
    this.#inFlightCount = batch.length;
    this.#inFlight = taken.then(
      () => {
        this.#failures = 0;
        this.published += batch.length;
        this.#messageSize.accepted(batch.length);
        this.#options.onProgress?.();
        this.#onSettled();
      },
      (cause: unknown) => {
        const { book } = this.#options;
        const numbers = batch.portfolios.flatMap(({ id }) => book.numberOf(id) ?? []);
        if (isMessageTooLarge(cause)) this.#onTooLarge(batch, numbers, cause);
        else this.#onFailed(numbers, cause);
        this.#onSettled();
      },
    );
    void AT_ONCE.then(this.#startStallTimer);
  }

  #onSettled(): void {
    this.#stallTimer?.clear();
    this.#stallTimer = null;
    this.#inFlight = null;
    this.#publish();
  }

  // A bus in this process has answered by now, and needs no timer.
  readonly #startStallTimer = () => {
    if (!this.#inFlight || this.#stallTimer || this.#isStopped) return;
    const { clock, onError } = this.#options;
    this.#stallTimer = clock.setTimer(() => {
      const message = `The bus has not taken ${this.#inFlightCount} values within ${STALL_MS} ms; still waiting.`;
      onError(new TickmarkError('TIMEOUT', message, { retryable: true }));
    }, STALL_MS);
  };

  #onTooLarge(batch: PortfolioValuedBatch, numbers: readonly number[], cause: TickmarkError): void {
    this.#messageSize.tooLarge(batch.length);
    for (const number of numbers) this.#filter.forget(number);
    if (batch.length > 1) return this.#pending.addAll(numbers);
    const { id, version } = batch.rows.portfolio(0);
    for (const number of numbers) this.#unsendable.set(number, { id, version });
    this.#options.onError(unsendableError(`The value of portfolio ${quote(id)} (version ${version})`, cause));
  }

  #onFailed(numbers: Iterable<number> & { readonly length: number }, cause: unknown): void {
    const { clock, onError, random } = this.#options;
    this.#failures++;
    this.retries++;
    for (const number of numbers) {
      this.#filter.forget(number);
      this.#pending.add(number);
    }
    const message = `Publishing ${numbers.length} values failed; it is retried.`;
    onError(new TickmarkError('BUS_FAILED', message, { retryable: true, cause }));
    if (this.#isStopped) return;
    this.#retryTimer = clock.setTimer(
      () => {
        this.#retryTimer = null;
        this.#publish();
      },
      retryDelay(this.#failures, RETRY, random),
    );
  }
}

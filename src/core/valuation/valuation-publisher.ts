import type { Clock, Timer } from '../clock.js';
import { TickmarkError } from '../errors.js';
import type { EventBus } from '../messaging/event-bus.js';
import { EmissionFilter, type EmissionPolicy } from './emission-policy.js';
import { NumberSet } from './number-set.js';
import { PortfolioValuedBatch, type ValuedPortfolio } from './portfolio-valued-event.js';
import type { PositionBook } from './position-book.js';
import { TotalsColumns } from './totals-columns.js';

/** What a {@link ValuationPublisher} works with. */
export interface ValuationPublisherOptions {
  readonly bus: EventBus;
  readonly book: PositionBook;
  readonly emission?: EmissionPolicy | undefined;
  /** `positions`: each event carries its rows. */
  readonly detail: 'totals' | 'positions';
  readonly idPrefix: string;
  readonly clock: Clock;
  readonly onError: (error: TickmarkError) => void;
}

const RETRY_MS = 100;

/**
 * The publication clock: one message for all portfolios that have changed since the last one was taken by the bus. What
 * changes meanwhile gathers, a portfolio once, and goes out with its newest value.
 */
export class ValuationPublisher {
  /** Values that the bus has taken. */
  published = 0;
  batches = 0;
  retries = 0;
  readonly #with: ValuationPublisherOptions;
  readonly #filter: EmissionFilter;
  readonly #waiting = new NumberSet();
  #held = new NumberSet();
  #underWay: Promise<void> | null = null;
  #retryTimer: Timer | null = null;
  #heldTimer: Timer | null = null;
  #lastId = 0;
  #isStopped = false;

  constructor(options: ValuationPublisherOptions) {
    this.#with = options;
    this.#filter = new EmissionFilter(options.emission);
  }

  /** Portfolios that wait for the bus. */
  get pending(): number {
    return this.#waiting.size;
  }

  /** Takes portfolios whose totals may have changed; publishes them unless a publish is under way. */
  take(numbers: readonly number[]): void {
    for (const number of numbers) this.#waiting.add(number);
    this.#publish();
  }

  /** Forgets a portfolio that has left the book. */
  forget(number: number): void {
    this.#filter.forget(number);
  }

  /** Settles when the publish under way has ended. */
  async idle(): Promise<void> {
    while (this.#underWay) await this.#underWay;
  }

  /** Publishes nothing more. */
  stop(): void {
    this.#isStopped = true;
    this.#retryTimer?.clear();
    this.#heldTimer?.clear();
  }

  #publish(): void {
    if (this.#underWay || this.#retryTimer || this.#isStopped || this.#waiting.size === 0) return;
    const numbers = this.#emitted();
    if (numbers.length === 0) return;
    const batch = this.#batch(numbers);
    this.#underWay = this.#send(batch, numbers);
  }

  #emitted(): number[] {
    const { book, clock } = this.#with;
    const now = clock.now();
    return this.#waiting.take().filter((number) => {
      const entry = book.entry(number);
      if (!entry) return false;
      const verdict = this.#filter.judge(number, entry, book.totals, now);
      if (verdict === 'hold') this.#hold(number);
      return verdict === 'emit';
    });
  }

  #batch(numbers: readonly number[]): PortfolioValuedBatch {
    const { book, clock, detail, idPrefix } = this.#with;
    const now = clock.now();
    const totals = new TotalsColumns(numbers.length);
    const portfolios = numbers.map((number, index): ValuedPortfolio => {
      const entry = book.entry(number)!;
      totals.copy(index, book.totals, number);
      this.#filter.published(number, entry, book.totals, now);
      return entry;
    });
    const valuations = detail === 'positions' ? portfolios.map(({ id }) => book.value(id)!) : undefined;
    return new PortfolioValuedBatch(`${idPrefix}${++this.#lastId}`, now, portfolios, totals, valuations);
  }

  async #send(batch: PortfolioValuedBatch, numbers: readonly number[]): Promise<void> {
    const { bus, clock, onError } = this.#with;
    try {
      await bus.publish(batch);
      this.published += batch.length;
      this.batches++;
      this.#underWay = null;
      this.#publish();
    } catch (cause) {
      this.retries++;
      this.#underWay = null;
      for (const number of numbers) {
        this.#filter.forget(number);
        this.#waiting.add(number);
      }
      onError(
        new TickmarkError('BUS_FAILED', `Publishing ${batch.length} values failed; it is tried again.`, {
          retryable: true,
          cause,
        }),
      );
      if (this.#isStopped) return;
      this.#retryTimer = clock.setTimer(() => {
        this.#retryTimer = null;
        this.#publish();
      }, RETRY_MS);
    }
  }

  // A held value is looked at again when its portfolio changes, or here when it has been held for the longest time allowed.
  #hold(number: number): void {
    const { clock } = this.#with;
    this.#held.add(number);
    if (this.#heldTimer || this.#filter.maxAgeMs === Infinity) return;
    this.#heldTimer = clock.setTimer(() => {
      this.#heldTimer = null;
      const held = this.#held;
      this.#held = new NumberSet();
      this.take(held.take());
    }, this.#filter.maxAgeMs);
  }
}

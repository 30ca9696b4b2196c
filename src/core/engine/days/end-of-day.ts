import { Backoff } from '../../backoff.js';
import type { PositionBook } from '../../book/position-book.js';
import { KEPT_DAYS } from '../../book/days/day-ends.js';
import type { EndedDate } from '../../book/days/day-recorder.js';
import type { DayClose, DayResult, DayStore } from '../../calendars/day-store.js';
import { BoundedCalls, type Clock, type Timer } from '../../clock.js';
import { RepositoryError, TickmarkError } from '../../errors.js';
import type { EventBus } from '../../messaging/event-bus.js';
import type { EventIds } from '../../messaging/event-ids.js';
import type { RandomSource } from '../../random.js';
import { ChangedResults } from './changed-results.js';
import { DAY_ENDED } from './day-ended-event.js';

/** What {@link EndOfDay} needs of an engine. */
export interface EndOfDayOptions {
  readonly book: PositionBook;
  readonly bus: EventBus;
  readonly ids: EventIds;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Where closes and results are kept; `null`: they are published only. */
  readonly store: DayStore | null;
  /** Whether this engine publishes and stores values of a portfolio, by its number. */
  readonly actsFor: (number: number) => boolean;
  /** Closes of the last day have changed: totals have to be computed. */
  readonly onClosesChanged: () => void;
  readonly onError: (error: TickmarkError) => void;
}

/** Portfolios whose results are computed, stored and published at once; between two sets, prices have their turn. */
const SET_SIZE = 200;
/** Official closes come one by one as markets open, and bookings one by one, too: days are restated once for those of this time, in ms. */
const RESTATE_MS = 1_000;

/**
 * Stores what the days of a book ended with, and publishes and stores what portfolios earned on them. What fails is tried again until it
 * succeeds or the engine closes, in the order of the days.
 */
export class EndOfDay {
  readonly #options: EndOfDayOptions;
  readonly #backoff: Backoff;
  readonly #jobs: Array<() => Promise<void>> = [];
  /** Names of calendars whose closes were asked of the store. */
  readonly #loaded = new Set<string>();
  /** Days that official closes have restated since their results were sent, by calendar and date. */
  readonly #restated = new Map<string, EndedDate>();
  readonly #changed: ChangedResults;
  #running: Promise<void> | null = null;
  #restating: Timer | null = null;
  #wake: (() => void) | null = null;
  #isClosing = false;
  #isStopped = false;

  constructor(options: EndOfDayOptions) {
    this.#options = options;
    this.#changed = new ChangedResults(options);
    this.#backoff = new Backoff(options);
  }

  /** Takes what the book has recorded; called after each computation of totals. */
  collect(): void {
    const { days, late } = this.#options.book.days.recorder.take();
    if (this.#isStopped) return;
    this.#load();
    for (const day of days) {
      this.#add(() => this.#store(day.closes));
      this.#add(() => this.#report(day));
    }
    if (late.length > 0) this.#restate(late);
  }

  /** The holdings of a portfolio are about to change: what was booked may be of a day that has ended. */
  holdingsChange(portfolioId: string): void {
    this.#changed.add(portfolioId);
    if (this.#changed.size > 0) this.#restateSoon();
  }

  /** This engine acts for portfolios from now on: the one that did before may not have sent all of their results. */
  takeOver(portfolioIds: Iterable<string>): void {
    if (this.#options.store) for (const id of portfolioIds) this.holdingsChange(id);
  }

  /** Waits until all is stored and published, or until a time. @param timeoutMs Longest wait. */
  async close(timeoutMs: number): Promise<void> {
    this.#restating?.clear();
    this.#isClosing = true;
    this.#restateNow();
    const { clock, onError } = this.#options;
    const running = this.#running;
    if (running)
      await new BoundedCalls(clock, timeoutMs)
        .run('Storing the ends of trading days', () => running)
        .catch(onError);
    this.#isStopped = true;
    this.#wake?.();
  }

  // Closes of earlier days, of calendars that no position had before.
  #load(): void {
    const { book, store, onClosesChanged } = this.#options;
    if (!store || book.days.calendarCount === this.#loaded.size) return;
    const fresh = book.days.calendarNames().filter((name) => !this.#loaded.has(name));
    for (const name of fresh) this.#loaded.add(name);
    this.#add(async () => {
      book.loadCloses(fresh, await store.loadCloses(fresh, KEPT_DAYS));
      onClosesChanged();
    });
  }

  async #store(closes: readonly DayClose[]): Promise<void> {
    const { book, store, onClosesChanged } = this.#options;
    if (!store || closes.length === 0) return;
    const stored = await store.saveCloses(closes);
    // Of two engines the first decides what the next day starts from.
    book.takeCloses(stored);
    onClosesChanged();
  }

  async #report(day: EndedDate): Promise<void> {
    const { book, clock } = this.#options;
    this.#changed.report(day);
    const ids = [...book.ids];
    for (let from = 0; from < ids.length; from += SET_SIZE) {
      const results = ids.slice(from, from + SET_SIZE).flatMap((id) => this.#changed.resultsOf(id, [day]));
      if (results.length > 0) await this.#send(day, results);
      await new Promise<void>((resolve) => void clock.defer(resolve));
    }
  }

  async #send({ calendar, label, date, endedAt }: EndedDate, results: readonly DayResult[]): Promise<void> {
    const { bus, clock, ids, store } = this.#options;
    await this.#insist(async () => store?.saveResults(results));
    const event = {
      type: DAY_ENDED,
      id: ids.next(),
      occurredAt: clock.now(),
      calendar,
      label,
      date,
      endedAt,
      results,
    };
    await this.#insist(() => bus.publish(event), busFailed);
  }

  #restate(late: readonly DayClose[]): void {
    const { book } = this.#options;
    this.#add(() => this.#store(late));
    for (const close of late) {
      const day = book.days.endedDay(close);
      if (day) this.#restated.set(`${day.date} ${day.calendar}`, day);
    }
    this.#restateSoon();
  }

  #restateSoon(): void {
    this.#restating ??= this.#options.clock.setTimer(() => this.#restateNow(), RESTATE_MS);
  }

  #restateNow(): void {
    this.#restating = null;
    for (const day of this.#restated.values()) this.#add(() => this.#report(day));
    this.#restated.clear();
    if (this.#changed.size > 0) this.#add(() => this.#sendChanged());
  }

  // One set at a time: a day that ends meanwhile does not wait for all portfolios of a start.
  async #sendChanged(): Promise<void> {
    const { clock, store } = this.#options;
    for (const [day, results] of await this.#changed.take(SET_SIZE)) await this.#send(day, results);
    await new Promise<void>((resolve) => void clock.defer(resolve));
    // The next start looks at all portfolios, if there is a store.
    if (this.#changed.size > 0 && !(this.#isClosing && store)) this.#add(() => this.#sendChanged());
  }

  #add(job: () => Promise<void>): void {
    this.#jobs.push(job);
    this.#running ??= Promise.resolve().then(() => this.#run());
  }

  async #run(): Promise<void> {
    for (let job = this.#jobs.shift(); job && !this.#isStopped; job = this.#jobs.shift())
      await this.#insist(job);
    this.#running = null;
  }

  /** Tries until it succeeds or the engine has closed. */
  async #insist(
    call: () => Promise<unknown>,
    failed: (cause: unknown) => TickmarkError = storeFailed,
  ): Promise<void> {
    while (!this.#isStopped) {
      try {
        await call();
        return;
      } catch (cause) {
        this.#options.onError(failed(cause));
        await new Promise<void>((resolve) => {
          const timer = this.#options.clock.setTimer(resolve, this.#backoff.next());
          this.#wake = () => {
            timer.clear();
            resolve();
          };
        });
      }
    }
  }
}

function storeFailed(cause: unknown): TickmarkError {
  return new RepositoryError('Storing the end of a trading day failed; it is tried again.', { cause });
}

function busFailed(cause: unknown): TickmarkError {
  const message = 'Publishing the results of a trading day failed; it is tried again.';
  return new TickmarkError('BUS_FAILED', message, { retryable: true, cause });
}

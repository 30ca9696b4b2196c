import { Backoff } from '../../backoff.js';
import type { PositionBook } from '../../book/position-book.js';
import { KEPT_DAYS } from '../../book/days/day-ends.js';
import type { RecordedDay } from '../../book/days/day-recorder.js';
import type { DayClose, DayResult, DayStore } from '../../calendars/day-store.js';
import type { Clock, Timer } from '../../clock.js';
import { RepositoryError, TickmarkError } from '../../errors.js';
import type { EventBus } from '../../messaging/event-bus.js';
import type { EventIds } from '../../messaging/event-ids.js';
import type { RandomSource } from '../../random.js';
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

/** Results in one message, and in one call of the store; between two sets, prices have their turn. */
const SET_SIZE = 200;
/** Official closes come one by one as markets open: their day is restated once for those of this time, in ms. */
const RESTATE_MS = 1_000;

/** Days that an official close may restate: some of each calendar. */
const MOST_DAYS = 100;

type Day = Pick<RecordedDay, 'calendar' | 'date' | 'endedAt'>;

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
  /** Days that have ended, by calendar and date: which of them an official close restates. */
  readonly #days = new Map<string, Day>();
  readonly #restated = new Map<string, Day>();
  #running: Promise<void> | null = null;
  #restating: Timer | null = null;
  #wake: (() => void) | null = null;
  #isStopped = false;

  constructor(options: EndOfDayOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options);
  }

  /** Takes what the book has recorded; called after each computation of totals. */
  collect(): void {
    const { days, official } = this.#options.book.days.recorder.take();
    if (this.#isStopped) return;
    this.#load();
    for (const day of days) {
      this.#remember(day);
      this.#add(() => this.#store(day.closes));
      this.#add(() => this.#report(day));
    }
    if (official.length > 0) this.#restate(official);
  }

  /** Waits until all is stored and published, or until a time. @param timeoutMs Longest wait. */
  async close(timeoutMs: number): Promise<void> {
    this.#restating?.clear();
    this.#restateNow();
    const isOver = new Promise<void>((resolve) => {
      const timer = this.#options.clock.setTimer(resolve, timeoutMs);
      void (this.#running ?? Promise.resolve()).then(() => {
        timer.clear();
        resolve();
      });
    });
    await isOver;
    this.#isStopped = true;
    this.#wake?.();
  }

  #remember(day: Day): void {
    this.#days.set(keyOf(day), day);
    const [oldest] = this.#days.keys();
    if (this.#days.size > MOST_DAYS) this.#days.delete(oldest!);
  }

  // Closes of earlier days, of calendars that no position had before.
  #load(): void {
    const { book, store, onClosesChanged } = this.#options;
    if (!store || book.days.calendarCount === this.#loaded.size) return;
    const fresh = book.days.calendarNames().filter((name) => !this.#loaded.has(name));
    for (const name of fresh) this.#loaded.add(name);
    this.#add(async () => {
      book.takeCloses(await store.loadCloses(fresh, KEPT_DAYS));
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

  async #report(day: Day): Promise<void> {
    const { actsFor, book } = this.#options;
    let results: DayResult[] = [];
    for (const id of [...book.ids]) {
      const number = book.numberOf(id);
      if (number === undefined || !actsFor(number)) continue;
      const result = book.dayResult(number, day);
      if (result) results.push(result);
      if (results.length < SET_SIZE) continue;
      await this.#send(day, results);
      results = [];
    }
    if (results.length > 0) await this.#send(day, results);
  }

  async #send({ calendar, date, endedAt }: Day, results: readonly DayResult[]): Promise<void> {
    const { bus, clock, ids, store } = this.#options;
    await this.#insist(async () => store?.saveResults(results));
    const event = {
      type: DAY_ENDED,
      id: ids.next(),
      occurredAt: clock.now(),
      calendar,
      date,
      endedAt,
      results,
    };
    await this.#insist(() => bus.publish(event), busFailed);
    await new Promise<void>((resolve) => void clock.defer(resolve));
  }

  #restate(official: readonly DayClose[]): void {
    this.#add(() => this.#store(official));
    for (const close of official) {
      const day = this.#days.get(keyOf(close));
      if (day) this.#restated.set(keyOf(day), day);
    }
    this.#restating ??= this.#options.clock.setTimer(() => this.#restateNow(), RESTATE_MS);
  }

  #restateNow(): void {
    this.#restating = null;
    for (const day of this.#restated.values()) this.#add(() => this.#report(day));
    this.#restated.clear();
  }

  #add(job: () => Promise<void>): void {
    this.#jobs.push(job);
    this.#running ??= this.#run();
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

const keyOf = ({ calendar, date }: Pick<Day, 'calendar' | 'date'>): string => `${date} ${calendar}`;

function storeFailed(cause: unknown): TickmarkError {
  return new RepositoryError('Storing the end of a trading day failed; it is tried again.', { cause });
}

function busFailed(cause: unknown): TickmarkError {
  const message = 'Publishing the results of a trading day failed; it is tried again.';
  return new TickmarkError('BUS_FAILED', message, { retryable: true, cause });
}

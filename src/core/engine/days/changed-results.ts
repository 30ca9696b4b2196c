import type { PositionBook } from '../../book/position-book.js';
import { KEPT_DAYS } from '../../book/days/day-ends.js';
import type { EndedDate } from '../../book/days/day-recorder.js';
import type { DayResult, DayStore } from '../../calendars/day-store.js';

/** What {@link ChangedResults} needs of an engine. */
export interface ChangedResultsOptions {
  readonly book: PositionBook;
  readonly store: DayStore | null;
  /** Whether this engine publishes and stores values of a portfolio, by its number. */
  readonly actsFor: (number: number) => boolean;
  /** Closes of the last day have changed: totals have to be computed. */
  readonly onClosesChanged: () => void;
}

/**
 * Portfolios whose holdings have changed, and which results of ended days are others than those that were sent. With a store that is what it has, so
 * that an engine finds also what another one has missed, or has computed from older holdings. Without one, it is what followed from the holdings
 * before the change.
 */
export class ChangedResults {
  readonly #options: ChangedResultsOptions;
  /** Results before the change, by portfolio; none with a store. */
  readonly #changed = new Map<string, readonly DayResult[]>();
  /** Days whose results this engine has sent. */
  readonly #reported = new Set<string>();

  constructor(options: ChangedResultsOptions) {
    this.#options = options;
  }

  /** How many portfolios wait to be looked at. */
  get size(): number {
    return this.#changed.size;
  }

  /** The results of a day are sent. */
  report(day: EndedDate): void {
    const kept = new Set(this.#options.book.days.endedDays().map(keyOf));
    for (const key of this.#reported) if (!kept.has(key)) this.#reported.delete(key);
    this.#reported.add(keyOf(day));
  }

  /** The holdings of a portfolio are about to change, or to be taken over. */
  add(portfolioId: string): void {
    const { book, store } = this.#options;
    if (this.#changed.has(portfolioId)) return;
    const days = store ? [] : book.days.endedDays().filter((day) => this.#hasResults(day));
    if (store || days.length > 0) this.#changed.set(portfolioId, this.resultsOf(portfolioId, days));
  }

  /** Looks at some of the portfolios. @returns their results that have to be sent, by day. */
  async take(most: number): Promise<ReadonlyMap<EndedDate, readonly DayResult[]>> {
    const taken = new Map([...this.#changed].slice(0, most));
    for (const id of taken.keys()) this.#changed.delete(id);
    try {
      return await this.#newsOf(taken);
    } catch (cause) {
      for (const [id, results] of taken) if (!this.#changed.has(id)) this.#changed.set(id, results);
      throw cause;
    }
  }

  async #newsOf(
    sent: ReadonlyMap<string, readonly DayResult[]>,
  ): Promise<ReadonlyMap<EndedDate, DayResult[]>> {
    const { book, store, onClosesChanged } = this.#options;
    const days = book.days.endedDays();
    if (!store || days.length === 0) return this.#compare(sent, days).news;
    const from = days.reduce((first, { date }) => (date < first ? date : first), days[0]!.date);
    const stored = new Map<string, DayResult[]>([...sent.keys()].map((id) => [id, []]));
    for (const result of await store.loadResults([...stored.keys()], { from }))
      stored.get(result.portfolioId)?.push(result);
    const found = this.#compare(stored, days);
    if (found.behind.size === 0) return found.news;
    // Another engine knew closes that this one does not.
    book.takeCloses(await store.loadCloses([...found.behind], KEPT_DAYS));
    onClosesChanged();
    return this.#compare(stored, days).news;
  }

  #compare(sent: ReadonlyMap<string, readonly DayResult[]>, asked: readonly EndedDate[]) {
    // The start of a day may have been forgotten meanwhile; of one that has just ended all results are sent anyway.
    const kept = new Set(this.#options.book.days.endedDays().map(keyOf));
    const days = asked.filter((day) => kept.has(keyOf(day)));
    const news = new Map<EndedDate, DayResult[]>();
    const behind = new Set<string>();
    const byKey = new Map(days.map((day) => [keyOf(day), day]));
    for (const [id, known] of sent) {
      const sentOf = new Map(known.map((result) => [keyOf(result), result]));
      for (const result of this.resultsOf(id, days, known)) {
        const before = sentOf.get(keyOf(result));
        if (before && isBehind(result, before)) behind.add(result.calendar);
        const day = byKey.get(keyOf(result))!;
        if (!(before ? isOther(result, before) : result.pnl && this.#hasResults(day))) continue;
        news.set(day, [...(news.get(day) ?? []), result]);
      }
    }
    return { news, behind };
  }

  // What is known of a day may be only what the next one starts from: nothing is made up of it.
  #hasResults(day: EndedDate): boolean {
    return this.#reported.has(keyOf(day)) || this.#options.book.days.hasStart(day);
  }

  /** Results of ended days of a portfolio; none if this engine does not act for it. @param sent Results that were sent: their days have one in any case. */
  resultsOf(
    portfolioId: string,
    days: readonly EndedDate[],
    sent: readonly DayResult[] = [],
  ): readonly DayResult[] {
    const { book, actsFor } = this.#options;
    const number = book.numberOf(portfolioId);
    return number !== undefined && actsFor(number) ? book.dayResults(number, days, sent) : [];
  }
}

const keyOf = ({ calendar, date }: Pick<DayResult, 'calendar' | 'date'>): string => `${date} ${calendar}`;

function isBehind(result: DayResult, sent: DayResult): boolean {
  return result.officialCloses < sent.officialCloses || (!result.pnl && sent.pnl !== null);
}

function isOther({ pnl, currency, officialCloses }: DayResult, sent: DayResult): boolean {
  // A store keeps a result with more official closes.
  if (officialCloses < sent.officialCloses) return false;
  return currency !== sent.currency || !(pnl && sent.pnl ? pnl.equals(sent.pnl) : pnl === sent.pnl);
}

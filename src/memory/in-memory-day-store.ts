import {
  calendarsToLoad,
  closeKey,
  closesByKey,
  portfoliosToLoad,
  rangeToLoad,
  replacesClose,
  replacesResult,
  resultKey,
  resultsToStore,
} from '../core/calendars/day-records.js';
import type { DayClose, DayRange, DayResult, DayStore } from '../core/calendars/day-store.js';
import { keepRaw } from '../core/keep-raw.js';

/**
 * Keeps what trading days ended with in the memory of this process: all days since its start.
 *
 * @example
 * ```ts
 * import { Decimal, InMemoryDayStore } from 'tickmark';
 *
 * const store = new InMemoryDayStore();
 * const close = { calendar: 'us-equities', date: '2026-11-27', symbol: 'AAPL', price: Decimal.from('271.49') };
 * await store.saveCloses([{ ...close, closedAt: Date.parse('2026-11-27T18:00:00Z'), source: 'recorded' }]);
 * const [last] = await store.loadCloses(['us-equities'], 1);
 * console.log(last?.price.toString()); // 271.49
 * ```
 */
export class InMemoryDayStore implements DayStore {
  static {
    keepRaw(this);
  }

  // By calendar, then by date, then by key.
  readonly #closes = new Map<string, Map<string, Map<string, DayClose>>>();
  // By portfolio, then by key.
  readonly #results = new Map<string, Map<string, DayResult>>();

  async saveCloses(closes: readonly DayClose[]): Promise<DayClose[]> {
    // All are checked before the first is stored.
    for (const [key, close] of closesByKey(closes)) {
      const stored = this.#closesOf(close);
      if (!stored.has(key) || replacesClose(close)) stored.set(key, close);
    }
    return closes.map((close) => ({ ...this.#closesOf(close).get(closeKey(close))! }));
  }

  async loadCloses(calendars: readonly string[], dates: number): Promise<DayClose[]> {
    return calendarsToLoad(calendars, dates).flatMap((calendar) => {
      const byDate = this.#closes.get(calendar) ?? new Map<string, Map<string, DayClose>>();
      const newest = [...byDate.keys()].sort().slice(-dates);
      return newest.flatMap((date) => [...byDate.get(date)!.values()].map((close) => ({ ...close })));
    });
  }

  async saveResults(results: readonly DayResult[]): Promise<void> {
    for (const result of resultsToStore(results)) {
      let stored = this.#results.get(result.portfolioId);
      if (!stored) this.#results.set(result.portfolioId, (stored = new Map<string, DayResult>()));
      const known = stored.get(resultKey(result));
      if (!known || replacesResult(known, result)) stored.set(resultKey(result), result);
    }
  }

  async loadResults(portfolioIds: string | readonly string[], range?: DayRange): Promise<DayResult[]> {
    const { from, to } = rangeToLoad(range);
    return portfoliosToLoad(portfolioIds).flatMap((id) =>
      [...(this.#results.get(id)?.values() ?? [])]
        .filter(({ date }) => (from === null || date >= from) && (to === null || date <= to))
        .sort((a, b) => (a.date === b.date ? compare(a.calendar, b.calendar) : compare(a.date, b.date)))
        .map((result) => ({ ...result })),
    );
  }

  #closesOf({ calendar, date }: DayClose): Map<string, DayClose> {
    let byDate = this.#closes.get(calendar);
    if (!byDate) this.#closes.set(calendar, (byDate = new Map<string, Map<string, DayClose>>()));
    let ofDate = byDate.get(date);
    if (!ofDate) byDate.set(date, (ofDate = new Map<string, DayClose>()));
    return ofDate;
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : 1);

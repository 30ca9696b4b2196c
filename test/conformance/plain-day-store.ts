import {
  calendarsToLoad,
  closesByKey,
  portfoliosToLoad,
  rangeToLoad,
  resultsToStore,
} from '../../src/core/calendars/day-records.js';
import type { DayClose, DayRange, DayResult, DayStore } from '../../src/core/calendars/day-store.js';

/** A good store, written row by row: each of its rules is a method, so that a test can break one. */
export class PlainDayStore implements DayStore {
  protected readonly closes = new Map<string, DayClose>();
  protected readonly results = new Map<string, DayResult>();

  async saveCloses(closes: readonly DayClose[]): Promise<DayClose[]> {
    closesByKey(closes);
    for (const close of closes) this.putClose(close);
    return closes.map((close) => ({ ...this.closes.get(this.closeName(close))! }));
  }

  async loadCloses(calendars: readonly string[], dates: number): Promise<DayClose[]> {
    return calendarsToLoad(calendars, dates).flatMap((calendar) => {
      const closes = [...this.closes.values()].filter((close) => close.calendar === calendar);
      const newest = this.newest(closes, dates);
      return closes.filter(({ date }) => newest.includes(date)).map((close) => ({ ...close }));
    });
  }

  async saveResults(results: readonly DayResult[]): Promise<void> {
    resultsToStore(results);
    for (const result of results) this.putResult(result);
  }

  async loadResults(portfolioIds: string | readonly string[], range?: DayRange): Promise<DayResult[]> {
    const { from, to } = rangeToLoad(range);
    return portfoliosToLoad(portfolioIds).flatMap((id) => {
      const found = [...this.results.values()].filter(
        (each) => each.portfolioId === id && this.isWithin(each.date, from, to),
      );
      return this.inOrder(found).map((each) => ({ ...each }));
    });
  }

  protected putClose(close: DayClose): void {
    const name = this.closeName(close);
    const known = this.closes.get(name);
    if (!known || this.closeReplaces(known, close)) this.closes.set(name, this.storedClose(close));
  }

  protected putResult(result: DayResult): void {
    const name = this.resultName(result);
    const known = this.results.get(name);
    if (!known || this.resultReplaces(known, result)) this.results.set(name, this.storedResult(result));
  }

  protected closeName({ calendar, date, symbol }: DayClose): string {
    return JSON.stringify([calendar, date, symbol]);
  }

  protected resultName({ portfolioId, calendar, date }: DayResult): string {
    return JSON.stringify([portfolioId, calendar, date]);
  }

  protected closeReplaces(_known: DayClose, { source }: DayClose): boolean {
    return source === 'official';
  }

  protected resultReplaces(known: DayResult, { officialCloses }: DayResult): boolean {
    return officialCloses >= known.officialCloses;
  }

  protected storedClose(close: DayClose): DayClose {
    return { ...close };
  }

  protected storedResult(result: DayResult): DayResult {
    return { ...result };
  }

  /** The newest dates of the closes of a calendar. */
  protected newest(closes: readonly DayClose[], dates: number): string[] {
    return [...new Set(closes.map(({ date }) => date))].sort().slice(-dates);
  }

  protected isWithin(date: string, from: string | null, to: string | null): boolean {
    return (from === null || date >= from) && (to === null || date <= to);
  }

  protected inOrder(results: DayResult[]): DayResult[] {
    const before = (a: string, b: string): number => (a < b ? -1 : 1);
    return results.sort((a, b) =>
      a.date === b.date ? before(a.calendar, b.calendar) : before(a.date, b.date),
    );
  }
}

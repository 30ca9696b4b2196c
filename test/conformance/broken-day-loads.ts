import type { DayClose, DayRange, DayResult } from '../../src/core/calendars/day-store.js';
import { portfoliosToLoad } from '../../src/core/calendars/day-records.js';
import { PlainDayStore } from './plain-day-store.js';

class ReturnsClosesThatItKeeps extends PlainDayStore {
  override async loadCloses(calendars: readonly string[], dates: number): Promise<DayClose[]> {
    const loaded = await super.loadCloses(calendars, dates);
    return loaded.map((close) => this.closes.get(this.closeName(close))!);
  }
}

class ReadsTheCalendarsLate extends PlainDayStore {
  override async loadCloses(calendars: readonly string[], dates: number): Promise<DayClose[]> {
    await Promise.resolve();
    return super.loadCloses(calendars, dates);
  }
}

class LoadsTheDatesOfAll extends PlainDayStore {
  protected override newest(_: readonly DayClose[], dates: number): string[] {
    return super.newest([...this.closes.values()], dates);
  }
}

class LoadsTheLastStored extends PlainDayStore {
  protected override newest(closes: readonly DayClose[], dates: number): string[] {
    return [...new Set(closes.map(({ date }) => date))].slice(-dates);
  }
}

class LoadsOneDate extends PlainDayStore {
  protected override newest(closes: readonly DayClose[]): string[] {
    return super.newest(closes, 1);
  }
}

class LoadsACalendarTwice extends PlainDayStore {
  override async loadCloses(calendars: readonly string[], dates: number): Promise<DayClose[]> {
    const sets = await Promise.all(calendars.map((calendar) => super.loadCloses([calendar], dates)));
    return sets.flat();
  }
}

class LoadsAllForNone extends PlainDayStore {
  override loadCloses(calendars: readonly string[], dates: number): Promise<DayClose[]> {
    const all = [...this.closes.values()].map(({ calendar }) => calendar);
    return super.loadCloses(calendars.length > 0 ? calendars : all, dates);
  }
}

class TakesAnyNumberOfDates extends PlainDayStore {
  override loadCloses(calendars: readonly string[], dates: number): Promise<DayClose[]> {
    return super.loadCloses(calendars, dates >= 1 && Number.isInteger(dates) ? dates : 1);
  }
}

/** A store with another order of results. */
const sorting = (sort: (results: DayResult[]) => DayResult[]) =>
  class extends PlainDayStore {
    protected override inOrder(results: DayResult[]): DayResult[] {
      return sort(results);
    }
  };

/** A store that reads a range in another way. */
const within = (test: (date: string, from: string | null, to: string | null) => boolean) =>
  class extends PlainDayStore {
    protected override isWithin(date: string, from: string | null, to: string | null): boolean {
      return test(date, from, to);
    }
  };

class ReturnsResultsThatItKeeps extends PlainDayStore {
  override async loadResults(
    portfolioIds: string | readonly string[],
    range?: DayRange,
  ): Promise<DayResult[]> {
    const loaded = await super.loadResults(portfolioIds, range);
    return loaded.map((result) => this.results.get(this.resultName(result))!);
  }
}

class ReadsTheRangeLate extends PlainDayStore {
  override async loadResults(
    portfolioIds: string | readonly string[],
    range?: DayRange,
  ): Promise<DayResult[]> {
    await Promise.resolve();
    return super.loadResults(portfolioIds, range);
  }
}

class TakesAnyDate extends PlainDayStore {
  override loadResults(
    portfolioIds: string | readonly string[],
    { from, to }: DayRange = {},
  ): Promise<DayResult[]> {
    const dated = (text?: string): string | undefined =>
      Number.isNaN(Date.parse(text ?? '')) ? undefined : new Date(text!).toISOString().slice(0, 10);
    return super.loadResults(portfolioIds, { from: dated(from), to: dated(to) } as DayRange);
  }
}

class LoadsSimilarPortfolios extends PlainDayStore {
  override async loadResults(portfolioIds: string | readonly string[]): Promise<DayResult[]> {
    const [first = ''] = portfoliosToLoad(portfolioIds);
    return this.inOrder([...this.results.values()].filter((each) => each.portfolioId.startsWith(first)));
  }
}

class LoadsOnePortfolio extends PlainDayStore {
  override loadResults(portfolioIds: string | readonly string[], range?: DayRange): Promise<DayResult[]> {
    return super.loadResults(portfoliosToLoad(portfolioIds).slice(0, 1), range);
  }
}

class LoadsPortfoliosTwice extends PlainDayStore {
  override async loadResults(
    portfolioIds: string | readonly string[],
    range?: DayRange,
  ): Promise<DayResult[]> {
    const ids = typeof portfolioIds === 'string' ? [portfolioIds] : portfolioIds;
    return (await Promise.all(ids.map((id) => super.loadResults(id, range)))).flat();
  }
}

class LoadsPortfoliosByDate extends PlainDayStore {
  override async loadResults(
    portfolioIds: string | readonly string[],
    range?: DayRange,
  ): Promise<DayResult[]> {
    return this.inOrder(await super.loadResults(portfolioIds, range));
  }
}

const AS_MANY = 'loadCloses() loads as many dates of each calendar as are asked for';
const NAMED = 'loadCloses() loads the calendars of the list only, each once';
const ORDER = 'loadResults() loads by date, then by calendar, in whatever order they were saved';
const RANGE = 'loadResults() loads the results of a range of dates, both inclusive';
const SEVERAL = 'loadResults() loads several portfolios one after the other, each once';
const OF_ITS_OWN = 'each portfolio, date and calendar has a result of its own';

/** Each store has one fault when it loads, and breaks the rule beside it. */
export const BROKEN_DAY_LOADS: ReadonlyArray<
  readonly [fault: string, Store: new () => PlainDayStore, rule: string]
> = [
  [
    'loads the dates of all calendars',
    LoadsTheDatesOfAll,
    'loadCloses() loads the closes of the newest date of each calendar',
  ],
  ['loads the dates of all calendars', LoadsTheDatesOfAll, AS_MANY],
  ['loads one date', LoadsOneDate, AS_MANY],
  [
    'loads the dates that were stored last',
    LoadsTheLastStored,
    'the newest dates are those of the calendar, whenever they were stored',
  ],
  ['loads a calendar twice', LoadsACalendarTwice, NAMED],
  ['loads all where none is asked for', LoadsAllForNone, NAMED],
  [
    'returns closes that it keeps',
    ReturnsClosesThatItKeeps,
    'changing a returned or loaded close does not change what is stored',
  ],
  [
    'reads the calendars late',
    ReadsTheCalendarsLate,
    'changing the list of calendars after loadCloses() does not change what is loaded',
  ],
  [
    'takes any number of dates',
    TakesAnyNumberOfDates,
    'loadCloses() rejects a number of dates that is no whole number from 1',
  ],
  ['loads portfolios with similar ids', LoadsSimilarPortfolios, OF_ITS_OWN],
  ['loads in the order of saving', sorting((results) => results), ORDER],
  [
    'sorts by calendar, then by date',
    sorting((results) => results.sort((a, b) => (a.calendar + a.date < b.calendar + b.date ? -1 : 1))),
    ORDER,
  ],
  [
    'sorts as a dictionary does',
    sorting((results) =>
      results.sort((a, b) => `${a.date} ${a.calendar}`.localeCompare(`${b.date} ${b.calendar}`, 'en')),
    ),
    ORDER,
  ],
  ['has no ranges', within(() => true), RANGE],
  [
    'leaves out the first date',
    within((date, from, to) => (from === null || date > from) && (to === null || date <= to)),
    RANGE,
  ],
  [
    'leaves out the last date',
    within((date, from, to) => (from === null || date >= from) && (to === null || date < to)),
    RANGE,
  ],
  [
    'needs both ends',
    within((date, from, to) => from === null || to === null || (date >= from && date <= to)),
    RANGE,
  ],
  [
    'returns results that it keeps',
    ReturnsResultsThatItKeeps,
    'changing a loaded result does not change what is stored',
  ],
  [
    'reads the range late',
    ReadsTheRangeLate,
    'changing the range after loadResults() does not change what is loaded',
  ],
  ['takes any date', TakesAnyDate, 'loadResults() rejects what is no date'],
  ['loads one portfolio', LoadsOnePortfolio, SEVERAL],
  ['loads a portfolio twice', LoadsPortfoliosTwice, SEVERAL],
  ['mixes the portfolios', LoadsPortfoliosByDate, SEVERAL],
];

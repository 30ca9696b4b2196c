import { invalidArgument } from '../errors.js';
import { checkNumber, checkOptions } from '../options.js';
import type { DayClose, DayRange, DayResult } from './day-store.js';
import { dayOf } from './local-hours.js';

const TIME = { from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER };
const COUNT = { from: 0, isWhole: true };
const SOURCES: readonly unknown[] = ['recorded', 'official'];

/** Names the calendar, date and symbol of a close. */
export const closeKey = ({ calendar, date, symbol }: DayClose): string =>
  `${date} ${calendar.length} ${calendar}${symbol}`;

/** Names the portfolio, date and calendar of a result. */
export const resultKey = ({ portfolioId, date, calendar }: DayResult): string =>
  `${date} ${calendar.length} ${calendar}${portfolioId}`;

/** Whether a close takes the place of the one that is stored for its calendar, date and symbol. */
export const replacesClose = (offered: DayClose): boolean => offered.source === 'official';

/** Whether a result takes the place of the one that is stored for its portfolio, calendar and date. */
export const replacesResult = (known: DayResult, offered: DayResult): boolean =>
  offered.officialCloses >= known.officialCloses;

/**
 * The closes of a list by their keys, as copies: of several with one key the one that stays when they are stored one after the other, since one
 * statement cannot write a row twice.
 * @throws TickmarkError `INVALID_ARGUMENT` for a close with a bad date, time or source.
 */
export function closesByKey(closes: readonly DayClose[]): Map<string, DayClose> {
  const byKey = new Map<string, DayClose>();
  for (const close of closes) {
    const { calendar, date, symbol, price, currency, accrued, closedAt, source } = close;
    dayOf('saveCloses: date', date);
    checkNumber('saveCloses: closedAt', closedAt, TIME);
    if (!SOURCES.includes(source))
      throw invalidArgument('saveCloses: source', source, '"recorded" or "official"');
    const key = closeKey(close);
    if (byKey.has(key) && !replacesClose(close)) continue;
    byKey.set(key, {
      calendar,
      date,
      symbol,
      price,
      ...(currency !== undefined && { currency }),
      ...(accrued !== undefined && { accrued }),
      closedAt,
      source,
    });
  }
  return byKey;
}

/**
 * The results of a list, one for each portfolio, calendar and date, as copies: the one that stays, as in {@link closesByKey}.
 * @throws TickmarkError `INVALID_ARGUMENT` for a result with a bad date, time or number of closes.
 */
export function resultsToStore(results: readonly DayResult[]): DayResult[] {
  const byKey = new Map<string, DayResult>();
  for (const result of results) {
    const { portfolioId, calendar, date, currency, pnl, endedAt, officialCloses } = result;
    dayOf('saveResults: date', date);
    checkNumber('saveResults: endedAt', endedAt, TIME);
    checkNumber('saveResults: officialCloses', officialCloses, COUNT);
    const key = resultKey(result);
    const known = byKey.get(key);
    if (known && !replacesResult(known, result)) continue;
    byKey.set(key, { portfolioId, calendar, date, currency, pnl, endedAt, officialCloses });
  }
  return [...byKey.values()];
}

/** The calendars of `loadCloses()`, each once. @throws TickmarkError `INVALID_ARGUMENT` unless `dates` is a whole number from 1. */
export function calendarsToLoad(calendars: readonly string[], dates: number): string[] {
  checkNumber('loadCloses: dates', dates, { from: 1, isWhole: true });
  return [...new Set(calendars)];
}

/** The portfolios of `loadResults()`, each once. */
export const portfoliosToLoad = (ids: string | readonly string[]): string[] => [
  ...new Set(typeof ids === 'string' ? [ids] : ids),
];

/** Loaded results by portfolio, in the order in which these were asked for; those of one stay in their order. */
export function byPortfolio(ids: readonly string[], results: readonly DayResult[]): DayResult[] {
  if (ids.length === 1) return [...results];
  const found = new Map<string, DayResult[]>(ids.map((id) => [id, []]));
  for (const result of results) found.get(result.portfolioId)!.push(result);
  return [...found.values()].flat();
}

/** The dates of `loadResults()`; `null` is open. @throws TickmarkError `INVALID_ARGUMENT` for what is no date, and for other options. */
export function rangeToLoad(range: DayRange = {}): {
  readonly from: string | null;
  readonly to: string | null;
} {
  checkOptions('loadResults', range, { from: true, to: true });
  const { from = null, to = null } = range;
  if (from !== null) dayOf('loadResults: from', from);
  if (to !== null) dayOf('loadResults: to', to);
  return { from, to };
}

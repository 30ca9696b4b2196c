import { invalidArgument, quote } from '../errors.js';

/** A day of the week, as `trading` of a calendar names it. */
export type Weekday = 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday';

/**
 * Trading hours of one session, in their order, in times of the calendar's zone: `[['09:30', '11:30'], ['13:00', '15:00']]`. What is between two is a
 * break. `24:00` is the end of the day; `-1 17:00` is a time on the day before the session's date, `-4 17:00` four days before.
 */
export type LocalHours = ReadonlyArray<readonly [from: string, to: string]>;

/** Trading hours of a week. A weekday that is left out has no session. */
export type TradingWeek = Readonly<Partial<Record<Weekday, LocalHours>>>;

/** Checked hours of a session, in minutes since its date began. */
export interface SessionHours {
  readonly periods: ReadonlyArray<readonly [from: number, to: number]>;
  readonly opens: number;
  readonly closes: number;
  /** Minutes in which it is open. */
  readonly total: number;
}

export const DAY_MINUTES = 1440;
const DAY_MS = 86_400_000;
/** As `Date` numbers them, from 0. */
export const WEEKDAYS = [
  'sunday',
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
] as const;

/** The weekday of a day, 0 for Sunday. 1 January 1970 was a Thursday. */
export const weekdayOf = (day: number): number => (((day + 4) % 7) + 7) % 7;

const TIME = /^(?:([+-]\d) )?(\d\d):(\d\d)$/;
const TIME_FORM = 'a time such as "09:30", "24:00", or "-1 17:00" for the day before';

/** Minutes since a session's date began. @throws TickmarkError `INVALID_ARGUMENT`. */
export function minutesOf(where: string, text: unknown): number {
  const [, days = '0', hours, minutes] = (typeof text === 'string' && TIME.exec(text)) || [];
  const time = Number(hours) * 60 + Number(minutes);
  if (hours === undefined || Number(minutes) > 59 || time > DAY_MINUTES)
    throw invalidArgument(where, text, TIME_FORM);
  return Number(days) * DAY_MINUTES + time;
}

/** A date as days since 1970. @throws TickmarkError `INVALID_ARGUMENT`. */
export function dayOf(where: string, date: unknown): number {
  const ms = typeof date === 'string' && /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(date) : NaN;
  // Date.parse reads 30 February as 2 March.
  if (Number.isNaN(ms) || dateOf(ms / DAY_MS) !== date)
    throw invalidArgument(where, date, 'a date such as "2026-11-27"');
  return ms / DAY_MS;
}

/** The date of a day since 1970, `YYYY-MM-DD`. */
export const dateOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** Checked hours of one session. @throws TickmarkError `INVALID_ARGUMENT` for a bad time, no hours, or hours that are not in their order. */
export function hoursOf(where: string, given: unknown): SessionHours {
  if (!Array.isArray(given) || given.length === 0)
    throw invalidArgument(where, given, 'a list of [from, to], such as [["09:30", "16:00"]]');
  const periods: Array<readonly [number, number]> = [];
  let last = -Infinity;
  for (const period of given as unknown[]) {
    if (!Array.isArray(period) || period.length !== 2)
      throw invalidArgument(where, period, 'a pair of times, such as ["09:30", "16:00"]');
    const [from, to] = period.map((time) => minutesOf(where, time)) as [number, number];
    if (from <= last) throw invalidArgument(where, period[0], 'a time after the end of the hours before it');
    if (to <= from) throw invalidArgument(where, period[1], `a time after ${quote(period[0])}`);
    periods.push([from, to]);
    last = to;
  }
  const total = periods.reduce((sum, [from, to]) => sum + to - from, 0);
  return { periods, opens: periods[0]![0], closes: last, total };
}

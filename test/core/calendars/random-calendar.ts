import fc from 'fast-check';
import { TradingCalendar } from '../../../src/core/calendars/trading-calendar.js';
import type { LocalHours, TradingWeek } from '../../../src/core/calendars/local-hours.js';
import type { TradingSession } from '../../../src/core/calendars/trading-session.js';

/** Zones whose clocks change in different ways: at midnight, by half an hour, at Ramadan, never. */
const ZONES = [
  'America/New_York',
  'America/Chicago',
  'America/Godthab',
  'America/Havana',
  'America/Santiago',
  'America/St_Johns',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Asia/Beirut',
  'Asia/Kathmandu',
  'Asia/Tokyo',
  'Australia/Lord_Howe',
  'Europe/London',
  'Pacific/Apia',
  'Pacific/Chatham',
  'UTC',
];
const DAY_MS = 86_400_000;
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
export const YEARS = { firstYear: 2023, lastYear: 2024 };
const FIRST_DAY = Date.UTC(YEARS.firstYear, 0, 1) / DAY_MS;
const DAYS = Date.UTC(YEARS.lastYear + 1, 0, 1) / DAY_MS - FIRST_DAY;
export const dateAt = (day: number): string =>
  new Date((FIRST_DAY + day) * DAY_MS).toISOString().slice(0, 10);

const two = (value: number): string => String(value).padStart(2, '0');
const clock = (minutes: number): string => `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;

/** Hours of one day, with or without a break; the first two are those of a day from 00:00 to 24:00. */
const dayHours = fc
  .tuple(fc.uniqueArray(fc.integer({ min: 0, max: 288 }), { minLength: 4, maxLength: 4 }), fc.boolean())
  .map(([picked, hasBreak]): LocalHours => {
    const [a, b, c, d] = picked.sort((one, other) => one - other).map((five) => clock(five * 5));
    return hasBreak
      ? [
          [a!, b!],
          [c!, d!],
        ]
      : [[a!, d!]];
  });

/** Hours that begin on the day before, and end before they begin again. */
const overnightHours = fc
  .uniqueArray(fc.integer({ min: 0, max: 287 }), { minLength: 2, maxLength: 2 })
  .map((picked): LocalHours => {
    const [closes, opens] = picked.sort((one, other) => one - other).map((five) => clock(five * 5));
    return [[`-1 ${opens}`, closes!]];
  });

const around: LocalHours = [['00:00', '24:00']];

export interface RandomCalendar {
  readonly calendar: TradingCalendar;
  readonly sessions: readonly TradingSession[];
  /** Dates that must have a session, counted by other means. */
  readonly dates: readonly string[];
  readonly hoursOn: (date: string) => LocalHours;
}

/** A calendar of two years, with its sessions from the first to the last. */
export const randomCalendar: fc.Arbitrary<RandomCalendar> = fc
  .record({
    timeZone: fc.constantFrom(...ZONES),
    hours: fc.oneof(
      { weight: 4, arbitrary: dayHours },
      { weight: 3, arbitrary: overnightHours },
      { weight: 1, arbitrary: fc.constant(around) },
    ),
    weekdays: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 7 }),
    atClose: fc.boolean(),
    holidays: fc.uniqueArray(fc.integer({ min: 0, max: DAYS - 1 }), { maxLength: 30 }),
    special: fc.uniqueArray(fc.integer({ min: 0, max: DAYS - 1 }), { maxLength: 20 }),
    specialHours: dayHours,
  })
  .map(({ timeZone, hours, weekdays, atClose, holidays, special, specialHours }) => {
    const isOvernight = hours[0]![0].startsWith('-');
    const week: TradingWeek = Object.fromEntries(weekdays.map((weekday) => [WEEKDAYS[weekday]!, hours]));
    // A session on a date before an overnight one may overlap with it.
    const specialDates = isOvernight ? [] : special.map(dateAt);
    const holidayDates = holidays.map(dateAt).filter((date) => !specialDates.includes(date));
    const calendar = TradingCalendar.of({
      name: 'random',
      timeZone,
      trading: week,
      dayStartsAt: isOvernight || atClose ? 'previous-close' : '00:00',
      holidays: holidayDates,
      specialDays: Object.fromEntries(specialDates.map((date) => [date, specialHours])),
      ...YEARS,
    });
    const dates = Array.from({ length: DAYS }, (_, day) => dateAt(day)).filter(
      (date) =>
        specialDates.includes(date) ||
        (weekdays.includes(new Date(date).getUTCDay()) && !holidayDates.includes(date)),
    );
    const sessions = dates.flatMap((date) => calendar.session(date) ?? []);
    const hoursOn = (date: string): LocalHours => (specialDates.includes(date) ? specialHours : hours);
    return { calendar, sessions, dates, hoursOn };
  })
  .filter(({ dates }) => dates.length > 0);

/** What clocks of a zone show, `YYYY-MM-DD HH:MM:SS`. */
export const shown = (at: number, timeZone: string): string =>
  new Date(at).toLocaleString('sv-SE', { timeZone });

/** What a local time of a session is, in the same form. */
export function wanted(date: string, time: string): string {
  const [, days = '0', clockTime] = /^(?:([+-]\d) )?(.*)$/.exec(time)!;
  const [hours, minutes] = clockTime!.split(':').map(Number) as [number, number];
  const at = Date.parse(`${date}T00:00:00Z`) + Number(days) * DAY_MS + (hours * 60 + minutes) * 60_000;
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}

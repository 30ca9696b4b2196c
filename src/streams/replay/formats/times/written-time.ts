import { readIsoTime } from '../../../../core/iso-time.js';
import type { DateOrder } from '../../reading-options.js';

/** A date and time in words and digits: ms since 1970 if it has a zone, otherwise what the clocks show, as if they were in UTC. */
export interface WrittenTime {
  readonly ms: number;
  readonly hasZone: boolean;
  /** Whether it is a date alone. */
  readonly isDate: boolean;
}

/** What says nothing more: the day of the week of `Tue, 02 Jan 2024`, and the name of a zone after its offset. */
const WEEKDAY = /^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? +/i;
const ZONE_NAME = / \([^()]*\)$/;
const SEPARATED = /^(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})(?:[T ,]+(.+))?$/;
const COMPACT = /^(\d{4})(\d\d)(\d\d)(?:[T ]*(.+))?$/;
const DAY_FIRST = /^(\d{1,2})[- ]([a-z]{3,9})[- ,]+(\d{4})(?:[ ,]+(.+))?$/i;
const MONTH_FIRST = /^([a-z]{3,9})\.? (\d{1,2}),? (\d{4})(?:[ ,]+(.+))?$/i;
const CLOCK =
  /^(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?: ?([ap])\.?m\.?)? ?(Z|UTC|GMT|(?:UTC|GMT)?[+-]\d\d(?::?\d\d)?)?$/i;
const COMPACT_CLOCK =
  /^(\d\d)(\d\d)(?:(\d\d)(?:\.(\d+))?)?() ?(Z|UTC|GMT|(?:UTC|GMT)?[+-]\d\d(?::?\d\d)?)?$/i;
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/**
 * Reads a date, with or without a time: year first (`2024-01-05`, `2024/1/5`, `20240105`), with the name of the month (`5 Jan 2024`, `Jan 5, 2024`), or in the
 * order that is given. `ambiguous-date`: day and month could be either, and no order is given.
 */
export function readWrittenTime(
  given: string,
  order: DateOrder,
): WrittenTime | 'bad-timestamp' | 'ambiguous-date' {
  const date = dateOf(given.replace(WEEKDAY, '').replace(ZONE_NAME, ''), order);
  if (date === undefined || date === 'ambiguous-date') return date ?? 'bad-timestamp';
  const [year, month, day, text] = date;
  const clock = text === undefined ? MIDNIGHT : clockOf(text);
  if (!clock) return 'bad-timestamp';
  const ms = readIsoTime(`${year}-${two(month)}-${two(day)}T${clock.time}${offsetOf(clock.zone)}`);
  if (typeof ms !== 'number') return 'bad-timestamp';
  return { ms, hasZone: clock.zone !== undefined, isDate: text === undefined };
}

/** Whether a string is a time of day, such as `09:30` or `093000`. */
export function isTimeOfDay(text: string): boolean {
  return CLOCK.test(text) || COMPACT_CLOCK.test(text);
}

type DateParts = readonly [year: string, month: string, day: string, clock: string | undefined];

function dateOf(text: string, order: DateOrder): DateParts | 'ambiguous-date' | undefined {
  const separated = SEPARATED.exec(text);
  if (separated) {
    const [, first = '', , second = '', third = '', clock] = separated;
    if (first.length === 4 && third.length <= 2) return [first, second, third, clock];
    if (first.length > 2 || third.length !== 4) return undefined;
    if (order === 'ymd') return 'ambiguous-date';
    return order === 'dmy' ? [third, second, first, clock] : [third, first, second, clock];
  }
  const compact = COMPACT.exec(text);
  if (compact) return [compact[1]!, compact[2]!, compact[3]!, compact[4]];
  const dayFirst = DAY_FIRST.exec(text);
  const [day, name, year, clock] = dayFirst
    ? dayFirst.slice(1)
    : [2, 1, 3, 4].map((group) => MONTH_FIRST.exec(text)?.[group]);
  const month = MONTHS.indexOf(name?.slice(0, 3).toLowerCase() ?? '') + 1;
  return month === 0 ? undefined : [year!, String(month), day!, clock];
}

interface Clock {
  /** As `09:30:00.250`. */
  readonly time: string;
  readonly zone: string | undefined;
}

const MIDNIGHT: Clock = { time: '00:00:00.000', zone: undefined };

function clockOf(text: string): Clock | undefined {
  const [, hour, minute, second = '00', fraction = '', half = '', zone] =
    CLOCK.exec(text) ?? COMPACT_CLOCK.exec(text) ?? [];
  if (hour === undefined) return undefined;
  const hours = half === '' ? Number(hour) : hourOf(Number(hour), half.toLowerCase() === 'p');
  return { time: `${two(String(hours))}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}`, zone };
}

/** 12 is midnight before noon, and noon after it; 99 is no hour. */
function hourOf(hour: number, isAfternoon: boolean): number {
  if (hour < 1 || hour > 12) return 99;
  return (hour % 12) + (isAfternoon ? 12 : 0);
}

const two = (digits: string): string => digits.padStart(2, '0');

/** The zone of ISO 8601: `GMT+01` is `+01:00`. */
function offsetOf(zone = ''): string {
  const offset = zone.replace(/^[a-z]+/i, '');
  if (offset === '') return 'Z';
  return offset.length === 3 ? `${offset}:00` : offset;
}

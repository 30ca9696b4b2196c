import { readIsoTime } from '../../../../core/iso-time.js';
import type { ReadingOptions, TimeUnit } from '../../reading-options.js';
import { readWrittenTime } from './written-time.js';
import { zoneClock } from './zone-clock.js';

/** Why a time cannot be read. */
export type TimeFault =
  'bad-timestamp' | 'time-without-zone' | 'ambiguous-date' | 'ambiguous-time-unit' | 'other-time-unit';

/** Reads the times of one file, in ms since 1970. */
export type TimeReader = (text: string) => number | TimeFault;

const DIGITS = /^[1-9]\d*$/;
const NUMBER = /^(\d{1,19})(?:\.(\d+))?$/;
/** Digits by which the point moves to the right to get ms. */
const SHIFTS: Readonly<Record<TimeUnit, number>> = { s: 3, ms: 0, us: -3, ns: -6 };
const NAMES: Readonly<Record<TimeUnit, string>> = { s: 'seconds', ms: 'ms', us: 'µs', ns: 'ns' };
/** Times from 1973 to 2286 have these numbers of digits before the point, and no other. */
const UNITS: ReadonlyMap<number, TimeUnit> = new Map([
  [9, 's'],
  [10, 's'],
  [12, 'ms'],
  [13, 'ms'],
  [15, 'us'],
  [16, 'us'],
  [18, 'ns'],
  [19, 'ns'],
]);
/** Whether a number that should be ms since 1970 has the size of seconds, µs or ns from 1973 on. */
export function isOfOtherUnit(time: number): boolean {
  const unit = Number.isFinite(time) ? UNITS.get(Math.trunc(time).toString().length) : undefined;
  return unit !== undefined && unit !== 'ms';
}

/** A number that is rather a date: from 1900 to 2099, to the day, the minute or the second. */
const COMPACT_DATE =
  /^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d)?)?$/;

/**
 * Makes the reader of the times of one file. Numbers are in the given unit; with `auto`, in the unit that the first of them shows by its size, and numbers of
 * another size are refused. Times without a zone are in the given zone, and refused without one; a date alone is midnight, in UTC without a zone.
 * @param assume Called with what was not in the file.
 */
export function timeReader(
  { timeUnit = 'auto', timeZone, dateOrder = 'ymd' }: ReadingOptions,
  assume: (what: string) => void = () => undefined,
): TimeReader {
  let unit = timeUnit === 'auto' ? undefined : timeUnit;
  const isGiven = unit !== undefined;
  const utcOf = timeZone === undefined ? undefined : zoneClock(timeZone);

  const written: TimeReader = (text) => {
    // Most are in the format of ISO 8601 with a zone, and this is faster.
    const iso = readIsoTime(text);
    if (typeof iso === 'number') return iso;
    const time = readWrittenTime(text, dateOrder);
    if (typeof time === 'string') return time;
    if (time.hasZone) return time.ms;
    if (utcOf) return utcOf(time.ms);
    if (!time.isDate) return 'time-without-zone';
    assume('a date without a time is midnight in UTC');
    return time.ms;
  };

  let plainLength = -1;
  return (text) => {
    // Most times of a file have as many digits as the first.
    if (text.length === plainLength && DIGITS.test(text)) return msOf(text, '', SHIFTS[unit!]);
    const [, whole, fraction = ''] = NUMBER.exec(text) ?? [];
    if (whole === undefined || (!isGiven && COMPACT_DATE.test(text))) return written(text);
    if (!isGiven) {
      const found = UNITS.get(whole.replace(/^0+/, '').length);
      if (unit === undefined && found !== undefined)
        assume(`times are in ${NAMES[found]} since 1970, by their size`);
      unit ??= found;
      if (found === undefined || found !== unit)
        return unit === undefined ? 'ambiguous-time-unit' : 'other-time-unit';
      // Numbers of 12 digits may be dates.
      if (fraction === '' && whole.length !== 12) plainLength = whole.length;
    }
    return msOf(whole, fraction, SHIFTS[unit!]);
  };
}

function msOf(whole: string, fraction: string, shift: number): number {
  return Number(shift < 0 ? whole.slice(0, shift) : whole + fraction.slice(0, shift).padEnd(shift, '0'));
}

import { isoTimeOf } from './iso-text.js';

const DAY_MS = 86_400_000;

/** Why a string cannot be read: it is not an ISO 8601 date and time (`no-time`), or it has no time zone (`no-zone`). */
export type IsoTimeFault = 'no-time' | 'no-zone';

/**
 * Reads a date and time in the format of ISO 8601, such as `2026-10-05T09:30:00Z` or `2026-10-05 09:30:00.250+01:00`, in ms since 1970. A string without a
 * zone is never read in the zone of the machine.
 * @param zone Time zone of strings without one, such as `America/New_York`. When clocks go back and a time occurs twice, the first is used. Default: none.
 */
export function readIsoTime(text: string, zone?: string): number | IsoTimeFault {
  const found = isoTimeOf(text);
  if (typeof found === 'string') return found;
  if (found.hasZone) return found.ms;
  return zone === undefined ? 'no-zone' : ofWallClock(found.ms, zone);
}

/** Whether a name is a time zone that the platform knows. */
export function isTimeZone(name: unknown): name is string {
  if (typeof name !== 'string' || name === '') return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/**
 * The time, ms since 1970, at which clocks of a zone show what clocks of UTC show at `wall`. When a time occurs twice: the first. When clocks skip a time: the
 * moment at which they do, so that a later time of the clock is never an earlier one here.
 */
export function ofWallClock(wall: number, zone: string): number {
  const day = Math.floor(wall / DAY_MS);
  const steady = dayOffset(day - 1, zone);
  if (
    steady === dayOffset(day, zone) &&
    steady === dayOffset(day + 1, zone) &&
    steady === dayOffset(day + 2, zone)
  )
    return wall - steady;
  const before = wall - offsetAt(wall - DAY_MS, zone);
  if (before + offsetAt(before, zone) === wall) return before;
  const after = wall - offsetAt(wall + DAY_MS, zone);
  if (after + offsetAt(after, zone) === wall) return after;
  return changeBetween(after, before, zone);
}

/** The moment at which clocks of a zone are set forward, of which the first time is before it and the second is not. */
function changeBetween(early: number, late: number, zone: string): number {
  let [low, high] = [early, late];
  const offset = offsetAt(low, zone);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle, zone) === offset) low = middle;
    else high = middle;
  }
  return high;
}

// Asking the platform takes microseconds, and calendars ask for some thousand times a year: between days with one offset, clocks do not change.
const dayOffsets = new Map<string, Map<number, number>>();
/** Days of some decades. */
const MOST_DAYS = 20_000;

/** How far the clocks of a zone are ahead of UTC when a day of UTC begins, in ms. */
function dayOffset(day: number, zone: string): number {
  let known = dayOffsets.get(zone);
  if (!known) dayOffsets.set(zone, (known = new Map()));
  let offset = known.get(day);
  if (offset === undefined) {
    if (known.size >= MOST_DAYS) known.clear();
    known.set(day, (offset = offsetAt(day * DAY_MS, zone)));
  }
  return offset;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** How far the clocks of a zone are ahead of UTC, in ms. */
function offsetAt(time: number, zone: string): number {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(zone, format);
  }
  const shown = new Map(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
  const part = (name: Intl.DateTimeFormatPartTypes): number => shown.get(name)!;
  const [year, month, day] = [part('year'), part('month'), part('day')];
  const wall = Date.UTC(year, month - 1, day, part('hour'), part('minute'), part('second'));
  return wall - Math.floor(time / 1000) * 1000;
}

import type { LocalHours } from '../core/calendars/local-hours.js';

/** The same hours on several dates, as `specialDays` of a calendar. */
/* @__NO_SIDE_EFFECTS__ */ export function onDates(
  hours: LocalHours,
  dates: readonly string[],
): Record<string, LocalHours> {
  return Object.fromEntries(dates.map((date) => [date, hours]));
}

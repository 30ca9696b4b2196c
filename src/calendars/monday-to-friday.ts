import type { LocalHours, TradingWeek } from '../core/calendars/local-hours.js';

/**
 * A week of the same hours from Monday to Friday, as `trading` of a calendar.
 *
 * @example
 * ```ts
 * import { TradingCalendar, mondayToFriday } from 'tickmark/calendars';
 *
 * const toronto = TradingCalendar.of({
 *   name: 'toronto',
 *   timeZone: 'America/Toronto',
 *   trading: mondayToFriday([['09:30', '16:00']]),
 *   holidays: ['2026-12-25', '2026-12-28'],
 *   specialDays: { '2026-12-24': [['09:30', '13:00']] },
 *   firstYear: 2026,
 *   lastYear: 2026,
 * });
 * toronto.session('2026-12-24')?.isShortened; // true
 * ```
 */
/* @__NO_SIDE_EFFECTS__ */ export function mondayToFriday(hours: LocalHours): TradingWeek {
  return { monday: hours, tuesday: hours, wednesday: hours, thursday: hours, friday: hours };
}

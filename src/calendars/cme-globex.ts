import type { LocalHours } from '../core/calendars/local-hours.js';
import { TradingCalendar } from '../core/calendars/trading-calendar.js';
import { mondayToFriday } from './monday-to-friday.js';
import { onDates } from './on-dates.js';

/** Before a holiday, and after Thanksgiving. */
const EARLY_CLOSE: LocalHours = [['-1 17:00', '12:15']];
/** After a holiday on the day before, on which trading halted at noon: one session over two days. */
const AFTER_HOLIDAY: LocalHours = [
  ['-2 17:00', '-1 12:00'],
  ['-1 17:00', '16:00'],
];
/** A Monday after a holiday on Friday. */
const AFTER_FRIDAY: LocalHours = [
  ['-4 17:00', '-3 12:00'],
  ['-1 17:00', '16:00'],
];
const AFTER_THANKSGIVING: LocalHours = [
  ['-2 17:00', '-1 12:00'],
  ['-1 17:00', '12:15'],
];

/**
 * Futures on equity indices at CME Globex: 17:00 in Chicago on the day before until 16:00. Other products have other holidays: make calendars of your own for them.
 * The day begins when the session before closes. A session's date is its trade date: on most holidays futures trade until noon for the next trade date, so that
 * such a holiday has no session, and the next session has a break.
 */
export const cmeGlobex: TradingCalendar = /* @__PURE__ */ TradingCalendar.of({
  name: 'cme-globex',
  label: 'CME',
  timeZone: 'America/Chicago',
  trading: mondayToFriday([['-1 17:00', '16:00']]),
  dayStartsAt: 'previous-close',
  firstYear: 2024,
  lastYear: 2026,
  source:
    'CME Group: holiday trading hours of equity products 2024 to 2026, and its notice of the day of mourning on 2025-01-09',
  // prettier-ignore
  holidays: [
    '2024-01-01', '2024-01-15', '2024-02-19', '2024-03-29', '2024-05-27', '2024-06-19', '2024-07-04',
    '2024-09-02', '2024-11-28', '2024-12-25',
    '2025-01-01', '2025-01-20', '2025-02-17', '2025-04-18', '2025-05-26', '2025-06-19', '2025-07-04',
    '2025-09-01', '2025-11-27', '2025-12-25',
    // Good Friday, 3 April, is open for the figures of the labor market.
    '2026-01-01', '2026-01-19', '2026-02-16', '2026-05-25', '2026-06-19', '2026-07-03', '2026-09-07',
    '2026-11-26', '2026-12-25',
  ],
  specialDays: {
    ...onDates(EARLY_CLOSE, ['2024-07-03', '2024-12-24', '2025-07-03', '2025-12-24', '2026-12-24']),
    // prettier-ignore
    ...onDates(AFTER_HOLIDAY, [
      '2024-01-16', '2024-02-20', '2024-05-28', '2024-06-20', '2024-07-05', '2024-09-03',
      '2025-01-21', '2025-02-18', '2025-05-27', '2025-06-20', '2025-09-02',
      '2026-01-20', '2026-02-17', '2026-05-26', '2026-09-08',
    ]),
    ...onDates(AFTER_FRIDAY, ['2025-07-07', '2026-06-22', '2026-07-06']),
    ...onDates(AFTER_THANKSGIVING, ['2024-11-29', '2025-11-28', '2026-11-27']),
    '2025-01-09': [['-1 17:00', '08:30']],
    '2026-04-03': [['-1 17:00', '08:15']],
  },
});

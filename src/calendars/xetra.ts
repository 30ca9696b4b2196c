import { TradingCalendar } from '../core/calendars/trading-calendar.js';
import { mondayToFriday } from './monday-to-friday.js';
import { onDates } from './on-dates.js';

/**
 * Xetra: 09:00 to 17:30 in Frankfurt; on the last trading day of a year until 14:00, which Deutsche Börse confirms each December. The closing auction follows.
 * 24 and 31 December have no trading. The day begins at midnight in Frankfurt.
 */
export const xetra: TradingCalendar = /* @__PURE__ */ TradingCalendar.of({
  name: 'xetra',
  label: 'Xetra',
  timeZone: 'Europe/Berlin',
  trading: mondayToFriday([['09:00', '17:30']]),
  firstYear: 2024,
  lastYear: 2029,
  source: 'Deutsche Börse Cash Market: trading calendar, non-trading days 2024 to 2029',
  // prettier-ignore
  holidays: [
    '2024-01-01', '2024-03-29', '2024-04-01', '2024-05-01', '2024-12-24', '2024-12-25', '2024-12-26',
    '2024-12-31',
    '2025-01-01', '2025-04-18', '2025-04-21', '2025-05-01', '2025-12-24', '2025-12-25', '2025-12-26',
    '2025-12-31',
    '2026-01-01', '2026-04-03', '2026-04-06', '2026-05-01', '2026-12-24', '2026-12-25', '2026-12-31',
    '2027-01-01', '2027-03-26', '2027-03-29', '2027-12-24', '2027-12-31',
    '2028-04-14', '2028-04-17', '2028-05-01', '2028-12-25', '2028-12-26',
    '2029-01-01', '2029-03-30', '2029-04-02', '2029-05-01', '2029-12-24', '2029-12-25', '2029-12-26',
    '2029-12-31',
  ],
  specialDays: onDates(
    [['09:00', '14:00']],
    ['2024-12-30', '2025-12-30', '2026-12-30', '2027-12-30', '2028-12-29', '2029-12-28'],
  ),
});

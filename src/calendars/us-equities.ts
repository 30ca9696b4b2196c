import { TradingCalendar } from '../core/calendars/trading-calendar.js';
import { mondayToFriday } from './monday-to-friday.js';
import { onDates } from './on-dates.js';

/**
 * Shares in the United States (NYSE, Nasdaq, Cboe): 09:30 to 16:00 in New York; half days until 13:00. Trading before and after these hours is part of the
 * day, which begins at midnight in New York, but not of the session.
 */
export const usEquities: TradingCalendar = /* @__PURE__ */ TradingCalendar.of({
  name: 'us-equities',
  label: 'US',
  timeZone: 'America/New_York',
  trading: mondayToFriday([['09:30', '16:00']]),
  firstYear: 2024,
  lastYear: 2028,
  source:
    'NYSE Group: holiday and early closings calendars 2024 to 2028 (the last of 2025-12-23), and its notice of the day of mourning on 2025-01-09',
  // prettier-ignore
  holidays: [
    '2024-01-01', '2024-01-15', '2024-02-19', '2024-03-29', '2024-05-27', '2024-06-19', '2024-07-04',
    '2024-09-02', '2024-11-28', '2024-12-25',
    // 9 January: national day of mourning.
    '2025-01-01', '2025-01-09', '2025-01-20', '2025-02-17', '2025-04-18', '2025-05-26', '2025-06-19',
    '2025-07-04', '2025-09-01', '2025-11-27', '2025-12-25',
    '2026-01-01', '2026-01-19', '2026-02-16', '2026-04-03', '2026-05-25', '2026-06-19', '2026-07-03',
    '2026-09-07', '2026-11-26', '2026-12-25',
    '2027-01-01', '2027-01-18', '2027-02-15', '2027-03-26', '2027-05-31', '2027-06-18', '2027-07-05',
    '2027-09-06', '2027-11-25', '2027-12-24',
    // 1 January 2028 is a Saturday: it is not observed on another day.
    '2028-01-17', '2028-02-21', '2028-04-14', '2028-05-29', '2028-06-19', '2028-07-04', '2028-09-04',
    '2028-11-23', '2028-12-25',
  ],
  // prettier-ignore
  specialDays: onDates(
    [['09:30', '13:00']],
    [
      '2024-07-03', '2024-11-29', '2024-12-24',
      '2025-07-03', '2025-11-28', '2025-12-24',
      '2026-11-27', '2026-12-24',
      '2027-11-26',
      '2028-07-03', '2028-11-24',
    ],
  ),
});

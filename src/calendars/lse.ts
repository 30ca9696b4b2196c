import { TradingCalendar } from '../core/calendars/trading-calendar.js';
import { mondayToFriday } from './monday-to-friday.js';
import { onDates } from './on-dates.js';

/**
 * London Stock Exchange: 08:00 to 16:30 in London; on the last trading days before Christmas and New Year until 12:30. The closing auction follows. The day
 * begins at midnight in London.
 */
export const lse: TradingCalendar = /* @__PURE__ */ TradingCalendar.of({
  name: 'lse',
  label: 'London',
  timeZone: 'Europe/London',
  trading: mondayToFriday([['08:00', '16:30']]),
  firstYear: 2024,
  lastYear: 2027,
  source:
    'London Stock Exchange: business days, which are those without a bank holiday in England; GOV.UK: bank holidays 2024 to 2027',
  // prettier-ignore
  holidays: [
    '2024-01-01', '2024-03-29', '2024-04-01', '2024-05-06', '2024-05-27', '2024-08-26', '2024-12-25',
    '2024-12-26',
    '2025-01-01', '2025-04-18', '2025-04-21', '2025-05-05', '2025-05-26', '2025-08-25', '2025-12-25',
    '2025-12-26',
    '2026-01-01', '2026-04-03', '2026-04-06', '2026-05-04', '2026-05-25', '2026-08-31', '2026-12-25',
    '2026-12-28',
    '2027-01-01', '2027-03-26', '2027-03-29', '2027-05-03', '2027-05-31', '2027-08-30', '2027-12-27',
    '2027-12-28',
  ],
  // prettier-ignore
  specialDays: onDates(
    [['08:00', '12:30']],
    [
      '2024-12-24', '2024-12-31', '2025-12-24', '2025-12-31',
      '2026-12-24', '2026-12-31', '2027-12-24', '2027-12-31',
    ],
  ),
});

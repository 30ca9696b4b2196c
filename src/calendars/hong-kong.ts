import { TradingCalendar } from '../core/calendars/trading-calendar.js';
import { mondayToFriday } from './monday-to-friday.js';
import { onDates } from './on-dates.js';

/**
 * Hong Kong Stock Exchange: 09:30 to 12:00 and 13:00 to 16:00; only the morning on the eves of Christmas, New Year and Lunar New Year. It has traded through
 * typhoons since 23 September 2024; before, on 6 September 2024, one closed it. The day begins at midnight in Hong Kong.
 */
export const hongKong: TradingCalendar = /* @__PURE__ */ TradingCalendar.of({
  name: 'hong-kong',
  label: 'Hong Kong',
  timeZone: 'Asia/Hong_Kong',
  trading: mondayToFriday([
    ['09:30', '12:00'],
    ['13:00', '16:00'],
  ]),
  firstYear: 2024,
  lastYear: 2027,
  source:
    'HKEX: closed on general holidays, half days on three eves, notice of 2024-09-06; Government of Hong Kong: general holidays 2024 to 2027',
  // prettier-ignore
  holidays: [
    '2024-01-01', '2024-02-12', '2024-02-13', '2024-03-29', '2024-04-01', '2024-04-04', '2024-05-01',
    '2024-05-15', '2024-06-10', '2024-07-01', '2024-09-06', '2024-09-18', '2024-10-01', '2024-10-11',
    '2024-12-25', '2024-12-26',
    '2025-01-01', '2025-01-29', '2025-01-30', '2025-01-31', '2025-04-04', '2025-04-18', '2025-04-21',
    '2025-05-01', '2025-05-05', '2025-07-01', '2025-10-01', '2025-10-07', '2025-10-29', '2025-12-25',
    '2025-12-26',
    // Ching Ming fell on Easter Sunday: both the Monday and the Tuesday after it are holidays.
    '2026-01-01', '2026-02-17', '2026-02-18', '2026-02-19', '2026-04-03', '2026-04-06', '2026-04-07',
    '2026-05-01', '2026-05-25', '2026-06-19', '2026-07-01', '2026-10-01', '2026-10-19', '2026-12-25',
    '2027-01-01', '2027-02-08', '2027-02-09', '2027-03-26', '2027-03-29', '2027-04-05', '2027-05-13',
    '2027-06-09', '2027-07-01', '2027-09-16', '2027-10-01', '2027-10-08', '2027-12-27',
  ],
  // prettier-ignore
  specialDays: onDates(
    [['09:30', '12:00']],
    [
      '2024-02-09', '2024-12-24', '2024-12-31', '2025-01-28', '2025-12-24', '2025-12-31',
      '2026-02-16', '2026-12-24', '2026-12-31', '2027-02-05', '2027-12-24', '2027-12-31',
    ],
  ),
});

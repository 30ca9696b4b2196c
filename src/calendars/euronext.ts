import { TradingCalendar } from '../core/calendars/trading-calendar.js';
import { mondayToFriday } from './monday-to-friday.js';
import { onDates } from './on-dates.js';

/**
 * Euronext in Amsterdam, Brussels, Dublin, Lisbon and Paris: 09:00 to 17:30 in Paris; on 24 and 31 December until 14:05. Its markets in Milan and Oslo have more
 * holidays: make calendars of your own from this one. The day begins at midnight in Paris.
 */
export const euronext: TradingCalendar = /* @__PURE__ */ TradingCalendar.of({
  name: 'euronext',
  label: 'Euronext',
  timeZone: 'Europe/Paris',
  trading: mondayToFriday([['09:00', '17:30']]),
  firstYear: 2024,
  lastYear: 2027,
  source:
    'Euronext: trading hours and holidays, whose days are the same each year: 1 January, Good Friday, Easter Monday, 1 May, 25 and 26 December',
  // prettier-ignore
  holidays: [
    '2024-01-01', '2024-03-29', '2024-04-01', '2024-05-01', '2024-12-25', '2024-12-26',
    '2025-01-01', '2025-04-18', '2025-04-21', '2025-05-01', '2025-12-25', '2025-12-26',
    '2026-01-01', '2026-04-03', '2026-04-06', '2026-05-01', '2026-12-25',
    '2027-01-01', '2027-03-26', '2027-03-29',
  ],
  // prettier-ignore
  specialDays: onDates(
    [['09:00', '14:05']],
    [
      '2024-12-24', '2024-12-31', '2025-12-24', '2025-12-31',
      '2026-12-24', '2026-12-31', '2027-12-24', '2027-12-31',
    ],
  ),
});

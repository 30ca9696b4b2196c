import { TradingCalendar } from '../core/calendars/trading-calendar.js';
import { mondayToFriday } from './monday-to-friday.js';

/**
 * Exchanges in Shanghai, Shenzhen and Beijing: 09:30 to 11:30 and 13:00 to 15:00. On Saturdays and Sundays that are working days in exchange for holidays they stay
 * closed. The exchanges publish the dates of a year in the December before it. The day begins at midnight in Shanghai.
 */
export const mainlandChina: TradingCalendar = /* @__PURE__ */ TradingCalendar.of({
  name: 'mainland-china',
  label: 'China',
  timeZone: 'Asia/Shanghai',
  trading: mondayToFriday([
    ['09:30', '11:30'],
    ['13:00', '15:00'],
  ]),
  firstYear: 2024,
  lastYear: 2026,
  source:
    'Shanghai Stock Exchange: notices of 2023-12-26, 2024-12-23 and 2025-12-22 on closed days, with the same dates as Shenzhen and Beijing',
  // prettier-ignore
  holidays: [
    '2024-01-01', '2024-02-09', '2024-02-12', '2024-02-13', '2024-02-14', '2024-02-15', '2024-02-16',
    '2024-04-04', '2024-04-05', '2024-05-01', '2024-05-02', '2024-05-03', '2024-06-10', '2024-09-16',
    '2024-09-17', '2024-10-01', '2024-10-02', '2024-10-03', '2024-10-04', '2024-10-07',
    '2025-01-01', '2025-01-28', '2025-01-29', '2025-01-30', '2025-01-31', '2025-02-03', '2025-02-04',
    '2025-04-04', '2025-05-01', '2025-05-02', '2025-05-05', '2025-06-02', '2025-10-01', '2025-10-02',
    '2025-10-03', '2025-10-06', '2025-10-07', '2025-10-08',
    '2026-01-01', '2026-01-02', '2026-02-16', '2026-02-17', '2026-02-18', '2026-02-19', '2026-02-20',
    '2026-02-23', '2026-04-06', '2026-05-01', '2026-05-04', '2026-05-05', '2026-06-19', '2026-09-25',
    '2026-10-01', '2026-10-02', '2026-10-05', '2026-10-06', '2026-10-07',
  ],
});

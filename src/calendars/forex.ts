import { TradingCalendar } from '../core/calendars/trading-calendar.js';
import { mondayToFriday } from './monday-to-friday.js';

/**
 * Spot FX between banks: Sunday 17:00 to Friday 17:00 in New York, without holidays; a day ends at 17:00 in New York. Brokers close on Christmas and New Year's Day:
 * make a calendar of your own from this one, with their dates.
 */
export const forex: TradingCalendar = /* @__PURE__ */ TradingCalendar.of({
  name: 'forex',
  label: 'FX',
  timeZone: 'America/New_York',
  trading: mondayToFriday([['-1 17:00', '17:00']]),
  dayStartsAt: 'previous-close',
  source: 'Convention of the market: value dates change at 17:00 in New York',
});

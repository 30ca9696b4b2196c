import type { LocalHours } from '../core/calendars/local-hours.js';
import { TradingCalendar } from '../core/calendars/trading-calendar.js';
import { mondayToFriday } from './monday-to-friday.js';

const ALL_DAY: LocalHours = [['00:00', '24:00']];

/** Crypto venues: always open. A day ends at 00:00 UTC. */
export const cryptoMarkets: TradingCalendar = /* @__PURE__ */ TradingCalendar.of({
  name: 'crypto',
  label: 'Crypto',
  timeZone: 'UTC',
  trading: { ...mondayToFriday(ALL_DAY), saturday: ALL_DAY, sunday: ALL_DAY },
  dayStartsAt: 'previous-close',
  source: 'Convention: venues date their daily figures by the day of UTC',
});

/**
 * Trading calendars: when a market trades, and which trading day a moment belongs to. Built-in ones, and your own. Previous closes from a CSV.
 * @packageDocumentation
 */
export { TradingCalendar } from '../core/calendars/trading-calendar.js';
export type { TradingCalendarData, TradingCalendarInput } from '../core/calendars/trading-calendar-input.js';
export type { TradingBreak, TradingSession } from '../core/calendars/trading-session.js';
export type { LocalHours, TradingWeek, Weekday } from '../core/calendars/local-hours.js';
export type { SessionPlanInput } from '../core/calendars/session-plan.js';
export { csvPreviousCloses, type CsvPreviousClosesOptions } from '../core/calendars/csv-previous-closes.js';
export type {
  PreviousClose,
  PreviousCloses,
  PreviousClosesRequest,
} from '../core/calendars/previous-closes.js';
export { cmeGlobex } from './cme-globex.js';
export { cryptoMarkets } from './crypto-markets.js';
export { euronext } from './euronext.js';
export { forex } from './forex.js';
export { hongKong } from './hong-kong.js';
export { lse } from './lse.js';
export { mainlandChina } from './mainland-china.js';
export { mondayToFriday } from './monday-to-friday.js';
export { tokyo } from './tokyo.js';
export { usEquities } from './us-equities.js';
export { usOptions } from './us-options.js';
export { xetra } from './xetra.js';

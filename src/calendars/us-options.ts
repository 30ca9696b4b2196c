import { TradingCalendar } from '../core/calendars/trading-calendar.js';
import { usEquities } from './us-equities.js';

/**
 * Options on shares in the United States: days and hours of the shares. Options on some funds and indices trade 15 minutes longer, those on the S&P 500 and
 * the VIX nearly all day: make a calendar of your own for them.
 */
export const usOptions: TradingCalendar = /* @__PURE__ */ TradingCalendar.of({
  name: 'us-options',
  label: 'US options',
  extends: usEquities,
  source:
    'NYSE Group: the holiday and early closings calendars name NYSE American Options and NYSE Arca Options with the shares',
});

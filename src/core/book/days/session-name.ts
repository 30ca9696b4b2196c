import type { TradingCalendar } from '../../calendars/trading-calendar.js';
import type { SessionName } from '../../portfolio/figures/portfolio-valuation.js';

/** The trading day that a time is in, to show; `null` without a calendar, and outside of the years that it covers. */
export function sessionName(calendar: TradingCalendar | null | undefined, now: number): SessionName | null {
  const session = calendar?.sessionAt(now);
  return session ? { calendar: calendar!.name, label: calendar!.label, date: session.date } : null;
}

import type { TradingCalendar } from './trading-calendar.js';
import type { TradingSession } from './trading-session.js';

/** How long a previous close counts where no calendar says when its day ends, in ms: four days, the longest common weekend. */
export const CLOSE_LIFE_MS = 96 * 3_600_000;

const DAY_MS = 86_400_000;

/** 00:00 UTC of the day, ms since 1970. */
export function startOfUtcDay(now: number): number {
  return Math.floor(now / DAY_MS) * DAY_MS;
}

/** The session before the trading day of a time, whose close is the previous one; `null` where the calendar does not cover both. */
export function sessionBefore(calendar: TradingCalendar, at: number): TradingSession | null {
  const session = calendar.sessionAt(at);
  return session && calendar.previousSession(session);
}

/**
 * The date of a previous close that came without one, with a price of time `at`: when the session before that of the price closed. Without a
 * calendar: `dayStart` of the price.
 */
export function dateOfClose(
  calendar: TradingCalendar | null,
  at: number,
  dayStart: (now: number) => number,
): number {
  const before = calendar && sessionBefore(calendar, at);
  return before ? before.closesAt : dayStart(at);
}

/**
 * From when on a close counts as the previous one, ms since 1970, that moment excluded: when the day of its session is over. Without a calendar: at once.
 * `Infinity` for a close that is of no session.
 */
export function closeCountsAfter(calendar: TradingCalendar | null, closeAt: number): number {
  return calendar ? (calendar.sessionOfClose(closeAt)?.endsAt ?? Infinity) : -Infinity;
}

/**
 * Until when a close counts as the previous one, ms since 1970: the day of the session after it ends. Without a calendar: 96 hours after the close. `-Infinity` for a
 * close that is of no session, and where the calendar does not cover the day after it.
 */
export function closeCountsUntil(calendar: TradingCalendar | null, closeAt: number): number {
  if (!calendar) return closeAt + CLOSE_LIFE_MS;
  const session = calendar.sessionOfClose(closeAt);
  const next = session && calendar.nextSession(session);
  return next ? next.endsAt : -Infinity;
}

import { describe, expect, test } from 'vitest';
import type { TradingCalendar } from 'tickmark/calendars';

/** When a session is open, in times of UTC: from, to, and the breaks between them. `closed`: its date has no session. */
type Hours =
  'closed' | readonly [from: string, to: string, ...breaks: ReadonlyArray<readonly [string, string]>];

/** What is known of a market, from elsewhere than its calendar. */
interface Facts {
  /** A date, its hours, and who says so. */
  readonly sessions: ReadonlyArray<readonly [date: string, hours: Hours, source: string]>;
  /** A moment, the date of the session whose day it is in, and why. */
  readonly days: ReadonlyArray<readonly [moment: string, date: string | null, reason: string]>;
  /** A moment, and whether the market is open. */
  readonly open: ReadonlyArray<readonly [moment: string, isOpen: boolean | null, reason: string]>;
}

/** Tests that a calendar knows the facts of its market. */
export function describeFacts(calendar: TradingCalendar, { sessions, days, open }: Facts): void {
  describe(calendar.name, () => {
    test.each(sessions)('%s is %j: %s', (date, hours) => {
      const session = calendar.session(date);
      if (hours === 'closed') {
        expect(session).toBeNull();
        return;
      }
      const [from, to, ...breaks] = hours;
      const time = (text: string): number => Date.parse(text.includes('T') ? text : `${date}T${text}Z`);
      expect(session).toMatchObject({
        date,
        opensAt: time(from),
        closesAt: time(to),
        breaks: breaks.map(([start, end]) => ({ from: time(start), to: time(end) })),
      });
    });

    test.each(days)('%s is in the day of %s: %s', (moment, date) => {
      expect(calendar.sessionAt(Date.parse(moment))?.date ?? null).toBe(date);
    });

    test.each(open)('is open at %s: %s, %s', (moment, isOpen) => {
      expect(calendar.isOpen(Date.parse(moment))).toBe(isOpen);
    });

    test('has as many sessions in each year as weekdays that are not holidays', () => {
      const { firstYear, lastYear, holidays } = calendar;
      if (firstYear === null || lastYear === null) return;
      for (let year = firstYear; year <= lastYear; year++) {
        let expected = 0;
        for (let day = Date.UTC(year, 0, 1); day < Date.UTC(year + 1, 0, 1); day += 86_400_000) {
          const weekday = new Date(day).getUTCDay();
          const date = new Date(day).toISOString().slice(0, 10);
          if (weekday !== 0 && weekday !== 6 && !holidays.includes(date)) expected++;
        }
        const dates = new Set<string>();
        for (let at = Date.UTC(year, 0, 1); at < Date.UTC(year + 1, 0, 1); at += 3_600_000) {
          const date = calendar.sessionAt(at)?.date;
          if (date?.startsWith(`${year}-`)) dates.add(date);
        }
        expect([year, dates.size]).toEqual([year, expected]);
      }
    });

    test('lists no holiday on a weekend, which would hide a wrong date', () => {
      const weekends = calendar.holidays.filter((date) => [0, 6].includes(new Date(date).getUTCDay()));
      expect(weekends).toEqual([]);
    });
  });
}

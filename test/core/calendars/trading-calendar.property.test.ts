import fc from 'fast-check';
import { expect, test } from 'vitest';
import { seed, sized } from '../../sizes.js';
import { randomCalendar, shown, wanted } from './random-calendar.js';

const runs = { seed, numRuns: sized({ quick: 40, gate: 45, full: 1500 }) };
const DAY_MS = 86_400_000;
const times = fc.integer({ min: Date.UTC(2022, 11, 28), max: Date.UTC(2025, 0, 4) });

test('has a session on each date that trades, in their order', () => {
  fc.assert(
    fc.property(randomCalendar, ({ sessions, dates }) => {
      expect(sessions.map(({ date }) => date)).toEqual(dates);
    }),
    runs,
  );
});

test('days tile time, and each holds its session', () => {
  fc.assert(
    fc.property(randomCalendar, ({ calendar, sessions }) => {
      for (const [at, session] of sessions.entries()) {
        const { startsAt, opensAt, closesAt, endsAt, breaks } = session;
        const edges = [startsAt, opensAt, ...breaks.flatMap(({ from, to }) => [from, to]), closesAt, endsAt];
        expect(edges).toEqual([...edges].sort((one, other) => one - other));
        const next = sessions[at + 1];
        if (next) expect(next.startsAt).toBe(endsAt);
        expect(calendar.nextSession(session)).toBe(next ?? null);
        expect(calendar.previousSession(session)).toBe(sessions[at - 1] ?? null);
      }
    }),
    runs,
  );
});

test('the day of a time is that which began last, and a boundary is part of the day before', () => {
  fc.assert(
    fc.property(randomCalendar, fc.array(times, { maxLength: 30 }), ({ calendar, sessions }, some) => {
      const boundaries = sessions.slice(0, 20).flatMap(({ startsAt }) => [startsAt, startsAt + 1]);
      for (const time of [...some, ...boundaries, sessions.at(-1)!.endsAt, sessions.at(-1)!.endsAt + 1]) {
        const expected = sessions.find(({ startsAt, endsAt }) => time > startsAt && time <= endsAt) ?? null;
        expect(calendar.sessionAt(time)).toBe(expected);
        expect(calendar.covers(time)).toBe(expected !== null);
      }
    }),
    runs,
  );
});

test('opens and closes when clocks of the zone show it, for the first time, or skip it', () => {
  fc.assert(
    fc.property(randomCalendar, ({ calendar: { timeZone }, sessions, hoursOn }) => {
      for (const { date, opensAt, closesAt } of sessions) {
        const hours = hoursOn(date);
        for (const [at, time] of [
          [opensAt, hours[0]![0]],
          [closesAt, hours.at(-1)![1]],
        ] as const) {
          const text = wanted(date, time);
          const now = shown(at, timeZone);
          if (now === text) {
            // Clocks that are set back show it once more; it is the first time if an hour before they did not.
            for (const minutes of [30, 60]) expect(shown(at - minutes * 60_000, timeZone)).not.toBe(text);
          } else {
            expect(now > text).toBe(true);
            expect(shown(at - 1000, timeZone) < text).toBe(true);
          }
        }
      }
    }),
    { ...runs, numRuns: sized({ quick: 6, gate: 6, full: 400 }) },
  );
});

test('is open as the hours say, and changes at the next change, not before', () => {
  fc.assert(
    fc.property(
      randomCalendar,
      fc.array(times, { minLength: 1, maxLength: 20 }),
      ({ calendar, sessions }, some) => {
        const isTraded = (time: number): boolean =>
          sessions.some(
            ({ opensAt, closesAt, breaks }) =>
              time >= opensAt && time < closesAt && !breaks.some(({ from, to }) => time >= from && time < to),
          );
        for (const time of some) {
          if (!calendar.covers(time)) {
            expect([calendar.isOpen(time), calendar.nextChange(time)]).toEqual([null, null]);
            continue;
          }
          const now = isTraded(time);
          expect(calendar.isOpen(time)).toBe(now);
          const change = calendar.nextChange(time);
          const until = change ?? sessions.at(-1)!.closesAt;
          expect(until >= time || change === null).toBe(true);
          if (change !== null) expect(isTraded(change)).toBe(!now);
          // No edge of a session before it changes anything.
          const edges = sessions.flatMap(({ opensAt, closesAt, breaks }) => [
            opensAt,
            closesAt,
            ...breaks.flatMap(({ from, to }) => [from, to]),
          ]);
          const earlier = edges.filter((edge) => edge > time && (change === null || edge < change));
          expect(earlier.filter((edge) => isTraded(edge) !== now)).toEqual([]);
        }
      },
    ),
    { ...runs, numRuns: sized({ quick: 15, gate: 18, full: 1000 }) },
  );
});

test('a close is read as its session’s, dated at it, minutes after it, at midnight after it, or by its date in UTC', () => {
  fc.assert(
    fc.property(randomCalendar, fc.integer({ min: 0, max: 10 }), ({ calendar, sessions }, minutes) => {
      const closes = new Set(sessions.map(({ closesAt }) => closesAt));
      const dates = new Set(sessions.map(({ date }) => Date.parse(date)));
      for (const [at, session] of sessions.entries()) {
        const next = sessions[at + 1];
        // Clocks may skip all of a session.
        if (session.opensAt === session.closesAt || next?.opensAt === next?.closesAt) continue;
        expect(calendar.sessionOfClose(session.closesAt)).toBe(session);
        const auction = session.closesAt + minutes * 60_000;
        const isCovered = next !== undefined || auction <= session.endsAt;
        if (isCovered && !closes.has(auction) && !dates.has(auction))
          expect(calendar.sessionOfClose(auction)).toBe(session);
        if (!dates.has(session.endsAt) && session.endsAt < (next?.opensAt ?? Infinity))
          expect(calendar.sessionOfClose(session.endsAt)).toBe(session);
        const date = Date.parse(session.date);
        if (!closes.has(date)) expect(calendar.sessionOfClose(date)).toBe(session);
      }
    }),
    runs,
  );
});

test('no time is read as the close of a session that had not closed, but for its date in UTC, or that another one has followed', () => {
  fc.assert(
    fc.property(randomCalendar, fc.array(times, { maxLength: 30 }), ({ calendar, sessions }, some) => {
      for (const time of [...some, ...some.map((each) => Math.floor(each / DAY_MS) * DAY_MS)]) {
        const session = calendar.sessionOfClose(time);
        if (!session || session.date === new Date(time).toISOString().slice(0, 10)) continue;
        expect(session.closesAt).toBeLessThanOrEqual(time);
        const closedSince = sessions.filter(
          ({ closesAt }) => closesAt > session.closesAt && closesAt <= time,
        );
        expect(closedSince).toEqual([]);
      }
    }),
    runs,
  );
});

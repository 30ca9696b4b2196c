import { describe, expect, test } from 'vitest';
import { TradingCalendar } from '../../../src/core/calendars/trading-calendar.js';
import type { TradingCalendarInput } from '../../../src/core/calendars/trading-calendar-input.js';
import { rejection } from '../../rejection.js';

const HOURS = [['09:30', '16:00']] as const;
const WEEK = { monday: HOURS, tuesday: HOURS, wednesday: HOURS, thursday: HOURS, friday: HOURS };
const INPUT = {
  name: 'test',
  timeZone: 'America/New_York',
  trading: WEEK,
  firstYear: 2026,
  lastYear: 2026,
} satisfies TradingCalendarInput;
const calendar = TradingCalendar.of({ ...INPUT, label: 'T', source: 'made up', holidays: ['2026-11-26'] });
const utc = (text: string): number => Date.parse(text);

describe('of()', () => {
  test.each<[string, object, string]>([
    ['a misspelt field', { ...INPUT, holiday: [] }, 'unknown option "holiday"; did you mean "holidays"?'],
    ['no name', { ...INPUT, name: '' }, 'TradingCalendar: name: expected a string of 1 to 64 characters'],
    ['an unknown zone', { ...INPUT, timeZone: 'Mars/Olympus' }, 'timeZone: expected a time zone such as'],
    ['no hours', { ...INPUT, trading: undefined }, 'trading: expected hours by weekday'],
    ['an empty week', { ...INPUT, trading: {} }, 'trading: expected at least one weekday'],
    ['a misspelt weekday', { ...INPUT, trading: { mondy: HOURS } }, 'did you mean "monday"?'],
    ['no hours on a day', { ...INPUT, trading: { monday: [] } }, 'monday: expected a list of [from, to]'],
    ['half a pair', { ...INPUT, trading: { monday: [['09:30']] } }, 'expected a pair of times'],
    ['a bad time', { ...INPUT, trading: { monday: [['9:30', '16:00']] } }, 'expected a time such as "09:30"'],
    ['25 hours', { ...INPUT, trading: { monday: [['09:30', '25:00']] } }, 'expected a time such as "09:30"'],
    [
      '61 minutes',
      { ...INPUT, trading: { monday: [['09:61', '16:00']] } },
      'expected a time such as "09:30"',
    ],
    [
      'hours that end before',
      { ...INPUT, trading: { monday: [['16:00', '09:30']] } },
      'a time after "16:00"',
    ],
    [
      'hours that touch',
      {
        ...INPUT,
        trading: {
          monday: [
            ['09:00', '12:00'],
            ['12:00', '15:00'],
          ],
        },
      },
      'a time after the end of the hours before it',
    ],
    ['30 February', { ...INPUT, holidays: ['2026-02-30'] }, 'expected a date such as "2026-11-27"'],
    ['a date twice', { ...INPUT, holidays: ['2026-12-25', '2026-12-25'] }, '"2026-12-25" is listed twice'],
    ['a date beyond its years', { ...INPUT, holidays: ['2027-12-24'] }, 'a date from firstYear to lastYear'],
    [
      'a holiday with hours',
      { ...INPUT, holidays: ['2026-12-24'], specialDays: { '2026-12-24': HOURS } },
      '2026-12-24 is a holiday and a special day',
    ],
    [
      'holidays without their years',
      { ...INPUT, lastYear: undefined, holidays: ['2026-12-25'] },
      'lastYear: expected a year, or null, as there are holidays or special days',
    ],
    ['years that end before', { ...INPUT, lastYear: 2025 }, 'lastYear: expected a year from 2026'],
    ['half a year', { ...INPUT, lastYear: 2026.5 }, 'lastYear: expected a whole number'],
    ['a bad start of days', { ...INPUT, dayStartsAt: 'midnight' }, 'dayStartsAt: expected a time'],
    [
      'a day that begins within its session',
      { ...INPUT, dayStartsAt: '10:00' },
      'the session of tuesday opens before its day begins',
    ],
    [
      'a day that begins within the session before',
      { ...INPUT, dayStartsAt: '-1 15:00' },
      'the session of tuesday begins its day before the session before it closes (monday)',
    ],
    [
      'sessions that overlap',
      {
        ...INPUT,
        trading: { monday: HOURS, tuesday: [['-1 15:00', '16:00']] },
        dayStartsAt: 'previous-close',
      },
      'the session of tuesday opens before the session before it closes (monday)',
    ],
    [
      'a special day that overlaps',
      { ...INPUT, dayStartsAt: 'previous-close', specialDays: { '2026-11-25': [['-1 12:00', '16:00']] } },
      'the session of 2026-11-25 opens before the session before it closes (2026-11-24)',
    ],
    [
      'a change of hours at which sessions overlap',
      {
        ...INPUT,
        trading: { monday: [['-2 09:00', '16:00']] },
        tradingBefore: { '2026-06-07': { friday: [['09:00', '+1 20:00']] } },
        dayStartsAt: 'previous-close',
      },
      'the session of 2026-06-08 opens before the session before it closes (2026-06-05)',
    ],
    ['a base that is none', { name: 'own', extends: 'us-equities' }, 'extends: expected a TradingCalendar'],
  ])('refuses %s', async (_, input, message) => {
    const error = await rejection(
      Promise.resolve().then(() => TradingCalendar.of(input as TradingCalendarInput)),
    );
    expect(error).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining(message) as string,
    });
  });

  test('fills in what is left out, and freezes all', () => {
    const plain = TradingCalendar.of({ name: 'plain', timeZone: 'UTC', trading: WEEK });
    expect(plain).toMatchObject({
      label: 'plain',
      dayStartsAt: '00:00',
      holidays: [],
      specialDays: {},
      firstYear: null,
      lastYear: null,
      source: null,
    });
    expect(Object.isFrozen(plain) && Object.isFrozen(plain.trading.monday![0])).toBe(true);
    expect(Object.isFrozen(plain.session('2026-11-27'))).toBe(true);
    expect(TradingCalendar.of(plain)).toBe(plain);
  });

  test('makes a calendar from another one: own dates are added, own hours replace', () => {
    const own = TradingCalendar.of({
      name: 'own',
      extends: calendar,
      holidays: ['2026-12-24'],
      specialDays: { '2026-11-26': [['09:30', '12:00']] },
    });
    expect(own).toMatchObject({
      label: 'T',
      source: 'made up',
      timeZone: 'America/New_York',
      lastYear: 2026,
    });
    expect([own.session('2026-12-24'), own.session('2026-11-26')?.isShortened]).toEqual([null, true]);
    expect(calendar.session('2026-11-26')).toBeNull();
    expect([own.holidays, Object.keys(own.specialDays)]).toEqual([['2026-12-24'], ['2026-11-26']]);
    const closed = TradingCalendar.of({ name: 'closed', extends: own, holidays: ['2026-11-26'] });
    expect([closed.session('2026-11-26'), closed.specialDays]).toEqual([null, {}]);
  });

  test('takes of another one only what is in its own years', () => {
    const next = TradingCalendar.of({ name: 'next', extends: calendar, firstYear: 2027, lastYear: 2027 });
    expect([next.holidays, next.session('2026-11-25'), next.session('2027-11-26')?.date]).toEqual([
      [],
      null,
      '2027-11-26',
    ]);
  });

  test('leaves the hours of the past of another one, when it has hours of its own', () => {
    const past = { '2026-06-01': { monday: [['10:00', '12:00']] } } as const;
    const changed = TradingCalendar.of({ ...INPUT, tradingBefore: past });
    expect(TradingCalendar.of({ name: 'same', extends: changed }).tradingBefore).toEqual(past);
    expect(TradingCalendar.of({ name: 'own', extends: changed, trading: WEEK }).tradingBefore).toEqual({});
  });

  test('takes hours of the past until their date', () => {
    const changed = TradingCalendar.of({
      ...INPUT,
      tradingBefore: { '2026-06-01': { monday: [['10:00', '12:00']] }, '2026-03-02': WEEK },
    });
    const closes = ['2026-02-23', '2026-02-24', '2026-03-02', '2026-03-03', '2026-06-01', '2026-06-02'].map(
      (date) => changed.session(date)?.closesAt ?? null,
    );
    expect(closes).toEqual([
      utc('2026-02-23T21:00Z'),
      utc('2026-02-24T21:00Z'),
      utc('2026-03-02T17:00Z'),
      null,
      utc('2026-06-01T20:00Z'),
      utc('2026-06-02T20:00Z'),
    ]);
  });
});

describe('sessions', () => {
  test('are of a date, or of none', () => {
    expect(calendar.session('2026-11-25')).toEqual({
      calendar: 'test',
      date: '2026-11-25',
      startsAt: utc('2026-11-25T05:00Z'),
      opensAt: utc('2026-11-25T14:30Z'),
      closesAt: utc('2026-11-25T21:00Z'),
      endsAt: utc('2026-11-27T05:00Z'),
      breaks: [],
      isShortened: false,
    });
    expect(['2026-11-26', '2026-11-28', '2025-12-31'].map((date) => calendar.session(date))).toEqual([
      null,
      null,
      null,
    ]);
    expect(() => calendar.session('2026-11-31')).toThrow('expected a date such as "2026-11-27"');
  });

  test('are shortened by a late opening and by an early close, not by a date of their own', () => {
    const special = TradingCalendar.of({
      ...INPUT,
      specialDays: {
        '2026-11-24': [['11:00', '16:00']],
        '2026-11-25': [['08:00', '15:00']],
        '2026-11-27': [['09:00', '16:30']],
        '2026-11-28': [['10:00', '11:00']],
      },
    });
    const dates = ['2026-11-23', '2026-11-24', '2026-11-25', '2026-11-27', '2026-11-28'];
    expect(dates.map((date) => special.session(date)?.isShortened)).toEqual([
      false,
      true,
      true,
      false,
      false,
    ]);
  });

  test('end where the covered years end', () => {
    const last = calendar.session('2026-12-31')!;
    expect(last.endsAt).toBe(utc('2027-01-01T05:00Z'));
    expect(calendar.nextSession(last)).toBeNull();
    expect(calendar.previousSession(calendar.session('2026-01-01')!)).toBeNull();
    expect([NaN, Infinity, -1e300, utc('2025-06-01T00:00Z')].map((at) => calendar.sessionAt(at))).toEqual(
      Array(4).fill(null),
    );
  });

  test('of another calendar have no neighbours here', () => {
    const other = TradingCalendar.of({ ...INPUT, name: 'other' }).session('2026-11-25')!;
    expect(() => calendar.nextSession(other)).toThrow('expected a session of its own, got "other"');
  });

  test('are found across a year without any', () => {
    const rare = TradingCalendar.of({
      name: 'rare',
      timeZone: 'UTC',
      trading: { monday: HOURS },
      firstYear: 2024,
      lastYear: 2026,
      holidays: Array.from({ length: 53 }, (_, week) => Date.UTC(2025, 0, 6 + week * 7))
        .filter((at) => at < Date.UTC(2026, 0, 1))
        .map((at) => new Date(at).toISOString().slice(0, 10)),
    });
    expect(rare.sessionAt(utc('2025-07-01T00:00Z'))?.date).toBe('2024-12-30');
    expect(rare.nextSession(rare.session('2024-12-30')!)?.date).toBe('2026-01-05');
    expect(rare.previousSession(rare.session('2026-01-05')!)?.date).toBe('2024-12-30');
  });
});

describe('nextChange()', () => {
  const allDay = [['00:00', '24:00']] as const;
  const always = { ...WEEK, saturday: allDay, sunday: allDay };
  for (const day of Object.keys(WEEK) as Array<keyof typeof WEEK>) Object.assign(always, { [day]: allDay });
  const open = (input: Partial<TradingCalendarInput>) =>
    TradingCalendar.of({ name: 'open', timeZone: 'UTC', trading: always, ...input });

  test('is none in a market that never closes, after its last holiday', () => {
    const holiday = open({ holidays: ['2026-12-25'], firstYear: null, lastYear: null });
    expect(holiday.nextChange(utc('2026-06-01T12:00Z'))).toBe(utc('2026-12-25T00:00Z'));
    expect(holiday.nextChange(utc('2026-12-25T12:00Z'))).toBe(utc('2026-12-26T00:00Z'));
    expect(holiday.nextChange(utc('2026-12-26T00:00Z'))).toBeNull();
  });

  test('is the close of the last session that is covered', () => {
    const years = { firstYear: 2026, lastYear: 2026 };
    const end = utc('2027-01-01T00:00Z');
    expect(open(years).nextChange(utc('2026-06-01T12:00Z'))).toBe(end);
    expect(open(years).nextChange(end)).toBeNull();
  });
});

describe('clock changes', () => {
  const at = (timeZone: string, date: string, hours: readonly [string, string]) => {
    const week = Object.fromEntries(
      ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'].map((day) => [
        day,
        [hours],
      ]),
    );
    const session = TradingCalendar.of({ name: 'z', timeZone, trading: week }).session(date)!;
    return [session.opensAt, session.closesAt, session.endsAt].map((time) => new Date(time).toISOString());
  };

  test('a local time that is skipped is the moment at which clocks skip it', () => {
    const moment = '2026-03-08T07:00:00.000Z';
    expect(at('America/New_York', '2026-03-08', ['02:15', '02:45']).slice(0, 2)).toEqual([moment, moment]);
    // Clocks of Beirut skip the hour after midnight: the day begins when they do.
    expect(at('Asia/Beirut', '2026-03-28', ['10:00', '12:00'])[2]).toBe('2026-03-28T22:00:00.000Z');
  });

  test('a break that is skipped is none', () => {
    const night = TradingCalendar.of({
      name: 'night',
      timeZone: 'America/New_York',
      trading: {
        sunday: [
          ['01:00', '02:15'],
          ['02:45', '04:00'],
        ],
      },
    });
    expect(night.session('2026-03-08')).toMatchObject({
      opensAt: utc('2026-03-08T06:00Z'),
      closesAt: utc('2026-03-08T08:00Z'),
      breaks: [],
    });
    expect(night.session('2026-03-15')!.breaks).toHaveLength(1);
  });

  test('a local time that occurs twice is the first of both', () => {
    expect(at('America/New_York', '2026-11-01', ['01:30', '02:00']).slice(0, 2)).toEqual([
      '2026-11-01T05:30:00.000Z',
      '2026-11-01T07:00:00.000Z',
    ]);
    // Clocks of Havana are set back from 01:00 to midnight.
    expect(at('America/Havana', '2026-10-31', ['10:00', '12:00'])[2]).toBe('2026-11-01T04:00:00.000Z');
  });

  test('a change by half an hour is one, too', () => {
    expect(at('Australia/Lord_Howe', '2026-04-05', ['01:00', '10:00']).slice(0, 2)).toEqual([
      '2026-04-04T14:00:00.000Z',
      '2026-04-04T23:30:00.000Z',
    ]);
  });
});

describe('sessionOfClose()', () => {
  test.each<[string, string | null, string]>([
    ['2026-11-25T21:00:00Z', '2026-11-25', 'the close'],
    ['2026-11-25T21:10:00Z', '2026-11-25', 'the closing auction'],
    ['2026-11-25T00:00:00Z', '2026-11-25', 'its date in UTC'],
    ['2026-11-26T05:00:00Z', '2026-11-25', 'midnight in New York after it'],
    ['2026-11-26T00:00:00Z', '2026-11-25', 'the date of a holiday in UTC: an evening after the close'],
    ['2026-11-28T18:00:00Z', '2026-11-27', 'a weekend'],
    ['2026-11-30T14:29:59Z', '2026-11-27', 'before the next opening'],
    ['2026-11-30T14:30:00Z', null, 'the next opening'],
    ['2026-11-30T18:00:00Z', null, 'while it trades'],
    ['2026-01-01T00:00:00Z', '2026-01-01', 'the first date in UTC, before its day begins'],
    ['2025-12-31T21:00:00Z', null, 'a year that is not covered'],
  ])('%s is the close of %s: %s', (at, date) => {
    expect(calendar.sessionOfClose(utc(at))?.date ?? null).toBe(date);
  });

  test('what is no time is the close of none', () => {
    expect([NaN, Infinity, 86_400_000 * 1e12].map((at) => calendar.sessionOfClose(at))).toEqual([
      null,
      null,
      null,
    ]);
  });

  test('reads 00:00 UTC as a date where it is local midnight, too', () => {
    const london = TradingCalendar.of({ ...INPUT, timeZone: 'Europe/London' });
    expect(london.sessionOfClose(utc('2026-11-25T00:00:00Z'))?.date).toBe('2026-11-25');
    expect(london.sessionOfClose(utc('2026-07-01T23:00:00Z'))?.date).toBe('2026-07-01');
  });
});

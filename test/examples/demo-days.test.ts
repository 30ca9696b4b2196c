import { describe, expect, test } from 'vitest';
import { dayText, localDate, namedDays, sessionsText, type Session } from '../../examples/demo/page/days.js';
import { en } from '../../examples/demo/page/messages-en.js';
import { zh } from '../../examples/demo/page/messages-zh.js';

const US: Session = { calendar: 'us-equities', label: 'US', date: '2026-11-27' };
const TOKYO: Session = { calendar: 'tokyo', label: 'Tokyo', date: '2026-11-30' };
const rows = (...sessions: ReadonlyArray<Session | null>) => sessions.map((session) => ({ session }));

describe('the days of rows', () => {
  test.each([
    ['are the reader’s today', rows(US, US), '2026-11-27', [], false],
    ['are none', rows(null), '2026-11-27', [], false],
    ['are one, which is over', rows(US, US), '2026-11-29', [US], false],
    ['are one, and of some rows none', rows(US, null), '2026-11-29', [US], true],
    ['are several', rows(TOKYO, US, TOKYO), '2026-11-29', [US, TOKYO], true],
    ['are several, of which one is today', rows(TOKYO, US), '2026-11-30', [US, TOKYO], true],
    [
      'are several calendars of one name and date',
      rows(US, { ...US, calendar: 'b' }),
      '2026-11-29',
      1,
      false,
    ],
  ])('%s', (_, given, today, sessions, differ) => {
    const named = namedDays(given, today);
    expect(typeof sessions === 'number' ? named.sessions.length : named.sessions).toEqual(sessions);
    expect(named.differ).toBe(differ);
  });

  test('are said in words', () => {
    expect(dayText(US, en, 'en-GB')).toBe('27 Nov, US');
    expect(dayText(US, zh, 'zh-CN')).toBe('US 11月27日');
    expect(sessionsText([US], en, 'en-GB')).toBe('Session of 27 Nov, US');
    expect(sessionsText([US, TOKYO], en, 'en-US')).toBe('Sessions of Nov 27, US · Nov 30, Tokyo');
    expect(sessionsText([US, TOKYO], zh, 'zh-CN')).toBe('US 11月27日、Tokyo 11月30日 交易日');
    expect(sessionsText([], en, 'en')).toBeUndefined();
  });
});

test('the date of a reader is that of the place, not of UTC', () => {
  expect(localDate(new Date(2026, 0, 2, 0, 0))).toBe('2026-01-02');
  expect(localDate(new Date(2026, 0, 2, 23, 59))).toBe('2026-01-02');
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isTimeZone, readIsoTime } from '../../src/core/iso-time.js';

const utc = (text: string): number => Date.parse(text);

describe('readIsoTime()', () => {
  test.each([
    ['2026-10-05T09:30:00Z', '2026-10-05T09:30:00Z'],
    ['2026-10-05 09:30:00.250z', '2026-10-05T09:30:00.250Z'],
    ['2026-10-05T09:30Z', '2026-10-05T09:30:00Z'],
    ['2026-10-05T09:30:00,5 +01:00', '2026-10-05T08:30:00.500Z'],
    ['2026-10-05T09:30:00-0430', '2026-10-05T14:00:00Z'],
    ['2026-10-05T09:30:00.123456789Z', '2026-10-05T09:30:00.123Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00Z'],
    // As PostgreSQL writes a timestamptz, and as BigQuery and account statements write UTC.
    ['2026-10-05 09:30:00+00', '2026-10-05T09:30:00Z'],
    ['2026-10-05 09:30:00.25-05', '2026-10-05T14:30:00.250Z'],
    ['2026-10-05 09:30:00 UTC', '2026-10-05T09:30:00Z'],
    ['2026-10-05 09:30:00gmt', '2026-10-05T09:30:00Z'],
    ['2026-10-05T09:30:00-04:00[America/New_York]', '2026-10-05T13:30:00Z'],
    // A leap second, and the end of a day.
    ['2016-12-31T23:59:60Z', '2016-12-31T23:59:59.999Z'],
    ['2017-01-01T08:59:60.5+09:00', '2016-12-31T23:59:59.999Z'],
    ['2026-10-05T24:00:00Z', '2026-10-06T00:00:00Z'],
  ])('reads %s', (text, expected) => {
    expect(readIsoTime(text)).toBe(utc(expected));
  });

  test.each([
    '',
    'today',
    '1760000000000',
    '2026-10-05',
    '09:30',
    '2026-02-30T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-10-05T25:00:00Z',
    '2026-10-05T09:30:00+99:00',
    '2026-10-05T09:30:00 New York',
    '2026-10-05T09:30:60Z',
    '2026-10-05T24:00:01Z',
    '2026-W41-1T09:30:00Z',
    '05-03-2026',
  ])('refuses %j', (text) => {
    expect(readIsoTime(text, 'UTC')).toBe('no-time');
  });

  test('never reads a time without a zone in the zone of the machine', () => {
    expect(readIsoTime('2026-10-05T09:30:00')).toBe('no-zone');
    expect(readIsoTime('2026-10-05T09:30:00Z', 'Asia/Tokyo')).toBe(utc('2026-10-05T09:30:00Z'));
  });

  test.each([
    ['2026-10-05T09:30:00', 'America/New_York', '2026-10-05T13:30:00Z'],
    ['2026-12-05T09:30:00', 'America/New_York', '2026-12-05T14:30:00Z'],
    ['2026-10-05 09:00:00', 'Asia/Kolkata', '2026-10-05T03:30:00Z'],
    // The clocks show 01:30 twice on 1 November: the first time is in summer time.
    ['2026-11-01T01:30:00', 'America/New_York', '2026-11-01T05:30:00Z'],
    ['2026-11-01T02:00:00', 'America/New_York', '2026-11-01T07:00:00Z'],
    ['2026-03-08T01:59:59', 'America/New_York', '2026-03-08T06:59:59Z'],
    ['2026-03-08T03:00:00', 'America/New_York', '2026-03-08T07:00:00Z'],
    ['2026-10-25T02:30:00', 'Europe/Berlin', '2026-10-25T00:30:00Z'],
    // Clocks of Greenland change in the evening, when it is the next day in UTC.
    ['2022-03-26T23:30:00', 'America/Godthab', '2022-03-27T01:30:00Z'],
    // Clocks skip 02:00 to 03:00 on 8 March, in Samoa all of 30 December 2011.
    ['2026-03-08T02:00:00', 'America/New_York', '2026-03-08T07:00:00Z'],
    ['2026-03-08T02:59:59', 'America/New_York', '2026-03-08T07:00:00Z'],
    ['2011-12-30T12:00:00', 'Pacific/Apia', '2011-12-30T10:00:00Z'],
  ])('reads %s in %s', (text, zone, expected) => {
    expect(readIsoTime(text, zone)).toBe(utc(expected));
  });

  test('reads back what a clock of any zone shows', () => {
    const zones = [
      'UTC',
      'America/New_York',
      'Europe/London',
      'Asia/Kathmandu',
      'Australia/Lord_Howe',
      'Pacific/Apia',
    ];
    const times = fc.integer({ min: utc('2015-01-01T00:00:00Z'), max: utc('2035-01-01T00:00:00Z') });
    fc.assert(
      fc.property(times, fc.constantFrom(...zones), (ms, timeZone) => {
        const time = Math.floor(ms / 1000) * 1000;
        const shown = (at: number): string => new Date(at).toLocaleString('sv-SE', { timeZone });
        const read = readIsoTime(shown(time), timeZone) as number;
        expect(shown(read)).toBe(shown(time));
        // An hour that is shown twice is read as the first.
        expect(read).toBeLessThanOrEqual(time);
      }),
    );
  });
});

test('isTimeZone() knows the zones of the platform', () => {
  expect(['Europe/London', 'UTC', 'Mars/Olympus', '', 5, undefined].map(isTimeZone)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});

import { describe, expect, test } from 'vitest';
import { timeReader } from '../../../../../src/streams/replay/formats/times/time-reader.js';
import type { ReadingOptions } from '../../../../../src/streams/replay/index.js';

const read = (text: string, options: ReadingOptions = {}): number | string => timeReader(options)(text);
const NOON = Date.UTC(2024, 0, 5, 12);

describe('a time that is a number', () => {
  test.each([
    ['1704456000', NOON],
    ['1704456000.25', NOON + 250],
    ['1704456000.2509', NOON + 250],
    ['1704456000000', NOON],
    ['1704456000000.9', NOON],
    ['1704456000250999', NOON + 250],
    ['1704456000250999999', NOON + 250],
    ['0001704456000', NOON],
    ['315532800', Date.UTC(1980, 0)],
    ['315532800000', Date.UTC(1980, 0)],
  ])('%s is in the unit that its size shows', (text, ms) => {
    expect(read(text)).toBe(ms);
  });

  test.each([
    '0',
    '1',
    '86400',
    '99999999',
    '17044560000',
    '17044560000000',
    '17044560000000000',
    '99999999999999999999',
  ])('%s could be in several units, or none', (text) => {
    expect(read(text)).toMatch(/^(ambiguous-time-unit|bad-timestamp)$/);
  });

  test('is in the unit of those before it, or refused', () => {
    const time = timeReader({});
    expect(time('7')).toBe('ambiguous-time-unit');
    expect(time('1704456000')).toBe(NOON);
    expect(time('1704456000000')).toBe('other-time-unit');
    expect(time('7')).toBe('other-time-unit');
    expect(time('1704456001')).toBe(NOON + 1000);
  });

  test('of 12 digits may be a date to the minute, also after a number of ms', () => {
    const time = timeReader({ timeZone: 'UTC' });
    expect(time('852076800000')).toBe(Date.UTC(1997, 0));
    expect(time('202401051200')).toBe(NOON);
  });

  test.each([
    ['7', 's', 7000],
    ['7.5', 's', 7500],
    ['7', 'ms', 7],
    ['7999', 'us', 7],
    ['7', 'us', 0],
    ['7999999', 'ns', 7],
    ['20240105', 's', 20_240_105_000],
  ] as const)('%s in %s is read as it is given', (text, timeUnit, ms) => {
    expect(read(text, { timeUnit })).toBe(ms);
  });
});

describe('a time that is written out', () => {
  test.each([
    ['2024-01-05T12:00:00Z', {}],
    ['2024-01-05T12:00:00+00:00', {}],
    ['2024-01-05 17:30:00+0530', {}],
    ['2024-01-05 07:00:00-05', {}],
    ['2024-01-05 12:00 UTC', {}],
    ['05.01.2024 13:00:00.000 GMT+0100', { dateOrder: 'dmy' }],
    ['2024-01-05 07:00', { timeZone: 'America/New_York' }],
    ['20240105 07:00', { timeZone: 'America/New_York' }],
    ['20240105T120000', { timeZone: 'UTC' }],
    ['20240105120000', { timeZone: 'UTC' }],
    ['202401051200', { timeZone: 'UTC' }],
    ['2024/1/5 12:00:00 PM', { timeZone: 'UTC' }],
    ['1/5/2024 12:00 pm', { timeZone: 'UTC', dateOrder: 'mdy' }],
    ['5-1-2024 12:00', { timeZone: 'UTC', dateOrder: 'dmy' }],
    ['5 Jan 2024 12:00', { timeZone: 'UTC' }],
    ['05-JAN-2024 12:00', { timeZone: 'UTC' }],
    ['January 5, 2024 12:00', { timeZone: 'UTC' }],
    // As HTTP, JavaScript, Java and Temporal write it.
    ['Fri, 05 Jan 2024 12:00:00 GMT', {}],
    ['Fri Jan 05 2024 13:00:00 GMT+0100 (Central European Standard Time)', {}],
    ['2024-01-05T13:00:00+01:00[Europe/Berlin]', {}],
    ['2024-01-05T12:00:00Z[UTC]', {}],
  ] as const)('%s with %j', (text, options) => {
    expect(read(text, options)).toBe(NOON);
  });

  test.each([
    ['2024-01-05', Date.UTC(2024, 0, 5), {}],
    ['20240105', Date.UTC(2024, 0, 5), {}],
    ['2024.01.05', Date.UTC(2024, 0, 5), {}],
    ['2024-07-05', Date.UTC(2024, 6, 5, 4), { timeZone: 'America/New_York' }],
    ['2024-01-05 12:30 AM', Date.UTC(2024, 0, 5, 0, 30), { timeZone: 'UTC' }],
    ['2024-11-03 01:30', Date.UTC(2024, 10, 3, 5, 30), { timeZone: 'America/New_York' }],
  ] as const)('%s is %d with %j', (text, ms, options) => {
    expect(read(text, options)).toBe(ms);
  });

  test.each([
    ['2024-01-05 12:00', 'time-without-zone'],
    ['20240105120000', 'time-without-zone'],
    ['05/01/2024', 'ambiguous-date'],
    ['13/01/2024 12:00Z', 'ambiguous-date'],
    ['2024-02-30', 'bad-timestamp'],
    ['2024-13-01T00:00Z', 'bad-timestamp'],
    ['2024-01-05 25:00Z', 'bad-timestamp'],
    ['2024-01-05 13:00 PM', 'bad-timestamp'],
    ['5 Foo 2024', 'bad-timestamp'],
    ['05/01/24', 'bad-timestamp'],
    ['12:00:00', 'bad-timestamp'],
    ['-5', 'bad-timestamp'],
    ['1e12', 'bad-timestamp'],
    ['', 'bad-timestamp'],
  ])('%s is refused as %s', (text, fault) => {
    expect(read(text)).toBe(fault);
  });
});

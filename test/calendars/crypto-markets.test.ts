import { expect, test } from 'vitest';
import { cryptoMarkets } from '../../src/calendars/crypto-markets.js';
import { describeFacts } from './facts.js';

describeFacts(cryptoMarkets, {
  sessions: [
    ['2026-11-28', ['00:00', '2026-11-29T00:00Z'], 'a Saturday as any day'],
    ['2026-12-25', ['00:00', '2026-12-26T00:00Z'], 'Christmas as any day'],
    ['2028-02-29', ['00:00', '2028-03-01T00:00Z'], 'a leap day'],
    ['2026-03-29', ['00:00', '2026-03-30T00:00Z'], 'clocks of Europe do not matter'],
    ['2009-01-03', ['00:00', '2009-01-04T00:00Z'], 'the first block of Bitcoin'],
  ],
  days: [
    ['2026-11-29T00:00:00Z', '2026-11-28', '00:00 UTC itself ends the day'],
    ['2026-11-29T00:00:00.001Z', '2026-11-29', 'the day begins after it'],
    ['2026-12-31T23:59:59.999Z', '2026-12-31', 'the end of a year'],
    ['2040-01-01T12:00:00Z', '2040-01-01', 'covered for good'],
  ],
  open: [
    ['2026-11-29T00:00:00Z', true, 'at the change of days'],
    ['2026-11-29T12:00:00Z', true, 'on a Sunday'],
  ],
});

test('never opens or closes', () => {
  expect(cryptoMarkets.nextChange(Date.parse('2026-11-29T12:00:00Z'))).toBeNull();
  expect([cryptoMarkets.firstYear, cryptoMarkets.lastYear]).toEqual([null, null]);
});

test('a close dated 00:00 UTC is that of the day that ends', () => {
  expect(cryptoMarkets.sessionOfClose(Date.parse('2026-11-29T00:00:00Z'))?.date).toBe('2026-11-28');
});

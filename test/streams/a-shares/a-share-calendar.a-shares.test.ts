import { describe, expect, test } from 'vitest';
import {
  aShareCurrency,
  aShareSymbolFault,
  exchangeOf,
  readAShareSymbol,
  secidOf,
} from '../../../src/streams/a-shares/a-share-code.js';
import { AShareCalendar } from '../../../src/streams/a-shares/a-share-calendar.js';

test.each([
  ['600519', '1.600519', 'CNY'],
  ['688981', '1.688981', 'CNY'],
  ['510300', '1.510300', 'CNY'],
  ['113050', '1.113050', 'CNY'],
  ['900901', '1.900901', 'USD'],
  ['000001', '0.000001', 'CNY'],
  ['000001.SH', '1.000001', 'CNY'],
  ['000001.SS', '1.000001', 'CNY'],
  ['300750', '0.300750', 'CNY'],
  ['159915', '0.159915', 'CNY'],
  ['200002', '0.200002', 'HKD'],
  ['920002', '0.920002', 'CNY'],
  ['430047.BJ', '0.430047', 'CNY'],
  ['832000', '0.832000', 'CNY'],
])('%s has the secid %s and the currency %s', (symbol, secid, currency) => {
  const code = readAShareSymbol(symbol)!;
  expect([secidOf(code), aShareCurrency(code)]).toEqual([secid, currency]);
});

test.each(['60051', '6005190', 'AAPL', '600519.HK', '600519 ', 'sh600519', '６００５１９'])(
  'rejects the symbol %s',
  (symbol) => {
    expect(aShareSymbolFault(symbol)).toMatch(/six digits/);
  },
);

test('codes that begin with 9 are of Beijing or of Shanghai', () => {
  expect(['920001', '900901'].map(exchangeOf)).toEqual(['BJ', 'SH']);
});

describe('AShareCalendar', () => {
  const calendar = new AShareCalendar({ holidays: ['2026-10-01'] });
  const at = (shanghai: string): number => Date.parse(`${shanghai}+08:00`);

  test.each([
    ['2026-10-09T09:29:59.999', false],
    ['2026-10-09T09:30:00', true],
    ['2026-10-09T11:29:59.999', true],
    ['2026-10-09T11:30:00', false],
    ['2026-10-09T12:59:59.999', false],
    ['2026-10-09T13:00:00', true],
    ['2026-10-09T14:59:59.999', true],
    ['2026-10-09T15:00:00', false],
    ['2026-10-10T10:00:00', false],
    ['2026-10-11T10:00:00', false],
    ['2026-10-12T10:00:00', true],
    ['2026-10-01T10:00:00', false],
    ['2026-09-30T10:00:00', true],
  ])('at %s in Shanghai the market is open: %s', (time, isOpen) => {
    expect(calendar.isOpen(at(time))).toBe(isOpen);
    expect(calendar.stateAt(at(time))).toBe(isOpen ? 'open' : 'closed');
  });

  test.each(['2026-10-1', '2026-02-30', 'National Day', ''])('rejects the holiday %j', (holiday) => {
    expect(() => new AShareCalendar({ holidays: [holiday] })).toThrow(/holidays: expected a date/);
  });
});

import { describe, expect, test } from 'vitest';
import {
  currencyOf,
  defineCurrency,
  isKnownCurrency,
  type Currency,
} from '../../../src/core/money/currency.js';
import { caught } from '../../oracle/caught.js';

describe('currencies', () => {
  test.each([
    ['USD', 2],
    ['JPY', 0],
    ['KWD', 3],
    ['BTC', 8],
    ['USDT', 2],
    ['CNH', 2],
    ['XCG', 2],
    ['CLF', 4],
    ['XAU', 3],
    // Withdrawn, and in older books.
    ['BGN', 2],
  ])('%s has %i digits', (code, scale) => {
    expect(currencyOf(code)).toEqual({ code, scale });
  });

  test.each([
    ['GBp', 'GBP'],
    ['GBX', 'GBP'],
    ['ZAc', 'ZAR'],
    ['ZAC', 'ZAR'],
    ['ILA', 'ILS'],
    ['USX', 'USD'],
  ])('%s is a hundredth of %s', (code, major) => {
    expect(currencyOf(code).minorOf).toEqual({ code: major, ratio: 100 });
  });

  test.each(['', 'usd', 'gbp', 'XYZ', '__proto__', 'constructor', 'toString'])('%j is unknown', (code) => {
    expect(isKnownCurrency(code)).toBe(false);
    const error = caught(() => currencyOf(code, 'Portfolio "p": currency'));
    expect(error.code).toBe('UNKNOWN_CURRENCY');
    expect(error.message).toMatch(/^Portfolio "p": currency: /);
    expect(error.message).toContain('ISO 4217');
  });

  test.each([
    ['usd', ' Did you mean "USD"?'],
    [' Eur ', ' Did you mean "EUR"?'],
    ['gbx', ' Did you mean "GBX"?'],
    ['usdt', ' Did you mean "USDT"?'],
    // Prices in cents: as dollars they would be a hundred times as high.
    ['USd', ' A minor unit is made known by defineCurrency({ code: "USd", scale: 2, minorOf: … }).'],
    ['XYZ', ''],
    ['', ''],
  ])('the error for %j names the code that was meant', (code, hint) => {
    expect(caught(() => currencyOf(code)).message).toContain(`is not a known currency.${hint} Accepted are`);
  });

  test('can be defined with all their properties, and cannot be changed from outside', () => {
    const given = { code: 'TST', scale: 4, minorOf: { code: 'USD', ratio: 1000 } };
    defineCurrency(given);
    given.minorOf.ratio = 5;
    expect(currencyOf('TST')).toEqual({ code: 'TST', scale: 4, minorOf: { code: 'USD', ratio: 1000 } });
    expect(Object.isFrozen(currencyOf('TST'))).toBe(true);
    expect(Object.isFrozen(currencyOf('TST').minorOf)).toBe(true);
  });

  test.each<[string, unknown, string]>([
    ['an empty code', { code: '', scale: 2 }, 'INVALID_ARGUMENT'],
    ['a code that is not a string', { code: 5, scale: 2 }, 'INVALID_ARGUMENT'],
    ['a scale below 0', { code: 'BAD', scale: -1 }, 'INVALID_ARGUMENT'],
    ['a scale above 18', { code: 'BAD', scale: 19 }, 'INVALID_ARGUMENT'],
    ['a broken scale', { code: 'BAD', scale: 1.5 }, 'INVALID_ARGUMENT'],
    ['a ratio of 1', { code: 'BAD', scale: 2, minorOf: { code: 'USD', ratio: 1 } }, 'INVALID_ARGUMENT'],
    ['a broken ratio', { code: 'BAD', scale: 2, minorOf: { code: 'USD', ratio: 2.5 } }, 'INVALID_ARGUMENT'],
    [
      'an unknown major unit',
      { code: 'BAD', scale: 2, minorOf: { code: 'NOPE', ratio: 10 } },
      'UNKNOWN_CURRENCY',
    ],
  ])('defineCurrency() rejects %s', (_, currency, code) => {
    expect(caught(() => defineCurrency(currency as Currency)).code).toBe(code);
    expect(isKnownCurrency('BAD')).toBe(false);
  });
});

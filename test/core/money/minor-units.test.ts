import { expect, test } from 'vitest';
import { Decimal } from '../../../src/core/money/decimal.js';
import { inMajorUnits, majorOf } from '../../../src/core/money/minor-units.js';

test('pence are pounds, cents are rand, agorot are shekels; every other currency is its own', () => {
  expect(['GBp', 'GBX', 'ZAc', 'ILA', 'USD', 'BTC'].map(majorOf)).toEqual([
    'GBP',
    'GBP',
    'ZAR',
    'ILS',
    'USD',
    'BTC',
  ]);
});

test('an amount of a minor unit is divided exactly; other amounts stay as they are', () => {
  const amount = Decimal.from('123.45');
  expect(inMajorUnits(amount, 'GBp').toString()).toBe('1.2345');
  expect(inMajorUnits(amount, 'GBP')).toBe(amount);
});

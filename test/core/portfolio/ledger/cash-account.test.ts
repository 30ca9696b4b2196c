import { expect, test } from 'vitest';
import { Decimal } from '../../../../src/core/money/decimal.js';
import { MovingCash } from '../../../../src/core/portfolio/ledger/cash-account.js';

test('cash has both its sums without zeros at the end, whichever way they were computed', () => {
  const cash = new MovingCash();
  const amount = Decimal.from('2.50');
  cash.move({ at: 1, amount, base: amount });
  expect([cash.balance, cash.base.known].map(String)).toEqual(['2.5', '2.5']);
  cash.move({ at: 2, amount, base: Decimal.from('3.50') });
  expect([cash.balance, cash.base.known].map(String)).toEqual(['5', '6']);
  cash.move({ at: 3, amount, base: null });
  expect([cash.base.known.toString(), cash.base.hasUnknown]).toEqual(['6', true]);
});

import { expect, test } from 'vitest';
import { SettlementWatch } from '../../../../src/core/book/valuation/settlement-watch.js';
import { Decimal } from '../../../../src/core/money/decimal.js';
import type { CashAccount } from '../../../../src/core/portfolio/ledger/cash-account.js';

function cash(...dates: number[]): CashAccount[] {
  const unsettled = dates.map((settlesAt) => ({ at: 0, amount: Decimal.ONE, base: Decimal.ONE, settlesAt }));
  return [{ balance: Decimal.ONE, base: { known: Decimal.ONE, hasUnknown: false }, recent: [], unsettled }];
}

test('a portfolio is named once, at the first time that any of its cash settles', () => {
  const watch = new SettlementWatch();
  expect(watch.next).toBe(Infinity);
  watch.set(1, cash(50, 30), 0);
  watch.set(2, cash(40), 0);
  expect(watch.next).toBe(30);
  expect(watch.take(29)).toEqual([]);
  expect(watch.take(30)).toEqual([1]);
  expect(watch.next).toBe(40);
  watch.set(1, cash(50, 30), 30);
  expect(watch.take(100).sort()).toEqual([1, 2]);
  expect(watch.next).toBe(Infinity);
});

test('cash that has settled is not watched, nor is a portfolio that is removed or has new cash', () => {
  const watch = new SettlementWatch();
  watch.set(1, cash(30), 30);
  watch.set(2, cash(40), 0);
  watch.set(2, cash(), 0);
  watch.set(3, cash(40), 0);
  watch.remove(3);
  expect(watch.take(100)).toEqual([]);
});

import { expect, test } from 'vitest';
import { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import type { LedgerEntryInput } from '../../../src/core/portfolio/ledger/ledger-entry.js';
import { caught } from '../../oracle/caught.js';

const bought: LedgerEntryInput = {
  id: 'b1',
  at: '2026-03-02T09:00:00Z',
  type: 'buy',
  symbol: 'VOD.L',
  currency: 'GBp',
  quantity: 1000,
  price: '70',
};

test('a return of capital in pence lowers a cost in pounds', () => {
  const paid: LedgerEntryInput = {
    id: 'r1',
    at: '2026-03-03T09:00:00Z',
    type: 'returnOfCapital',
    symbol: 'VOD.L',
    amount: 5000,
    currency: 'GBp',
  };
  const { position, cash } = (() => {
    const portfolio = Portfolio.replay({ id: 'p', currency: 'GBP' }, [bought, paid]);
    return { position: portfolio.position('VOD.L')!, cash: portfolio.cash };
  })();
  expect([String(position.costBasis), String(cash.get('GBP'))]).toEqual(['650', '-650']);
});

test('the rate of a penny is that of a pound in pence', () => {
  const inDollars = (rates: Record<string, string>) =>
    String(
      Portfolio.replay({ id: 'p', currency: 'USD' }, [{ ...bought, rates }]).position('VOD.L')!.baseCost,
    );
  expect([inDollars({ GBp: '0.0125' }), inDollars({ GBP: '1.25' })]).toEqual(['875', '875']);
});

test('anything but terms and a list of entries is refused, with what was given', () => {
  expect(caught(() => Portfolio.replay(null as never, []))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  const error = caught(() => Portfolio.replay({ id: 'p', currency: 'USD' }, undefined as never));
  expect([error.code, error.message]).toEqual([
    'INVALID_ARGUMENT',
    'Portfolio "p": entries: expected a list of entries, got undefined.',
  ]);
});

test('what an entry holds cannot be changed', () => {
  const sold = { amount: 5, currency: 'USD' };
  const converted = {
    id: 'c',
    at: 0,
    type: 'conversion',
    sold,
    bought: { amount: 4, currency: 'EUR' },
  } as const;
  const [entry] = Portfolio.replay({ id: 'p', currency: 'USD' }, [converted]).entries;
  expect(Object.isFrozen((entry as unknown as { sold: object }).sold)).toBe(true);
  sold.amount = 9;
  expect(String((entry as unknown as { sold: { amount: unknown } }).sold.amount)).toBe('5');
});

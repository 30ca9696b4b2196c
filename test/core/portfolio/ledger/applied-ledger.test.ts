import { expect, test } from 'vitest';
import { Instrument } from '../../../../src/core/instruments/instrument.js';
import { AppliedLedger } from '../../../../src/core/portfolio/ledger/applied-ledger.js';
import type { LedgerEntryInput } from '../../../../src/core/portfolio/ledger/ledger-entry.js';
import { caught } from '../../../oracle/caught.js';

const empty = AppliedLedger.empty('USD', 'average', (symbol, currency) => Instrument.plain(symbol, currency));

const deposit = (id: string, at: number): LedgerEntryInput => ({
  id,
  at,
  type: 'deposit',
  amount: 100,
  currency: 'USD',
});
const buy = (id: string, at: number): LedgerEntryInput => ({
  id,
  at,
  type: 'buy',
  symbol: 'A',
  quantity: 2,
  price: 10,
});
const split = (id: string, at: number): LedgerEntryInput => ({
  id,
  at,
  type: 'split',
  symbol: 'A',
  from: 1,
  to: 3,
});

const held = ({ account }: AppliedLedger): string | undefined =>
  account.holdings.get('A')?.quantity.toString();
const cash = ({ account }: AppliedLedger): string | undefined => account.cash.get('USD')?.balance.toString();
const ids = ({ ledger }: AppliedLedger): string[] => ledger.toArray().map(({ id }) => id);

test('entries that come once, from a generator, are read once and applied in their order', () => {
  let reads = 0;
  function* entries(): Generator<LedgerEntryInput> {
    for (const entry of [deposit('d', 1), buy('b', 2), split('s', 3)]) {
      reads++;
      yield entry;
    }
  }
  const applied = empty.with(entries());
  expect([reads, ids(applied), held(applied), cash(applied)]).toEqual([3, ['d', 'b', 's'], '6', '80']);
});

test('a late entry among others is applied at its time', () => {
  const applied = empty.with([buy('b', 2), split('s', 3), buy('early', 1)]);
  expect([ids(applied), held(applied)]).toEqual([['early', 'b', 's'], '12']);
});

test('a late entry makes an entry before it right, which had nothing to apply to', () => {
  const applied = empty.with([split('s', 3), buy('b', 2)]);
  expect([ids(applied), held(applied)]).toEqual([['b', 's'], '6']);
});

test('an entry that cannot be applied is refused with all that came with it, and the first of two is reported', () => {
  const before = empty.with([buy('b', 1)]);
  const inputs = [deposit('d', 2), { ...split('s1', 3), symbol: 'B' }, { ...split('s2', 4), symbol: 'C' }];
  expect(caught(() => before.with(inputs as LedgerEntryInput[]))).toMatchObject({
    message: expect.stringContaining('B') as string,
  });
  expect([ids(before), held(before), cash(before)]).toEqual([['b'], '2', '-20']);
});

test('entries that are known already give the same ledger', () => {
  const applied = empty.with([deposit('d', 1), buy('b', 2)]);
  expect(applied.with([buy('b', 2), deposit('d', 1)])).toBe(applied);
  expect(caught(() => applied.with([{ ...buy('b', 2), quantity: 3 } as LedgerEntryInput]))).toMatchObject({
    code: 'ENTRY_CONFLICT',
  });
});

test('a ledger that is continued twice stays as it was', () => {
  const first = empty.with([buy('b', 1)]);
  const more = first.with([buy('m', 2)]);
  const other = first.with([split('s', 2)]);
  expect([first, more, other].map(held)).toEqual(['2', '4', '6']);
});

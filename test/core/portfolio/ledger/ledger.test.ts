import { describe, expect, test } from 'vitest';
import { readEntry } from '../../../../src/core/portfolio/ledger/entry-reader.js';
import type { LedgerEntry } from '../../../../src/core/portfolio/ledger/ledger-entry.js';
import { Ledger } from '../../../../src/core/portfolio/ledger/ledger.js';
import { caught } from '../../../oracle/caught.js';

const entry = (id: string, at: number, amount = 1): LedgerEntry =>
  readEntry({ id, at, type: 'deposit', amount, currency: 'USD' });
const ids = (entries: Iterable<LedgerEntry>): string => [...entries].map(({ id }) => id).join(' ');

/** A ledger as a portfolio makes one: appended where that is possible. */
function after(ledger: Ledger, ...entries: LedgerEntry[]): Ledger {
  const fresh = ledger.unknown(entries);
  const isLate = fresh.first !== undefined && ledger.last !== undefined && fresh.first.at < ledger.last.at;
  return isLate ? ledger.inserted(fresh) : ledger.appended(fresh);
}

describe('a ledger', () => {
  test('is empty at first', () => {
    const ledger = Ledger.empty();
    expect([ledger.length, ledger.last, ledger.find('a'), ids(ledger)]).toEqual([
      0,
      undefined,
      undefined,
      '',
    ]);
  });

  test('has entries by time, and finds them by their ids', () => {
    const ledger = after(Ledger.empty(), entry('a', 1), entry('b', 2));
    expect([ids(ledger), ids(ledger.toArray()), ledger.length, ledger.last!.id]).toEqual([
      'a b',
      'a b',
      2,
      'b',
    ]);
    expect([ledger.find('a')!.at, ledger.find('b')!.at, ledger.find('c')]).toEqual([1, 2, undefined]);
  });

  test('does not change when its list of entries is changed', () => {
    const ledger = after(Ledger.empty(), entry('a', 1));
    ledger.toArray().length = 0;
    ledger.toArray().push(entry('b', 2));
    expect(ids(ledger)).toBe('a');
  });

  test('inserts a late entry by its time, after those of the same time, and finds all of them', () => {
    const ledger = after(Ledger.empty(), entry('a', 1), entry('c', 3));
    const late = after(ledger, entry('x', 1), entry('y', 0), entry('z', 9));
    expect(ids(late)).toBe('y a x c z');
    for (const id of ['y', 'a', 'x', 'c', 'z']) expect(late.find(id)!.id).toBe(id);
    expect([ids(ledger), ledger.find('x'), ledger.length]).toEqual(['a c', undefined, 2]);
  });
});

describe('the entries that are unknown', () => {
  const ledger = after(Ledger.empty(), entry('a', 5));

  test('are those with new ids, by time, in the order given where times are equal', () => {
    const given = [entry('d', 7), entry('a', 5), entry('c', 3), entry('b', 7), entry('e', 3)];
    expect(ids(ledger.unknown(given))).toBe('c e d b');
  });

  test('have each id once', () => {
    expect(ids(ledger.unknown([entry('b', 6), entry('b', 6), entry('c', 6), entry('b', 6)]))).toBe('b c');
  });

  test('conflict when an id is in the ledger with other content', () => {
    const error = caught(() => ledger.unknown([entry('b', 1), entry('a', 5, 2)]));
    expect(error.code).toBe('ENTRY_CONFLICT');
    expect(error.message).toBe(
      'Entry "a" is in the ledger with other content: an id applies once. ' +
        'There: {"type":"deposit","id":"a","at":5,"amount":"1","currency":"USD"}; ' +
        'given: {"type":"deposit","id":"a","at":5,"amount":"2","currency":"USD"}.',
    );
    expect(caught(() => ledger.unknown([entry('a', 6)])).code).toBe('ENTRY_CONFLICT');
  });

  test('conflict when an id is given twice with different content', () => {
    expect(caught(() => ledger.unknown([entry('b', 1), entry('b', 1, 2)])).code).toBe('ENTRY_CONFLICT');
  });
});

describe('ledgers that share their entries', () => {
  test('do not see what is appended to the others', () => {
    const trunk = after(Ledger.empty(), entry('a', 1));
    const left = after(trunk, entry('x', 2));
    const right = after(trunk, entry('x', 2, 7), entry('y', 3));
    expect([trunk, left, right].map((each) => ids(each))).toEqual(['a', 'a x', 'a x y']);
    expect([trunk, left, right].map(({ length, last }) => [length, last!.id])).toEqual([
      [1, 'a'],
      [2, 'x'],
      [3, 'y'],
    ]);
    expect(
      [trunk, left, right].map((each) => each.find('x')?.type === 'deposit' && String(amountOf(each))),
    ).toEqual([false, '1', '7']);
    expect([trunk.find('y'), left.find('y')]).toEqual([undefined, undefined]);
  });

  test('have no conflict with the ids of the others', () => {
    const trunk = after(Ledger.empty(), entry('a', 1));
    after(trunk, entry('x', 2));
    const other = after(trunk, entry('b', 2));
    expect(ids(after(other, entry('x', 2, 9)))).toBe('a b x');
    expect(ids(other.unknown([entry('x', 2, 9)]))).toBe('x');
  });

  const amountOf = (ledger: Ledger) => {
    const found = ledger.find('x');
    return found?.type === 'deposit' ? found.amount : undefined;
  };
});

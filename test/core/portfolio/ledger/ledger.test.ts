import { describe, expect, test } from 'vitest';
import { readEntry } from '../../../../src/core/portfolio/ledger/entry-reader.js';
import type { LedgerEntry } from '../../../../src/core/portfolio/ledger/ledger-entry.js';
import { Ledger } from '../../../../src/core/portfolio/ledger/ledger.js';
import { NewEntries } from '../../../../src/core/portfolio/ledger/new-entries.js';

const entry = (id: string, at: number, amount = 1): LedgerEntry =>
  readEntry({ id, at, type: 'deposit', amount, currency: 'USD' });
const ids = (entries: Iterable<LedgerEntry>): string => [...entries].map(({ id }) => id).join(' ');

function added(ledger: Ledger, entries: readonly LedgerEntry[]): NewEntries {
  const fresh = new NewEntries(ledger);
  for (const each of entries) fresh.add(each);
  return fresh;
}

const after = (ledger: Ledger, ...entries: LedgerEntry[]): Ledger => ledger.with(added(ledger, entries));

describe('a ledger', () => {
  test('is empty at first', () => {
    const ledger = Ledger.empty();
    expect([ledger.length, ledger.lastAt, ledger.find('a'), ids(ledger)]).toEqual([
      0,
      -Infinity,
      undefined,
      '',
    ]);
  });

  test('has entries by time, and finds them by their ids', () => {
    const ledger = after(Ledger.empty(), entry('a', 1), entry('b', 2));
    expect([ids(ledger), ids(ledger.toArray()), ledger.length, ledger.lastAt]).toEqual(['a b', 'a b', 2, 2]);
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

describe('entries that come later than all others', () => {
  test('are told from late ones', () => {
    const ledger = after(Ledger.empty(), entry('a', 5));
    const isByTime = (...times: number[]) =>
      added(
        ledger,
        times.map((at, number) => entry(`n${number}`, at)),
      ).isByTime;
    expect([isByTime(), isByTime(5), isByTime(4), isByTime(6, 6, 7), isByTime(6, 5)]).toEqual([
      true,
      true,
      false,
      true,
      false,
    ]);
    expect(added(ledger, [entry('b', 9), entry('a', 5), entry('c', 9)]).isByTime).toBe(true);
  });

  test('are found in ledgers of any length, and what is not there is not', () => {
    let ledger = Ledger.empty();
    for (const length of [1, 2, 5, 8, 9, 16, 17, 33, 100, 1000]) {
      const more = Array.from({ length: length - ledger.length }, (_, at) => {
        return entry(`id ${ledger.length + at}`, ledger.length + at);
      });
      ledger = after(ledger, ...more);
      expect(ledger.length).toBe(length);
      for (let at = 0; at < length; at++) expect(ledger.find(`id ${at}`)!.at).toBe(at);
      expect([ledger.find(`id ${length}`), ledger.find(''), ledger.find('id')]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
    }
  });
});

describe('the entries that a ledger has and an earlier one has not', () => {
  const earlier = after(Ledger.empty(), entry('a', 1), entry('b', 5));

  test('are those that were appended', () => {
    const ledger = after(earlier, entry('c', 5), entry('d', 6));
    after(ledger, entry('e', 9));
    expect([
      ids(ledger.since(earlier)),
      ids(ledger.since(ledger)),
      ids(earlier.since(Ledger.empty())),
    ]).toEqual(['c d', '', 'a b']);
  });

  test('are those that were inserted, and those of another branch', () => {
    expect(ids(after(earlier, entry('c', 3), entry('d', 6)).since(earlier))).toBe('c d');
    after(earlier, entry('x', 7));
    expect(ids(after(earlier, entry('y', 8)).since(earlier))).toBe('y');
  });
});

describe('ledgers that share their entries', () => {
  test('do not see what is appended to the others', () => {
    const trunk = after(Ledger.empty(), entry('a', 1));
    const left = after(trunk, entry('x', 2));
    const right = after(trunk, entry('x', 2, 7), entry('y', 3));
    expect([trunk, left, right].map((each) => ids(each))).toEqual(['a', 'a x', 'a x y']);
    expect([trunk, left, right].map(({ length, lastAt }) => [length, lastAt])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
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
    expect(added(other, [entry('x', 2, 9)]).length).toBe(1);
  });

  const amountOf = (ledger: Ledger) => {
    const found = ledger.find('x');
    return found?.type === 'deposit' ? found.amount : undefined;
  };
});

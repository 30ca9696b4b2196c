import { describe, expect, test } from 'vitest';
import { readEntry } from '../../../../src/core/portfolio/ledger/entry-reader.js';
import type { LedgerEntry } from '../../../../src/core/portfolio/ledger/ledger-entry.js';
import { Ledger } from '../../../../src/core/portfolio/ledger/ledger.js';
import { NewEntries } from '../../../../src/core/portfolio/ledger/new-entries.js';
import { caught } from '../../../oracle/caught.js';

const entry = (id: string, at: number, amount = 1): LedgerEntry =>
  readEntry({ id, at, type: 'deposit', amount, currency: 'USD' });

function added(ledger: Ledger, entries: readonly LedgerEntry[]): NewEntries {
  const fresh = new NewEntries(ledger);
  for (const each of entries) fresh.add(each);
  return fresh;
}

describe('new entries', () => {
  const empty = Ledger.empty();
  const ledger = empty.with(added(empty, [entry('a', 5)]));
  const ids = (entries: readonly LedgerEntry[]) =>
    [...ledger.with(added(ledger, entries))].map(({ id }) => id).join(' ');

  test('are those with new ids; they go by time, in the order given where times are equal', () => {
    expect(ids([entry('d', 7), entry('a', 5), entry('c', 3), entry('b', 7), entry('e', 3)])).toBe(
      'c e a d b',
    );
  });

  test('are added once for each id', () => {
    expect(ids([entry('b', 6), entry('b', 6), entry('c', 6), entry('b', 6)])).toBe('a b c');
    const fresh = new NewEntries(ledger);
    expect([fresh.add(entry('a', 5)), fresh.add(entry('b', 6)), fresh.add(entry('b', 6))]).toEqual([
      false,
      true,
      false,
    ]);
    expect(fresh.length).toBe(1);
  });

  test('conflict when an id is in the ledger with other content', () => {
    const error = caught(() => added(ledger, [entry('b', 1), entry('a', 5, 2)]));
    expect(error.code).toBe('ENTRY_CONFLICT');
    expect(error.message).toBe(
      'Entry "a" is in the ledger with other content: an id applies once. ' +
        'There: {"type":"deposit","id":"a","at":5,"amount":"1","currency":"USD"}; ' +
        'given: {"type":"deposit","id":"a","at":5,"amount":"2","currency":"USD"}.',
    );
    expect(caught(() => added(ledger, [entry('a', 6)])).code).toBe('ENTRY_CONFLICT');
  });

  test('conflict when an id is given twice with different content', () => {
    expect(caught(() => added(ledger, [entry('b', 1), entry('b', 1, 2)])).code).toBe('ENTRY_CONFLICT');
    const many = Array.from({ length: 50 }, (_, at) => entry(`n${at}`, 9));
    expect(caught(() => added(ledger, [...many, entry('n7', 9, 2)])).code).toBe('ENTRY_CONFLICT');
  });
});

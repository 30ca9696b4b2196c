import { describe, expect, test } from 'vitest';
import { entriesWithin, timeRangeOf } from '../../../../src/core/portfolio/ledger/ledger-range.js';
import type { LedgerEntry } from '../../../../src/core/portfolio/ledger/ledger-entry.js';

const entry = (at: number) => ({ id: `e${at}`, at, type: 'split' }) as unknown as LedgerEntry;
const idsWithin = (range: { from: number; to: number }) =>
  [...entriesWithin([1, 2, 3].map(entry), range)].map(({ id }) => id);

describe('a range of a ledger', () => {
  test('has no bound where none is given, and reads ms, ISO strings and dates', () => {
    expect(timeRangeOf({}, 'x')).toEqual({ from: -Infinity, to: Infinity });
    const given = { from: '2026-03-02T01:00:00+01:00', to: new Date(Date.UTC(2026, 2, 3)) };
    expect(timeRangeOf(given, 'x')).toEqual({ from: Date.UTC(2026, 2, 2), to: Date.UTC(2026, 2, 3) });
    expect(timeRangeOf({ from: 0, to: 5.5 }, 'x')).toEqual({ from: 0, to: 5.5 });
  });

  test.each([
    [{ from: '2026-03-02' }, 'x(): from: expected ms since 1970'],
    [{ to: NaN }, 'x(): to: expected ms since 1970'],
  ])('names what is wrong with %o', (range, message) => {
    expect(() => timeRangeOf(range, 'x()')).toThrow(message);
  });

  test('has the entries from its start on and before its end', () => {
    expect(idsWithin({ from: 1, to: 3 })).toEqual(['e1', 'e2']);
    expect(idsWithin({ from: 1.5, to: Infinity })).toEqual(['e2', 'e3']);
    expect(idsWithin({ from: 3, to: 1 })).toEqual([]);
  });
});

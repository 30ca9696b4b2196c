import { unsavedChanges } from '../../../../src/core/portfolio/saving/unsaved-changes.js';
import { snapshotToSave } from '../../../../src/core/portfolio/saving/snapshot-to-save.js';
import { describe, expect, test } from 'vitest';
import { Portfolio } from '../../../../src/core/portfolio/portfolio.js';

const at = (n: number) => ({ id: `e${n}`, at: 1000 * n });
const stored = () =>
  Portfolio.create({ id: 'p', currency: 'USD' })
    .buy('A', 10, 5, at(1))
    .buy('B', 1, 5, at(2))
    .buy('C', 2, 5, at(3))
    .asStored(1);
const changesOf = (portfolio: Portfolio) => {
  const { isWhole, positions, closed, firstOrdinal, entries } = unsavedChanges(portfolio);
  const held = positions.map(({ place, position }) => `${place} ${position.symbol} ${position.quantity}`);
  return { isWhole, held, closed, firstOrdinal, entries: entries.map(({ id }) => id) };
};

describe('what is to be saved', () => {
  test('is all of a portfolio that was not stored', () => {
    expect(changesOf(stored().withVersion(2))).toEqual({
      isWhole: true,
      held: ['1 A 10', '2 B 1', '3 C 2'],
      closed: [],
      firstOrdinal: 0,
      entries: ['e1', 'e2', 'e3'],
    });
  });

  test('is nothing of one that is stored', () => {
    expect(changesOf(stored())).toEqual({
      isWhole: false,
      held: [],
      closed: [],
      firstOrdinal: 3,
      entries: [],
    });
  });

  test('is what was opened, changed and closed since, each at its place', () => {
    const changed = stored()
      .sell('A', 10, 6, at(4))
      .sell('C', 1, 6, at(5))
      .buy('D', 7, 1, at(6))
      .buy('E', 1, 1, at(7))
      .sell('E', 1, 1, at(8));
    expect(changesOf(changed)).toMatchObject({ held: ['3 C 1', '4 D 7'], closed: ['A'], firstOrdinal: 3 });
    expect(changesOf(changed.asStored(2).buy('A', 1, 1, at(9)))).toMatchObject({
      held: ['1 A 1'],
      closed: [],
    });
  });

  test('is also a position that was never held, now that its purchase is cancelled', () => {
    expect(changesOf(stored().cancel('e2', at(4)))).toMatchObject({
      held: ['1 A 10', '2 C 2'],
      closed: ['B'],
      entries: ['e4'],
    });
  });
});

describe('a snapshot', () => {
  const many = (from: number, count: number, portfolio: Portfolio) =>
    portfolio.apply(
      Array.from({ length: count }, (_, n) => {
        return { ...at(from + n), type: 'deposit', amount: 1, currency: 'USD' } as const;
      }),
    );
  const empty = () => Portfolio.create({ id: 'p', currency: 'USD' });
  const entriesOf = (portfolio: Portfolio, from = 1000) => snapshotToSave(portfolio, from)?.entries ?? null;

  test('is stored with a whole ledger from a length on; with a shorter one none is left', () => {
    expect(entriesOf(many(1, 1000, empty()))).toBe(1000);
    expect(snapshotToSave(many(1, 999, empty()), 1000)).toEqual({
      text: null,
      entries: 0,
      lastAt: -Infinity,
    });
    expect(entriesOf(many(1, 999, empty()), 999)).toBe(999);
    expect(entriesOf(many(1, 5000, empty()), Infinity)).toBe(0);
  });

  test('stays until 500 entries were appended, or a 128th of a longer ledger', () => {
    const short = many(1, 1000, empty()).asStored(1, 1000);
    expect(entriesOf(many(1001, 499, short))).toBeNull();
    expect(snapshotToSave(many(1001, 500, short), 1000)).toMatchObject({ entries: 1500, lastAt: 1_500_000 });
    expect(entriesOf(many(1, 999, empty()).asStored(1))).toBeNull();
    expect(entriesOf(many(1000, 1, many(1, 999, empty()).asStored(1)))).toBe(1000);
    const long = many(1, 128_000, empty()).asStored(1, 128_000);
    expect(entriesOf(many(128_001, 1007, long))).toBeNull();
    expect(entriesOf(many(128_001, 1008, long))).toBe(129_008);
  });

  test('is replaced when the ledger was replayed, and goes on from there', () => {
    const long = many(2, 1000, empty()).asStored(1, 1000);
    const late = long.deposit(1, 'USD', { id: 'late', at: 1 });
    expect(entriesOf(late)).toBe(1001);
    expect(entriesOf(many(1100, 1, late))).toBe(1002);
    expect(entriesOf(long.cancel('e5', { id: 'x', at: 2e6 }))).toBe(1001);
    expect(entriesOf(long.closeBooks(5, { id: 'x', at: 2e6 }))).toBeNull();
    const saved = late.asSaved(2, snapshotToSave(late, 1000));
    expect([entriesOf(many(1100, 499, saved)), entriesOf(many(1100, 500, saved))]).toEqual([null, 1501]);
    expect(entriesOf(many(2, 20, empty()).asStored(1, 20).deposit(1, 'USD', { id: 'late', at: 1 }))).toBe(0);
  });
});

import { describe, expect, test } from 'vitest';
import { HoldingsEditor } from '../../../src/core/portfolio/holdings-editor.js';
import type { LedgerEntryInput } from '../../../src/core/portfolio/ledger/ledger-entry.js';
import { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import { InMemoryEventBus } from '../../../src/memory/in-memory-event-bus.js';
import { SnapshotRepository } from '../../conformance/snapshot-repository.js';
import { rejection } from '../../rejection.js';

const deposit = (id: string, at: number, amount = 1): LedgerEntryInput => {
  return { id, at, type: 'deposit', amount, currency: 'USD' };
};
const FIRST = Array.from({ length: 20 }, (_, n) => deposit(`d${n}`, 1000 * (n + 1)));
const LAST_AT = 20_000;

async function editorOn(keptPortfolios?: number) {
  const repository = new SnapshotRepository(10);
  for (const id of ['p', 'q', 'r']) await repository.save(Portfolio.replay({ id, currency: 'USD' }, FIRST));
  const editor = new HoldingsEditor({ repository, bus: new InMemoryEventBus(), keptPortfolios });
  const stored = async (id = 'p') => {
    const { wholeLoads } = repository;
    const portfolio = (await repository.load(id, { ledger: 'whole' }))!;
    repository.wholeLoads = wholeLoads;
    return [portfolio.version, portfolio.entryCount, portfolio.cash.get('USD')?.toString()];
  };
  return { repository, editor, stored };
}

describe('a long ledger', () => {
  test('takes new entries without being loaded', async () => {
    const { repository, editor, stored } = await editorOn();
    const { booked, portfolio } = await editor.book('p', [deposit('n', LAST_AT)]);
    expect([booked, portfolio.isLedgerLoaded]).toEqual([['n'], false]);
    await editor.book('p', [deposit('m', LAST_AT)]);
    expect(await editor.bookMany([{ portfolioId: 'q', entries: [deposit('n', LAST_AT)] }])).toMatchObject([
      { outcome: 'booked', booked: ['n'] },
    ]);
    expect([repository.wholeLoads, await stored()]).toEqual([0, [3, 22, '22']]);
  });

  test.each([
    ['an early one', deposit('d3', 4000)],
    ['one of the time of the last one', FIRST.at(-1)!],
  ])('knows an entry that was not loaded: %s', async (_, entry) => {
    for (const kept of [0, 100]) {
      const { editor, stored } = await editorOn(kept);
      expect(await editor.book('p', [entry, deposit('n', LAST_AT + 1)])).toMatchObject({
        booked: ['n'],
        alreadyBooked: [entry.id],
      });
      // And from what is kept.
      expect(await editor.book('p', [entry])).toMatchObject({ booked: [], alreadyBooked: [entry.id] });
      expect(await stored()).toEqual([2, 21, '21']);
    }
  });

  test('knows an entry that cannot be applied again', async () => {
    const { repository, editor } = await editorOn();
    const sold: LedgerEntryInput = {
      id: 's',
      at: LAST_AT,
      type: 'split',
      symbol: 'A',
      from: 1,
      to: 2,
    };
    const terms = { id: 'split', currency: 'USD' };
    const before: LedgerEntryInput = {
      id: 'b',
      at: LAST_AT,
      type: 'buy',
      symbol: 'A',
      quantity: 1,
      price: 1,
    };
    const after: LedgerEntryInput = { ...before, id: 'c', type: 'sell', quantity: 2 };
    await repository.save(Portfolio.replay(terms, [...FIRST, before, sold, after]));
    expect(await editor.book('split', [sold])).toMatchObject({ booked: [], alreadyBooked: ['s'] });
  });

  test('refuses an entry that it has with other content, and changes nothing', async () => {
    const { editor, stored } = await editorOn();
    for (const entry of [deposit('d3', LAST_AT, 5), deposit('d3', 4000, 5)]) {
      const error = await rejection(editor.book('p', [deposit('n', LAST_AT), entry]));
      expect(error).toMatchObject({ code: 'ENTRY_CONFLICT' });
    }
    expect(await stored()).toEqual([1, 20, '20']);
  });

  test('takes late entries, cancellations and changes that read its entries', async () => {
    const { editor, stored } = await editorOn();
    await editor.book('p', [deposit('late', 1500, 3)]);
    await editor.update('p', (portfolio) => portfolio.cancel('d3', { id: 'x', at: LAST_AT }));
    await editor.update('p', (portfolio) =>
      portfolio.entries.length === 22 ? portfolio.deposit(1, 'USD', { id: 'n' }) : portfolio,
    );
    expect(await stored()).toEqual([4, 23, '23']);
  });

  test('is loaded as a whole once for a change, and what is wrong with that is thrown', async () => {
    const { repository, editor } = await editorOn();
    let runs = 0;
    const wrong = (portfolio: Portfolio): Portfolio => {
      runs++;
      return portfolio.split('NONE', { from: 1, to: 2 }, { id: 'n' });
    };
    expect(await rejection(editor.update('p', wrong))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect([runs, repository.wholeLoads]).toEqual([2, 1]);
    const own = (): Portfolio => {
      throw new RangeError('of the caller');
    };
    await expect(editor.update('p', own)).rejects.toThrow('of the caller');
    expect(repository.wholeLoads).toBe(1);
    expect(editor.conflicts).toBe(0);
  });

  test('is booked with others, of which only those that need it are loaded as a whole', async () => {
    const { repository, editor, stored } = await editorOn();
    const outcomes = await editor.bookMany([
      { portfolioId: 'p', entries: [deposit('d19', LAST_AT), deposit('n', LAST_AT)] },
      { portfolioId: 'q', entries: [deposit('n', LAST_AT)] },
      { portfolioId: 'r', entries: [deposit('d3', LAST_AT, 9)] },
    ]);
    expect(outcomes).toMatchObject([
      { outcome: 'booked', booked: ['n'], alreadyBooked: ['d19'] },
      { outcome: 'booked', booked: ['n'], alreadyBooked: [] },
      { outcome: 'failed', error: { code: 'ENTRY_CONFLICT' } },
    ]);
    expect(repository.wholeLoads).toBe(2);
    expect([await stored('p'), await stored('q'), await stored('r')]).toEqual([
      [2, 21, '21'],
      [2, 21, '21'],
      [1, 20, '20'],
    ]);
  });
});

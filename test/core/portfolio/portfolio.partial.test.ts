import { unsavedChanges } from '../../../src/core/portfolio/saving/unsaved-changes.js';
import { describe, expect, test } from 'vitest';
import type { LedgerEntryInput } from '../../../src/core/portfolio/ledger/ledger-entry.js';
import type { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import { InMemoryPortfolioRepository } from '../../../src/memory/in-memory-portfolio-repository.js';
import { caught } from '../../oracle/caught.js';
import { accountText } from './ledger/ledger-tools.js';
import { restoredAt } from './ledger/snapshot/restored.js';

const TERMS = { id: 'p', currency: 'USD', costMethod: 'fifo' } as const;
const ENTRIES: readonly LedgerEntryInput[] = [
  { id: 'd', at: 1000, type: 'deposit', amount: 500, currency: 'USD' },
  { id: 'b', at: 2000, type: 'buy', symbol: 'A', quantity: 10, price: 5 },
  { id: 'c', at: 3000, type: 'closeBooks', until: 1500 },
  { id: 's', at: 4000, type: 'sell', symbol: 'A', quantity: 4, price: 6 },
];
/** Without its first three entries. */
const partial = () => restoredAt(TERMS, ENTRIES, 3);
const whole = () => restoredAt(TERMS, ENTRIES, 0);

describe('a portfolio without the first entries of its ledger', () => {
  test('has all that follows from them', () => {
    const portfolio = partial();
    expect([portfolio.isLedgerLoaded, whole().isLedgerLoaded]).toEqual([false, true]);
    expect([portfolio.entryCount, portfolio.closedUntil]).toEqual([4, 1500]);
    expect(portfolio.position('A')?.quantity.toString()).toBe('6');
    expect([...portfolio.realizedPnl].map(String)).toEqual(['USD,4']);
    expect(portfolio.hasEntry('s')).toBe(true);
  });

  test('takes new entries, and closes its books, as with all of them', () => {
    const change = (portfolio: Portfolio) =>
      portfolio
        .buy('B', 3, '2.5', { id: 'n', at: 5000 })
        .sell('A', 6, 7, { id: 'o', at: 5000 })
        .closeBooks(4500, { id: 'q', at: 6000 })
        .withdraw(1, 'USD', { id: 'w', at: 6000 });
    expect(accountText(change(partial()))).toBe(accountText(change(whole())));
    expect(change(partial())).toMatchObject({ entryCount: 8, closedUntil: 4500 });
    expect(partial().apply(ENTRIES[3]!).entryCount).toBe(4);
  });

  test('enters what has no time after the entries that are not in memory', () => {
    const future = restoredAt(TERMS, [{ ...ENTRIES[0]!, at: 4e12 }], 1).deposit(1, 'USD', { id: 'n' });
    expect(unsavedChanges(future).entries.map(({ at }) => at)).toEqual([4e12]);
  });

  test.each<[string, (portfolio: Portfolio) => unknown]>([
    ['entries', (portfolio) => portfolio.entries],
    ['effectiveEntries', (portfolio) => portfolio.effectiveEntries],
    ['hasEntry("d")', (portfolio) => portfolio.hasEntry('d')],
    ['toSnapshot()', (portfolio) => portfolio.toSnapshot()],
    ['toSnapshot()', (portfolio) => portfolio.toJSON()],
    ['withInstruments()', (portfolio) => portfolio.withInstruments({})],
    ['A save that is not of the stored version', (portfolio) => unsavedChanges(portfolio.withVersion(7))],
  ])('says for %s how to load all', (what, read) => {
    const error = caught(() => read(partial()));
    expect(`${error.code} ${error.message}`).toBe(
      `LEDGER_NOT_LOADED Portfolio "p": ${what} needs the whole ledger, and its first 3 entries were not loaded. ` +
        `Load the portfolio with load(id, { ledger: 'whole' }), or read its entries with portfolioLedger(repository, id).`,
    );
    expect(() => read(whole())).not.toThrow();
  });

  test.each<[string, (portfolio: Portfolio) => Portfolio]>([
    ['Entry "x" (cancel)', (portfolio) => portfolio.cancel('b', { id: 'x', at: 5000 })],
    [
      'Entry "x" (correct)',
      (portfolio) =>
        portfolio.correct('b', { type: 'buy', symbol: 'A', quantity: 10, price: 4 }, { id: 'x', at: 5000 }),
    ],
    [
      'Entry "x" (earlier than others, or in the ledger already)',
      (portfolio) => portfolio.deposit(1, 'USD', { id: 'x', at: 2500 }),
    ],
    [
      'Entry "b" (earlier than others, or in the ledger already)',
      (portfolio) => portfolio.apply(ENTRIES[1]!),
    ],
  ])('refuses %s, which would be applied before others', (what, change) => {
    const error = caught(() => change(partial()));
    expect(error).toMatchObject({ code: 'LEDGER_NOT_LOADED' });
    expect(error.message).toContain(`${what} needs the whole ledger`);
    expect(() => change(whole())).not.toThrow();
  });

  test('is not stored in memory, where its entries are not', async () => {
    const repository = new InMemoryPortfolioRepository();
    await repository.save(whole().withVersion(0));
    await expect(repository.save(partial())).rejects.toMatchObject({ code: 'LEDGER_NOT_LOADED' });
  });
});

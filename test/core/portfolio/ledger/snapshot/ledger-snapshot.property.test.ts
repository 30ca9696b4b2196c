import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LedgerEntryInput } from '../../../../../src/core/portfolio/ledger/ledger-entry.js';
import { Portfolio } from '../../../../../src/core/portfolio/portfolio.js';
import { accountText } from '../ledger-tools.js';
import { restoredAt } from './restored.js';
import { RUNS, anyTerms, intents, ledgerOf, terms } from '../../random-ledger.js';

describe('a ledger that goes on from a snapshot', () => {
  test('adds up to what it adds up to from its first entry on, digit for digit', () => {
    const seen = { types: new Set<string>(), nested: 0 };
    fc.assert(
      fc.property(intents(40), anyTerms, fc.nat(1000), fc.nat(1000), (given, of, first, second) => {
        const [whole, entries] = ledgerOf(given, of);
        const cut = Math.floor((first / 1001) * (entries.length + 1));
        const restored = restoredAt(terms(of), entries, cut);
        // And once more, from a snapshot of what was restored.
        const again = cut + Math.floor((second / 1001) * (entries.length - cut + 1));
        const twice = restoredAt(
          terms(of),
          entries,
          again,
          restoredAt(terms(of), entries.slice(0, again), cut),
        );
        for (const each of [restored, twice]) {
          expect(JSON.parse(accountText(each))).toEqual(JSON.parse(accountText(whole)));
          expect(each.entryCount).toBe(entries.length);
          expect(each.withVersion(0).terms).toEqual(whole.terms);
        }
        for (const { type } of entries.slice(0, cut)) seen.types.add(type);
        if (accountText(restored).includes('"source"')) seen.nested++;
      }),
      RUNS,
    );
    expect(seen.types.size).toBe(18);
    expect(seen.nested).toBeGreaterThan(0);
  });

  test('takes what is cancelled, corrected and closed before it', () => {
    fc.assert(
      fc.property(intents(20), anyTerms, fc.nat(19), fc.nat(19), (given, of, cancelled, next) => {
        const [, entries] = ledgerOf(given, of);
        const target = entries[cancelled % Math.max(1, entries.length)];
        fc.pre(target !== undefined);
        const all: LedgerEntryInput[] = [
          ...entries,
          { id: 'x', at: 1e6, type: 'cancel', entry: target!.id },
          { id: 'c', at: 1e6 + 1, type: 'closeBooks', until: 1000 * next },
        ];
        try {
          Portfolio.replay(terms(of), all);
        } catch {
          // What follows needs the entry.
          fc.pre(false);
        }
        const rest: LedgerEntryInput[] = [
          { id: 'd', at: 1e6 + 2, type: 'deposit', amount: '1.10', currency: 'USD' },
          { id: 'c2', at: 1e6 + 3, type: 'closeBooks', until: 1000 * next + 1 },
        ];
        const whole = Portfolio.replay(terms(of), [...all, ...rest]);
        const restored = restoredAt(terms(of), [...all, ...rest], all.length);
        expect(JSON.parse(accountText(restored))).toEqual(JSON.parse(accountText(whole)));
        expect([restored.closedUntil, restored.entryCount]).toEqual([whole.closedUntil, whole.entryCount]);
      }),
      RUNS,
    );
  });
});

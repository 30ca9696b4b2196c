import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TickmarkError } from '../../../src/core/errors.js';
import type { LedgerEntryInput } from '../../../src/core/portfolio/ledger/ledger-entry.js';
import { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import { stateOf } from './ledger/ledger-tools.js';
import { RUNS, anyTerms, intents, ledgerOf, terms } from './random-ledger.js';

describe('the same ledger gives the same portfolio', () => {
  test('applied one by one and in one go', () => {
    fc.assert(
      fc.property(intents(30), anyTerms, (given, of) => {
        const [portfolio, entries] = ledgerOf(given, of);
        expect(stateOf(Portfolio.replay(terms(of), entries))).toBe(stateOf(portfolio));
        expect(stateOf(Portfolio.replay(terms(of), [...entries].reverse()))).toBe(stateOf(portfolio));
      }),
      RUNS,
    );
  });

  test('applied in any order and in any batches, some of them twice, where what is refused is applied again later', () => {
    fc.assert(
      fc.property(intents(25), anyTerms, fc.infiniteStream(fc.nat(1000)), (given, of, dice) => {
        const roll = () => dice.next().value as number;
        const [portfolio, entries] = ledgerOf(given, of);
        const again = entries.filter(() => roll() < 300);
        const order = [...entries, ...again].map((entry) => ({ entry, rank: roll() }));
        const left = order.sort((a, b) => a.rank - b.rank).map(({ entry }) => entry);
        let delivered = Portfolio.replay(terms(of), []);
        const refused: LedgerEntryInput[] = [];
        while (left.length > 0) {
          const batch = left.splice(0, 1 + (roll() % 3));
          const before = stateOf(delivered);
          try {
            delivered = delivered.apply(batch);
          } catch (error) {
            expect(['INVALID_ARGUMENT', 'FRACTIONAL_SPLIT']).toContain((error as TickmarkError).code);
            expect(stateOf(delivered)).toBe(before);
            refused.push(...batch);
          }
        }
        expect(stateOf(delivered.apply(refused))).toBe(stateOf(portfolio));
      }),
      RUNS,
    );
  });

  test('stored as a snapshot and read back, also as JSON', () => {
    fc.assert(
      fc.property(intents(30), anyTerms, (given, of) => {
        const [portfolio] = ledgerOf(given, of);
        const snapshot = portfolio.toSnapshot();
        const again = Portfolio.fromSnapshot(JSON.parse(JSON.stringify(snapshot)) as typeof snapshot);
        expect(stateOf(again)).toBe(stateOf(portfolio));
        expect(stateOf(Portfolio.fromSnapshot(snapshot))).toBe(stateOf(portfolio));
        expect(JSON.stringify(again)).toBe(JSON.stringify(portfolio));
      }),
      RUNS,
    );
  });

  test('delivered twice, in part or as a whole', () => {
    fc.assert(
      fc.property(intents(25), anyTerms, fc.nat(), fc.nat(), (given, of, from, to) => {
        const [portfolio, entries] = ledgerOf(given, of);
        const part = entries.slice(from % (entries.length + 1), (to % (entries.length + 1)) + 1);
        expect(portfolio.apply(part)).toBe(portfolio);
        expect(portfolio.apply([...part, ...entries])).toBe(portfolio);
        const twice = [...entries.slice(0, to % (entries.length + 1)), ...part, ...entries, ...part];
        expect(stateOf(Portfolio.replay(terms(of), twice))).toBe(stateOf(portfolio));
      }),
      RUNS,
    );
  });
});

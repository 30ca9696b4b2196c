import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TickmarkError } from '../../../src/core/errors.js';
import type { LedgerEntryInput } from '../../../src/core/portfolio/ledger/ledger-entry.js';
import { Portfolio } from '../../../src/core/portfolio/portfolio.js';
import { stateOf } from './ledger/ledger-tools.js';
import { RUNS, anyTerms, intents, ledgerOf, terms, type Terms } from './random-ledger.js';

type Roll = () => number;

/** What the entries of a ledger lead to, without the entries. */
const accountOf = (portfolio: Portfolio): unknown =>
  (JSON.parse(stateOf(portfolio)) as unknown[]).slice(0, -1);

/** Cancels and corrects at random. @returns the portfolio, all its entries, and those that count, worked out by hand. */
function adjusted(portfolio: Portfolio, entries: readonly LedgerEntryInput[], roll: Roll) {
  let changed = portfolio;
  const all = [...entries];
  let counting = [...entries];
  for (let number = 0; number < entries.length; number++) {
    if (roll() < 500) continue;
    const target = counting[roll() % Math.max(1, counting.length)];
    if (!target) break;
    const base = { id: `x${number}`, at: 1e6 + 1000 * number };
    const { id: _id, at: _at, ...content } = entries[roll() % entries.length]!;
    const by = { ...content, ...(roll() < 300 && { at: 500 * (roll() % 60) }) };
    const isCancelled = roll() < 500;
    const change = isCancelled
      ? { ...base, type: 'cancel', entry: target.id }
      : { ...base, type: 'correct', entry: target.id, by };
    try {
      changed = changed.apply(change as LedgerEntryInput);
    } catch (error) {
      expect(['INVALID_ARGUMENT', 'FRACTIONAL_SPLIT']).toContain((error as TickmarkError).code);
      continue;
    }
    all.push(change as LedgerEntryInput);
    counting = counting.flatMap((entry) =>
      entry !== target
        ? [entry]
        : isCancelled
          ? []
          : [{ at: entry.at, ...by, id: entry.id } as LedgerEntryInput],
    );
  }
  return { changed, all, counting };
}

const dice = fc.infiniteStream(fc.nat(1000));

describe('cancellations and corrections', () => {
  test('lead to what the entries that count lead to', () => {
    const seen = { changed: 0 };
    fc.assert(
      fc.property(intents(25), anyTerms, dice, (given, of, stream) => {
        const roll = () => stream.next().value as number;
        const { changed, all, counting } = adjusted(...ledgerOf(given, of), roll);
        if (all.length > given.length) seen.changed++;
        expect(accountOf(changed)).toEqual(accountOf(Portfolio.replay(terms(of), counting)));
        expect(changed.effectiveEntries.map(({ id }) => id).sort()).toEqual(
          counting.map(({ id }) => id).sort(),
        );
        expect(stateOf(Portfolio.replay(terms(of), all))).toBe(stateOf(changed));
      }),
      RUNS,
    );
    expect(seen.changed).toBeGreaterThan(10);
  });

  test('lead there in any order and in any batches, some of them twice, where what is refused is applied again later', () => {
    fc.assert(
      fc.property(intents(20), anyTerms, dice, (given, of, stream) => {
        const roll = () => stream.next().value as number;
        const { changed, all } = adjusted(...ledgerOf(given, of), roll);
        expect(stateOf(delivered(all, of, roll))).toBe(stateOf(changed));
      }),
      RUNS,
    );
  });
});

function delivered(all: readonly LedgerEntryInput[], of: Terms, roll: Roll): Portfolio {
  const again = all.filter(() => roll() < 300);
  const order = [...all, ...again].map((entry) => ({ entry, rank: roll() }));
  const left = order.sort((a, b) => a.rank - b.rank).map(({ entry }) => entry);
  const refused: LedgerEntryInput[] = [];
  let portfolio = Portfolio.replay(terms(of), []);
  while (left.length > 0) {
    const batch = left.splice(0, 1 + (roll() % 3));
    const before = stateOf(portfolio);
    try {
      portfolio = portfolio.apply(batch);
    } catch (error) {
      expect(['INVALID_ARGUMENT', 'FRACTIONAL_SPLIT']).toContain((error as TickmarkError).code);
      expect(stateOf(portfolio)).toBe(before);
      refused.push(...batch);
    }
  }
  return portfolio.apply(refused);
}

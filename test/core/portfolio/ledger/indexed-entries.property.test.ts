import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readEntry } from '../../../../src/core/portfolio/ledger/entry-reader.js';
import { IndexedEntries } from '../../../../src/core/portfolio/ledger/indexed-entries.js';
import { sized } from '../../../sizes.js';

const RUNS = { numRuns: sized({ quick: 200, gate: 1000, full: 20_000 }) };

// Short ones, so that many come twice, and any others.
const id = fc.oneof(
  fc.string({ minLength: 1, maxLength: 2 }),
  fc.nat(99).map((number) => `order-${number}`),
  fc.string({ minLength: 1, maxLength: 30, unit: 'binary' }),
);

test('indexed entries are a list with a map of its ids', () => {
  fc.assert(
    fc.property(fc.array(id, { maxLength: 200 }), (ids) => {
      const indexed = new IndexedEntries();
      const model = new Map<string, number>();
      for (const each of ids) {
        const entry = readEntry({ id: each, at: 0, type: 'deposit', amount: 1, currency: 'USD' });
        const known = model.get(each);
        expect(indexed.find(each)).toBe(known ?? -1);
        expect(indexed.add(entry)).toBe(known === undefined ? undefined : indexed.entries[known]);
        if (known === undefined) model.set(each, model.size);
        expect(indexed.entries.length).toBe(model.size);
      }
      for (const [each, at] of model)
        expect([indexed.find(each), indexed.entries[at]!.id]).toEqual([at, each]);
      expect(IndexedEntries.of(indexed.entries).entries).toEqual(indexed.entries);
    }),
    RUNS,
  );
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SubscriptionTable } from '../../../src/streams/connection/subscription-table.js';
import { sized } from '../../sizes.js';

const RUNS = sized({ quick: 500, gate: 10_000, full: 200_000 });

test('a venue ends up with the wanted symbols, in whatever order calls and frames come', () => {
  const symbol = fc.constantFrom('A', 'B', 'C', 'D');
  const step = fc.oneof(
    fc.record({
      kind: fc.constantFrom('want', 'drop', 'confirm'),
      symbols: fc.array(symbol, { maxLength: 4 }),
    }),
    fc.record({ kind: fc.constantFrom('ask', 'give', 'retry'), symbols: fc.constant([] as string[]) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
      const table = new SubscriptionTable();
      const wanted = new Set<string>();
      const venue = new Set<string>();
      const ask = () => table.takeWanted(2).forEach((each) => venue.add(each));
      const give = () => table.takeUnwanted(2).forEach((each) => venue.delete(each));
      for (const { kind, symbols } of steps) {
        if (kind === 'want') symbols.forEach((each) => wanted.add(each));
        if (kind === 'drop') symbols.forEach((each) => wanted.delete(each));
        if (kind === 'want') table.want(symbols);
        else if (kind === 'drop') table.remove(symbols);
        else if (kind === 'confirm')
          symbols.filter((each) => venue.has(each)).forEach((each) => table.confirm(each));
        else if (kind === 'ask') ask();
        else if (kind === 'give') give();
        else table.retryPending();
      }
      for (let i = 0; i < 4; i++) {
        give();
        ask();
      }
      expect([...venue].sort()).toEqual([...wanted].sort());
      for (const each of venue) table.confirm(each);
      expect(table.unconfirmed).toBe(0);
    }),
    { numRuns: RUNS },
  );
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SubscriptionTable } from '../../../src/streams/connection/subscription-table.js';

describe('SubscriptionTable', () => {
  test('a symbol goes from wanted over pending to confirmed', () => {
    const table = new SubscriptionTable();
    table.want(['A', 'B', 'C']);
    expect(table.takeWanted(2)).toEqual(['A', 'B']);
    expect([table.stateOf('A'), table.stateOf('C'), table.open]).toEqual(['pending', 'wanted', 3]);
    expect([table.confirm('A'), table.confirm('A'), table.confirm('X')]).toEqual([true, false, false]);
    expect(table.refuse('B')).toBe(true);
    expect([table.stateOf('B'), table.open]).toEqual([undefined, 1]);
  });

  test('who waits goes on when each symbol has been answered, or nobody will answer any more', async () => {
    const table = new SubscriptionTable();
    table.want(['A', 'B', 'C']);
    let isSettled = false;
    const settled = table.settled(['A', 'B', 'C']).then(() => (isSettled = true));
    table.takeWanted(3);
    table.confirm('A');
    table.refuse('B');
    await Promise.resolve();
    expect(isSettled).toBe(false);
    table.drop(['C']);
    await settled;
    table.want(['D']);
    const cut = table.settled(['D']);
    table.close();
    await cut;
    await table.settled(['A']);
  });

  test('what was never asked for is not given back', () => {
    const table = new SubscriptionTable();
    table.want(['A']);
    table.drop(['A']);
    expect([table.takeUnwanted(9), table.takeWanted(9)]).toEqual([[], []]);
  });

  test('the venue ends with what is wanted, whatever order of calls and frames', () => {
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
          else if (kind === 'drop') table.drop(symbols);
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
        expect(table.open).toBe(0);
      }),
      { numRuns: 500 },
    );
  });
});

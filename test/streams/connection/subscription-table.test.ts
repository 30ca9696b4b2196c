import { describe, expect, test } from 'vitest';
import { SubscriptionTable } from '../../../src/streams/connection/subscription-table.js';

describe('SubscriptionTable', () => {
  test('a symbol is wanted, then pending, then confirmed or refused', () => {
    const table = new SubscriptionTable();
    table.want(['A', 'B', 'C']);
    expect(table.takeWanted(2)).toEqual(['A', 'B']);
    expect([table.stateOf('A'), table.stateOf('C'), table.unconfirmed]).toEqual(['pending', 'wanted', 3]);
    expect([table.confirm('A'), table.confirm('A'), table.confirm('X')]).toEqual([true, false, false]);
    expect(table.refuse('B')).toBe(true);
    expect([table.stateOf('B'), table.unconfirmed]).toEqual([undefined, 1]);
  });

  test('settled() waits until each symbol is answered, or until close()', async () => {
    const table = new SubscriptionTable();
    table.want(['A', 'B', 'C']);
    let isSettled = false;
    const settled = table.settled(['A', 'B', 'C']).then(() => (isSettled = true));
    table.takeWanted(3);
    table.confirm('A');
    table.refuse('B');
    await Promise.resolve();
    expect(isSettled).toBe(false);
    table.remove(['C']);
    await settled;
    table.want(['D']);
    const cut = table.settled(['D']);
    table.close();
    await cut;
    await table.settled(['A']);
  });

  test('a symbol that was never requested is not unsubscribed', () => {
    const table = new SubscriptionTable();
    table.want(['A']);
    table.remove(['A']);
    expect([table.takeUnwanted(9), table.takeWanted(9)]).toEqual([[], []]);
  });
});

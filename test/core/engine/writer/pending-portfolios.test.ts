import { expect, test } from 'vitest';
import { PendingPortfolios } from '../../../../src/core/engine/writer/pending-portfolios.js';

test('a number is pending since it was first added, the oldest counts, and taken numbers can be put back', () => {
  const pending = new PendingPortfolios();
  expect(pending.oldest()).toBe(Infinity);
  pending.addAll([5, 300], 10);
  pending.addAll([5, 6], 20);
  expect([pending.size, pending.oldest(), [...pending]]).toEqual([3, 10, [5, 300, 6]]);
  const taken = pending.take(2);
  const { numbers, since } = taken;
  expect([taken.sinceOf(300), taken.sinceOf(6)]).toEqual([10, undefined]);
  expect([[...numbers], [...since]]).toEqual([
    [5, 300],
    [10, 10],
  ]);
  expect([pending.size, pending.oldest()]).toEqual([1, 20]);
  pending.addAll([5], 30);
  pending.putBack(5, 10);
  pending.putBack(300, 10);
  pending.putBack(300, 15);
  pending.putBack(1000, 5);
  expect([[...pending], pending.oldest()]).toEqual([[6, 5, 300, 1000], 5]);
  expect([...pending.take().since]).toEqual([20, 10, 10, 5]);
  expect([pending.size, pending.has(5)]).toEqual([0, false]);
});

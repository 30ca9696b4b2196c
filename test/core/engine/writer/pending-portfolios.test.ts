import { expect, test } from 'vitest';
import { PendingPortfolios } from '../../../../src/core/engine/writer/pending-portfolios.js';

test('a number is pending since it was first added, the oldest counts, and taken numbers can be put back', () => {
  const owed = new PendingPortfolios();
  expect(owed.oldest()).toBe(Infinity);
  owed.addAll([5, 300], 10);
  owed.addAll([5, 6], 20);
  expect([owed.size, owed.oldest(), [...owed]]).toEqual([3, 10, [5, 300, 6]]);
  const taken = owed.take(2);
  const { numbers, since } = taken;
  expect([taken.sinceOf(300), taken.sinceOf(6)]).toEqual([10, undefined]);
  expect([[...numbers], [...since]]).toEqual([
    [5, 300],
    [10, 10],
  ]);
  expect([owed.size, owed.oldest()]).toEqual([1, 20]);
  owed.addAll([5], 30);
  owed.putBack(5, 10);
  owed.putBack(300, 10);
  owed.putBack(300, 15);
  owed.putBack(1000, 5);
  expect([[...owed], owed.oldest()]).toEqual([[6, 5, 300, 1000], 5]);
  expect([...owed.take().since]).toEqual([20, 10, 10, 5]);
  expect([owed.size, owed.has(5)]).toEqual([0, false]);
});

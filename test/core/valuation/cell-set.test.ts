import { expect, test } from 'vitest';
import { CellSet } from '../../../src/core/valuation/cell-set.js';

// More than a word of words has, so that numbers lie far apart, too.

test('a CellSet keeps its numbers when it grows', () => {
  const set = new CellSet();
  set.add(5);
  set.reserve(1000);
  set.add(999);
  const into = new Int32Array(10);
  expect([...into.subarray(0, set.take(into))]).toEqual([5, 999]);
});

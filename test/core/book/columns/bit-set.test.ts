import { expect, test } from 'vitest';
import { BitSet } from '../../../../src/core/book/columns/bit-set.js';

test('a BitSet keeps its numbers when it grows', () => {
  const set = new BitSet();
  set.add(5);
  set.reserve(1000);
  set.add(999);
  const into = new Int32Array(10);
  expect([...into.subarray(0, set.take(into))]).toEqual([5, 999]);
});

import { expect, test } from 'vitest';
import { TrackedRows } from '../../../src/gateway/feeds/tracked-rows.js';

const rows = (texts: Readonly<Record<string, string>>) => new Map(Object.entries(texts));

test('rows are told from the offset on at which they changed, in the order of the newest list', () => {
  const tracked = new TrackedRows();
  expect(tracked.replace(rows({ A: '1', B: '2' }), 1)).toEqual([]);
  expect(tracked.replace(rows({ A: '1', B: '3', C: '4' }), 2)).toEqual([]);
  expect([-1, 1, 2].map((offset) => tracked.since(offset))).toEqual(['[1,3,4]', '[3,4]', '[]']);
});

test('rows that are gone are named once; without a change there is nothing to name', () => {
  const tracked = new TrackedRows();
  tracked.replace(rows({ A: '1', B: '2' }), 1);
  expect(tracked.replace(rows({ A: '1', B: '2' }), 2)).toBeNull();
  expect(tracked.since(1)).toBe('[]');
  expect(tracked.replace(rows({ B: '2' }), 3)).toEqual(['A']);
  expect(tracked.replace(rows({ A: '1', B: '2' }), 4)).toEqual([]);
  expect(tracked.since(3)).toBe('[1]');
});

import { expect, test } from 'vitest';
import {
  checkedSelection,
  shardFilter,
  type ShardSelection,
} from '../../../src/core/shards/shard-selection.js';
import { shardOf } from '../../../src/core/shards/shard-of.js';

test('selects the portfolios of the shards; without a selection all, and without shards none', () => {
  const isOurs = shardFilter({ count: 3, shards: [1, 2] }, 'example');
  for (let n = 0; n < 100; n++) expect(isOurs(`p${n}`)).toBe(shardOf(`p${n}`, 3) !== 0);
  expect(shardFilter(undefined, 'example')('p')).toBe(true);
  expect(shardFilter({ count: 3, shards: [] }, 'example')('p')).toBe(false);
});

test('names each shard once', () => {
  expect(checkedSelection({ shards: { count: 3, shards: [2, 0, 2] } }, 'example')).toEqual({
    count: 3,
    shards: [2, 0],
  });
});

test.each([
  [{ count: 0, shards: [] }, 'example: shards.count: expected a whole number from 1 to 65536, got 0'],
  [{ count: 3, shards: [3] }, 'example: shards.shards: expected a whole number from 0 to 2, got 3'],
  [{ count: 3, shards: [0.5] }, 'example: shards.shards'],
  [{ count: 3, shards: 1 }, 'example: shards.shards: expected an array of numbers, got 1'],
])('refuses %j', (selection, message) => {
  expect(() => shardFilter(selection as unknown as ShardSelection, 'example')).toThrow(message);
});

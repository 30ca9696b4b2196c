import { expect, test } from 'vitest';
import { fixedShards } from '../../../src/core/shards/fixed-shards.js';

async function shardsOf(index: number, count: number, shardCount?: number): Promise<number[]> {
  const assigned: number[] = [];
  const assignment = fixedShards(index, count, shardCount === undefined ? {} : { shardCount });
  await assignment.start({
    assigned: async (shards) => void assigned.push(...shards),
    revoked: async () => undefined,
    lost: () => undefined,
  });
  return assigned;
}

test.each([
  [1, undefined, 64],
  [3, undefined, 64],
  [64, undefined, 64],
  [5, 7, 7],
])('%d processes share all shards, evenly', async (count, shardCount, all) => {
  const shares = await Promise.all(
    Array.from({ length: count }, (_, index) => shardsOf(index, count, shardCount)),
  );
  expect(shares.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: all }, (_, shard) => shard));
  const sizes = shares.map(({ length }) => length);
  expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
});

test('stop() revokes the shards once, and nothing before start()', async () => {
  const revoked: number[][] = [];
  const handlers = {
    assigned: async () => undefined,
    revoked: async (shards: readonly number[]) => void revoked.push([...shards]),
    lost: () => undefined,
  };
  const assignment = fixedShards(1, 2, { shardCount: 4 });
  await assignment.start(handlers);
  await Promise.all([assignment.stop(), assignment.stop()]);
  expect(revoked).toEqual([[1, 3]]);
  await fixedShards(0, 2).stop();
});

test.each([
  [2, 2, 64, 'fixedShards: index: expected a whole number from 0 to 1, got 2'],
  [-1, 2, 64, 'fixedShards: index'],
  [0, 0, 64, 'fixedShards: count: expected a whole number from 1 to 64, got 0'],
  [0, 65, 64, 'fixedShards: count'],
  [0, 1, 0, 'fixedShards: shardCount: expected a whole number from 1 to 65536'],
])('refuses index %d of %d with %d shards', (index, count, shardCount, message) => {
  expect(() => fixedShards(index, count, { shardCount })).toThrow(message);
});

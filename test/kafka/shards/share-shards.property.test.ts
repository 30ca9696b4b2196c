import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shareShards, type ShardClaim } from '../../../src/kafka/shards/share-shards.js';
import { sized } from '../../sizes.js';

const RUNS = sized({ quick: 300, gate: 2500, full: 20_000 });

type Shares = ReadonlyMap<string, readonly number[]>;

/** Members as they are after an assignment. */
const claimsOf = (shares: Shares, generation = 1): ShardClaim[] =>
  [...shares].map(([memberId, shards]) => ({ memberId, shards, generation }));

const newcomer = (memberId: string): ShardClaim => ({ memberId, shards: [], generation: -1 });

const moved = (before: Shares, after: Shares): number =>
  [...after].reduce(
    (sum, [id, shards]) => sum + shards.filter((shard) => !before.get(id)?.includes(shard)).length,
    0,
  );

function checkShares(shares: Shares, members: number, shardCount: number): void {
  const parts = [...shares.values()];
  const sizes = parts.map(({ length }) => length);
  expect(parts).toHaveLength(members);
  expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  expect(parts.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: shardCount }, (_, n) => n));
}

const shardCounts = fc.integer({ min: 1, max: 200 });
const ids = fc.uniqueArray(fc.string({ maxLength: 4 }), { minLength: 1, maxLength: 12 });
/** Whatever members may claim: the same shard twice, shards that do not exist. */
const anyClaims = ids.chain((memberIds) =>
  fc.tuple(
    ...memberIds.map((memberId) =>
      fc.record({
        memberId: fc.constant(memberId),
        shards: fc.array(fc.oneof(fc.integer({ min: -2, max: 250 }), fc.constant(0.5))),
        generation: fc.integer({ min: -1, max: 3 }),
      }),
    ),
  ),
);

describe('shareShards', () => {
  test('gives each shard to one member and all their part, whatever they claim and in whatever order', () => {
    fc.assert(
      fc.property(anyClaims, shardCounts, (claims, shardCount) => {
        const shares = shareShards(claims, shardCount);
        checkShares(shares, claims.length, shardCount);
        const reversed = shareShards([...claims].reverse(), shardCount);
        expect(Object.fromEntries(reversed)).toEqual(Object.fromEntries(shares));
      }),
      { numRuns: RUNS },
    );
  });

  test('moves nothing while none comes or goes', () => {
    fc.assert(
      fc.property(anyClaims, shardCounts, (claims, shardCount) => {
        const shares = shareShards(claims, shardCount);
        expect(moved(shares, shareShards(claimsOf(shares), shardCount))).toBe(0);
        // Whoever has the larger parts.
        const parts = [...shares.values()].reverse();
        const swapped = new Map([...shares.keys()].map((id, at) => [id, parts[at]!]));
        expect(moved(swapped, shareShards(claimsOf(swapped), shardCount))).toBe(0);
      }),
      { numRuns: RUNS },
    );
  });

  test('a member that joins gets its part, and nothing else moves', () => {
    fc.assert(
      fc.property(anyClaims, shardCounts, (claims, shardCount) => {
        const before = shareShards(claims, shardCount);
        const after = shareShards([...claimsOf(before), newcomer('joins')], shardCount);
        checkShares(after, claims.length + 1, shardCount);
        expect(moved(before, after)).toBe(after.get('joins')!.length);
      }),
      { numRuns: RUNS },
    );
  });

  test('only the shards of a member that leaves move', () => {
    fc.assert(
      fc.property(anyClaims, shardCounts, fc.nat(), (claims, shardCount, pick) => {
        fc.pre(claims.length > 1);
        const before = shareShards(claims, shardCount);
        const leaving = claims[pick % claims.length]!.memberId;
        const rest = claimsOf(before).filter(({ memberId }) => memberId !== leaving);
        const after = shareShards(rest, shardCount);
        checkShares(after, rest.length, shardCount);
        expect(moved(before, after)).toBe(before.get(leaving)!.length);
      }),
      { numRuns: RUNS },
    );
  });

  test('of two members that claim a shard, that of the later generation has it', () => {
    const shares = shareShards(
      [
        { memberId: 'a', shards: [0, 1, 2], generation: 4 },
        { memberId: 'b', shards: [1, 2, 3], generation: 5 },
      ],
      4,
    );
    expect(Object.fromEntries(shares)).toEqual({ b: [1, 2], a: [0, 3] });
  });
});

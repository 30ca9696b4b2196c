import { Buffer } from 'node:buffer';
import { AssignerProtocol } from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { stickyShardAssigner } from '../../../src/kafka/shards/sticky-shard-assigner.js';

const { MemberAssignment, MemberMetadata } = AssignerProtocol;

const assignerOf = (shards: readonly number[], generation = 0) =>
  stickyShardAssigner({
    topic: 'books',
    shardCount: 4,
    claim: () => ({ shards, generation }),
    joining: () => undefined,
  })({ cluster: { findTopicPartitionMetadata: () => [] } });

describe('stickyShardAssigner', () => {
  test('sends what kafkajs reads as a subscription, with what the member owns', () => {
    const { name, metadata } = assignerOf([3, 1], 7).protocol({ topics: ['bücher', 'books'] });
    const { version, topics, userData } = MemberMetadata.decode(metadata)!;
    expect([name, version, topics]).toEqual(['tickmark-shards', 0, ['bücher', 'books']]);
    expect(JSON.parse(userData.toString())).toEqual({ shards: [3, 1], generation: 7 });
  });

  test('assigns what kafkajs reads as an assignment; each keeps what it has sent', async () => {
    const metadataOf = (shards: number[]) => assignerOf(shards).protocol({ topics: ['books'] }).metadata;
    const assigned = await assignerOf([]).assign({
      members: [
        { memberId: 'a', memberMetadata: metadataOf([2, 3]) },
        { memberId: 'b', memberMetadata: metadataOf([0, 1]) },
      ],
    });
    const decoded = assigned.map(({ memberId, memberAssignment }) => [
      memberId,
      MemberAssignment.decode(memberAssignment)?.assignment,
    ]);
    expect(Object.fromEntries(decoded)).toEqual({ a: { books: [2, 3] }, b: { books: [0, 1] } });
  });

  test.each([
    ['no data', MemberMetadata.encode({ version: 0, topics: ['books'], userData: Buffer.alloc(0) })],
    [
      'other data',
      MemberMetadata.encode({ version: 0, topics: [], userData: Buffer.from('{"shards":5,"generation":1}') }),
    ],
    ['cut short', Buffer.from([0, 0, 0])],
  ])('gives a member with %s its part', async (_what, memberMetadata) => {
    const [first] = await assignerOf([]).assign({ members: [{ memberId: 'a', memberMetadata }] });
    expect(MemberAssignment.decode(first!.memberAssignment)?.assignment).toEqual({ books: [0, 1, 2, 3] });
  });

  test('asks before each join, with the number of partitions; what is thrown keeps the member out', () => {
    const asked: number[] = [];
    const assigner = stickyShardAssigner({
      topic: 'books',
      shardCount: 4,
      claim: () => ({ shards: [], generation: 0 }),
      joining: (partitions) => {
        asked.push(partitions);
        throw new Error('kept out');
      },
    })({
      cluster: {
        findTopicPartitionMetadata: (topic) =>
          topic === 'books' ? [{ partitionId: 0 }, { partitionId: 1 }] : [],
      },
    });
    expect(() => assigner.protocol({ topics: ['books'] })).toThrow('kept out');
    expect(asked).toEqual([2]);
  });
});

import { Partitioners } from 'kafkajs';
import { expect, test } from 'vitest';
import { murmur2, shardOf } from '../../../src/core/shards/shard-of.js';

const hash = (text: string): number => murmur2(new TextEncoder().encode(text));

// Values of Kafka's own UtilsTest.
test.each([
  ['21', -973_932_308],
  ['foobar', -790_332_482],
  ['a-little-bit-long-string', -985_981_536],
  ['a-little-bit-longer-string', -1_486_304_829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58_897_971],
  ['abc', 479_470_107],
])('hashes %s as Kafka does', (text, expected) => {
  expect(hash(text)).toBe(expected);
});

test('a portfolio falls into the shard that is its partition for a Kafka client', () => {
  const partitioner = Partitioners.DefaultPartitioner();
  const ids = [
    'desk',
    '',
    'a',
    'Ärzte',
    '组合',
    '😀',
    'x'.repeat(64),
    'x'.repeat(65),
    ...Array.from({ length: 500 }, (_, at) => `p-${at}`),
  ];
  for (const count of [1, 2, 3, 64, 1_000])
    for (const id of ids.filter(Boolean)) {
      const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({
        partitionId,
        leader: 1,
        partitionErrorCode: 0,
        replicas: [],
        isr: [],
      }));
      const message = { key: id, value: '' };
      expect(shardOf(id, count)).toBe(partitioner({ topic: 't', partitionMetadata, message }));
    }
});

test.each([0, -1, 1.5, Number.NaN, 65_537])('refuses %d shards', (count) => {
  expect(() => shardOf('desk', count)).toThrow('shardOf: count: expected a whole number from 1 to 65536');
});

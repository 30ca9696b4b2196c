import type { KafkaTopicAdmin } from '../../../kafka-client/kafka-consumer.js';
import { ClientError, unknownTopic } from '../client-error.js';
import { calling } from './platformatic-error.js';
import { NEWEST, OLDEST } from './platformatic-member.js';
import type { PlatformaticAdmin } from './platformatic-module.js';

/** An `Admin` of `@platformatic/kafka` in the shape of kafkajs. */
export function platformaticAdmin(make: () => PlatformaticAdmin): KafkaTopicAdmin {
  let made: PlatformaticAdmin | null = null;
  const admin = (): PlatformaticAdmin => (made ??= make());
  const partitionsOf = async (topic: string): Promise<number[]> => {
    const { topics } = await admin().metadata({ topics: [topic], forceUpdate: true });
    const found = topics.get(topic);
    if (!found) throw unknownTopic(topic);
    return Array.from({ length: found.partitionsCount }, (_, partition) => partition);
  };
  const offsetsAt = async (topic: string, timestamp: bigint): Promise<ReadonlyMap<number, bigint>> => {
    const partitions = (await partitionsOf(topic)).map((partitionIndex) => ({ partitionIndex, timestamp }));
    const found = await admin().listOffsets({ topics: [{ name: topic, partitions }] });
    return new Map(
      found.flatMap((each) => each.partitions.map(({ partitionIndex, offset }) => [partitionIndex, offset])),
    );
  };
  return {
    connect: () => calling(made, async () => void (await admin().metadata({ topics: [] }))),
    async disconnect() {
      const client = made;
      made = null;
      await calling(made, async () => client?.close());
    },
    fetchTopicOffsets: (topic) =>
      calling(made, async () => {
        const low = await offsetsAt(topic, OLDEST);
        const high = await offsetsAt(topic, NEWEST);
        return [...low].map(([partition, oldest]) => ({
          partition,
          low: String(oldest),
          high: String(high.get(partition) ?? oldest),
        }));
      }),
    fetchTopicOffsetsByTimestamp: (topic, timestamp) =>
      calling(made, async () => {
        const high = await offsetsAt(topic, NEWEST);
        const found = timestamp === undefined ? high : await offsetsAt(topic, BigInt(timestamp));
        // Where no record is that late, reading starts at the end.
        return [...high].map(([partition, end]) => {
          const offset = found.get(partition) ?? -1n;
          return { partition, offset: String(offset < 0n ? end : offset) };
        });
      }),
    fetchOffsets: ({ groupId, topics: names }) =>
      calling(made, async () => {
        const topics = [];
        for (const name of names) topics.push({ name, partitionIndexes: await partitionsOf(name) });
        const groups = await admin().listConsumerGroupOffsets({ groups: [{ groupId, topics }] });
        return groups.flatMap((group) =>
          group.topics.map(({ name: topic, partitions }) => ({
            topic,
            partitions: partitions.map(({ partitionIndex: partition, committedOffset }) => ({
              partition,
              offset: String(committedOffset),
            })),
          })),
        );
      }),
    async createTopics({ topics }) {
      for (const { topic, numPartitions, replicationFactor } of topics) {
        try {
          await calling(made, () =>
            admin().createTopics({
              topics: [topic],
              ...(numPartitions !== undefined && { partitions: numPartitions }),
              ...(replicationFactor !== undefined && { replicas: replicationFactor }),
            }),
          );
        } catch (error) {
          if (!(error instanceof ClientError && error.type === 'TOPIC_ALREADY_EXISTS')) throw error;
        }
      }
    },
  };
}

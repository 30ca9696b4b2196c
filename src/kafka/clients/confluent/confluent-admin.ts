import type { KafkaTopicAdmin } from '../../../kafka-client/kafka-consumer.js';
import type { ConfluentMember } from './confluent-member.js';
import type { ConfluentAdmin } from './confluent-module.js';
import { NativeCalls } from './native-calls.js';

/** An administrative client of `@confluentinc/kafka-javascript` in the shape of kafkajs. */
export function confluentAdmin(
  make: () => ConfluentAdmin,
  memberOf: (groupId: string) => ConfluentMember,
): KafkaTopicAdmin {
  const calls = new NativeCalls();
  let made: ConfluentAdmin | null = null;
  const admin = (): ConfluentAdmin => (made ??= make());
  return {
    connect: () => calls.run(() => admin().connect()),
    async disconnect() {
      const client = made;
      made = null;
      await calls.close();
      await client?.disconnect();
    },
    fetchTopicOffsets: (topic) => calls.run(() => admin().fetchTopicOffsets(topic)),
    fetchTopicOffsetsByTimestamp: (topic, timestamp) =>
      calls.run(() => admin().fetchTopicOffsetsByTimestamp(topic, timestamp)),
    // By a consumer: librdkafka 2.x ends the process when the coordinator of a group moves while its administrative client asks for this.
    async fetchOffsets({ groupId, topics }) {
      const member = memberOf(groupId);
      try {
        await member.connect();
        const answers = [];
        for (const topic of topics) {
          const count = await member.partitionCount(topic);
          const places = Array.from({ length: count }, (_, partition) => ({ topic, partition }));
          const committed = await member.committed(places);
          const partitions = committed.map(({ partition, offset }) => ({
            partition,
            offset: String(offset),
          }));
          answers.push({ topic, partitions });
        }
        return answers;
      } finally {
        void member.close().catch(() => undefined);
      }
    },
    // It refuses waitForLeaders, and says by itself that a topic is there already.
    createTopics: ({ topics }) => calls.run(() => admin().createTopics({ topics })),
  };
}

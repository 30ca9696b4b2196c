import type {
  KafkaBatchProducer,
  KafkaMessage,
  KafkaProducer,
} from '../../../kafka-client/kafka-consumer.js';
import { UNKNOWN_PARTITION, confluentError } from './confluent-error.js';
import type { ConfluentProducer } from './confluent-module.js';
import { NativeCalls } from './native-calls.js';

type Results = ReadonlyArray<{ topicName: string; partition: number }>;

/** A producer of `@confluentinc/kafka-javascript` in the shape of kafkajs. */
export function confluentProducer(make: () => ConfluentProducer): KafkaBatchProducer & KafkaProducer {
  const calls = new NativeCalls();
  let made: ConfluentProducer | null = null;
  const producer = (): ConfluentProducer => (made ??= make());

  // By partition, so that each is accepted or left out as a whole. One that it has not heard of yet is left out, as kafkajs does.
  const sendAll = async (topic: string, messages: readonly KafkaMessage[]): Promise<Results> => {
    const byPartition = new Map<number | undefined, object[]>();
    for (const message of messages) {
      const list = byPartition.get(message.partition);
      // The client changes what it is given.
      if (list) list.push({ ...message });
      else byPartition.set(message.partition, [{ ...message }]);
    }
    const sent = [...byPartition.values()].map((list) =>
      calls.run(() => producer().send({ topic, messages: list })),
    );
    const results: Array<{ topicName: string; partition: number }> = [];
    for (const outcome of await Promise.allSettled(sent)) {
      if (outcome.status === 'fulfilled') results.push(...outcome.value);
      else if ((outcome.reason as { code?: unknown }).code !== `librdkafka ${UNKNOWN_PARTITION}`)
        throw confluentError(outcome.reason);
    }
    return results;
  };

  return {
    connect: () => calls.run(() => producer().connect()),
    async disconnect() {
      const client = made;
      made = null;
      // Records are given up after `message.timeout.ms`.
      await calls.close();
      await client?.disconnect();
    },
    send: ({ topic, messages }) => sendAll(topic, messages),
    async sendBatch({ topicMessages = [] }) {
      const results = await Promise.all(topicMessages.map(({ topic, messages }) => sendAll(topic, messages)));
      return results.flat();
    },
  };
}

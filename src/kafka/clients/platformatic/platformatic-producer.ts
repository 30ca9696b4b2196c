import { Buffer } from 'node:buffer';
import type {
  KafkaBatchProducer,
  KafkaMessage,
  KafkaProducer,
} from '../../../kafka-client/kafka-consumer.js';
import { ClientError } from '../client-error.js';
import { calling } from './platformatic-error.js';
import type { PlatformaticProducer } from './platformatic-module.js';

interface TopicMessages {
  readonly topic: string;
  readonly messages: readonly KafkaMessage[];
}

/** A `Producer` of `@platformatic/kafka` in the shape of kafkajs. */
export function platformaticProducer(make: () => PlatformaticProducer): KafkaBatchProducer & KafkaProducer {
  let made: PlatformaticProducer | null = null;
  const producer = (): PlatformaticProducer => (made ??= make());

  const sendAll = (
    acks: number,
    batches: readonly TopicMessages[],
  ): Promise<Array<{ topicName: string; partition: number }>> =>
    calling(made, async () => {
      const topics = batches.map(({ topic }) => topic);
      for (const batch of batches) await checkPartitions(producer(), topics, batch);
      const messages = batches.flatMap(({ topic, messages: all }) => all.map((each) => bytesOf(topic, each)));
      const { offsets = [] } = await producer().send({ acks, messages });
      return offsets.map(({ topic: topicName, partition }) => ({ topicName, partition }));
    });

  return {
    connect: () => calling(made, async () => void (await producer().metadata({ topics: [] }))),
    async disconnect() {
      const client = made;
      made = null;
      await calling(made, async () => client?.close());
    },
    send: ({ topic, messages }) => sendAll(-1, [{ topic, messages }]),
    sendBatch: ({ acks = -1, topicMessages = [] }) => sendAll(acks, topicMessages),
  };
}

// The client sends a record for a partition that it has not heard of to another one, without an error.
async function checkPartitions(
  producer: PlatformaticProducer,
  topics: string[],
  { topic, messages }: TopicMessages,
): Promise<void> {
  const highest = Math.max(-1, ...messages.map(({ partition }) => partition ?? -1));
  if (highest < 0) return;
  for (const forceUpdate of [false, true]) {
    const metadata = await producer.metadata({ topics: [...topics], forceUpdate });
    if (highest < (metadata.topics.get(topic)?.partitionsCount ?? 0)) return;
  }
  throw new ClientError({ message: `topic ${topic} has no partition ${highest}`, retriable: true });
}

function bytesOf(topic: string, { key, value, partition, headers = {} }: KafkaMessage): object {
  const pairs = Object.entries(headers).flatMap(([name, values]) =>
    (Array.isArray(values) ? values : [values]).map((each) => [Buffer.from(name), bytes(each)] as const),
  );
  return {
    topic,
    ...(partition !== undefined && { partition }),
    ...(key !== undefined && key !== null && { key: bytes(key) }),
    value: value === null ? null : bytes(value),
    headers: new Map(pairs),
  };
}

function bytes(value: unknown): Buffer {
  return value instanceof Uint8Array
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    : Buffer.from(String(value));
}

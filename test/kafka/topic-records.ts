import type { KafkaMessage } from 'kafkajs';
import { CuttableKafka, freshName } from '../fills/kafka/kafka-wire.js';
import type { KafkaServer } from '../servers/kafka-broker.js';
import { until } from '../waiting.js';

/** A record as a plain consumer reads it. */
export interface TopicRecord {
  readonly partition: number;
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Buffer;
}

/** The first records of a topic, read by a plain client from the beginning. */
export async function topicRecords(
  server: KafkaServer,
  topic: string,
  count: number,
): Promise<readonly TopicRecord[]> {
  const consumer = new CuttableKafka(server).consumer(freshName('reader'));
  const records: TopicRecord[] = [];
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const read = ({ partition, message }: { partition: number; message: KafkaMessage }): void => {
    const headers = Object.entries(message.headers ?? {}).map(([name, text]) => [name, String(text)]);
    records.push({
      partition,
      key: message.key && String(message.key),
      headers: Object.fromEntries(headers) as Record<string, string>,
      value: message.value!,
    });
  };
  await consumer.run({ eachMessage: async (each) => read(each) });
  await until(`${count} records of ${topic}`, () => records.length >= count);
  await consumer.disconnect();
  return records;
}

import { Kafka, logLevel, type Admin } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canStartKafkaBroker, privateKafka, type PrivateKafka } from './kafka-broker.js';

const isAvailable = await canStartKafkaBroker();

describe.skipIf(!isAvailable)('a private Kafka broker', () => {
  let server: PrivateKafka;
  let admin: Admin;

  beforeAll(async () => {
    server = await privateKafka();
    const kafka = new Kafka({ brokers: [server.broker], logLevel: logLevel.NOTHING, retry: { retries: 20 } });
    admin = kafka.admin();
    await admin.connect();
  });

  afterAll(async () => {
    await admin?.disconnect();
    await server?.dispose();
  });

  test('comes back under its address with its data after a kill', async () => {
    await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 2 }], waitForLeaders: false });
    await server.kill();
    await server.start();
    const { topics } = await admin.fetchTopicMetadata({ topics: ['kept'] });
    expect(topics.map(({ name, partitions }) => [name, partitions.length])).toEqual([['kept', 2]]);
  });
});

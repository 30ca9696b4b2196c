import { Kafka, logLevel, type Admin, type Producer } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KafkaPriceStreamAdapter } from '../../../src/kafka/index.js';
import { CuttableKafka, connected, newTopic } from '../../fills/kafka/kafka-wire.js';
import { kafkaServer } from '../../servers/kafka-broker.js';
import { HUNG_AFTER_MS, until } from '../../waiting.js';

const server = await kafkaServer();

describe.skipIf(!server)('settings that do not fit, on a Kafka broker', { concurrent: true }, () => {
  let producer: Producer;
  let admin: Admin;

  beforeAll(async () => {
    ({ producer, admin } = await connected(server!));
  });
  afterAll(async () => {
    await Promise.all([producer?.disconnect(), admin?.disconnect()]);
  });

  test.each([
    ['snappy', 'kafkajs-snappy', 'CompressionTypes.Snappy'],
    ['lz4', 'kafkajs-lz4', 'CompressionTypes.LZ4'],
    ['zstd', 'fzstd', 'CompressionTypes.ZSTD'],
  ])(
    'records compressed with %s: the error names %s and where to register it',
    async (type, npmPackage, place) => {
      // The broker compresses whatever it gets.
      const topic = await newTopic(admin, type, 1, [{ name: 'compression.type', value: type }]);
      const client = new CuttableKafka(server!);
      const stream = new KafkaPriceStreamAdapter({
        consumer: () => client.consumer(topic),
        topics: topic,
        connectTimeoutMs: HUNG_AFTER_MS,
        silenceMs: HUNG_AFTER_MS,
      });
      await stream.connect();
      await stream.subscribe(['A']);
      await producer.send({
        topic,
        messages: [{ key: 'A', value: JSON.stringify({ price: '1', timestamp: 1 }) }],
      });
      await until('the stream gives up', () => stream.getStatus().state === 'failed');
      const status = stream.getStatus();
      const { message } = status.state === 'failed' ? status.error : new Error(status.state);
      expect(message).toContain(`Install ${npmPackage}`);
      expect(message).toContain(`CompressionCodecs[${place}] =`);
      await stream.disconnect();
    },
  );

  test('a session that is shorter than a fetch: one warning that names maxWaitTimeInMs', async () => {
    const topic = await newTopic(admin, 'prices', 1);
    const retry = { initialRetryTime: 50, maxRetryTime: 200, retries: 10 };
    const kafka = new Kafka({ brokers: [server!.broker], logLevel: logLevel.NOTHING, retry });
    const errors: string[] = [];
    const stream = new KafkaPriceStreamAdapter({
      consumer: () =>
        kafka.consumer({
          groupId: topic,
          maxWaitTimeInMs: 2500,
          sessionTimeout: 600,
          heartbeatInterval: 200,
        }),
      topics: topic,
      connectTimeoutMs: HUNG_AFTER_MS,
      silenceMs: HUNG_AFTER_MS,
      onError: ({ message }) => void errors.push(message),
    });
    await stream.connect();
    await until('it was thrown out twice', () => stream.stats().rebalances >= 2);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain('set maxWaitTimeInMs of the consumer');
    await stream.disconnect();
  });
});

import type { Admin, Producer } from 'kafkajs';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { priceStreamAdapterConformance } from '../../../src/conformance/index.js';
import { KafkaPriceStreamAdapter } from '../../../src/kafka/index.js';
import { withoutSkips } from '../../conformance/without-skips.js';
import { CuttableKafka, connected, newTopic } from '../../fills/kafka/kafka-wire.js';
import { kafkaServer } from '../../servers/kafka-broker.js';
import { HUNG_AFTER_MS } from '../../waiting.js';

const server = await kafkaServer();

describe.skipIf(!server).each([
  ['with the consumer alone', false],
  ['with a look at the topics', true],
])('Kafka, against a Kafka broker, %s', { concurrent: true }, (_, hasAdmin) => {
  let producer: Producer;
  let admin: Admin;

  beforeAll(async () => {
    ({ producer, admin } = await connected(server!));
  });
  afterAll(async () => {
    await Promise.all([producer?.disconnect(), admin?.disconnect()]);
  });

  priceStreamAdapterConformance(withoutSkips(test), {
    timing: { timeoutMs: HUNG_AFTER_MS, caseTimeoutMs: 2 * HUNG_AFTER_MS },
    createHarness: async () => {
      const topic = await newTopic(admin, 'prices', 4);
      const client = new CuttableKafka(server!);
      return {
        adapter: new KafkaPriceStreamAdapter({
          consumer: () => client.consumer(topic),
          topics: topic,
          ...(hasAdmin && { admin: { client: () => client.kafka.admin(), groupId: topic } }),
          maxSymbols: 3,
          connectTimeoutMs: HUNG_AFTER_MS,
          silenceMs: HUNG_AFTER_MS,
        }),
        venue: {
          send: async ({ symbol, price, timestamp }) => {
            const value = JSON.stringify({ price, timestamp });
            await producer.send({ topic, messages: [{ key: symbol, value }] });
          },
        },
      };
    },
    supports: { maxSymbols: 3 },
  });
});

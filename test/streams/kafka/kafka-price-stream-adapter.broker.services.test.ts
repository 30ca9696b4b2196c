import type { Admin, Producer } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isGap } from '../../../src/core/streams/price-stream-adapter.js';
import { KafkaPriceStreamAdapter } from '../../../src/kafka/index.js';
import { CuttableKafka, connected, newTopic } from '../../fills/kafka/kafka-wire.js';
import { kafkaServer } from '../../servers/kafka-broker.js';
import { HUNG_AFTER_MS, until } from '../../waiting.js';

const server = await kafkaServer();

describe.skipIf(!server)('prices, against a Kafka broker', () => {
  let producer: Producer;
  let admin: Admin;

  beforeAll(async () => {
    ({ producer, admin } = await connected(server!));
  });
  afterAll(async () => {
    await Promise.all([producer?.disconnect(), admin?.disconnect()]);
  });

  const adapterOf = (topic: string, client: CuttableKafka) =>
    new KafkaPriceStreamAdapter({
      consumer: () => client.consumer(topic),
      topics: topic,
      fromBeginning: true,
      connectTimeoutMs: HUNG_AFTER_MS,
      silenceMs: HUNG_AFTER_MS,
    });

  test('after a cut of all connections, prices from meanwhile come, after one gap', async () => {
    const topic = await newTopic(admin, 'prices', 4);
    const client = new CuttableKafka(server!);
    const stream = adapterOf(topic, client);
    const log: string[] = [];
    stream.onMessage((message) => log.push(isGap(message) ? 'gap' : String(message.price)));
    await stream.connect();
    await stream.subscribe(['A']);
    const send = (price: number) =>
      producer.send({
        topic,
        messages: [{ key: 'A', value: JSON.stringify({ price: String(price), timestamp: price }) }],
      });
    await send(1);
    await until('the first price', () => log.includes('1'));
    client.cut();
    await until('the break is noticed', () => stream.getStatus().state === 'reconnecting');
    await send(2);
    client.mend();
    await until('the second price', () => log.includes('2'));
    expect(log).toEqual(['1', 'gap', '2']);
    await stream.disconnect();
  });
});

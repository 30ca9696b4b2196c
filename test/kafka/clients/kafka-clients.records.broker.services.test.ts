import zlib from 'node:zlib';
import { Kafka, logLevel, type Admin, type Producer } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isGap } from '../../../src/core/streams/price-stream-adapter.js';
import { KafkaFillStream } from '../../../src/fills/index.js';
import { KafkaPriceStreamAdapter } from '../../../src/kafka/index.js';
import { connected, freshName, newTopic } from '../../fills/kafka/kafka-wire.js';
import { canStartKafkaBroker } from '../../servers/kafka-broker.js';
import {
  KAFKA_PACKAGES,
  OTHER_KAFKA_PACKAGES,
  canUseKafkaPackage,
  compressingProducer,
  kafkaClients,
  type KafkaPackage,
} from '../../servers/kafka-clients.js';
import { dooredKafka, type DooredKafka } from '../../servers/kafka-doors.js';
import { HUNG_AFTER_MS, until } from '../../waiting.js';

const canStart = await canStartKafkaBroker();
const packages = KAFKA_PACKAGES.filter((name) => canStart && canUseKafkaPackage(name));

describe.skipIf(packages.length === 0)('records, with each client', { concurrent: true }, () => {
  let kafka: DooredKafka;
  let producer: Producer;
  let admin: Admin;

  beforeAll(async () => {
    kafka = await dooredKafka(4);
    ({ producer, admin } = await connected(kafka.server));
  });
  afterAll(async () => {
    await Promise.all([producer?.disconnect(), admin?.disconnect()]);
    await kafka?.dispose();
  });

  const streamOf = (name: KafkaPackage, topic: string, broker = kafka.server.broker) => {
    const clients = kafkaClients(name, broker, { sessionTimeout: 6_000 });
    const stream = new KafkaPriceStreamAdapter({
      consumer: () => clients.consumer({ groupId: freshName('group') }),
      topics: topic,
      fromBeginning: true,
      connectTimeoutMs: HUNG_AFTER_MS,
      silenceMs: 2_000,
    });
    const heard: string[] = [];
    stream.onMessage((message) => void (isGap(message) || heard.push(String(message.price))));
    return { stream, heard };
  };
  const valueOf = (price: string, padding = ''): string => JSON.stringify({ price, timestamp: 1, padding });
  const send = (topic: string, price: string) =>
    producer.send({ topic, messages: [{ key: 'A', value: valueOf(price) }] });

  test.each(packages)(
    '%s: records of aborted transactions are not delivered, however large they are',
    async (name) => {
      const topic = await newTopic(admin, 'prices', 1);
      const transactional = new Kafka({
        brokers: [kafka.server.broker],
        logLevel: logLevel.NOTHING,
      }).producer({
        transactionalId: freshName('transaction'),
        maxInFlightRequests: 1,
        idempotent: true,
      });
      await transactional.connect();
      const write = async (price: string, count: number, isCommitted: boolean): Promise<void> => {
        const transaction = await transactional.transaction();
        // 500 kB each.
        for (let left = count; left > 0; left -= 500)
          await transaction.send({
            topic,
            messages: Array.from({ length: Math.min(500, left) }, () => ({
              key: 'A',
              value: valueOf(price, 'x'.repeat(1_000)),
            })),
          });
        await (isCommitted ? transaction.commit() : transaction.abort());
      };
      await write('1', 2, false);
      await write('2', 2, true);
      await write('3', 2, false);
      // More than a fetch takes of a partition.
      await write('4', 3_000, false);
      await write('5', 2, true);
      await transactional.disconnect();
      const { stream, heard } = streamOf(name, topic);
      await stream.connect();
      await stream.subscribe(['A']);
      await until('the last price', () => heard.filter((price) => price === '5').length === 2);
      expect(heard).toEqual(['2', '2', '5', '5']);
      await stream.disconnect();
    },
  );

  test.each(OTHER_KAFKA_PACKAGES.filter((name) => packages.includes(name)))(
    '%s: compressed records are read without more packages',
    async (name) => {
      const topic = await newTopic(admin, 'prices', 1);
      const { stream, heard } = streamOf(name, topic);
      await stream.connect();
      await stream.subscribe(['A']);
      // The client in pure TypeScript takes zstd from Node 22.15 and later.
      const hasZstd = name !== '@platformatic/kafka' || 'zstdDecompressSync' in zlib;
      const codecs = ['gzip', 'snappy', 'lz4', ...(hasZstd ? ['zstd'] : [])];
      for (const codec of codecs) {
        const compressing = compressingProducer(kafka.server.broker, codec);
        await compressing.connect();
        const messages = Array.from({ length: 20 }, () => ({ key: 'A', value: valueOf('7') }));
        await compressing.sendBatch({ topicMessages: [{ topic, messages }] });
        await compressing.disconnect();
      }
      await until('all prices', () => heard.length === 20 * codecs.length);
      await stream.disconnect();
    },
  );

  test.each(OTHER_KAFKA_PACKAGES.filter((name) => packages.includes(name)))(
    '%s: connections that die without a word are noticed, and replaced',
    async (name) => {
      const topic = await newTopic(admin, 'prices', 1);
      const door = kafka.take();
      const { stream, heard } = streamOf(name, topic, door.broker);
      await stream.connect();
      await stream.subscribe(['A']);
      await send(topic, '1');
      await until('a price', () => heard.includes('1'));
      door.forget();
      await until('the silence is noticed', () => stream.getStatus().state === 'reconnecting');
      await send(topic, '2');
      await until('the next price', () => heard.includes('2'));
      await stream.disconnect();
      await kafka.give(door);
    },
  );

  test.each(packages)('%s: fills are read on where the group was', async (name) => {
    const topic = await newTopic(admin, 'fills', 1);
    const groupId = freshName('books');
    const clients = kafkaClients(name, kafka.server.broker, { sessionTimeout: 6_000 });
    const stream = new KafkaFillStream({
      consumer: () => clients.consumer({ groupId }),
      topic,
      admin: { client: () => clients.admin(), groupId },
      connectTimeoutMs: HUNG_AFTER_MS,
      silenceMs: HUNG_AFTER_MS,
    });
    const fill = (n: number) => ({
      key: 'desk',
      value: JSON.stringify({ id: `f${n}`, at: n, type: 'buy', symbol: 'A', quantity: 1, price: '1.10' }),
    });
    const readUntil = async (last: string): Promise<string[]> => {
      const ids: string[] = [];
      for await (const list of stream.read()) {
        ids.push(...list.map((each) => (each.type === 'fill' ? each.entry.id : each.type)));
        if (ids.includes(last)) break;
      }
      return ids;
    };
    await producer.send({ topic, messages: [fill(1), fill(2)] });
    expect(await readUntil('f2')).toEqual(['f1', 'f2']);
    await producer.send({ topic, messages: [fill(3)] });
    // The last list was not processed: it comes again.
    expect(await readUntil('f3')).toEqual(['f1', 'f2', 'f3']);
  });
});

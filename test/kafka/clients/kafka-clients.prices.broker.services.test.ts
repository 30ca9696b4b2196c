import type { Admin, Producer } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isGap } from '../../../src/core/streams/price-stream-adapter.js';
import { KafkaPriceStreamAdapter } from '../../../src/kafka/index.js';
import {
  addPartitions,
  connected,
  deleteRecords,
  freshName,
  makeTopicAnew,
  newTopic,
} from '../../fills/kafka/kafka-wire.js';
import { kafkaServer } from '../../servers/kafka-broker.js';
import { KAFKA_PACKAGES, canUseKafkaPackage, kafkaClients } from '../../servers/kafka-clients.js';
import { HUNG_AFTER_MS, until } from '../../waiting.js';

const server = await kafkaServer();
const packages = KAFKA_PACKAGES.filter((name) => server && canUseKafkaPackage(name));

describe.skipIf(!server).each(packages)('prices with %s', { concurrent: true }, (name) => {
  let producer: Producer;
  let admin: Admin;

  beforeAll(async () => {
    ({ producer, admin } = await connected(server!));
  });
  afterAll(async () => {
    await Promise.all([producer?.disconnect(), admin?.disconnect()]);
  });

  const watched = (topic: string, groupId = freshName('group')) => {
    const kafka = kafkaClients(name, server!.broker, { sessionTimeout: 6_000 });
    const stream = new KafkaPriceStreamAdapter({
      consumer: () => kafka.consumer({ groupId }),
      topics: topic,
      admin: { client: () => kafka.admin(), groupId, everyMs: 200 },
      connectTimeoutMs: HUNG_AFTER_MS,
      silenceMs: HUNG_AFTER_MS,
    });
    const log: string[] = [];
    stream.onMessage((message) =>
      log.push(isGap(message) ? `gap ${message.recovered}` : String(message.price)),
    );
    const start = async (): Promise<void> => {
      await stream.connect();
      await stream.subscribe(['A']);
    };
    return { stream, log, start };
  };
  const value = (price: number): string => JSON.stringify({ price: String(price), timestamp: price });
  const send = async (
    topic: string,
    prices: readonly number[],
    partition = 0,
    to = producer,
  ): Promise<void> => {
    const messages = prices.map((price) => ({ key: 'A', partition, value: value(price) }));
    await to.send({ topic, messages });
  };

  test('a group without an offset starts where the topic ended at connect(), and goes on there after it was away', async () => {
    const topic = await newTopic(admin, 'prices', 4);
    await send(topic, [1, 2]);
    const { stream, log, start } = watched(topic);
    await start();
    await send(topic, [3]);
    await until('the third price', () => log.includes('3'));
    await stream.disconnect();
    // Of a partition from which nothing has been read yet, too.
    await send(topic, [4], 1);
    await start();
    await until('the fourth price', () => log.includes('4'));
    expect(log).toEqual(['3', '4']);
    await stream.disconnect();
  });

  test('records that were deleted while the stream was away: a gap, then the oldest that exist', async () => {
    const topic = await newTopic(admin, 'prices', 1);
    const { stream, log, start } = watched(topic);
    await start();
    await send(topic, [1, 2]);
    await until('two prices', () => log.length === 2);
    await stream.disconnect();
    await send(topic, [3, 4, 5, 6]);
    await deleteRecords(server!, topic, '4');
    await start();
    await until('the last price', () => log.includes('6'));
    expect(log).toEqual(['1', '2', 'gap false', '5', '6']);
    await stream.disconnect();
  });

  test('partitions that are added are read from their beginning, after a gap', async () => {
    const topic = await newTopic(admin, 'prices', 2);
    const { stream, log, start } = watched(topic);
    await start();
    await send(topic, [1]);
    await until('the first price', () => log.includes('1'));
    await addPartitions(admin, topic, 6);
    // A producer of its own: the other one does not know the partitions yet.
    const other = (await connected(server!)).producer;
    for (let partition = 2; partition < 6; partition++) await send(topic, [partition], partition, other);
    await until('the prices of all new partitions', () =>
      ['2', '3', '4', '5'].every((each) => log.includes(each)),
    );
    expect(log.slice(0, 2)).toEqual(['1', 'gap false']);
    expect(stream.getStatus().state).toBe('subscribed');
    await Promise.all([other.disconnect(), stream.disconnect()]);
  });

  test('a topic that is deleted and made again: a gap, then all of its records', async () => {
    const topic = await newTopic(admin, 'prices', 1);
    const { stream, log, start } = watched(topic);
    await start();
    await send(topic, [1, 2, 3]);
    await until('three prices', () => log.length === 3);
    await makeTopicAnew(server!, topic, 1);
    const other = (await connected(server!)).producer;
    for (const price of [4, 5]) await send(topic, [price], 0, other);
    await until('the new prices', () => log.includes('5'));
    expect(log.filter((each) => !each.startsWith('gap'))).toEqual(['1', '2', '3', '4', '5']);
    expect(log.slice(3, log.indexOf('4'))).toContain('gap false');
    await Promise.all([other.disconnect(), stream.disconnect()]);
  });

  test('two members share the partitions, and the second one leaves: the first reads all', async () => {
    const topic = await newTopic(admin, 'prices', 4);
    const group = freshName('group');
    const [one, two] = [watched(topic, group), watched(topic, group)];
    await one.start();
    await two.start();
    const partitions = [0, 1, 2, 3];
    for (const partition of partitions) await send(topic, [partition], partition);
    const all = (): string[] => [...one.log, ...two.log];
    await until('all prices', () => partitions.every((each) => all().includes(String(each))));
    expect(two.log.some((each) => !each.startsWith('gap'))).toBe(true);
    await two.stream.disconnect();
    for (const partition of partitions) await send(topic, [10 + partition], partition);
    await until('all later prices', () => partitions.every((each) => one.log.includes(String(10 + each))));
    await one.stream.disconnect();
  });
});

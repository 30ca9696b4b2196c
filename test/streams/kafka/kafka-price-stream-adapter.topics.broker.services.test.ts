import type { Admin, Producer } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isGap } from '../../../src/core/streams/price-stream-adapter.js';
import { KafkaPriceStreamAdapter, type KafkaConsumer } from '../../../src/kafka/index.js';
import {
  CuttableKafka,
  addPartitions,
  connected,
  deleteRecords,
  freshName,
  makeTopicAnew,
  newTopic,
} from '../../fills/kafka/kafka-wire.js';
import { kafkaServer } from '../../servers/kafka-broker.js';
import { HUNG_AFTER_MS, until } from '../../waiting.js';

const server = await kafkaServer();

describe.skipIf(!server)('topics that change, on a Kafka broker', () => {
  let producer: Producer;
  let admin: Admin;

  beforeAll(async () => {
    ({ producer, admin } = await connected(server!));
  });
  afterAll(async () => {
    await Promise.all([producer?.disconnect(), admin?.disconnect()]);
  });

  const watched = (topic: string, groupId = freshName('group'), everyMs = 200) => {
    const client = new CuttableKafka(server!);
    const stream = new KafkaPriceStreamAdapter({
      consumer: () => client.consumer(groupId) as KafkaConsumer,
      topics: topic,
      admin: { client: () => client.kafka.admin(), groupId, everyMs },
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
    return { client, stream, log, start };
  };
  const send = (topic: string, prices: readonly number[], partition = 0) =>
    producer.send({
      topic,
      messages: prices.map((price) => ({
        key: 'A',
        partition,
        value: JSON.stringify({ price: String(price), timestamp: price }),
      })),
    });

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

  test('records that are deleted while the link is broken: a gap that is not recovered, then the oldest that exist', async () => {
    const topic = await newTopic(admin, 'prices', 1);
    // No look at the topics but the one that a jump of the offsets causes.
    const { client, stream, log, start } = watched(topic, freshName('group'), HUNG_AFTER_MS * 10);
    await start();
    await send(topic, [1, 2]);
    await until('two prices', () => log.length === 2);
    client.cut();
    await until('the break is noticed', () => stream.getStatus().state === 'reconnecting');
    await send(topic, [3, 4, 5, 6]);
    await deleteRecords(server!, topic, '4');
    client.mend();
    await until('the last price', () => log.includes('6'));
    expect(log.filter((each) => !each.startsWith('gap'))).toEqual(['1', '2', '5', '6']);
    const gaps = log.slice(2, log.indexOf('5'));
    expect(gaps).toContain('gap false');
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
    const value = (price: number): string => JSON.stringify({ price: String(price), timestamp: price });
    for (let partition = 2; partition < 6; partition++)
      await other.send({ topic, messages: [{ key: 'A', partition, value: value(partition) }] });
    await until('the prices of all new partitions', () =>
      ['2', '3', '4', '5'].every((each) => log.includes(each)),
    );
    expect(log.slice(0, 2)).toEqual(['1', 'gap false']);
    expect(log.filter((each) => each.startsWith('gap'))).toHaveLength(1);
    expect(stream.getStatus().state).toBe('subscribed');
    await Promise.all([other.disconnect(), stream.disconnect()]);
  });

  test('two members find added partitions, and both go on', async () => {
    const topic = await newTopic(admin, 'prices', 2);
    const group = freshName('group');
    const members = [watched(topic, group), watched(topic, group)];
    await members[0]!.start();
    await members[1]!.start();
    await addPartitions(admin, topic, 4);
    const other = (await connected(server!)).producer;
    const value = (price: number): string => JSON.stringify({ price: String(price), timestamp: price });
    for (let partition = 0; partition < 4; partition++)
      await other.send({ topic, messages: [{ key: 'A', partition, value: value(partition + 1) }] });
    const all = (): string[] => members.flatMap(({ log }) => log);
    await until('all prices', () => ['1', '2', '3', '4'].every((each) => all().includes(each)));
    await until('both are up', () =>
      members.every(({ stream }) => stream.getStatus().state === 'subscribed'),
    );
    await Promise.all([other.disconnect(), ...members.map(({ stream }) => stream.disconnect())]);
  });

  test('a topic that is deleted and made again: a gap, then all of its records', async () => {
    const topic = await newTopic(admin, 'prices', 1);
    const { stream, log, start } = watched(topic);
    await start();
    await send(topic, [1, 2, 3]);
    await until('three prices', () => log.length === 3);
    await makeTopicAnew(server!, topic, 1);
    const other = (await connected(server!)).producer;
    for (const price of [4, 5])
      await other.send({
        topic,
        messages: [{ key: 'A', value: JSON.stringify({ price: String(price), timestamp: price }) }],
      });
    await until('the new prices', () => log.includes('5'));
    expect(log.filter((each) => !each.startsWith('gap'))).toEqual(['1', '2', '3', '4', '5']);
    expect(log.slice(3, log.indexOf('4'))).toContain('gap false');
    await Promise.all([other.disconnect(), stream.disconnect()]);
  });
});

import { expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/index.js';
import { isGap } from '../../../src/core/streams/price-stream-adapter.js';
import { KafkaPriceStreamAdapter, type KafkaConsumer } from '../../../src/kafka/index.js';
import { SimulatedTopic } from '../../fills/kafka/simulated-topic.js';

function setUp(topic = new SimulatedTopic(), fromBeginning = false) {
  const clock = new FakeClock();
  const stream = new KafkaPriceStreamAdapter({
    consumer: () => topic.consumer(),
    topics: 'fills',
    admin: { client: () => topic.admin(), groupId: 'desk' },
    fromBeginning,
    clock,
  });
  const log: string[] = [];
  stream.onMessage((message) =>
    log.push(isGap(message) ? `gap ${message.recovered} ${message.from}` : String(message.price)),
  );
  const kinds = (): string[] => log.map((each) => each.replace(/ \d+$/, ''));
  const settle = () => clock.advance(0);
  const start = async (): Promise<void> => {
    await stream.connect();
    await stream.subscribe(['A']);
    await settle();
  };
  const send = async (prices: readonly number[], partition = 0): Promise<void> => {
    for (const price of prices) topic.append('A', JSON.stringify({ price, timestamp: 1 }), partition);
    await settle();
  };
  return { clock, topic, stream, log, kinds, settle, start, send };
}

const STARTED_AT = 1_700_000_000_000;

test('a group without an offset starts where the topic ended, and one that reads from the beginning at the oldest record', async () => {
  const late = setUp();
  await late.send([1, 2]);
  await late.start();
  await late.send([3]);
  expect(late.log).toEqual(['3']);
  const early = setUp(undefined, true);
  await early.send([1, 2]);
  await early.start();
  expect(early.log).toEqual(['1', '2']);
});

test('records deleted while the stream was away cause a gap before the first price', async () => {
  const { topic, stream, kinds, start, send } = setUp();
  await start();
  await send([1, 2]);
  await stream.disconnect();
  await send([3, 4, 5]);
  topic.deleteBefore(4);
  await start();
  expect(kinds()).toEqual(['1', '2', 'gap false', '5']);
});

test('records deleted while it runs cause a gap at the next look, without another price', async () => {
  const { clock, topic, log, start, send } = setUp();
  await start();
  await send([1]);
  topic.isUp = false;
  for (const price of [2, 3])
    topic.partitions[0]!.push({ ...topic.partitions[0]![0]!, offset: String(price - 1) });
  topic.deleteBefore(3);
  await clock.advance(3000);
  expect(log).toEqual(['1', `gap false ${STARTED_AT}`]);
  await clock.advance(3000);
  expect(log).toHaveLength(2);
});

test('offsets that were never used, as in a compacted topic, cause no gap', async () => {
  const { topic, log, start, send } = setUp();
  await start();
  await send([1]);
  const records = topic.partitions[0]!;
  records.push(null);
  await send([3]);
  expect(log).toEqual(['1', '3']);
});

test('added partitions are found within two looks, read from their beginning, after a gap since the last look', async () => {
  const { clock, topic, stream, log, start, send } = setUp();
  await start();
  await send([1]);
  await clock.advance(3000);
  topic.partitions.push([]);
  topic.append('A', JSON.stringify({ price: 2, timestamp: 1 }), 1);
  await clock.advance(2999);
  for (const consumer of topic.consumers) consumer.emit('fetch');
  expect(log).toEqual(['1']);
  await clock.advance(3001);
  expect(log).toEqual(['1', `gap false ${STARTED_AT + 3000}`, '2']);
  expect(stream.getStatus().state).toBe('subscribed');
  await clock.advance(10_000);
  expect(log).toHaveLength(3);
  await stream.disconnect();
});

test('added partitions are read also if the brokers are away when the stream joins again', async () => {
  const { clock, topic, stream, log, start, send } = setUp();
  await start();
  await send([1]);
  const make = topic.consumer.bind(topic);
  let refusals = 3;
  topic.consumer = () => {
    const consumer = make();
    if (refusals-- > 0) consumer.connect = () => Promise.reject(new Error('no broker answers'));
    return consumer;
  };
  topic.partitions.push([]);
  topic.append('A', JSON.stringify({ price: 2, timestamp: 1 }), 1);
  await clock.advance(6000);
  expect(stream.getStatus()).toMatchObject({ state: 'reconnecting' });
  await clock.advance(1000);
  expect([log.at(-1), stream.getStatus().state]).toEqual(['2', 'subscribed']);
  await stream.disconnect();
});

test('disconnect() ends a stream that cannot join again', async () => {
  const { clock, topic, stream, start } = setUp();
  await start();
  const make = topic.consumer.bind(topic);
  topic.consumer = () => {
    const consumer = make();
    consumer.connect = () => Promise.reject(new Error('no broker answers'));
    return consumer;
  };
  topic.partitions.push([]);
  await clock.advance(7000);
  expect(stream.getStatus().state).toBe('reconnecting');
  const ended = stream.disconnect();
  await clock.advance(1000);
  await ended;
  expect(clock.pending).toBe(0);
});

test('a stream that joins again does so with a new consumer, and the old one delivers nothing more', async () => {
  const { clock, topic, stream, log, start, send } = setUp();
  await start();
  const [old] = topic.consumers;
  topic.partitions.push([]);
  await clock.advance(6000);
  const [now] = topic.consumers;
  expect([topic.consumers.size, now === old, old!.listeners]).toEqual([1, false, 0]);
  await send([1, 2]);
  expect(log.slice(-2)).toEqual(['1', '2']);
  await stream.disconnect();
  expect([topic.consumers.size, clock.pending]).toEqual([0, 0]);
});

test('a topic made anew causes a gap, and is read from its beginning', async () => {
  const { topic, kinds, start, send } = setUp();
  await start();
  await send([1, 2, 3]);
  topic.partitions[0] = [];
  topic.committed.clear();
  for (const consumer of topic.consumers) consumer.seek({ partition: 0, offset: '0' });
  await send([4]);
  await send([5]);
  expect(kinds()).toEqual(['1', '2', '3', 'gap false', '4', '5']);
});

test('a topic made anew that has grown past the old position is noticed by the offset that its group has lost', async () => {
  const { clock, topic, kinds, settle, start, send } = setUp();
  await start();
  await send([1]);
  topic.isUp = false;
  topic.partitions[0] = [];
  for (const price of [4, 5]) topic.append('A', JSON.stringify({ price, timestamp: 1 }));
  topic.committed.clear();
  await clock.advance(3000);
  topic.restore();
  await settle();
  expect(kinds()).toEqual(['1', 'gap false', '4', '5']);
});

test('connect() asks again while a partition has no leader yet, for at most connectTimeoutMs', async () => {
  const { clock, topic, stream } = setUp();
  const good = topic.admin();
  let refusals = 2;
  topic.admin = () => ({
    ...good,
    fetchTopicOffsets: async (name) => {
      if (refusals-- > 0) throw Object.assign(new Error('not the leader'), { retriable: true });
      return good.fetchTopicOffsets(name);
    },
  });
  const connecting = stream.connect();
  await clock.advance(200);
  await connecting;
  await stream.disconnect();
  refusals = Infinity;
  const failing = expect(stream.connect()).rejects.toMatchObject({ code: 'TIMEOUT' });
  await clock.advance(30_000);
  await failing;
  expect(clock.pending).toBe(0);
});

test('disconnect() leaves no look behind', async () => {
  const { clock, topic, stream, start } = setUp();
  await start();
  await stream.disconnect();
  expect([clock.pending, topic.consumers.size]).toEqual([0, 0]);
  const asked = topic.admins.length;
  await clock.advance(10_000);
  expect(topic.admins).toHaveLength(asked);
});

test('a consumer that cannot seek is refused together with admin', async () => {
  const topic = new SimulatedTopic();
  const consumer = topic.consumer();
  const { connect, subscribe, run, disconnect } = consumer;
  const plain: KafkaConsumer = { connect, subscribe, run, disconnect };
  const stream = new KafkaPriceStreamAdapter({
    consumer: plain,
    topics: 'fills',
    admin: { client: () => topic.admin(), groupId: 'desk' },
  });
  await expect(stream.connect()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});

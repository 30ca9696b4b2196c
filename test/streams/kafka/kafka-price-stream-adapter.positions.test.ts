import { expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/index.js';
import { isGap } from '../../../src/core/streams/price-stream-adapter.js';
import { KafkaPriceStreamAdapter } from '../../../src/kafka/index.js';
import { ScriptedConsumer, record } from './scripted-consumer.js';

function setUp() {
  const consumer = new ScriptedConsumer();
  consumer.joins = false;
  const stream = new KafkaPriceStreamAdapter({ consumer, topics: 'prices', clock: new FakeClock() });
  const log: string[] = [];
  stream.onMessage((message) => log.push(isGap(message) ? `gap ${message.recovered}` : 'price'));
  const joined = (prices: readonly number[]) => consumer.emit('group_join', { memberAssignment: { prices } });
  const begins = (nodeId = 1) => consumer.emit('fetch_start', { nodeId });
  const answer = (apiName: string) => consumer.emit('network.request', { apiName });
  const ends = (nodeId = 1) => consumer.emit('fetch', { nodeId });
  const fetch = () => {
    begins();
    answer('Fetch');
    ends();
  };
  return { consumer, stream, log, joined, begins, answer, ends, fetch };
}

test('connect() waits for a fetch that began after the last join: the end of one that joined again fixes no position', async () => {
  const { stream, joined, begins, ends, fetch } = setUp();
  let isConnected = false;
  const connecting = stream.connect().then(() => (isConnected = true));
  await new Promise(setImmediate);
  joined([0]);
  begins();
  joined([0]);
  ends();
  await new Promise(setImmediate);
  expect(isConnected).toBe(false);
  fetch();
  await connecting;
});

test('connect() waits for an answer to a fetch: one that lost its connection before has fixed no position', async () => {
  const { stream, joined, begins, answer, ends, fetch } = setUp();
  let isConnected = false;
  const connecting = stream.connect().then(() => (isConnected = true));
  await new Promise(setImmediate);
  joined([0]);
  begins();
  answer('OffsetFetch');
  ends();
  await new Promise(setImmediate);
  expect(isConnected).toBe(false);
  fetch();
  await connecting;
});

test('a member without partitions is connected after its first fetch, which asks for nothing', async () => {
  const { stream, joined, begins, answer, ends } = setUp();
  const connecting = stream.connect();
  await new Promise(setImmediate);
  answer('SyncGroup');
  joined([]);
  begins();
  ends();
  await connecting;
  expect(stream.getStatus().state).toBe('connected');
});

test('after a rebalance that may have moved a position to the end, the gap ends when the positions are fixed', async () => {
  const { consumer, stream, log, joined, begins, answer, ends, fetch } = setUp();
  const connecting = stream.connect();
  await new Promise(setImmediate);
  joined([0]);
  fetch();
  await connecting;
  await stream.subscribe(['A']);
  begins();
  joined([0]);
  answer('ListOffsets');
  ends();
  consumer.emit('heartbeat');
  expect([stream.getStatus().state, log]).toEqual(['reconnecting', []]);
  await consumer.price('A', 1, 1);
  expect(log).toEqual(['gap false', 'price']);
  expect(stream.getStatus().state).toBe('subscribed');
  joined([0]);
  expect(log).toEqual(['gap false', 'price', 'gap true']);
});

test('a consumer whose on() throws has no events: connect() settles when it runs', async () => {
  const { consumer, stream, log } = setUp();
  consumer.on = () => {
    throw new Error('Not implemented');
  };
  await stream.connect();
  await stream.subscribe(['A']);
  await consumer.price('A', 1, 1);
  expect(log).toEqual(['price']);
});

/** Two records are read, and the broker dies before their offsets are committed. */
async function readWithoutCommit() {
  const { consumer, stream, log, joined, fetch } = setUp();
  const connecting = stream.connect();
  await new Promise(setImmediate);
  joined([0]);
  fetch();
  await connecting;
  await stream.subscribe(['A']);
  consumer.onCommit = () => Promise.reject(new Error('the broker is gone'));
  const send = (...records: [offset: number, at: string][]) =>
    consumer.batch(
      records.map(([offset, at]) => record('A', JSON.stringify({ price: 1, timestamp: 1 }), offset, at)),
    );
  await expect(send([0, '1000'], [1, '1001'])).rejects.toThrow('the broker is gone');
  consumer.onCommit = () => Promise.resolve();
  return { consumer, log, send };
}

test('records that come again because their offsets were not committed cause no gap', async () => {
  const { consumer, log, send } = await readWithoutCommit();
  consumer.highWatermark = '2';
  await send([0, '1000'], [1, '1001']);
  expect(log).toEqual(['price', 'price', 'price', 'price']);
});

test('without a committed offset, a topic made anew is noticed by another record at the last offset', async () => {
  const { log, send } = await readWithoutCommit();
  await send([0, '2000'], [1, '2001'], [2, '2002']);
  expect(log).toEqual(['price', 'price', 'gap false', 'price', 'price', 'price']);
});

test('without a committed offset, a topic made anew is noticed by its end, which is before what was read', async () => {
  const { consumer, log, send } = await readWithoutCommit();
  consumer.highWatermark = '1';
  await send([0, '2000']);
  expect(log).toEqual(['price', 'price', 'gap false', 'price']);
});

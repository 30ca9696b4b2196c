import { expect, test } from 'vitest';
import { FakeClock } from '../../src/conformance/index.js';
import { KafkaPriceStreamAdapter } from '../../src/kafka/index.js';
import { ScriptedConsumer } from '../streams/kafka/scripted-consumer.js';

async function setUp() {
  const consumer = new ScriptedConsumer();
  consumer.joins = false;
  const errors: string[] = [];
  const clock = new FakeClock();
  const stream = new KafkaPriceStreamAdapter({
    consumer,
    topics: 'prices',
    clock,
    onError: ({ message }) => void errors.push(message),
  });
  const joins = (memberId: string): void => {
    consumer.emit('group_join', { memberId, memberAssignment: { prices: [0] } });
    consumer.emit('fetch', { duration: 5012 });
  };
  const connecting = stream.connect();
  await new Promise(setImmediate);
  joins('a');
  await connecting;
  return { consumer, errors, joins };
}

test('a member that comes back as another one was thrown out: one warning, with the wait and the setting', async () => {
  const { errors, joins } = await setUp();
  joins('b');
  joins('c');
  expect(errors).toHaveLength(1);
  expect(errors[0]).toMatch(/stood still.*up to 5012 ms.*set maxWaitTimeInMs/);
});

test('a rebalance and a crash are no reason for a warning', async () => {
  const { consumer, errors, joins } = await setUp();
  consumer.emit('rebalancing');
  joins('a');
  consumer.emit('stop');
  consumer.emit('crash', { error: new Error('gone'), restart: true });
  joins('b');
  expect(errors).toEqual([]);
});

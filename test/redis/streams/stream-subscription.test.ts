import { expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { EventCodecs } from '../../../src/core/messaging/event-codec.js';
import type { RedisConnection } from '../../../src/redis/redis-connection.js';
import type { StreamCursor, StreamRead } from '../../../src/redis/streams/stream-cursor.js';
import { StreamFailures } from '../../../src/redis/streams/stream-failures.js';
import { newStreamCounters } from '../../../src/redis/streams/stream-subscription-owner.js';
import { StreamSubscription } from '../../../src/redis/streams/stream-subscription.js';

const NOTHING: StreamRead = { entries: [], lost: 0, last: '1-0' };

/** A subscription whose reads are answered by the test. */
function readingSubscription() {
  const answers: Array<{ resolve: (read: StreamRead) => void; reject: (error: Error) => void }> = [];
  let reads = 0;
  const cursor = {
    group: null,
    consumer: null,
    read: () => (reads++, new Promise((resolve, reject) => answers.push({ resolve, reject }))),
  } as unknown as StreamCursor;
  const clock = new FakeClock();
  const connection = {} as RedisConnection;
  const unused = () => undefined;
  const subscription = new StreamSubscription(
    'trade',
    unused,
    cursor,
    {
      clock,
      random: () => 0.5,
      codecs: new EventCodecs(),
      settings: {
        window: 10,
        maxDeliveries: 5,
        claimIdleMs: 1000,
        handlerTimeoutMs: 1000,
        rememberedIds: 10,
        retryDelayMs: 10,
      },
      counters: newStreamCounters(),
      connection: () => connection,
      bounded: (_, call) => call(),
      alreadyHandled: () => Promise.resolve(new Set<string>()),
      recordOutcomes: () => Promise.resolve(),
      announceGap: unused,
      report: unused,
      failures: new StreamFailures(clock, unused),
      roomFreed: unused,
    },
    unused,
  );
  subscription.isOpen = true;
  return { subscription, answers, clock, reads: () => reads };
}

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await Promise.resolve();
};

// Each of the moments at which a read comes to its end.
test.each(Array.from({ length: 12 }, (_, turn) => turn))(
  'a call of read() %i turns after an answer leads to another read',
  async (count) => {
    const { subscription, answers, reads } = readingSubscription();
    void subscription.read();
    answers.shift()!.resolve(NOTHING);
    await turns(count);
    const before = reads();
    const again = subscription.read();
    await turns(20);
    expect(reads()).toBe(before + 1);
    answers.shift()!.resolve(NOTHING);
    await again;
    expect(reads()).toBe(before + 1);
  },
);

test('a read that has failed is made again a second later', async () => {
  const { subscription, answers, clock, reads } = readingSubscription();
  const reading = subscription.read();
  answers.shift()!.reject(new Error('LOADING'));
  await reading;
  expect(subscription.willReadOn).toBe(true);
  await clock.advance(999);
  expect(reads()).toBe(1);
  await clock.advance(1);
  expect(reads()).toBe(2);
  answers.shift()!.resolve(NOTHING);
  await turns(20);
  expect(subscription.willReadOn).toBe(false);
});

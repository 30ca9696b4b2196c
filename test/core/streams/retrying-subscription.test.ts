import { expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { seededRandom } from '../../../src/core/random.js';
import { RetryingSubscription } from '../../../src/core/streams/retrying-subscription.js';

test('a refused subscription is retried, with longer and longer waits, until the stream accepts it', async () => {
  const clock = new FakeClock();
  const calls: string[][] = [];
  let isRefusing = true;
  const subscription = new RetryingSubscription({
    clock,
    random: seededRandom(1),
    stream: {
      subscribe: async (symbols) => {
        calls.push([...symbols]);
        if (isRefusing) throw new Error('not now');
      },
    },
    onError: () => undefined,
  });
  void subscription.add(['A']);
  await clock.advance(60_000);
  expect(calls.length).toBeGreaterThan(8);
  expect(calls.length).toBeLessThan(40);
  isRefusing = false;
  await clock.advance(8000);
  expect(calls.at(-1)).toEqual(['A']);
  expect(clock.pending).toBe(0);
});

import { expect, test } from 'vitest';
import { StreamKeys } from '../../../src/redis/streams/stream-keys.js';
import type { StreamSubscription } from '../../../src/redis/streams/stream-subscription.js';
import { StreamSubscriptions } from '../../../src/redis/streams/stream-subscriptions.js';

const keys = new StreamKeys('test');
const KEY = keys.events('trade');

interface Reading {
  lastSeen: string;
  isOpen?: boolean;
  willReadOn?: boolean;
  hasRoom?: boolean;
}

/** Where the next blocking read starts after news, if these subscriptions have read as far as they say. */
async function watchedFrom(news: string, readings: readonly Reading[]): Promise<string | undefined> {
  const subscriptions = new StreamSubscriptions(keys);
  for (const reading of readings) {
    const part = { type: 'trade', isOpen: true, hasRoom: true, willReadOn: false, ...reading };
    subscriptions.add({ ...part, read: () => Promise.resolve() } as unknown as StreamSubscription);
  }
  await subscriptions.readNewEntries(new Map([[KEY, news]]));
  return subscriptions.streamsWithRoom().get(KEY);
}

test('an entry that only one of two subscriptions has read is announced again', async () => {
  expect(await watchedFrom('5-0', [{ lastSeen: '5-0' }, { lastSeen: '6-0' }])).toBe('5-0');
  expect(await watchedFrom('5-0', [{ lastSeen: '7-0' }, { lastSeen: '6-1' }])).toBe('6-1');
});

test('news that all have read are not announced again', async () => {
  expect(await watchedFrom('5-0', [{ lastSeen: '8-0' }, { lastSeen: '8-0' }])).toBe('8-0');
});

test('a subscription that reads on by itself does not hold up the watcher', async () => {
  const waiting = { lastSeen: '1-0', willReadOn: true };
  expect(await watchedFrom('5-0', [{ ...waiting, hasRoom: false }, { lastSeen: '8-0' }])).toBe('8-0');
  expect(await watchedFrom('5-0', [waiting])).toBe('5-0');
});

test('a subscription that could not read is not announced the same news for ever', async () => {
  expect(await watchedFrom('5-0', [{ lastSeen: '1-0' }])).toBe('5-0');
});

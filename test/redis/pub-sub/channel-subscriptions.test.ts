import { expect, test } from 'vitest';
import type { RedisConnection } from '../../../src/redis/redis-connection.js';
import type { RedisLink } from '../../../src/redis/redis-link.js';
import { ChannelSubscriptions } from '../../../src/redis/pub-sub/channel-subscriptions.js';

test('subscribes channels that were added while the link was being prepared, once it is up', async () => {
  const sent: string[] = [];
  const connection = {
    subscribe: async (channel: string) => void sent.push(channel),
  } as unknown as RedisConnection;
  const state: { connection: RedisConnection | null } = { connection: null };
  let settled: () => void = () => undefined;
  const isDone = new Promise<void>((resolve) => (settled = resolve));
  const link = Object.assign(state, {
    bounded: (_: unknown, __: string, call: () => Promise<void>) => call(),
    fail: () => undefined,
  }) as unknown as RedisLink;
  const channels = new ChannelSubscriptions({ prefix: 'bus:', link, onConfirmed: settled });
  channels.setWanted('first', true);
  await channels.resubscribe(connection);
  channels.setWanted('late', true);
  expect([sent, channels.isConfirmed]).toEqual([['bus:first'], false]);
  state.connection = connection;
  channels.subscribeMissing();
  await isDone;
  expect([sent, channels.isConfirmed]).toEqual([['bus:first', 'bus:late'], true]);
  channels.subscribeMissing();
  expect(sent.length).toBe(2);
});

import { expect, test } from 'vitest';
import type { RedisConnection } from '../../../src/redis/redis-connection.js';
import type { RedisLink } from '../../../src/redis/redis-link.js';
import { SubscribedChannels } from '../../../src/redis/pub-sub/subscribed-channels.js';

test('subscribes to what is wanted while a link is being prepared, once it is up', async () => {
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
  const channels = new SubscribedChannels({ prefix: 'bus:', link, onSettled: settled });
  channels.want('first', true);
  await channels.reopen(connection);
  channels.want('late', true);
  expect([sent, channels.isSettled]).toEqual([['bus:first'], false]);
  state.connection = connection;
  channels.catchUp();
  await isDone;
  expect([sent, channels.isSettled]).toEqual([['bus:first', 'bus:late'], true]);
  channels.catchUp();
  expect(sent.length).toBe(2);
});

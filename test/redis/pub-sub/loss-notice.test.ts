import { expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { LossNotice } from '../../../src/redis/pub-sub/loss-notice.js';
import type { RedisConnection } from '../../../src/redis/redis-connection.js';

const CHANNEL = 'bus:~lost';

function publishing(failures: string[] = []) {
  const published: string[] = [];
  const connection = {
    command: async ([, channel, message]: string[]) => {
      const failure = failures.shift();
      if (failure !== undefined) throw new Error(failure);
      published.push(`${channel} ${message}`);
    },
  } as unknown as RedisConnection;
  return { connection, published };
}

test('tells of the types that were sent since, and when, by the clock of whoever reads it', async () => {
  const clock = new FakeClock();
  const notice = new LossNotice(CHANNEL, clock);
  notice.sent('before');
  await clock.advance(1000);
  const since = clock.now();
  await clock.advance(200);
  notice.sent('prices');
  await clock.advance(300);
  notice.doubt(since);
  const { connection, published } = publishing();
  await notice.tell(connection);
  await notice.tell(connection);
  expect(published).toEqual([`${CHANNEL} {"types":["prices"],"fromAgo":500,"toAgo":300}`]);
  const reader = new FakeClock();
  await reader.advance(77_000);
  const read = new LossNotice(CHANNEL, reader).read(CHANNEL, Buffer.from(published[0]!.split(' ')[1]!));
  expect(read).toEqual({ types: ['prices'], from: reader.now() - 500, to: reader.now() - 300 });
});

test('tells again what could not be told, and nothing where nothing was sent', async () => {
  const clock = new FakeClock();
  const notice = new LossNotice(CHANNEL, clock);
  notice.doubt(clock.now());
  const { connection, published } = publishing(['Connection is closed.']);
  await notice.tell(connection);
  expect(published).toEqual([]);
  notice.sent('prices');
  notice.doubt(clock.now());
  await notice.tell(connection);
  await notice.tell(connection);
  expect(published.length).toBe(1);
});

test.each([
  '',
  'null',
  '{}',
  '{"types":"a","fromAgo":1,"toAgo":1}',
  '{"types":["a"],"fromAgo":-1,"toAgo":0}',
  '[',
])('understands nothing of "%s"', (text) => {
  expect(new LossNotice(CHANNEL, new FakeClock()).read(CHANNEL, Buffer.from(text))).toBeNull();
});

test('reads no message of another channel', () => {
  expect(new LossNotice(CHANNEL, new FakeClock()).read('bus:prices', Buffer.from('{}'))).toBeUndefined();
});

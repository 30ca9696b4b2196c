import { expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { PossibleLosses } from '../../../src/redis/pub-sub/possible-losses.js';
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

test("announces the types that were sent since then, with times by the reader's clock", async () => {
  const clock = new FakeClock();
  const notice = new PossibleLosses(CHANNEL, clock);
  notice.recordSent('before');
  await clock.advance(1000);
  const since = clock.now();
  await clock.advance(200);
  notice.recordSent('prices');
  await clock.advance(300);
  notice.markUncertain(since);
  const { connection, published } = publishing();
  await notice.announce(connection);
  await notice.announce(connection);
  expect(published).toEqual([`${CHANNEL} {"types":["prices"],"fromAgo":500,"toAgo":300}`]);
  const reader = new FakeClock();
  await reader.advance(77_000);
  const read = new PossibleLosses(CHANNEL, reader).parse(CHANNEL, Buffer.from(published[0]!.split(' ')[1]!));
  expect(read).toEqual({ types: ['prices'], from: reader.now() - 500, to: reader.now() - 300 });
});

test('repeats an announcement that failed, and announces nothing if nothing was sent', async () => {
  const clock = new FakeClock();
  const notice = new PossibleLosses(CHANNEL, clock);
  notice.markUncertain(clock.now());
  const { connection, published } = publishing(['Connection is closed.']);
  await notice.announce(connection);
  expect(published).toEqual([]);
  notice.recordSent('prices');
  notice.markUncertain(clock.now());
  await notice.announce(connection);
  await notice.announce(connection);
  expect(published.length).toBe(1);
});

test.each([
  '',
  'null',
  '{}',
  '{"types":"a","fromAgo":1,"toAgo":1}',
  '{"types":["a"],"fromAgo":-1,"toAgo":0}',
  '[',
])('cannot read "%s"', (text) => {
  expect(new PossibleLosses(CHANNEL, new FakeClock()).parse(CHANNEL, Buffer.from(text))).toBeNull();
});

test('ignores messages of other channels', () => {
  expect(new PossibleLosses(CHANNEL, new FakeClock()).parse('bus:prices', Buffer.from('{}'))).toBeUndefined();
});

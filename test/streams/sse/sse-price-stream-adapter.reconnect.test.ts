import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { SseFeed } from '../../../src/streams/sse/index.js';
import { scripted, tick, tickerFeed } from './ticker-feed.js';

describe('after a break', () => {
  test('the stream resumes from the last event id, over more than one reconnect', async () => {
    const { adapter, clock, net, subscribed, log, gaps } = scripted();
    await subscribed('A');
    expect(net.last.init.headers).toEqual({ accept: 'text/event-stream' });
    net.last.write(tick('A', 1, '41') + tick('A', 2));
    await clock.advance(1000);
    for (const price of [3, 4]) {
      net.last.end();
      await clock.advance(2000);
      expect(net.last.init.headers['last-event-id']).toBe('41');
      net.last.stream().write(tick('A', price));
      await clock.advance(100);
    }
    expect(log).toEqual(['A 1', 'A 2', 'gap', 'A 3', 'gap', 'A 4']);
    expect(gaps.map(({ reason, symbols, recovered }) => [reason, symbols, recovered])).toEqual([
      ['disconnect', ['A'], false],
      ['disconnect', ['A'], false],
    ]);
    expect(adapter.stats()).toMatchObject({ reconnects: 2, prices: 4, unexplained: 0 });
    await adapter.disconnect();
    expect([clock.pending, net.open]).toEqual([0, []]);
  });

  test('an event id is sent back in UTF-8, and not after the venue has reset it', async () => {
    const { adapter, clock, net, subscribed } = scripted();
    await subscribed('A');
    net.last.write(tick('A', 1, 'é'));
    await clock.advance(1);
    net.last.end();
    await clock.advance(2000);
    expect(Buffer.from(net.last.init.headers['last-event-id']!, 'latin1').toString()).toBe('é');
    net.last.stream().write('id\ndata: A 1 1\n\n');
    await clock.advance(1);
    net.last.end();
    await clock.advance(2000);
    expect(net.last.init.headers).not.toHaveProperty('last-event-id');
    await adapter.disconnect();
  });

  test('one break gives one gap, however many attempts it takes', async () => {
    const { adapter, clock, net, subscribed, log, states } = scripted();
    await subscribed('A');
    net.last.write(tick('A', 1));
    await clock.advance(10);
    net.onRequest = (request) => request.fail();
    net.last.fail();
    await clock.advance(10_000);
    const tries = net.requests.length;
    expect(tries).toBeGreaterThan(5);
    net.onRequest = (request) => request.stream().write(tick('A', 2));
    await clock.advance(3000);
    expect(log).toEqual(['A 1', 'gap', 'A 2']);
    const attempts = states.flatMap((status) => ('attempt' in status ? [status.attempt] : []));
    expect(attempts).toEqual(attempts.map((_, at) => at + 1));
    await adapter.disconnect();
  });

  test('a gap starts when the stream was opened where no price came over it', async () => {
    const { adapter, clock, net, subscribed, gaps } = scripted();
    await adapter.connect();
    await clock.advance(60_000);
    await subscribed('A');
    const upAt = clock.now();
    await clock.advance(3000);
    net.last.end();
    await clock.advance(2000);
    net.last.stream();
    await clock.advance(1);
    expect(gaps.map(({ from }) => from)).toEqual([upAt]);
    await adapter.disconnect();
  });

  test('the retry field of the stream is the shortest wait', async () => {
    const { adapter, clock, net, subscribed } = scripted();
    await subscribed('A');
    net.last.write(`retry: 7000\n\n${tick('A', 1)}`);
    await clock.advance(10);
    net.last.end();
    await clock.advance(6999);
    expect(net.requests).toHaveLength(1);
    await clock.advance(300);
    expect(net.requests).toHaveLength(2);
    net.last.fail();
    await clock.advance(6999);
    expect(net.requests).toHaveLength(2);
    await adapter.disconnect();
  });

  test.each([429, 503])('status %i with Retry-After is retried after that time', async (status) => {
    const { adapter, clock, net, subscribed } = scripted();
    await subscribed('A');
    net.onRequest = (request) => request.head(status, { 'Retry-After': '20' });
    net.last.end();
    await clock.advance(2000);
    expect(net.requests).toHaveLength(2);
    net.onRequest = (request) => request.stream();
    await clock.advance(17_000);
    expect(net.requests).toHaveLength(2);
    await clock.advance(4000);
    expect(net.requests).toHaveLength(3);
    expect(adapter.getStatus().state).toBe('subscribed');
    await adapter.disconnect();
  });

  test('an event that is cut off is not delivered', async () => {
    const { adapter, clock, net, subscribed, log } = scripted();
    await subscribed('A');
    net.last.write('data: A 1 1700000000000\n');
    await clock.advance(10);
    net.last.end();
    await clock.advance(2000);
    net.last.stream().write('\n').write(tick('A', 2));
    await clock.advance(10);
    expect(log).toEqual(['gap', 'A 2']);
    await adapter.disconnect();
  });
});

describe('responses that no retry can fix', () => {
  const answers: [string, number, Record<string, string>, string][] = [
    ['401', 401, {}, 'UNAUTHORIZED'],
    ['403', 403, {}, 'UNAUTHORIZED'],
    ['204', 204, {}, 'STREAM_FAILED'],
  ];

  test.each(answers)('%s fails a stream that was up for good', async (_, status, headers, code) => {
    const { adapter, clock, net, subscribed } = scripted();
    await subscribed('A');
    net.onRequest = (request) => request.head(status, headers);
    net.last.end();
    await clock.advance(60_000);
    expect(net.requests).toHaveLength(status === 204 ? 2 : 4);
    expect(adapter.getStatus()).toMatchObject({ state: 'failed', error: { code, retryable: false } });
    expect([clock.pending, net.open]).toEqual([0, []]);
  });

  test.each(answers)(
    '%s to the first request fails subscribe() and the adapter',
    async (_, status, headers, code) => {
      const { adapter, clock, net } = scripted();
      net.onRequest = (request) => request.head(status, headers);
      await adapter.connect();
      const subscribing = expect(adapter.subscribe(['A'])).rejects.toMatchObject({ code });
      await clock.advance(10);
      await subscribing;
      expect(adapter.getStatus()).toMatchObject({ state: 'failed', error: { code } });
      expect(clock.pending).toBe(0);
    },
  );
});

describe('limits in time', () => {
  test('a silent stream is closed after silenceMs and at most a quarter more, one with comments is not', async () => {
    const { adapter, clock, net, subscribed, gaps } = scripted({}, { silenceMs: 3000 });
    await subscribed('A');
    for (let round = 0; round < 20; round++) {
      await clock.advance(2900);
      net.last.write(': still here\n');
    }
    await clock.advance(2999);
    expect(net.requests).toHaveLength(1);
    await clock.advance(752);
    expect(adapter.getStatus().state).toBe('reconnecting');
    await clock.advance(2000);
    net.last.stream();
    await clock.advance(1);
    expect(gaps.map(({ reason }) => reason)).toEqual(['silence']);
    await adapter.disconnect();
  });

  test.each([
    ['resolve', { url: () => new Promise<string>(() => undefined) }],
    ['connect', {}],
  ] as const)('the %s phase has a deadline', async (phase, feed) => {
    const { adapter, clock } = scripted({ deadlines: { [phase]: 700 } }, feed);
    await adapter.connect();
    const subscribing = expect(adapter.subscribe(['A'])).rejects.toMatchObject({ code: 'TIMEOUT', phase });
    await clock.advance(710);
    await subscribing;
    await adapter.disconnect();
    expect(clock.pending).toBe(0);
  });

  test('the data phase has a deadline where one is given', async () => {
    const { adapter, clock, subscribed, errors } = scripted({ deadlines: { data: 700 } });
    await subscribed('A');
    await clock.advance(700);
    expect(errors).toMatchObject([{ code: 'TIMEOUT', phase: 'data' }]);
    await adapter.disconnect();
  });

  test('a connection is replaced before connectionLifeMs, without a gap', async () => {
    const { adapter, clock, net, subscribed, log } = scripted(
      {},
      { connectionLifeMs: 60_000, silenceMs: Infinity },
    );
    await subscribed('A');
    const first = net.last;
    for (let at = 0; net.requests.length < 2 && at < 60; at++) await clock.advance(1000);
    expect([net.requests.length, first.isOpen]).toEqual([2, true]);
    net.last.stream();
    await clock.advance(1);
    first.write(tick('A', 1));
    net.last.write(tick('A', 2));
    await clock.advance(10);
    expect(log).toEqual(['A 2']);
    expect([net.open.length, adapter.stats().reopened]).toEqual([1, 1]);
    await adapter.disconnect();
  });

  test('prices of a replaced connection are ignored while it closes', async () => {
    const opened: (() => void)[] = [];
    const { open } = tickerFeed();
    const feed: Partial<SseFeed> = {
      connectionLifeMs: 10_000,
      open: (sink, request) => {
        opened.at(-1)?.();
        return open(sink, request);
      },
    };
    const { adapter, clock, net, subscribed, log } = scripted({}, feed);
    await subscribed('A');
    const first = net.last;
    opened.push(() => {
      // Before any timer, and after the new connection has taken over.
      const later = (turns: number): unknown =>
        turns === 0 ? first.write(tick('A', 1)) : queueMicrotask(() => later(turns - 1));
      later(20);
    });
    net.onRequest = (request) => request.stream();
    await clock.advance(11_000);
    net.last.write(tick('A', 2));
    await clock.advance(1);
    expect(log).toEqual(['A 2']);
    expect(adapter.stats()).toMatchObject({ reopened: 1, prices: 2 });
    await adapter.disconnect();
  });

  test('a symbol without prices becomes stale, and its stream stays open', async () => {
    const { adapter, clock, net, subscribed } = scripted(
      { freshness: { limitMs: 5000 } },
      { silenceMs: Infinity },
    );
    await subscribed('A', 'B');
    for (let round = 0; round < 10; round++) {
      net.last.write(tick('A', round + 1));
      await clock.advance(1000);
    }
    expect([adapter.stats().stale, net.requests.length]).toEqual([['B'], 1]);
    await adapter.disconnect();
  });
});

test('events that are no price are counted by kind, and do not end the stream', async () => {
  const { adapter, clock, net, subscribed, log } = scripted({ maxEventLength: 100 });
  await subscribed('A');
  const odd = ['data: x\n\n', 'data: throw\n\n', 'data: silent\n\n', 'event: ping\ndata\n\n', ': hello\n'];
  net.last.write(odd.join('')).write(`data: ${'x'.repeat(200)}\n\n`);
  net.last.write(tick('A', 'NaN') + tick('A', '1e309') + tick('A', 1));
  await clock.advance(10);
  expect(log).toEqual(['A 1']);
  expect(adapter.stats()).toMatchObject({
    prices: 1,
    control: { ping: 1, comment: 1 },
    rejected: { 'not-a-tick': 1, 'decoder-threw': 1, 'too-big': 1, 'not-a-number': 1, 'too-many-digits': 1 },
    unexplained: 1,
  });
  expect(net.requests).toHaveLength(1);
  await adapter.disconnect();
});

test('tokens of URL and headers appear in no error, status or printed adapter', async () => {
  const feed = { headers: async () => ({ Authorization: 'Bearer t0ken' }) };
  const { adapter, clock, net, subscribed, errors, states } = scripted({}, feed);
  await subscribed('A');
  expect(net.last.init).toMatchObject({ redirect: 'manual', headers: { Authorization: 'Bearer t0ken' } });
  net.onRequest = (request) => request.fail(new TypeError(`Failed to parse URL from ${request.url}`));
  net.last.fail();
  await clock.advance(3000);
  net.onRequest = (request) => request.head(401);
  await clock.advance(10_000);
  expect(adapter.getStatus().state).toBe('failed');
  expect(errors.length).toBeGreaterThan(1);
  const seen = inspect([adapter, errors, states, adapter.stats()], { depth: 9, showHidden: true });
  const stacks = errors.map((error) => `${error.stack}${JSON.stringify(error)}`).join();
  expect(seen + stacks).not.toMatch(/s3cret|t0ken|prices\.test/);
});

test.each([
  [{ feed: undefined }, /feed: expected an object/],
  [{ feed: { name: 'x', url: 'wss://u:p4ss@x', open: () => () => undefined } }, /begins with http/],
  [{ maxEventLength: 0 }, /maxEventLength/],
  [{ gatherMs: -1 }, /gatherMs/],
  [{ deadlines: { connect: NaN } }, /deadlines\.connect/],
])('rejects the options %o', (options, message) => {
  const make = (): unknown => scripted(options as never);
  expect(make).toThrow(message);
  expect(make).not.toThrow(/p4ss/);
});

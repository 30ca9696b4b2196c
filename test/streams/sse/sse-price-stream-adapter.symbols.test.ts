import { expect, test } from 'vitest';
import { scripted, tick, tickerFeed } from './ticker-feed.js';

const symbolsOf = (url: string): string => new URL(url).searchParams.get('symbols')!;

test('no stream is open before the first symbol or after the last', async () => {
  const { adapter, clock, net, subscribed } = scripted();
  await adapter.connect();
  await clock.advance(1000);
  expect(net.requests).toEqual([]);
  await subscribed('A');
  expect(symbolsOf(net.last.url)).toBe('A');
  await adapter.unsubscribe(['A']);
  await clock.advance(10);
  expect([net.open, adapter.getStatus().state, clock.pending]).toEqual([[], 'connected', 0]);
  await adapter.disconnect();
});

test('a change of symbols opens a new stream, and closes the old one once the new one is up', async () => {
  const { adapter, clock, net, subscribed, log } = scripted();
  await subscribed('A');
  const first = net.last;
  const more = adapter.subscribe(['B']);
  await clock.advance(10);
  expect(symbolsOf(net.last.url)).toBe('A,B');
  first.write(tick('A', 1));
  await clock.advance(10);
  expect([first.isOpen, net.open.length]).toEqual([true, 2]);
  net.last.stream();
  await clock.advance(0);
  await more;
  expect([first.isOpen, net.open.length]).toEqual([false, 1]);
  first.write(tick('A', 2));
  net.last.write(tick('A', 3) + tick('B', 4));
  await clock.advance(10);
  expect(log).toEqual(['A 1', 'A 3', 'B 4']);
  expect(adapter.stats()).toMatchObject({ reopened: 1, gaps: 0 });
  await adapter.disconnect();
});

test('subscribe() and unsubscribe() calls within a few ms share one new stream', async () => {
  const { adapter, clock, net } = scripted();
  net.onRequest = (request) => request.stream();
  await adapter.connect();
  const calls = ['A', 'B', 'C', 'D'].map((symbol) => adapter.subscribe([symbol]));
  await clock.advance(20);
  await Promise.all(calls);
  await Promise.all(['A', 'B'].map((symbol) => adapter.unsubscribe([symbol])));
  await clock.advance(20);
  expect(net.requests.map(({ url }) => symbolsOf(url))).toEqual(['A,B,C,D', 'C,D']);
  await adapter.disconnect();
});

test('a call beyond the limit does not fail the calls gathered with it', async () => {
  const { adapter, clock, net } = scripted({}, { maxSymbols: 2 });
  net.onRequest = (request) => request.stream();
  await adapter.connect();
  const calls = Promise.allSettled([
    adapter.subscribe(['A']),
    adapter.subscribe(['B', 'C']),
    adapter.subscribe(['D']),
  ]);
  await clock.advance(50);
  expect((await calls).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(adapter.getSubscribedSymbols()).toEqual(['A', 'D']);
  await adapter.disconnect();
});

test('subscribe(), unsubscribe() and disconnect() take effect in the order of the calls', async () => {
  const { adapter, clock, net } = scripted();
  net.onRequest = (request) => request.stream();
  await adapter.connect();
  const first = adapter.subscribe(['A', 'B']);
  const second = adapter.unsubscribe(['A']);
  await clock.advance(50);
  await Promise.all([first, second]);
  expect(adapter.getSubscribedSymbols()).toEqual(['B']);
  const late = expect(adapter.subscribe(['C'])).rejects.toMatchObject({ code: 'CLOSED' });
  await adapter.disconnect();
  await late;
  expect(clock.pending).toBe(0);
});

test('a new stream that fails rejects the call and leaves the old stream open', async () => {
  const { adapter, clock, net, subscribed } = scripted();
  await subscribed('A');
  const first = net.last;
  net.onRequest = (request) => request.head(500);
  const more = expect(adapter.subscribe(['B'])).rejects.toMatchObject({
    code: 'STREAM_FAILED',
    retryable: true,
  });
  await clock.advance(10);
  await more;
  expect([first.isOpen, adapter.getSubscribedSymbols(), adapter.getStatus().state]).toEqual([
    true,
    ['A'],
    'subscribed',
  ]);
  await adapter.disconnect();
});

test('symbols that change during a break are requested by the next stream', async () => {
  const { adapter, clock, net, subscribed } = scripted();
  await subscribed('A');
  net.onRequest = (request) => request.fail();
  net.last.end();
  await clock.advance(3000);
  const calls = Promise.all([adapter.subscribe(['B']), adapter.unsubscribe(['A'])]);
  await clock.advance(10);
  await calls;
  net.onRequest = (request) => request.stream();
  await clock.advance(3000);
  expect(symbolsOf(net.last.url)).toBe('B');
  await adapter.disconnect();
});

test('symbols that are added while a stream is being opened are requested by another', async () => {
  const { adapter, clock, net, subscribed, log } = scripted({ deadlines: { connect: 60_000 } });
  await subscribed('A');
  net.last.end();
  await clock.advance(3000);
  const onItsWay = net.last;
  let isSettled = false;
  const call = adapter.subscribe(['B']).then(() => (isSettled = true));
  await clock.advance(10);
  expect(symbolsOf(net.last.url)).toBe('A,B');
  onItsWay.stream();
  await clock.advance(20);
  expect([adapter.getStatus().state, isSettled]).toEqual(['subscribed', false]);
  net.last.stream().write(tick('B', 1));
  await clock.advance(20);
  await call;
  expect([log, net.open.length]).toEqual([['gap', 'B 1'], 1]);
  await adapter.disconnect();
});

test('the last symbol may be unsubscribed during a break', async () => {
  const { adapter, clock, net, subscribed, log } = scripted();
  await subscribed('A');
  net.onRequest = (request) => request.fail();
  net.last.end();
  await clock.advance(3000);
  await adapter.unsubscribe(['A']);
  await clock.advance(10);
  expect([adapter.getStatus().state, clock.pending, log]).toEqual(['connected', 0, []]);
  await adapter.disconnect();
});

test('a feed of all symbols is opened by connect(), and not again for other symbols', async () => {
  const { adapter, clock, net, log } = scripted({ feed: tickerFeed({ url: 'http://prices.test/all' }) });
  net.onRequest = (request) => request.stream();
  await adapter.connect();
  await adapter.subscribe(['A']);
  await adapter.subscribe(['B']);
  net.last.write(tick('A', 1) + tick('C', 2));
  await clock.advance(10);
  expect([log, net.requests.length]).toEqual([['A 1'], 1]);
  await adapter.disconnect();
  net.onRequest = (request) => request.fail();
  await expect(adapter.connect()).rejects.toMatchObject({ code: 'STREAM_FAILED' });
});

test('symbols that the feed does not accept are refused one by one', async () => {
  const symbolFault = (symbol: string): string | undefined =>
    symbol.startsWith('?') ? 'no name' : undefined;
  const { adapter, clock, net, errors } = scripted({}, { symbolFault });
  net.onRequest = (request) => request.stream();
  await adapter.connect();
  const call = adapter.subscribe(['?1', 'A', '?2']);
  await clock.advance(50);
  await call;
  expect(adapter.getSubscribedSymbols()).toEqual(['A']);
  expect(net.requests.map(({ url }) => symbolsOf(url))).toEqual(['A']);
  expect(errors).toMatchObject([
    { code: 'SYMBOL_REFUSED', symbol: '?1', reason: 'no name' },
    { code: 'SYMBOL_REFUSED', symbol: '?2' },
  ]);
  const none = expect(adapter.subscribe(['?3'])).rejects.toMatchObject({
    code: 'SYMBOL_REFUSED',
    symbol: '?3',
  });
  await clock.advance(50);
  await none;
  expect(adapter.stats().refused).toEqual({ '?1': 'no name', '?2': 'no name', '?3': 'no name' });
  await adapter.disconnect();
});

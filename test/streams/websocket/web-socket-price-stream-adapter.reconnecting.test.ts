import { afterEach, describe, expect, test } from 'vitest';
import { FakeClock } from 'tickmark/conformance';
import {
  binance,
  WebSocketPriceStreamAdapter,
  type LinkHint,
  type Venue,
  type WebSocketPriceStreamAdapterOptions,
} from 'tickmark/websocket';
import type { PriceStreamGap, PriceStreamMessage, StreamStatus, TickmarkError } from 'tickmark';
import { seededRandom } from '../../../src/core/random.js';
import { ScriptedTransport } from '../connection/scripted-transport.js';
import { BinanceServer } from './binance-server.js';
import { MemoryLink } from './memory-link.js';

type Options = Partial<WebSocketPriceStreamAdapterOptions>;

function world(options: Options = {}) {
  const clock = new FakeClock();
  const server = new BinanceServer();
  const network = new MemoryLink(server, clock);
  const messages: PriceStreamMessage[] = [];
  const statuses: StreamStatus[] = [];
  const errors: TickmarkError[] = [];
  let hint: (hint: LinkHint) => void = () => undefined;
  const adapter = new WebSocketPriceStreamAdapter({
    venue: binance({ quotes: false }),
    clock,
    random: seededRandom(3),
    transport: network.transport,
    onError: (error) => errors.push(error),
    hints: (listener) => {
      hint = listener;
      return () => (hint = () => undefined);
    },
    ...options,
  });
  adapter.onMessage((message) => messages.push({ ...message }));
  adapter.onStatus((status) => statuses.push(status));
  const gaps = () => messages.filter((each): each is PriceStreamGap => 'type' in each);
  const settled = async (promise: Promise<unknown>, ms = 20_000) => {
    let outcome: unknown = 'pending';
    promise.then(
      () => (outcome = 'done'),
      (error: unknown) => (outcome = error),
    );
    for (let waited = 0; outcome === 'pending' && waited < ms; waited += 5) await clock.advance(5);
    return outcome as TickmarkError | 'done' | 'pending';
  };
  const up = async (...symbols: string[]) => {
    expect(await settled(adapter.connect())).toBe('done');
    if (symbols.length > 0) expect(await settled(adapter.subscribe(symbols))).toBe('done');
  };
  const current = {
    clock,
    server,
    network,
    adapter,
    messages,
    statuses,
    errors,
    gaps,
    settled,
    up,
    hint: (each: LinkHint) => hint(each),
  };
  opened = current;
  return current;
}

let opened: ReturnType<typeof world> | undefined;

// After each test: nothing is left after disconnect(), and nothing more happens.
afterEach(async () => {
  if (!opened) return;
  const { adapter, network, clock, messages, statuses } = opened;
  opened = undefined;
  await adapter.disconnect();
  await network.close();
  const told = messages.length + statuses.length;
  for (const connection of network.transport.connections) {
    connection.events.opened();
    connection.events.frame('{"e":"trade"}', 1);
    connection.events.closed({ message: 'late' });
  }
  await clock.advance(100);
  expect(network.live).toEqual([]);
  expect(clock.pending).toBe(0);
  expect(messages.length + statuses.length).toBe(told);
});

describe('the first connection', () => {
  test('connect() fails with TIMEOUT in phase connect when the upgrade is not answered within 1.5 s', async () => {
    const { settled, server, adapter, clock } = world();
    server.upgrade = { kind: 'silence' };
    expect(await settled(adapter.connect())).toMatchObject({
      code: 'TIMEOUT',
      phase: 'connect',
      retryable: true,
    });
    expect(clock.monotonic()).toBeLessThanOrEqual(1505);
    expect(adapter.getStatus()).toMatchObject({ state: 'failed', error: { code: 'TIMEOUT' } });
  });

  test('connect() fails with TIMEOUT in phase resolve, and aborts the signal, when there is no URL within 5 s', async () => {
    let signal: AbortSignal | undefined;
    const url = (request: { signal: AbortSignal }) => {
      ({ signal } = request);
      return new Promise<string>(() => undefined);
    };
    const { settled, server, adapter } = world({ venue: { ...binance(), url } });
    expect(await settled(adapter.connect())).toMatchObject({ code: 'TIMEOUT', phase: 'resolve' });
    expect(signal!.aborted).toBe(true);
    expect(server.attempts).toEqual([]);
  });

  test('connect() fails with TIMEOUT in phase auth when the login is not answered within 5 s', async () => {
    const venue = {
      ...binance(),
      open: () => ({ start() {}, subscribe: () => [], unsubscribe: () => [], receive() {} }),
    };
    const { settled, adapter } = world({ venue });
    expect(await settled(adapter.connect())).toMatchObject({ code: 'TIMEOUT', phase: 'auth' });
  });

  test('the link is replaced with TIMEOUT in phase subscribe when a frame is not signed within 5 s, also long after it was up', async () => {
    let isSigning = true;
    const { open, ...plain } = binance({ quotes: false });
    const venue: Venue = {
      ...plain,
      open: (sink) => {
        const session = open(sink);
        return {
          subscribe: (symbols) =>
            isSigning ? Promise.resolve(session.subscribe(symbols)) : new Promise(() => undefined),
          unsubscribe: (symbols) => session.unsubscribe(symbols),
          receive: (frame, at) => session.receive(frame, at),
        };
      },
    };
    const { up, server, adapter, clock, errors } = world({ venue });
    await up('AAA');
    await clock.advance(60_000);
    isSigning = false;
    const asked = adapter.subscribe(['BBB']);
    await clock.advance(4990);
    expect(adapter.getStatus().state).toBe('subscribed');
    await clock.advance(10);
    expect(errors).toMatchObject([{ code: 'TIMEOUT', phase: 'subscribe', retryable: true }]);
    isSigning = true;
    await clock.advance(1000);
    await asked;
    expect([...server.table().keys()]).toEqual(['AAA', 'BBB']);
  });

  test.each([
    [{ status: 401 }, 'UNAUTHORIZED', false],
    [{ status: 403 }, 'STREAM_FAILED', true],
    [{ code: 4401 }, 'UNAUTHORIZED', false],
    [{ status: 503 }, 'STREAM_FAILED', true],
    [{ status: 429, retryAfterMs: 7000 }, 'STREAM_FAILED', true],
  ])('connect() refused with %o fails with %s', async (close, code, retryable) => {
    const transport = new ScriptedTransport((connection) => queueMicrotask(() => connection.drop(close)));
    const { settled, adapter } = world({ transport });
    expect(await settled(adapter.connect())).toMatchObject({ code, retryable });
    expect(transport.connections).toHaveLength(1);
  });

  test('connect() rejects an invalid URL without quoting it', async () => {
    const { settled, adapter } = world({
      venue: { ...binance(), url: () => 'https://x.example/?key=SECRET' },
    });
    const error = await settled(adapter.connect());
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(String(error)).not.toContain('SECRET');
  });
});

describe('a lost link', () => {
  test('is replaced within 280 ms, with its symbols and one gap', async () => {
    const { up, server, network, clock, gaps, messages, adapter, statuses } = world();
    await up('AAA', 'BBB');
    server.trade('AAA', 1);
    await clock.advance(300);
    const lastSeen = clock.now();
    server.trade('AAA', 2);
    await clock.advance(20);
    network.live[0]!.drop({ code: 1006 });
    await clock.advance(280);
    server.trade('BBB', 3);
    expect([...server.table()]).toEqual([
      ['AAA', 1],
      ['BBB', 1],
    ]);
    expect(gaps()).toHaveLength(1);
    expect(gaps()[0]).toMatchObject({ reason: 'disconnect', symbols: ['AAA', 'BBB'], recovered: false });
    expect(gaps()[0]!.from).toBe(lastSeen);
    expect(messages.map((each) => ('type' in each ? 'gap' : each.price))).toEqual([
      '1.00000000',
      '2.00000000',
      'gap',
      '3.00000000',
    ]);
    expect(statuses.map(({ state }) => state)).toEqual([
      'connecting',
      'connected',
      'subscribed',
      'reconnecting',
      'subscribed',
    ]);
    expect(adapter.stats()).toMatchObject({ reconnects: 1, gaps: 1, prices: 3, unexplained: 0 });
  });

  test('that dies silently is found within 2.5 s, and reported as a gap with the reason silence', async () => {
    const { up, network, clock, gaps, statuses } = world();
    await up('AAA');
    await clock.advance(3217);
    const [dead] = network.live;
    dead!.die();
    const died = clock.now();
    let foundAt = 0;
    for (let waited = 0; waited < 4000 && !foundAt; waited += 5) {
      await clock.advance(5);
      if (statuses.at(-1)!.state === 'reconnecting') foundAt = clock.now();
    }
    expect(foundAt - died).toBeLessThanOrEqual(2500);
    await clock.advance(500);
    expect(gaps()[0]).toMatchObject({ reason: 'silence' });
    expect(Math.abs(gaps()[0]!.from - died)).toBeLessThanOrEqual(1000);
  });

  test.each([1000, 1001, 1011, 1012, 4000, 4999])(
    'whose server closes with %i after each upgrade for five minutes is retried with backoff, and recovers',
    async (code) => {
      const { up, server, network, clock, statuses, gaps } = world();
      await up('AAA');
      server.upgrade = { kind: 'hang-up', code };
      network.live[0]!.drop({ code });
      const began = clock.monotonic();
      await clock.advance(300_000);
      const attempts = server.attempts.filter((at) => at > began).map((at) => at - began);
      // 250 ms, doubling to 2 s for two minutes, then 30 s: full jitter halves the waits on average.
      expect(attempts.length).toBeGreaterThan(60);
      expect(attempts.length).toBeLessThan(220);
      for (let from = 0; from < 300_000; from += 1000) {
        const inSecond = attempts.filter((at) => at >= from && at < from + 1000).length;
        expect(inSecond).toBeLessThanOrEqual(from < 120_000 ? 10 : 4);
      }
      expect(attempts.filter((at) => at > 125_000).length).toBeLessThan(40);
      const numbers = statuses.flatMap((each) => (each.state === 'reconnecting' ? [each.attempt] : []));
      expect(numbers).toEqual(numbers.map((_, at) => at + 1));
      server.accept();
      await clock.advance(31_000);
      expect(statuses.at(-1)!.state).toBe('subscribed');
      expect(gaps()).toHaveLength(1);
    },
  );

  test('is not retried before Retry-After of a 429 is over', async () => {
    const { up, server, network, clock } = world();
    await up('AAA');
    server.upgrade = { kind: 'status', status: 429, headers: { 'retry-after': '20' } };
    network.live[0]!.drop();
    await clock.advance(1000);
    expect(server.attempts).toHaveLength(2);
    await clock.advance(18_500);
    expect(server.attempts).toHaveLength(2);
    await clock.advance(3000);
    expect(server.attempts).toHaveLength(3);
  });

  test('fails permanently when the key is refused', async () => {
    const venue = { ...binance({ quotes: false }), headers: { 'X-Api-Key': 'k' } };
    const { up, server, network, clock, adapter } = world({ venue });
    await up('AAA');
    server.upgrade = { kind: 'status', status: 401 };
    network.live[0]!.drop();
    await clock.advance(60_000);
    expect(adapter.getStatus()).toMatchObject({
      state: 'failed',
      error: { code: 'UNAUTHORIZED', retryable: false },
    });
    expect(server.attempts).toHaveLength(4);
    expect(clock.pending).toBe(0);
  });

  test('requests a URL again that does not come', async () => {
    const asked: AbortSignal[] = [];
    let gives = true;
    const url = ({ signal }: { signal: AbortSignal }): Promise<string> => {
      asked.push(signal);
      return gives ? Promise.resolve('ws://x') : new Promise(() => undefined);
    };
    const { up, server, network, clock, errors, adapter } = world({
      venue: { ...binance({ quotes: false }), url },
    });
    await up('AAA');
    gives = false;
    network.live[0]!.drop();
    await clock.advance(30_000);
    expect(asked.length).toBeGreaterThan(4);
    expect(asked.slice(0, -1).every(({ aborted }) => aborted)).toBe(true);
    expect(errors.slice(1).every((each) => each.code === 'TIMEOUT' && 'phase' in each)).toBe(true);
    gives = true;
    await clock.advance(8000);
    expect(adapter.getStatus().state).toBe('subscribed');
    expect([...server.table()]).toEqual([['AAA', 1]]);
  });

  test('ignores what its old socket does later', async () => {
    const { up, network, clock, messages, adapter } = world();
    await up('AAA');
    const [old] = network.live;
    old!.drop();
    await clock.advance(1000);
    const told = messages.length;
    old!.events.opened();
    old!.frame('{"e":"trade","E":1,"s":"AAA","t":1,"p":"9.0","q":"1.0","T":1,"m":true,"M":true}');
    old!.events.pong();
    old!.events.closed({ message: 'again', status: 401 });
    await clock.advance(10);
    expect(messages).toHaveLength(told);
    expect(adapter.getStatus().state).toBe('subscribed');
    expect(network.live).toHaveLength(1);
  });

  test('delays neither subscribe() nor unsubscribe()', async () => {
    const { up, server, network, clock, adapter, settled } = world();
    await up('AAA', 'BBB');
    server.refuse();
    network.live[0]!.drop();
    await clock.advance(2000);
    expect(await settled(adapter.subscribe(['CCC']), 10)).toBe('done');
    expect(await settled(adapter.unsubscribe(['AAA']), 10)).toBe('done');
    server.accept();
    await clock.advance(3000);
    expect([...server.table().keys()].sort()).toEqual(['BBB', 'CCC']);
  });

  test('subscribes 512 symbols again within the limit of frames a second', async () => {
    const { up, server, network, clock } = world({ venue: binance() });
    const symbols = Array.from({ length: 512 }, (_, at) => `S${at}`);
    await up(...symbols);
    network.live[0]!.drop();
    await clock.advance(300);
    const link = network.transport.last;
    const counts: number[] = [];
    for (let second = 0; second < 6; second++) {
      const before = link.sent.length + link.pings;
      await clock.advance(1000);
      counts.push(link.sent.length + link.pings - before);
    }
    expect(Math.max(...counts)).toBeLessThanOrEqual(4);
    expect(server.table().size).toBe(512);
    expect([...server.table().values()].every((count) => count === 1)).toBe(true);
  });
});

describe('the deadline for the first price', () => {
  const setUp = () => world({ deadlines: { data: 3000 } });

  test('runs on each connection from the first confirmed symbol to the first price', async () => {
    const { up, server, network, clock, errors, statuses } = setUp();
    await up();
    await clock.advance(10_000);
    expect(server.attempts).toHaveLength(1);
    await up('AAA');
    await clock.advance(2900);
    expect(server.attempts).toHaveLength(1);
    await clock.advance(200);
    expect(statuses.map(({ state }) => state)).toContain('reconnecting');
    expect(errors).toMatchObject([{ code: 'TIMEOUT', phase: 'data' }]);
    await clock.advance(1000);
    server.trade('AAA');
    await clock.advance(60_000);
    expect(server.attempts).toHaveLength(2);
    network.live[0]!.drop();
    await clock.advance(5000);
    expect(server.attempts.length).toBeGreaterThan(3);
  });

  test('is met by the first price of any symbol', async () => {
    const { up, server, clock } = setUp();
    await up('AAA', 'BBB');
    await clock.advance(2000);
    server.trade('BBB');
    await clock.advance(60_000);
    expect(server.attempts).toHaveLength(1);
  });

  test('does not run while nothing is subscribed', async () => {
    const { up, server, clock, adapter } = setUp();
    await up('AAA');
    await clock.advance(2000);
    await adapter.unsubscribe(['AAA']);
    await clock.advance(60_000);
    expect(server.attempts).toHaveLength(1);
    await up('BBB');
    await clock.advance(4000);
    expect(server.attempts).toHaveLength(2);
  });
});

describe('hints of the platform', () => {
  test('online ends a wait early, unless the server asked for the wait', async () => {
    const { up, server, network, clock, hint } = world({
      backoff: { firstMs: 20_000, recentCapMs: 20_000 },
      random: () => 0.9,
    });
    await up('AAA');
    network.live[0]!.drop();
    await clock.advance(1500);
    expect(server.attempts).toHaveLength(1);
    hint('online');
    await clock.advance(10);
    expect(server.attempts).toHaveLength(2);
    server.upgrade = { kind: 'status', status: 429, headers: { 'retry-after': '30' } };
    await clock.advance(1000);
    network.live[0]!.drop();
    await clock.advance(20_000);
    const before = server.attempts.length;
    hint('visible');
    hint('online');
    await clock.advance(100);
    expect(server.attempts).toHaveLength(before);
  });

  test('each hint sends a ping over a link that is up', async () => {
    const { up, network, hint } = world();
    await up('AAA');
    const [link] = network.live;
    const { pings } = link!;
    hint('offline');
    hint('visible');
    expect(link!.pings).toBe(pings + 2);
    expect(network.live).toEqual([link]);
  });
});

describe('a planned replacement of a connection', () => {
  test('subscribes the new connection before it closes the old one, without a gap, when a shutdown is announced', async () => {
    const { up, server, network, clock, gaps, messages, adapter, statuses } = world();
    await up('AAA', 'BBB');
    await clock.advance(20_000);
    const [old] = network.live;
    old!.frame('{"e":"serverShutdown","E":1}');
    let price = 0;
    let mostLive = 0;
    for (let i = 0; i < 400; i++) {
      // The old one lags: what it sends comes a moment after the new one has sent the same.
      server.trade('AAA', ++price, clock.now(), [...server.clients].reverse());
      if (!old!.isClosed && network.live.length === 1) expect(network.live).toEqual([old]);
      mostLive = Math.max(mostLive, network.live.length);
      await clock.advance(5);
    }
    const prices = messages.flatMap((each) => ('type' in each ? [] : [Number(each.price)]));
    expect(prices).toEqual(Array.from({ length: 400 }, (_, at) => at + 1));
    expect([mostLive, gaps(), old!.isClosed]).toEqual([2, [], true]);
    expect(adapter.stats()).toMatchObject({ rotations: 1, reconnects: 0 });
    expect(adapter.stats().superseded).toBeGreaterThan(0);
    expect(statuses.map(({ state }) => state)).toEqual(['connecting', 'connected', 'subscribed']);
    expect([...server.table().values()]).toEqual([1, 1]);
  });

  test('comes before the longest life of a connection is over, 100 times in a row', async () => {
    const { up, server, network, clock, gaps, adapter } = world({
      venue: { ...binance({ quotes: false }), limits: { connectionLifeMs: 60_000 } },
    });
    await up('AAA');
    for (let second = 0; second < 6200; second++) {
      await clock.advance(1000);
      expect(network.live.length).toBeGreaterThan(0);
    }
    expect(adapter.stats().rotations).toBeGreaterThanOrEqual(100);
    expect(gaps()).toEqual([]);
    const ages = server.attempts.slice(1).map((at, index) => at - server.attempts[index]!);
    for (const age of ages) expect(age).toBeLessThan(60_000);
  });

  test('is retried when it fails, and the old connection stays in use meanwhile', async () => {
    const { up, server, network, clock, gaps, errors } = world();
    await up('AAA');
    await clock.advance(20_000);
    const [old] = network.live;
    server.upgrade = { kind: 'status', status: 401 };
    old!.frame('{"e":"serverShutdown","E":1}');
    await clock.advance(10_000);
    expect(network.live).toEqual([old]);
    expect(errors.map(({ code }) => code)).toContain('UNAUTHORIZED');
    server.accept();
    await clock.advance(10_000);
    expect(network.live).toHaveLength(1);
    expect(old!.isClosed).toBe(true);
    expect(gaps()).toEqual([]);
  });

  test('reports one gap when the old connection breaks before the new one is ready', async () => {
    const { up, network, clock, gaps, statuses } = world();
    await up('AAA');
    await clock.advance(20_000);
    network.live[0]!.frame('{"e":"serverShutdown","E":1}');
    await clock.advance(1);
    network.live[0]!.drop();
    await clock.advance(2000);
    expect(gaps()).toHaveLength(1);
    expect(network.live).toHaveLength(1);
    expect(statuses.at(-1)!.state).toBe('subscribed');
  });

  test('happens at most every ten seconds, however often the venue asks for it', async () => {
    const { up, server, network, clock } = world();
    await up('AAA');
    for (let i = 0; i < 600; i++) {
      for (const link of network.live) link.frame('{"e":"serverShutdown","E":1}');
      await clock.advance(100);
    }
    expect(server.attempts.length).toBeLessThan(10);
  });

  test('closes the old connection first where only one is allowed', async () => {
    const { up, network, clock, gaps } = world({
      venue: { ...binance({ quotes: false }), limits: { connections: 1 } },
    });
    await up('AAA');
    network.live[0]!.frame('{"e":"serverShutdown","E":1}');
    let most = 0;
    for (let i = 0; i < 200; i++) {
      most = Math.max(most, network.live.length);
      await clock.advance(5);
    }
    expect([most, gaps().length, network.live.length]).toEqual([1, 1, 1]);
  });

  test('comes without a gap when pings are not answered while frames arrive', async () => {
    const { up, server, network, clock, gaps, adapter } = world();
    await up('AAA');
    await clock.advance(15_000);
    const [deaf] = network.live;
    deaf!.answersPings = false;
    const began = clock.monotonic();
    while (server.attempts.length < 2 && clock.monotonic() - began < 10_000) {
      server.trade('AAA');
      await clock.advance(50);
    }
    expect(clock.monotonic() - began).toBeLessThanOrEqual(2500);
    await clock.advance(2000);
    expect([deaf!.isClosed, gaps(), adapter.stats().rotations]).toEqual([true, [], 1]);
  });
});

describe('symbols', () => {
  test('that are refused are reported one by one, and the others stay', async () => {
    const { up, server, adapter, errors, settled, clock } = world();
    await up();
    server.refused.add('BAD').add('WORSE');
    expect(await settled(adapter.subscribe(['AAA', 'BAD', 'BBB', 'WORSE', 'lower']))).toBe('done');
    await clock.advance(50);
    expect(adapter.getSubscribedSymbols()).toEqual(['AAA', 'BBB']);
    const refused = errors.filter(({ code }) => code === 'SYMBOL_REFUSED');
    expect(refused.map((each) => (each as unknown as { symbol: string }).symbol).sort()).toEqual([
      'BAD',
      'WORSE',
      'lower',
    ]);
    expect(Object.keys(adapter.stats().refused).sort()).toEqual(['BAD', 'WORSE', 'lower']);
    expect(await settled(adapter.subscribe(['BAD']))).toMatchObject({
      code: 'SYMBOL_REFUSED',
      symbol: 'BAD',
      sourceCode: 2,
    });
    expect(adapter.getSubscribedSymbols()).toEqual(['AAA', 'BBB']);
  });

  test('cause a reconnect when the venue answers none of them', async () => {
    const { up, server, adapter, clock, statuses } = world();
    await up();
    server.answers = false;
    const asked = adapter.subscribe(['AAA']);
    await clock.advance(10_500);
    expect(statuses.map(({ state }) => state)).toContain('reconnecting');
    server.answers = true;
    await clock.advance(5000);
    await asked;
    expect([...server.table()]).toEqual([['AAA', 1]]);
  });

  test('without an answer are refused after two requests, while others are confirmed', async () => {
    const { up, server, adapter, settled, errors } = world();
    await up('AAA');
    server.answers = false;
    const outcome = await settled(adapter.subscribe(['MUTE']), 20_000);
    expect(outcome).toMatchObject({ code: 'SYMBOL_REFUSED' });
    expect(errors.map(({ message }) => message).join()).toContain('did not answer');
    expect(server.attempts).toHaveLength(1);
    expect(adapter.getSubscribedSymbols()).toEqual(['AAA']);
  });

  test('refused on one of two connections are unsubscribed on the other', async () => {
    const { up, server, network, adapter, clock, settled } = world();
    await up('AAA');
    await clock.advance(20_000);
    const [old] = network.live;
    old!.frame('{"e":"serverShutdown","E":1}');
    await clock.advance(1);
    const asked = adapter.subscribe(['BBB']);
    await clock.advance(2);
    old!.frame('{"error":{"code":2,"msg":"Invalid request"},"id":2}');
    expect(await settled(asked)).toMatchObject({ code: 'SYMBOL_REFUSED', symbol: 'BBB' });
    await clock.advance(3000);
    expect(adapter.getSubscribedSymbols()).toEqual(['AAA']);
    expect(network.live).toHaveLength(1);
    expect([...server.table()]).toEqual([['AAA', 1]]);
  });

  test('have the names that the application gave them', async () => {
    const { up, server, network, adapter, messages, clock } = world({ symbols: { bitcoin: 'BTCUSDT' } });
    await up('bitcoin', 'ETHUSDT');
    server.trade('BTCUSDT', 1);
    server.trade('ETHUSDT', 2);
    network.live[0]!.drop();
    await clock.advance(1000);
    server.trade('BTCUSDT', 3);
    expect(messages.map((each) => ('type' in each ? [...each.symbols] : each.symbol))).toEqual([
      'bitcoin',
      'ETHUSDT',
      ['bitcoin', 'ETHUSDT'],
      'bitcoin',
    ]);
    await adapter.unsubscribe(['bitcoin']);
    await clock.advance(50);
    expect([...server.table().keys()]).toEqual(['ETHUSDT']);
  });

  test('without prices for an hour are stale, and cause no reconnect while others have prices', async () => {
    const { up, server, adapter, clock } = world({ freshness: { limitMs: 60_000 } });
    const symbols = Array.from({ length: 1000 }, (_, at) => `S${at}`);
    await up(...symbols);
    for (let second = 0; second < 3600; second++) {
      for (let at = 0; at < 10; at++) server.trade(`S${at}`, second + 1);
      await clock.advance(1000);
    }
    const stats = adapter.stats();
    expect([stats.reconnects, stats.rotations, stats.gaps, server.attempts.length]).toEqual([0, 0, 0, 1]);
    expect(stats.stale).toEqual(symbols.slice(10));
    expect(stats.prices).toBe(36_000);
    expect(adapter.getSubscribedSymbols()).toHaveLength(1000);
  });
});

import { inspect } from 'node:util';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { fillStreamConformance } from '../../src/conformance/fill-stream/fill-stream-conformance.js';
import { systemClock, type Clock } from '../../src/core/clock.js';
import type { TickmarkError } from '../../src/core/errors.js';
import type { FillMessage } from '../../src/core/fills/fill-stream.js';
import { seededRandom } from '../../src/core/random.js';
import { fillOfAlpaca } from '../../src/fills/alpaca-activity.js';
import { AlpacaFillStream } from '../../src/fills/alpaca-fill-stream.js';
import type { AlpacaFillStreamOptions } from '../../src/fills/alpaca-fill-stream-options.js';
import { PATIENT, runner } from '../conformance/without-skips.js';
import { caught } from '../oracle/caught.js';
import { HUNG_AFTER_MS, until } from '../waiting.js';
import { activityOf, AlpacaServer, KEY, SECRET, START } from './alpaca-server.js';

const ended: Array<() => Promise<void> | void> = [];
afterEach(async () => {
  vi.unstubAllGlobals();
  for (const end of ended.splice(0).reverse()) await end();
});

function streamOf(server: AlpacaServer, more: Partial<AlpacaFillStreamOptions> = {}) {
  const errors: TickmarkError[] = [];
  const stream = new AlpacaFillStream({
    account: 'main',
    key: KEY,
    secret: SECRET,
    url: server.url,
    since: START,
    timeoutMs: HUNG_AFTER_MS,
    pollMs: HUNG_AFTER_MS,
    WebSocket,
    random: () => 0.02,
    onError: (error) => void errors.push(error),
    ...more,
  });
  return { stream, errors };
}

/** A stream that is being read. */
async function world(
  more: Partial<AlpacaFillStreamOptions> = {},
  prepare: (server: AlpacaServer) => void = () => undefined,
) {
  const server = await AlpacaServer.start();
  ended.push(() => server.close());
  prepare(server);
  const { stream, errors } = streamOf(server, more);
  const messages: FillMessage[] = [];
  const stop = new AbortController();
  let failure: unknown;
  const reading = (async () => {
    for await (const list of stream.read({ signal: stop.signal })) messages.push(...list);
  })().catch((error: unknown) => void (failure = error));
  ended.push(async () => {
    stop.abort();
    await reading;
  });
  const shown = () =>
    messages.map((each) =>
      each.type === 'fill' ? Number(each.entry.id.split('::')[1]!.slice(0, 8)) : each.type,
    );
  return {
    server,
    stream,
    errors,
    messages,
    shown,
    stop,
    reading,
    failure: () => failure,
    codes: () => errors.map(({ code, retryable }) => [code, retryable]),
    comes: (expected: unknown[]) =>
      until(
        `${String(expected)}, and not ${String(shown())}`,
        () => JSON.stringify(shown()) === JSON.stringify(expected),
      ),
    requestsOf: (part: string) => server.requests.filter((path) => path.includes(part)),
  };
}

describe('a fill of Alpaca', () => {
  const fill = (more: object = {}) => fillOfAlpaca(activityOf(3, more), 'main', (symbol) => symbol);

  test('is an entry in USD, with the id of its activity', () => {
    expect(fill()).toEqual({
      type: 'fill',
      account: 'main',
      entry: {
        id: `alpaca:${activityOf(3).id}`,
        at: START + 3,
        type: 'buy',
        symbol: 'IBM',
        quantity: '3',
        price: '100.25',
        currency: 'USD',
      },
    });
  });

  test.each([
    ['a sale', { side: 'sell' }, { type: 'sell' }],
    ['a short sale', { side: 'sell_short' }, { type: 'sell' }],
    ['a pair', { symbol: 'ETH/BTC' }, { symbol: 'ETH/BTC', currency: 'BTC' }],
    ['a time in nanoseconds', { transaction_time: '2026-03-02T14:30:00.123456789Z' }, { at: START + 123 }],
  ])('may be %s', (_, more, expected) => {
    expect(fill(more).entry).toMatchObject(expected);
  });

  test.each([
    ['id', { id: undefined }],
    ['side', { side: 'hold' }],
    ['symbol', { symbol: undefined }],
    ['quantity', { qty: '0' }],
    ['price', { price: undefined }],
    ['time', { transaction_time: 'today' }],
  ])('without %s is refused', (_, more) => {
    expect(caught(() => fill(more))).toMatchObject({ code: 'MALFORMED_INPUT' });
  });
});

describe('fills of an account', () => {
  test('come when they are announced, after a snapshot', async () => {
    const { server, comes, messages } = await world({}, (fresh) => {
      fresh.positions = [
        { symbol: 'IBM', qty: '10', side: 'long' },
        { symbol: 'A', qty: '-5', side: 'short' },
        { symbol: 'B', qty: '7', side: 'short' },
      ];
    });
    await comes(['snapshot']);
    expect(JSON.parse(JSON.stringify(messages[0]))).toMatchObject({
      account: 'main',
      positions: { IBM: '10', A: '-5', B: '-7' },
    });
    expect(messages[0]).not.toHaveProperty('cash');
    server.fill(activityOf(1));
    await comes(['snapshot', 1]);
    server.fill(activityOf(2, { type: 'partial_fill' }));
    await comes(['snapshot', 1, 2]);
    expect(server.received).toEqual([
      { action: 'auth', key: KEY, secret: SECRET },
      { action: 'listen', data: { streams: ['trade_updates'] } },
    ]);
  });

  test('from before come in pages, each once, from since on', async () => {
    const count = 250;
    const { comes, requestsOf } = await world({ overlapMs: 0, since: START + 1 }, (fresh) => {
      for (let number = 0; number < count; number++) fresh.activities.push(activityOf(number, { qty: '1' }));
    });
    await comes([...Array.from({ length: count - 1 }, (_, at) => at + 1), 'snapshot']);
    const first = requestsOf('FILL')[0]!;
    expect(decodeURIComponent(first)).toBe(
      '/v2/account/activities/FILL?after=2026-03-02T14:30:00.000Z&direction=asc&page_size=100',
    );
    expect(
      requestsOf('page_token').map((path) => new URL(path, 'http://a').searchParams.get('page_token')),
    ).toEqual([activityOf(100).id, activityOf(200).id]);
  });

  test('that are visible late are asked for again, also those of legs', async () => {
    const { server, comes, requestsOf } = await world();
    await comes(['snapshot']);
    const asked = requestsOf('FILL').length;
    server.announce(activityOf(1));
    server.announce(activityOf(9), [
      { id: 'order-2', filled_qty: '2' },
      { id: 'order-3', filled_qty: '3' },
    ]);
    await until('it asks several times', () => requestsOf('FILL').length > asked + 2);
    server.activities.push(activityOf(1), activityOf(2));
    await comes(['snapshot', 1, 2]);
    const asked2 = requestsOf('FILL').length;
    await until('it still asks', () => requestsOf('FILL').length > asked2 + 1);
    server.activities.push(activityOf(3));
    await comes(['snapshot', 1, 2, 3]);
  });

  test('that never come are given up', async () => {
    const { server, comes, requestsOf, errors } = await world({ random: () => 0 });
    await comes(['snapshot']);
    const asked = requestsOf('FILL').length;
    server.announce(activityOf(1));
    await until('it asks again and again', () => requestsOf('FILL').length >= asked + 13);
    server.fill(activityOf(2));
    await comes(['snapshot', 2]);
    server.fill(activityOf(3));
    await comes(['snapshot', 2, 3]);
    server.fill(activityOf(4));
    await comes(['snapshot', 2, 3, 4]);
    expect([requestsOf('FILL').length, errors]).toEqual([asked + 16, []]);
    // The next one that is late is asked for again.
    server.announce(activityOf(5));
    await until('it asks several times', () => requestsOf('FILL').length > asked + 18);
  });

  test('that nobody announced are found', async () => {
    const { server, comes } = await world({ pollMs: 5 });
    await comes(['snapshot']);
    server.activities.push(activityOf(1));
    await comes(['snapshot', 1]);
  });

  test('from while the link was broken come after it, with a snapshot; those that are known do not', async () => {
    const { server, comes, codes } = await world();
    await comes(['snapshot']);
    server.fill(activityOf(1));
    await comes(['snapshot', 1]);
    server.isUp = false;
    server.cut();
    server.activities.push(activityOf(2));
    await until('it has failed twice', () => codes().length > 1);
    server.isUp = true;
    await comes(['snapshot', 1, 2, 'snapshot']);
    server.fill(activityOf(3));
    await comes(['snapshot', 1, 2, 'snapshot', 3]);
    expect(new Set(codes().map(String))).toEqual(new Set(['STREAM_FAILED,true']));
  });

  test('that come between positions and the next fills are in a snapshot that is asked for again', async () => {
    const { comes, requestsOf } = await world({}, (server) => {
      let number = 0;
      server.answer = (path) => {
        if (path === '/v2/positions' && number < 2) server.activities.push(activityOf(++number));
        return undefined;
      };
    });
    await comes([1, 2, 'snapshot']);
    expect(requestsOf('positions')).toHaveLength(3);
  });

  test('have a snapshot also while there is always another one', async () => {
    const { comes, requestsOf } = await world({}, (server) => {
      let number = 0;
      server.answer = (path) => {
        if (path === '/v2/positions') server.activities.push(activityOf(++number));
        return undefined;
      };
    });
    await comes([1, 2, 3, 4, 5, 'snapshot']);
    expect(requestsOf('positions')).toHaveLength(5);
  });

  test('have your names of symbols', async () => {
    const { comes, messages } = await world({ symbolOf: (symbol) => symbol.replace('/', '') }, (server) => {
      server.activities.push(activityOf(1, { symbol: 'BTC/USD' }));
      server.positions = [{ symbol: 'BTCUSD', qty: '1' }];
    });
    await comes([1, 'snapshot']);
    expect(JSON.parse(JSON.stringify(messages))).toMatchObject([
      { entry: { symbol: 'BTCUSD' } },
      { positions: { BTCUSD: '1' } },
    ]);
  });

  test('that cannot be read are reported once, and the others delivered; a snapshot that cannot be read is left out', async () => {
    const { server, comes, codes } = await world({}, (fresh) => {
      fresh.activities.push(activityOf(1, { side: 'hold' }), activityOf(2));
      fresh.positions = [{ symbol: 'IBM', qty: 'many' }];
    });
    await comes([2]);
    await until('both are reported', () => codes().length === 2);
    server.fill(activityOf(3));
    await comes([2, 3]);
    server.fill(activityOf(4));
    await comes([2, 3, 4]);
    expect(codes()).toEqual([
      ['MALFORMED_INPUT', false],
      ['MALFORMED_INPUT', false],
    ]);
  });
});

describe('a failure', () => {
  test.each<[string, (server: AlpacaServer) => void, string]>([
    ['a status', (server) => (server.answer = () => [500, {}, `oops ${SECRET}`]), 'status 500'],
    ['no JSON', (server) => (server.answer = () => [200, {}, `<html>${SECRET}`]), 'not a list'],
    ['another answer', (server) => (server.answer = () => [200, {}, '[1]']), 'not a list'],
    [
      'a redirect',
      (server) =>
        (server.answer = (path) => (path === '/x' ? [200, {}, '[]'] : [302, { location: '/x' }, ''])),
      'status 302, a redirect',
    ],
    [
      'an error of the stream',
      (server) => (server.login = `{"action":"error","data":{"error_message":"bad ${SECRET} of ${KEY}"}}`),
      '"bad ••• of •••"',
    ],
    ['a frame that is no JSON', (server) => (server.login = 'x'), 'not JSON'],
    ['a stream that is not offered', (server) => (server.streams = []), 'does not offer'],
  ])('by %s is reported without secrets, and it goes on', async (_, fail, why) => {
    const { server, comes, errors } = await world({}, fail);
    await until('it has failed', () => errors.length > 0);
    server.answer = server.login = undefined;
    server.streams = ['trade_updates'];
    await comes(['snapshot']);
    expect(errors[0]).toMatchObject({ code: 'STREAM_FAILED', retryable: true });
    expect(errors[0]!.message).toContain(why);
    const everything = inspect(errors, { depth: 20 });
    expect([everything.includes(SECRET), everything.includes(KEY)]).toEqual([false, false]);
  });

  test.each([
    ['while it logs in', { login: null }],
    ['while it waits for an answer', { answer: () => null }],
  ])('to answer in time, %s, is one', async (_, silence) => {
    const { comes, server, errors } = await world({ timeoutMs: 30 }, (fresh) =>
      Object.assign(fresh, silence),
    );
    await until('it has failed', () => errors.length > 0);
    Object.assign(server, { login: undefined, answer: undefined });
    await comes(['snapshot']);
    expect(errors[0]).toMatchObject({ retryable: true });
  });

  test.each<[Record<string, string>, number]>([
    [{ 'retry-after': '3600' }, 3_600_000],
    [{}, 10_000],
  ])('with a time to wait is waited for: %o', async (headers, waitMs) => {
    const delays: number[] = [];
    const setTimer: Clock['setTimer'] = (callback, delayMs) => {
      delays.push(delayMs);
      return systemClock.setTimer(callback, delayMs);
    };
    const { server, stop, reading } = await world({ clock: { ...systemClock, setTimer } }, (fresh) => {
      fresh.answer = () => [429, headers, ''];
    });
    await until(
      'the connection is closed',
      () => server.connects === 1 && server.open === 0 && delays.length > 2,
    );
    stop.abort();
    await reading;
    expect(delays.at(-1)).toBeGreaterThan(waitMs - 1000);
    expect(delays.at(-1)).toBeLessThan(waitMs + 1000);
  });

  test('to be let in once does not end a stream that has worked', async () => {
    const { server, comes, codes, failure } = await world({ pollMs: 5 });
    await comes(['snapshot']);
    server.answer = () => [401, {}, ''];
    await until('it is refused', () => codes().length > 0);
    server.answer = undefined;
    await comes(['snapshot', 'snapshot']);
    expect(codes()).toEqual([['UNAUTHORIZED', true]]);
    expect(failure()).toBeUndefined();
  });

  test.each<[string, Partial<AlpacaFillStreamOptions>, (server: AlpacaServer) => void]>([
    ['the stream', { secret: 'another-secret' }, () => undefined],
    ['a request: 401', {}, (server) => (server.answer = () => [401, {}, ''])],
    ['a request: 403', {}, (server) => (server.answer = () => [403, {}, ''])],
  ])('to be let in ends the stream: %s', async (_, more, refuse) => {
    const { server, reading, failure, errors } = await world(more, refuse);
    await reading;
    expect(failure()).toMatchObject({ code: 'UNAUTHORIZED', retryable: false });
    expect(inspect(failure(), { depth: 20 })).not.toMatch(/another-secret|the-secret-key|PK-key-id/);
    expect(errors).toEqual([]);
    await until('the connection is closed', () => server.open === 0);
  });
});

describe('a stream', () => {
  test('does not show its secrets', async () => {
    const { stream } = await world();
    expect(inspect(stream, { depth: 20, showHidden: true })).not.toMatch(/the-secret-key|PK-key-id/);
  });

  test('closes its connection when its reader stops', async () => {
    const { server, comes, stop, reading } = await world();
    await comes(['snapshot']);
    expect(server.open).toBe(1);
    stop.abort();
    await reading;
    await until('the connection is closed', () => server.open === 0);
  });

  test('needs a WebSocket: that of the platform, or one that is handed in', async () => {
    vi.stubGlobal('WebSocket', undefined);
    const options = { account: 'main', key: KEY, secret: SECRET };
    expect(caught(() => new AlpacaFillStream(options))).toMatchObject({ code: 'MISSING_PACKAGE' });
    const sockets: WebSocket[] = [];
    class Platform extends WebSocket {
      constructor(url: string) {
        super(url);
        sockets.push(this);
      }
    }
    vi.stubGlobal('WebSocket', Platform);
    const { comes, stop, reading } = await world({ WebSocket: undefined as never });
    await comes(['snapshot']);
    // Otherwise a browser gives Blobs.
    expect(sockets.map(({ binaryType }) => binaryType)).toEqual(['arraybuffer']);
    const terminate = vi.spyOn(sockets[0]!, 'terminate');
    stop.abort();
    await reading;
    expect(terminate).toHaveBeenCalled();
  });

  test.each<[string, object]>([
    ['an empty account', { account: '' }],
    ['an empty key', { key: '' }],
    ['a secret with a line break', { secret: 'hidden\n' }],
    ['another URL', { url: 'wss://api.alpaca.markets' }],
    ['a negative time', { since: -1 }],
    ['a negative overlap', { overlapMs: -1 }],
    ['no time between requests', { pollMs: 0 }],
    ['a negative time limit', { timeoutMs: -1 }],
  ])('of %s is refused', (_, more) => {
    const error = caught(
      () => new AlpacaFillStream({ account: 'main', key: KEY, secret: SECRET, WebSocket, ...more }),
    );
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(error.message).not.toContain('hidden');
  });
});

fillStreamConformance(runner, {
  createHarness: async () => {
    const server = await AlpacaServer.start();
    const { stream } = streamOf(server, { random: seededRandom(1) });
    return {
      stream,
      account: 'main',
      trade: (number) => {
        server.fill(activityOf(number));
        return fillOfAlpaca(activityOf(number), 'main', (symbol) => symbol).entry;
      },
      link: {
        break: async () => {
          server.isUp = false;
          server.cut();
        },
        restore: async () => void (server.isUp = true),
      },
      dispose: () => server.close(),
    };
  },
  supports: { link: true },
  timing: PATIENT,
});

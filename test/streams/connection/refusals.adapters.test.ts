import { describe, expect, test } from 'vitest';
import type { StreamStatus, TickmarkError } from 'tickmark';
import { FakeClock } from 'tickmark/conformance';
import { WebSocketPriceStreamAdapter, type Venue } from 'tickmark/websocket';
import { seededRandom } from '../../../src/core/random.js';
import type { LinkClose } from '../../../src/streams/connection/transport.js';
import { answer, scripted as scriptedPolling } from '../polling/quotes-source.js';
import { scripted as scriptedSse, tick } from '../sse/ticker-feed.js';
import { ScriptedTransport } from './scripted-transport.js';

/** A refused request: the answer's status, its type, or that there was none. */
interface Refused {
  readonly status?: number;
  readonly type?: string;
  readonly code?: number;
}

/** A stream of one kind of adapter that the test can refuse. */
interface Refusable {
  readonly tries: () => number;
  readonly status: () => StreamStatus;
  readonly errors: readonly TickmarkError[];
  /** How requests are refused from now on; `undefined`: they are accepted. A stream that is up loses its link. */
  refuse(how: Refused | undefined): void;
  /** Makes the first connection. @returns what it rejected with. */
  start(): Promise<TickmarkError | undefined>;
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

const KEY = { headers: { 'X-Api-Key': 't0ken' } };

function webSocket(hasKey: boolean): Refusable {
  const clock = new FakeClock();
  const errors: TickmarkError[] = [];
  let how: Refused | undefined;
  const transport = new ScriptedTransport((connection) => {
    queueMicrotask(() => {
      const { type, ...rest } = how ?? {};
      const close: Partial<LinkClose> = { ...rest, ...(type !== undefined && { contentType: type }) };
      if (how) connection.drop(close);
      else connection.open();
    });
  });
  const venue: Venue = {
    name: 'scripted',
    url: 'wss://prices.test/live',
    acknowledges: false,
    open: () => ({ subscribe: () => ['sub'], unsubscribe: () => ['unsub'], receive: () => undefined }),
    ...(hasKey && KEY),
  };
  const adapter = new WebSocketPriceStreamAdapter({
    venue,
    clock,
    transport,
    random: seededRandom(5),
    onError: (error) => errors.push(error),
  });
  return {
    tries: () => transport.connections.length,
    status: () => adapter.getStatus(),
    errors,
    refuse(next) {
      how = next;
      for (const connection of transport.live) connection.drop();
    },
    async start() {
      const outcome = await adapter.connect().then(
        () => undefined,
        (error: TickmarkError) => error,
      );
      if (!outcome) await adapter.subscribe(['A']);
      return outcome;
    },
    advance: (ms) => clock.advance(ms),
    close: () => adapter.disconnect(),
  };
}

function sse(hasKey: boolean): Refusable {
  const url = 'http://prices.test/live';
  const { adapter, clock, net, errors } = scriptedSse({}, { url, ...(hasKey && KEY) });
  let how: Refused | undefined;
  net.onRequest = (request) => {
    if (!how) request.stream().write(tick('A', 1));
    else if (how.status === undefined) request.fail();
    else request.head(how.status, how.type === undefined ? {} : { 'Content-Type': how.type });
  };
  return {
    tries: () => net.requests.length,
    status: () => adapter.getStatus(),
    errors,
    refuse(next) {
      how = next;
      for (const request of net.open) request.end();
    },
    async start() {
      const outcome = await adapter.connect().then(
        () => undefined,
        (error: TickmarkError) => error,
      );
      if (!outcome) await adapter.subscribe(['A']);
      return outcome;
    },
    advance: (ms) => clock.advance(ms),
    close: () => adapter.disconnect(),
  };
}

function polling(hasKey: boolean): Refusable {
  const url = 'http://prices.test/quotes';
  const { adapter, clock, net, errors } = scriptedPolling({}, { url, ...(hasKey && KEY) });
  let how: Refused | undefined;
  net.onRequest = (request) => {
    if (!how) answer(request, [['A', 1, 1]]);
    else if (how.status === undefined) request.fail();
    else request.head(how.status, how.type === undefined ? {} : { 'Content-Type': how.type }).end();
  };
  return {
    tries: () => net.requests.length,
    status: () => adapter.getStatus(),
    errors,
    refuse: (next) => (how = next),
    async start() {
      await adapter.connect();
      await adapter.subscribe(['A']);
      await clock.advance(10);
      const status = adapter.getStatus();
      return status.state === 'failed' ? status.error : undefined;
    },
    advance: (ms) => clock.advance(ms),
    close: () => adapter.disconnect(),
  };
}

const KINDS = { webSocket, sse, polling };
type Kind = keyof typeof KINDS;
const ALL: readonly Kind[] = ['webSocket', 'sse', 'polling'];

interface Row {
  readonly what: string;
  readonly refused: Refused;
  readonly hasKey?: boolean;
  /** Adapters to which it can happen. Default: all. */
  readonly kinds?: readonly Kind[];
  readonly code?: string;
  /** Whether the first call says that the same call would fail again. */
  readonly first: 'final' | 'tried again';
  readonly later: 'final' | 'third' | 'tried again';
}

const HTML = 'text/html; charset=utf-8';
const ROWS: readonly Row[] = [
  {
    what: 'close code 4401',
    refused: { code: 4401 },
    kinds: ['webSocket'],
    code: 'UNAUTHORIZED',
    first: 'final',
    later: 'final',
  },
  {
    what: '401 with a key',
    refused: { status: 401 },
    hasKey: true,
    code: 'UNAUTHORIZED',
    first: 'final',
    later: 'third',
  },
  {
    what: '403 with a key',
    refused: { status: 403 },
    hasKey: true,
    code: 'UNAUTHORIZED',
    first: 'final',
    later: 'third',
  },
  {
    what: '401 without a key',
    refused: { status: 401 },
    code: 'UNAUTHORIZED',
    first: 'final',
    later: 'tried again',
  },
  { what: '403 without a key', refused: { status: 403 }, first: 'tried again', later: 'tried again' },
  {
    what: '403 with a page, with a key',
    refused: { status: 403, type: HTML },
    hasKey: true,
    first: 'tried again',
    later: 'tried again',
  },
  { what: '451', refused: { status: 451 }, hasKey: true, first: 'tried again', later: 'tried again' },
  { what: '410', refused: { status: 410 }, first: 'final', later: 'third' },
  { what: '204', refused: { status: 204 }, kinds: ['sse'], first: 'final', later: 'final' },
  {
    what: '204',
    refused: { status: 204 },
    kinds: ['webSocket', 'polling'],
    first: 'tried again',
    later: 'tried again',
  },
  {
    what: '200 with a page',
    refused: { status: 200, type: HTML },
    kinds: ['webSocket', 'sse'],
    first: 'final',
    later: 'tried again',
  },
  {
    what: '200 with a page',
    refused: { status: 200, type: HTML },
    kinds: ['polling'],
    first: 'tried again',
    later: 'tried again',
  },
  {
    what: '200 with JSON',
    refused: { status: 200, type: 'application/json' },
    kinds: ['webSocket', 'sse'],
    first: 'final',
    later: 'tried again',
  },
  { what: 'a redirect', refused: { status: 302 }, hasKey: true, first: 'tried again', later: 'tried again' },
  {
    what: 'a redirect as a browser shows it',
    refused: { status: 0 },
    hasKey: true,
    kinds: ['sse', 'polling'],
    first: 'tried again',
    later: 'tried again',
  },
  { what: '429', refused: { status: 429 }, first: 'tried again', later: 'tried again' },
  ...[400, 404, 407, 426, 500, 502, 503, 504].map((status): Row => ({
    what: String(status),
    refused: { status },
    hasKey: true,
    first: 'tried again',
    later: 'tried again',
  })),
  {
    what: 'close code 1008',
    refused: { code: 1008 },
    kinds: ['webSocket'],
    first: 'tried again',
    later: 'tried again',
  },
  { what: 'a lost connection', refused: {}, hasKey: true, first: 'tried again', later: 'tried again' },
];

const CASES = ROWS.flatMap((row) => (row.kinds ?? ALL).map((kind) => ({ ...row, kind })));

test.each(CASES)('$kind: $what, before the stream has worked: $first', async (row) => {
  const { kind, refused, hasKey = false, code = 'STREAM_FAILED', first } = row;
  const stream = KINDS[kind](hasKey);
  stream.refuse(refused);
  const starting = stream.start();
  await stream.advance(20);
  const error = await starting;
  if (kind === 'polling' && first === 'tried again') {
    expect(stream.status()).toMatchObject({ state: 'reconnecting', attempt: 1 });
    stream.refuse(undefined);
    await stream.advance(15_000);
    expect(stream.status().state).toBe('subscribed');
  } else {
    expect(error).toMatchObject({ code, retryable: first !== 'final' });
    expect(stream.tries()).toBe(1);
  }
  await stream.close();
});

describe.each(CASES)('$kind: $what, for a stream that has worked: $later', (row) => {
  const { kind, refused, hasKey = false, code = 'STREAM_FAILED', later } = row;

  async function lost(): Promise<Refusable> {
    const stream = KINDS[kind](hasKey);
    const starting = stream.start();
    await stream.advance(1000);
    expect(await starting).toBeUndefined();
    stream.refuse(refused);
    return stream;
  }

  test('once', async () => {
    const stream = await lost();
    const before = stream.tries();
    for (let ms = 0; ms < 5000 && stream.tries() === before; ms += 5) await stream.advance(5);
    stream.refuse(undefined);
    await stream.advance(15_000);
    const { state } = stream.status();
    expect(state).toBe(later === 'final' ? 'failed' : 'subscribed');
    if (later !== 'final') expect(stream.errors.every(({ retryable }) => retryable)).toBe(true);
    await stream.close();
  });

  test('for an hour', async () => {
    const stream = await lost();
    const before = stream.tries();
    await stream.advance(3_600_000);
    const tries = stream.tries() - before;
    if (later === 'tried again') {
      expect(stream.status().state).toBe('reconnecting');
      // Waits grow to 30 s at most, and a server that refuses is not flooded.
      expect(tries).toBeGreaterThan(100);
      expect(tries).toBeLessThan(600);
      stream.refuse(undefined);
      await stream.advance(40_001);
      expect(stream.status().state).toBe('subscribed');
    } else {
      expect(stream.status()).toMatchObject({ state: 'failed', error: { code, retryable: false } });
      expect(tries).toBe(later === 'final' ? 1 : 3);
    }
    await stream.close();
  });
});

test('a token that has expired is replaced: the second try has a new one', async () => {
  const clock = new FakeClock();
  let token = 0;
  let isValid = (_: string): boolean => true;
  const transport = new ScriptedTransport((connection) => {
    const given = connection.target.headers!['Authorization']!;
    queueMicrotask(() => (isValid(given) ? connection.open() : connection.drop({ status: 401 })));
  });
  const adapter = new WebSocketPriceStreamAdapter({
    venue: {
      name: 'scripted',
      url: 'wss://prices.test/live',
      headers: () => ({ Authorization: `Bearer ${++token}` }),
      acknowledges: false,
      open: () => ({ subscribe: () => ['sub'], unsubscribe: () => ['unsub'], receive: () => undefined }),
    },
    clock,
    transport,
    random: seededRandom(5),
  });
  const connecting = adapter.connect();
  await clock.advance(10);
  await connecting;
  isValid = (given) => given !== 'Bearer 2';
  transport.last.drop();
  await clock.advance(5000);
  expect(adapter.getStatus().state).toBe('connected');
  expect(token).toBe(3);
  await adapter.disconnect();
});

test.each(['webSocket', 'sse', 'polling'] as const)(
  '%s: a function that once gives no URL does not end a stream that has worked',
  async (kind) => {
    let isBroken = false;
    const url = (good: string) => () => (isBroken ? (undefined as unknown as string) : good);
    const clock = new FakeClock();
    const errors: TickmarkError[] = [];
    const options = { clock, random: seededRandom(5), onError: (error: TickmarkError) => errors.push(error) };
    const transport = new ScriptedTransport((connection) => queueMicrotask(() => connection.open()));
    const webSockets = (): WebSocketPriceStreamAdapter =>
      new WebSocketPriceStreamAdapter({
        ...options,
        transport,
        venue: {
          name: 'scripted',
          url: url('wss://prices.test/live'),
          acknowledges: false,
          open: () => ({ subscribe: () => ['sub'], unsubscribe: () => [], receive: () => undefined }),
        },
      });
    const ssePart = scriptedSse(options, { url: url('http://prices.test/live') });
    ssePart.net.onRequest = (request) => request.stream().write(tick('A', 1));
    const pollingPart = scriptedPolling(options, { url: url('http://prices.test/quotes') });
    pollingPart.net.onRequest = (request) => answer(request, [['A', 1, 1]]);
    const { [kind]: adapter } = {
      webSocket: webSockets(),
      sse: ssePart.adapter,
      polling: pollingPart.adapter,
    };
    const connecting = adapter.connect().then(() => adapter.subscribe(['A']));
    await clock.advance(100);
    await connecting;
    isBroken = true;
    for (const connection of transport.live) connection.drop();
    for (const request of ssePart.net.open) request.end();
    await clock.advance(3000);
    expect(errors.map(({ code }) => code)).toContain('INVALID_ARGUMENT');
    isBroken = false;
    await clock.advance(5000);
    expect(adapter.getStatus().state).toBe('subscribed');
    await adapter.disconnect();
  },
);

test('a page in place of an event stream for other symbols does not end a stream that has worked', async () => {
  const { adapter, clock, net, subscribed } = scriptedSse();
  await subscribed('A');
  await adapter.unsubscribe(['A']);
  await clock.advance(100);
  net.onRequest = (request) => request.head(200, { 'Content-Type': HTML });
  const subscribing = expect(adapter.subscribe(['B'])).rejects.toMatchObject({
    code: 'STREAM_FAILED',
    retryable: true,
  });
  await clock.advance(100);
  await subscribing;
  expect(adapter.getStatus().state).not.toBe('failed');
  net.onRequest = (request) => request.stream();
  const again = adapter.subscribe(['B']);
  await clock.advance(100);
  await again;
  await adapter.disconnect();
});

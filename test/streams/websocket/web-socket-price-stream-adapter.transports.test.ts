import { createServer, type AddressInfo, type Socket } from 'node:net';
import dns from 'node:dns';
import { once } from 'node:events';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { binance, type WebSocketPriceStreamAdapterOptions } from 'tickmark/websocket';
import type { PriceStreamMessage } from 'tickmark';
import { loadTransport } from '../../../src/streams/websocket/load-transport.js';
import {
  nativeTransport,
  type NativeWebSocketClass,
} from '../../../src/streams/websocket/native-transport.js';
import { until } from '../../waiting.js';
import { BinanceServer } from './binance-server.js';
import { socketWorld } from './socket-world.js';

const settings = {
  maxFrameBytes: 1000,
  compression: false,
  redact: (text: string) => text,
  now: () => Date.now(),
};
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function served(): Promise<BinanceServer> {
  const server = await BinanceServer.start();
  ends.push(() => server.close());
  return server;
}

function streamOn(url: string, options: Partial<WebSocketPriceStreamAdapterOptions> = {}) {
  const world = socketWorld({ venue: binance({ url, quotes: false }), ...options });
  ends.push(async () => expect(await world.close()).toBe(0));
  return world;
}

describe('loadTransport', () => {
  const native = class {} as unknown as NativeWebSocketClass;
  const missing = () => Promise.reject(new Error("Cannot find package 'ws'"));

  test('takes the sockets of ws in Node, and native ones without it or in a browser', async () => {
    let loads = 0;
    const loadWs = () => Promise.resolve({ WebSocket: class {}, loads: ++loads });
    await loadTransport(settings, { headers: true, agent: false }, { isNode: true, native, loadWs });
    expect(loads).toBe(1);
    await loadTransport(
      settings,
      { headers: false, agent: false },
      { isNode: true, native, loadWs: missing },
    );
    await loadTransport(settings, { headers: false, agent: false }, { isNode: false, native, loadWs });
    expect(loads).toBe(1);
  });

  const no = { headers: false, agent: false };
  test.each([
    ['there are no sockets at all', no, undefined, true, /no WebSocket.*npm install ws/],
    ['headers are to be sent', { ...no, headers: true }, native, true, /headers.*npm install ws/],
    ['there is a proxy', { ...no, agent: true }, native, true, /agent.*npm install ws/],
    ['headers are to be sent in a browser', { ...no, headers: true }, native, false, /headers.*from Node/],
    ['there is a proxy in a browser', { ...no, agent: true }, native, false, /agent.*from Node/],
  ])('says what is missing where %s', async (_, needs, own, isNode, message) => {
    const loading = loadTransport(settings, needs, { isNode, native: own, loadWs: missing });
    await expect(loading).rejects.toMatchObject({
      code: 'MISSING_PACKAGE',
      message: expect.stringMatching(message),
    });
  });
});

describe('native sockets', () => {
  // The browser interface of ws is used instead of a browser's.
  const transport = nativeTransport(WebSocket as unknown as NativeWebSocketClass, settings);

  async function started() {
    const server = await served();
    const venue = binance({ url: server.url, quotes: false });
    const world = streamOn(server.url, {
      transport,
      venue: { ...venue, heartbeat: { ...venue.heartbeat, textIntervalMs: 1000 } },
    });
    await world.adapter.connect();
    return { server, ...world };
  }

  test('carry a stream with text pings, drop frames that are too big, and reconnect', async () => {
    const { server, adapter, clock, retry, reconnected } = await started();
    const messages: PriceStreamMessage[] = [];
    adapter.onMessage((message) => messages.push({ ...message }));
    await adapter.subscribe(['AAA']);
    for (let ping = 0; ping < 3; ping++) {
      const answers = adapter.stats().control.answer ?? 0;
      await clock.advance(1000);
      await until('the answer to a ping', () => adapter.stats().control.answer! > answers);
    }
    server.trade('AAA', 1);
    server.broadcast(' '.repeat(1001));
    await until('the frame that is too big', () => adapter.stats().rejected['too-big'] === 1);
    expect(messages).toHaveLength(1);
    expect(adapter.stats()).toMatchObject({ rejected: { 'too-big': 1 }, unexplained: 0 });
    server.cut();
    await retry();
    await reconnected();
    server.trade('AAA', 2);
    await until('a gap and a price', () => messages.length === 3);
    expect(messages.map((each) => 'type' in each)).toEqual([false, true, false]);
  });

  test('are closed when text pings are not answered', async () => {
    const { server, adapter, clock } = await started();
    await until('the answer to the first ping', () => adapter.stats().control.answer === 1);
    server.answers = false;
    await clock.advance(5000);
    expect(adapter.getStatus().state).toBe('reconnecting');
  });

  test('report a URL that cannot be opened without quoting it', () => {
    const closes: string[] = [];
    const events = {
      opened() {},
      frame() {},
      pong() {},
      dropped() {},
      closed: ({ message }: { message: string }) => void closes.push(message),
    };
    transport.open({ url: 'ws://x/?token=SECRET#fragment' }, events);
    expect(closes).toEqual(['The connection could not be opened (SyntaxError).']);
  });
});

describe('sockets of ws', () => {
  test('are closed when the upgrade is not answered in time', async () => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
      socket.resume();
    });
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    ends.push(() => new Promise((resolve) => silent.close(resolve)));
    const { adapter, clock } = streamOn(`ws://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    const connecting = adapter.connect().catch((error: unknown) => error);
    await until('a TCP connection', () => sockets.size === 1);
    await clock.advance(1500);
    expect(await connecting).toMatchObject({ code: 'TIMEOUT', phase: 'connect' });
    await until('no TCP connection is left', () => sockets.size === 0);
  });

  test('fail for a host name that is never resolved, on the first connection and on later ones', async () => {
    const server = await served();
    const url = `ws://localhost:${server.port}`;
    const backoff = { firstMs: 1, recentCapMs: 1 };
    const [first, second] = [streamOn(url, { backoff }), streamOn(url, { backoff })];
    await first.adapter.connect();
    const lookups: unknown[] = [];
    const lookedUp = (times: number): Promise<number> =>
      until(`lookup ${times}`, () => lookups.length === times);
    const hang = (...call: unknown[]): void => void lookups.push(call[0]);
    const lookup = vi.spyOn(dns, 'lookup').mockImplementation(hang as never);
    try {
      const connecting = second.adapter.connect().catch((error: unknown) => error);
      await lookedUp(1);
      await second.clock.advance(1500);
      expect(await connecting).toMatchObject({ code: 'TIMEOUT', phase: 'connect' });
      server.cut();
      await first.retry();
      for (let tries = 2; tries < 4; tries++) {
        await lookedUp(tries);
        await first.clock.advance(1500);
        await first.retry();
      }
      await lookedUp(4);
      expect(lookups).toEqual(['localhost', 'localhost', 'localhost', 'localhost']);
    } finally {
      lookup.mockRestore();
    }
    await first.clock.advance(1500);
    await first.retry();
    await first.reconnected();
  });

  // ccxt#30316.
  test('name each address of a host that refuses', async () => {
    const server = await BinanceServer.start();
    const { port } = server;
    await server.close();
    const both = [
      { address: '::1', family: 6 },
      { address: '127.0.0.1', family: 4 },
    ];
    const answered = (...[, , done]: unknown[]): void =>
      (done as (error: null, all: object[]) => void)(null, both);
    const lookup = vi.spyOn(dns, 'lookup').mockImplementation(answered as never);
    const error = await streamOn(`ws://localhost:${port}`)
      .adapter.connect()
      .catch((failure: unknown) => failure as Error)
      .finally(() => lookup.mockRestore());
    expect(error!.message).toContain(`::1:${port}`);
    expect(error!.message).toContain(`ECONNREFUSED 127.0.0.1:${port}`);
  });

  test.each([
    [{ status: 401 }, 'UNAUTHORIZED', /HTTP status 401/],
    [{ status: 429, headers: { 'retry-after': '7' } }, 'STREAM_FAILED', /HTTP status 429/],
    [{ status: 302, headers: { location: 'ws://127.0.0.1:1/' } }, 'STREAM_FAILED', /HTTP status 302/],
  ])('fail connect() when the upgrade is refused with %o', async (answer, code, message) => {
    const server = await served();
    server.upgrade = { kind: 'status', ...answer };
    await expect(streamOn(server.url).adapter.connect()).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  test('wait as long as Retry-After of a refused upgrade asks for', async () => {
    const server = await served();
    const { adapter, clock, retry, reconnected } = streamOn(server.url);
    await adapter.connect();
    server.upgrade = { kind: 'status', status: 429, headers: { 'retry-after': '20' } };
    server.cut();
    await retry();
    const waitMs = (): number => {
      const status = adapter.getStatus();
      return status.state === 'reconnecting' && status.attempt === 2 ? status.nextTryAt - clock.now() : 0;
    };
    await until('the second try is planned', () => waitMs() > 0);
    // Longer than the wait after a 429 that does not say.
    expect(waitMs()).toBeGreaterThanOrEqual(20_000);
    server.accept();
    await retry();
    await reconnected();
    expect(server.attempts).toHaveLength(3);
  });

  test('send a close frame on disconnect(), and close at once', async () => {
    const server = await served();
    const { adapter } = streamOn(server.url);
    await adapter.connect();
    const [client] = server.clients;
    const closed = once(client!.wire!.webSocket, 'close');
    await adapter.disconnect();
    const [code] = (await closed) as [number];
    expect(code).toBe(1000);
  });

  test('leave nothing behind when disconnect() comes in the middle of a handshake, which rejects connect()', async () => {
    const server = await served();
    server.upgrade = { kind: 'silence' };
    const { adapter } = streamOn(server.url);
    const connecting = adapter.connect().catch((error: { code: string }) => error.code);
    await until('a handshake', () => server.attempts.length === 1);
    await adapter.disconnect();
    expect(await connecting).toBe('CLOSED');
  });
});

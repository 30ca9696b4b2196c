import { createServer, type Socket } from 'node:net';
import dns from 'node:dns';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { binance, WebSocketPriceStreamAdapter } from 'tickmark/websocket';
import type { PriceStreamMessage } from 'tickmark';
import { loadTransport } from '../../../src/streams/websocket/load-transport.js';
import {
  nativeTransport,
  type NativeWebSocketClass,
} from '../../../src/streams/websocket/native-transport.js';
import { BinanceServer } from './binance-server.js';

const settings = {
  maxFrameBytes: 1000,
  compression: false,
  clean: (text: string) => text,
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

function adapterOn(url: string, options: object = {}): WebSocketPriceStreamAdapter {
  const adapter = new WebSocketPriceStreamAdapter({ venue: binance({ url, quotes: false }), ...options });
  ends.push(() => adapter.disconnect());
  return adapter;
}

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
};

describe('which sockets are used', () => {
  const native = class {} as unknown as NativeWebSocketClass;
  const missing = () => Promise.reject(new Error("Cannot find package 'ws'"));

  test('those of ws in Node, and native ones without it or in a browser', async () => {
    let loads = 0;
    const loadWs = () => Promise.resolve({ WebSocket: class {}, loads: ++loads });
    await loadTransport(settings, true, { isNode: true, native, loadWs });
    expect(loads).toBe(1);
    await loadTransport(settings, false, { isNode: true, native, loadWs: missing });
    await loadTransport(settings, false, { isNode: false, native, loadWs });
    expect(loads).toBe(1);
  });

  test.each([
    ['no sockets at all', false, undefined, /no WebSocket of its own.*npm install ws/],
    ['headers to be sent', true, native, /headers.*npm install ws/],
  ])('with %s the missing package is named', async (_, needsHeaders, own, message) => {
    const loading = loadTransport(settings, needsHeaders, { isNode: true, native: own, loadWs: missing });
    await expect(loading).rejects.toMatchObject({
      code: 'MISSING_PACKAGE',
      message: expect.stringMatching(message),
    });
  });
});

describe('native sockets', () => {
  // The browser's face of ws stands in for a browser.
  const transport = nativeTransport(WebSocket as unknown as NativeWebSocketClass, settings);

  test('carry a stream: text pings, a cap, a reconnect', async () => {
    const server = await served();
    const venue = binance({ url: server.url, quotes: false });
    const adapter = adapterOn(server.url, {
      transport,
      venue: { ...venue, heartbeat: { ...venue.heartbeat, textIntervalMs: 50 } },
    });
    const messages: PriceStreamMessage[] = [];
    adapter.onMessage((message) => messages.push({ ...message }));
    await adapter.connect();
    await adapter.subscribe(['AAA']);
    server.trade('AAA', 1);
    server.broadcast(' '.repeat(1001));
    await until(() => (adapter.stats().control.answer ?? 0) >= 2 && messages.length === 1);
    expect(adapter.stats()).toMatchObject({ rejected: { 'too-big': 1 }, unexplained: 0 });
    server.cut();
    await until(() => adapter.stats().reconnects === 1);
    server.trade('AAA', 2);
    await until(() => messages.length === 3);
    expect(messages.map((each) => 'type' in each)).toEqual([false, true, false]);
  });

  test('that go silent are found by the text pings', async () => {
    const server = await served();
    const venue = binance({ url: server.url });
    const adapter = adapterOn(server.url, {
      transport,
      venue: { ...venue, heartbeat: { ...venue.heartbeat, textIntervalMs: 50 } },
    });
    await adapter.connect();
    server.answers = false;
    await until(() => adapter.getStatus().state === 'reconnecting');
  });

  test('an address that cannot be opened is an error without the address', async () => {
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
  test('a TCP connection that never answers the upgrade is given up, and its socket is gone', async () => {
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
    const adapter = adapterOn(`ws://127.0.0.1:${(silent.address() as AddressInfo).port}`, {
      deadlines: { connect: 100 },
    });
    await expect(adapter.connect()).rejects.toMatchObject({ code: 'TIMEOUT', phase: 'connect' });
    await until(() => sockets.size === 0);
  });

  test('a name that is never resolved is given up, on the first connection and on later ones', async () => {
    const server = await served();
    const url = `ws://localhost:${server.port}`;
    const options = { deadlines: { connect: 100 }, backoff: { firstMs: 1, recentCapMs: 1 } };
    const [adapter, second] = [adapterOn(url, options), adapterOn(url, options)];
    await adapter.connect();
    const lookups: unknown[] = [];
    const hang = (...call: unknown[]): void => void lookups.push(call[0]);
    const lookup = vi.spyOn(dns, 'lookup').mockImplementation(hang as never);
    try {
      await expect(second.connect()).rejects.toMatchObject({ code: 'TIMEOUT', phase: 'connect' });
      server.cut();
      await until(() => lookups.length >= 4);
      expect(lookups).toContain('localhost');
      expect(adapter.getStatus()).toMatchObject({ state: 'reconnecting' });
    } finally {
      lookup.mockRestore();
    }
    await until(() => adapter.stats().reconnects === 1);
  });

  test.each([
    [{ status: 401 }, 'UNAUTHORIZED', /HTTP status 401/],
    [{ status: 429, headers: { 'retry-after': '7' } }, 'STREAM_FAILED', /HTTP status 429/],
    [{ status: 302, headers: { location: 'ws://127.0.0.1:1/' } }, 'STREAM_FAILED', /HTTP status 302/],
  ])('an upgrade refused with %o', async (answer, code, message) => {
    const server = await served();
    server.upgrade = { kind: 'status', ...answer };
    await expect(adapterOn(server.url).connect()).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  test('Retry-After of a refused reconnect is kept to', async () => {
    const server = await served();
    const adapter = adapterOn(server.url);
    await adapter.connect();
    server.upgrade = { kind: 'status', status: 429, headers: { 'retry-after': '1' } };
    server.cut();
    await until(() => server.attempts.length === 2);
    server.upgrade = { kind: 'accept' };
    await until(() => server.attempts.length === 3);
    expect(server.attempts[2]! - server.attempts[1]!).toBeGreaterThanOrEqual(950);
  });

  test('disconnect() tells the server, and closes at once', async () => {
    const server = await served();
    const adapter = adapterOn(server.url);
    await adapter.connect();
    const [client] = server.clients;
    const closed = once(client!.wire!.webSocket, 'close');
    await adapter.disconnect();
    const [code] = (await closed) as [number];
    expect(code).toBe(1000);
  });

  test('disconnect() in the middle of a handshake leaves nothing and rejects connect()', async () => {
    const server = await served();
    server.upgrade = { kind: 'silence' };
    const adapter = adapterOn(server.url);
    const connecting = adapter.connect().catch((error: { code: string }) => error.code);
    await until(() => server.attempts.length === 1);
    await adapter.disconnect();
    expect(await connecting).toBe('CLOSED');
  });
});

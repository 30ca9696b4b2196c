import { once } from 'node:events';
import { Agent, createServer, request, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { TickmarkError } from 'tickmark';
import { binance, WebSocketPriceStreamAdapter, type Venue } from 'tickmark/websocket';
import {
  nativeTransport,
  type NativeWebSocketClass,
} from '../../../src/streams/websocket/native-transport.js';
import { until } from '../../waiting.js';
import { listenOnLoopback } from '../connection/loopback.js';
import { BinanceServer } from './binance-server.js';
import { socketWorld } from './socket-world.js';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** An HTTP proxy that tunnels (CONNECT), as those of companies do. */
class Proxy {
  /** Targets that were asked for. */
  readonly tunnels: string[] = [];
  readonly sockets = new Set<Duplex>();
  /** How it answers. */
  mode: 'tunnel' | 'refuse' | 'silence' = 'tunnel';
  port = 0;

  static async start(): Promise<Proxy> {
    const proxy = new Proxy();
    const server = createServer((_, response) => response.writeHead(405).end());
    server.on('connect', (asked: IncomingMessage, client: Duplex) => proxy.#tunnel(asked, client));
    proxy.port = await listenOnLoopback(server);
    ends.push(() => {
      for (const socket of proxy.sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    });
    return proxy;
  }

  #tunnel({ url = '' }: IncomingMessage, client: Duplex): void {
    this.tunnels.push(url);
    this.#keep(client);
    if (this.mode === 'silence') return;
    if (this.mode === 'refuse') return void client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    const [host, port] = url.split(':');
    const target = connect(Number(port), host!);
    this.#keep(target);
    target.on('connect', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.pipe(target).pipe(client);
    });
    target.on('close', () => client.destroy());
    client.on('close', () => target.destroy());
  }

  #keep(socket: Duplex): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
  }
}

/** An agent that connects through a proxy, as `https-proxy-agent` does. */
class TunnelAgent extends Agent {
  readonly #port: number;

  constructor({ port }: Proxy) {
    super();
    this.#port = port;
  }

  override createConnection(
    { host, port }: { host?: string | null; port?: number | string | null },
    done: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    const asking = request({
      port: this.#port,
      host: '127.0.0.1',
      method: 'CONNECT',
      path: `${host}:${port}`,
    });
    asking.on('connect', ({ statusCode }: IncomingMessage, socket: Socket) => {
      if (statusCode === 200) return done(null, socket);
      socket.destroy();
      done(new Error(`The proxy answered with status ${statusCode}`), undefined as never);
    });
    asking.on('error', (error) => done(error, undefined as never));
    asking.end();
    return undefined;
  }
}

describe('an agent', () => {
  async function world() {
    const server = await BinanceServer.start();
    ends.push(() => server.close());
    const proxy = await Proxy.start();
    const venue = binance({ url: server.url, quotes: false });
    const opened = socketWorld({ venue, agent: new TunnelAgent(proxy) });
    ends.push(async () => expect(await opened.close()).toBe(0));
    return { server, proxy, ...opened };
  }

  // tardis-node#32.
  test('makes all connections, also those after a break', async () => {
    const { server, proxy, adapter, retry, reconnected } = await world();
    const prices: string[] = [];
    adapter.onMessage((message) => {
      if (!('type' in message)) prices.push(String(message.price));
    });
    await adapter.connect();
    await adapter.subscribe(['AAA']);
    server.trade('AAA', 1);
    await until('a price', () => prices.length === 1);
    server.cut();
    await retry();
    await reconnected();
    server.trade('AAA', 2);
    await until('a price after the break', () => prices.length === 2);
    const target = `127.0.0.1:${server.port}`;
    expect(proxy.tunnels).toEqual([target, target]);
    await adapter.disconnect();
    await until('no tunnel is left', () => proxy.sockets.size === 0);
  });

  test('that the proxy refuses fails connect() with its reason, and a stream that has worked comes back', async () => {
    const { proxy, adapter, server, retry, reconnected } = await world();
    proxy.mode = 'refuse';
    await expect(adapter.connect()).rejects.toMatchObject({
      code: 'STREAM_FAILED',
      retryable: true,
      message: 'The connection failed: The proxy answered with status 407',
    });
    proxy.mode = 'tunnel';
    await adapter.connect();
    proxy.mode = 'refuse';
    server.cut();
    await retry();
    await until('the second try is planned', () => {
      const status = adapter.getStatus();
      return status.state === 'reconnecting' && status.attempt === 2;
    });
    proxy.mode = 'tunnel';
    await retry();
    await reconnected();
  });

  test('whose proxy does not answer has the deadline of a connection', async () => {
    const { proxy, adapter, clock } = await world();
    proxy.mode = 'silence';
    const connecting = adapter.connect().catch((error: unknown) => error);
    await until('the proxy is asked', () => proxy.tunnels.length === 1);
    await clock.advance(1500);
    expect(await connecting).toMatchObject({ code: 'TIMEOUT', phase: 'connect' });
  });

  test.each<[string, unknown, RegExp]>([
    ['a URL', 'http://127.0.0.1:3128', /agent: expected an http\.Agent, .* got "http:\/\/127\.0\.0\.1:3128"/],
    ['null', null, /agent: expected an http\.Agent/],
    [
      'a dispatcher of undici',
      { dispatch: () => true, destroy() {} },
      /A dispatcher of undici works with fetch alone/,
    ],
  ])('cannot be %s', (_, agent, message) => {
    const making = (): unknown =>
      new WebSocketPriceStreamAdapter({ venue: binance(), agent: agent as Agent });
    expect(making).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) }),
    );
  });

  test('is refused beside a transport', () => {
    const transport = { open: () => ({ send() {}, close() {} }) };
    const making = (): unknown =>
      new WebSocketPriceStreamAdapter({ venue: binance(), agent: new Agent(), transport });
    expect(making).toThrow(/agent: not used beside transport/);
  });
});

describe('subprotocols', () => {
  const plain = (url: string): Venue => ({
    name: 'plain',
    url,
    acknowledges: false,
    open: (sink) => ({
      subscribe: (symbols) => symbols,
      unsubscribe: (symbols) => symbols,
      receive: () => sink.control('frame'),
    }),
  });

  /** A server that speaks `v2.json` only, and what clients offered. */
  async function served() {
    const server = new WebSocketServer({
      port: 0,
      host: '127.0.0.1',
      handleProtocols: (offered) => (offered.has('v2.json') ? 'v2.json' : false),
      verifyClient: ({ req }: { req: IncomingMessage }) => {
        offers.push(req.headers['sec-websocket-protocol']);
        return /v2\.json/.test(req.headers['sec-websocket-protocol'] ?? '');
      },
    });
    const offers: (string | undefined)[] = [];
    await once(server, 'listening');
    ends.push(() => {
      for (const client of server.clients) client.terminate();
      return new Promise((resolve) => server.close(resolve));
    });
    return { url: `ws://127.0.0.1:${(server.address() as { port: number }).port}`, offers, server };
  }

  const settings = { maxFrameBytes: 1000, compression: false, redact: (text: string) => text, now: Date.now };
  const native = nativeTransport(WebSocket as unknown as NativeWebSocketClass, settings);

  // wscat#127.
  test.each([
    ['ws', undefined],
    ['a native WebSocket', native],
  ])('are offered in their order by %s', async (_, transport) => {
    const { url, offers } = await served();
    const venue = { ...plain(url), protocols: ['v2.json', 'v1.json'] };
    const { adapter, close } = socketWorld({ venue, ...(transport && { transport }) });
    await adapter.connect();
    expect(offers).toEqual(['v2.json,v1.json']);
    await close();
  });

  test('that a venue wants are missed by name of the status', async () => {
    const { url } = await served();
    const { adapter, close } = socketWorld({ venue: plain(url) });
    await expect(adapter.connect()).rejects.toMatchObject({ message: expect.stringContaining('status 401') });
    await close();
  });

  test('of which the server takes none end the connection', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => false });
    await once(server, 'listening');
    ends.push(() => new Promise((resolve) => server.close(resolve)));
    const url = `ws://127.0.0.1:${(server.address() as { port: number }).port}`;
    const { adapter, close } = socketWorld({ venue: { ...plain(url), protocols: ['v2.json'] } });
    await expect(adapter.connect()).rejects.toMatchObject({
      message: 'The connection failed: Server sent no subprotocol',
    });
    await close();
  });

  test('come from a function for each connection, for a token among them, which no message shows', async () => {
    const { url, offers, server } = await served();
    let count = 0;
    const venue = { ...plain(url), protocols: async () => ['v2.json', `bearer.SECRET-${++count}`] };
    const { adapter, close, retry, reconnected, errors } = socketWorld({ venue });
    await adapter.connect();
    for (const client of server.clients) client.close(4000, 'no bearer.SECRET-1 here');
    await retry();
    await reconnected();
    expect(offers).toEqual(['v2.json,bearer.SECRET-1', 'v2.json,bearer.SECRET-2']);
    expect(errors.map(({ message }) => message).join()).toMatch(/•••/);
    expect(errors.map(({ message }) => message).join()).not.toContain('SECRET');
    await close();
  });

  test.each<[string, unknown]>([
    ['a string', 'v2.json'],
    ['an empty list', []],
    ['a name with a space', ['v2 json']],
    ['a name twice', ['a', 'a']],
    ['something else', [1]],
  ])('cannot be %s', async (_, protocols) => {
    const venue = { ...plain('ws://127.0.0.1:1'), protocols: protocols as string[] };
    expect(() => new WebSocketPriceStreamAdapter({ venue })).toThrow(/venue\.protocols: expected a list/);
    const late = { ...venue, protocols: () => protocols as string[] };
    const failed = (await new WebSocketPriceStreamAdapter({ venue: late })
      .connect()
      .catch((e: unknown) => e)) as TickmarkError;
    expect(failed).toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

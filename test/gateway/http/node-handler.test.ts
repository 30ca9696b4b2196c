import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { InMemoryEventBus, InMemoryPortfolioRepository, Portfolio, PriceChangedBatch } from 'tickmark';
import { MarkToMarketEngine } from 'tickmark/parts';
import { Gateway, nodeHandler, type GatewayOptions } from 'tickmark/gateway';
import { parseServerMessage, type ServerMessage } from '../../../src/protocol/server-messages.js';
import { until } from '../../waiting.js';
import { DESK, GatewayRig } from '../rig/gateway-rig.js';
import { StreamReader, type Of } from '../rig/stream-reader.js';

const ORIGIN = 'https://app.example.com';

let bus: InMemoryEventBus;
let engine: MarkToMarketEngine;
let gateway: Gateway;
let server: Server;
let address: string;
const open = new Set<Socket>();

beforeEach(async () => {
  bus = new InMemoryEventBus();
  const repository = new InMemoryPortfolioRepository();
  await repository.save(Portfolio.create(DESK));
  engine = new MarkToMarketEngine({ bus, repository });
  await engine.start();
});
afterEach(async () => {
  for (const socket of open) socket.destroy();
  open.clear();
  await gateway.close();
  await engine.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function start(options: Partial<GatewayOptions> = {}): Promise<void> {
  gateway = new Gateway({
    bus,
    values: engine,
    authenticate: () => ({ subject: 'anyone' }),
    authorize: (_, { id }) => id === 'desk' || id.startsWith('wide'),
    serve: ['portfolio', 'positions', 'price'],
    WebSocketServer,
    origins: [ORIGIN],
    intervalMs: 5,
    ...options,
  });
  await listen(gateway);
}

/** Serves a gateway. */
async function listen(served: Gateway): Promise<void> {
  gateway = served;
  server = createServer(nodeHandler(gateway));
  server.on('upgrade', (request, socket, head) => void gateway.upgrade(request, socket, head));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const prices = (given: Readonly<Record<string, string>>) => {
  const now = Date.now();
  const updates = Object.entries(given).map(([symbol, price]) => ({ symbol, price, timestamp: now }));
  return bus.publish(PriceChangedBatch.ofUpdates(updates, now));
};

async function get(topics: readonly string[], headers: Record<string, string> = {}): Promise<StreamReader> {
  const query = topics.map((topic) => `topic=${encodeURIComponent(topic)}`).join('&');
  return new StreamReader(
    await fetch(`http://${address}/live?${query}`, { headers: { origin: ORIGIN, ...headers } }),
  );
}

/** Reads until a condition holds. */
async function readUntil(reader: StreamReader, isThere: () => boolean): Promise<void> {
  while (!isThere()) if (!(await reader.readOne())) throw new Error('The stream has ended.');
}

describe('a node:http server', () => {
  test('streams values', async () => {
    await start();
    await prices({ ACME: '184.50', GLOBEX: '21.25' });
    const reader = await get(['portfolio:desk']);
    expect(reader.response.status).toBe(200);
    expect(reader.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    await readUntil(reader, () => reader.of('snapshot').length > 0);
    expect(reader.last('snapshot').portfolios).toMatchObject([{ marketValue: '19512.50' }]);
    await prices({ ACME: '185' });
    await readUntil(reader, () => reader.of('update').length > 0);
    expect(reader.last('update').portfolios).toMatchObject([{ marketValue: '19562.50' }]);
    await reader.cancel();
    await until('the connection is gone', () => gateway.stats().connections === 0);
    expect(gateway.stats().ended).toEqual({ left: 1 });
  });

  test.each([
    ['/live?topic=portfolio%3Adesk', { method: 'PUT', headers: { origin: ORIGIN } }, 405],
    ['/live', { method: 'POST', headers: { origin: ORIGIN } }, 400],
    ['/live', { method: 'POST', headers: { origin: ORIGIN }, body: '{"topics":["desk"]}' }, 400],
    ['/live', { method: 'POST', headers: { origin: ORIGIN }, body: 'x'.repeat(2 ** 20 + 1) }, 413],
    ['/live?topic=portfolio%3Adesk', {}, 403],
    ['/live?topic=portfolio%3Aother', { headers: { origin: ORIGIN } }, 403],
    ['/live', { headers: { origin: ORIGIN } }, 400],
    ['/live?topic=desk', { headers: { origin: ORIGIN } }, 400],
    ['/live?topic=portfolio%3Adesk&position=x', { headers: { origin: ORIGIN } }, 400],
    ['/live?topic=portfolio%3Adesk&protocol=2', { headers: { origin: ORIGIN } }, 406],
    ['/live?topic=portfolio%3Adesk', { method: 'OPTIONS', headers: { origin: ORIGIN } }, 204],
  ])('answers %s %o with %i', async (path, init, status) => {
    await start();
    const response = await fetch(`http://${address}${path}`, init);
    expect(response.status).toBe(status);
    expect(response.headers.get('cache-control') ?? 'no-store, no-transform').toBe('no-store, no-transform');
    if (status >= 400 && status !== 405)
      expect(parseServerMessage(await response.text())?.type).toBe('close');
  });

  test('accepts a page of its own origin by sec-fetch-site', async () => {
    await start({ origins: [] });
    const socket = raw('/live?topic=portfolio%3Adesk', 'sec-fetch-site: same-origin\r\n');
    const [head] = (await once(socket, 'data')) as [Buffer];
    expect(head.toString()).toContain('200 OK');
  });

  test('counts connections by address', async () => {
    await start({ limits: { connectionsPerAddress: 1 } });
    const first = await get(['portfolio:desk']);
    const second = await get(['portfolio:desk']);
    expect(second.response.status).toBe(429);
    expect(second.response.headers.get('retry-after')).toBe('1');
    await first.cancel();
  });

  test.each([
    '/live?topic=%',
    '//evil/live?topic=x',
    '/live?topic=%00%0d%0a',
    'http://other/live?topic=a%3Ab',
    '*',
  ])('survives the address %s', async (path) => {
    await start();
    const socket = raw(path, `origin: ${ORIGIN}\r\n`);
    const [head] = (await once(socket, 'data')) as [Buffer];
    expect(head.toString()).toMatch(/^HTTP\/1\.1 4/);
  });

  test('refuses an invalid host header', async () => {
    await start();
    const socket = connect(Number(address.split(':')[1]), '127.0.0.1');
    open.add(socket);
    socket.write(`GET /live?topic=portfolio%3Adesk HTTP/1.1\r\nhost: a b\\c[\r\norigin: ${ORIGIN}\r\n\r\n`);
    const [head] = (await once(socket, 'data')) as [Buffer];
    expect(head.toString()).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('disconnects a reader that never reads, while another one gets every update', async () => {
    const positions = Array.from({ length: 400 }, (_, index) => ({
      symbol: `P${index}`,
      quantity: 1,
      averageCost: 1,
    }));
    // The gateway's clock stands still while this test reads and writes, however long that takes.
    const rig = await GatewayRig.start({ portfolios: [{ id: 'wide', currency: 'USD', positions }] });
    try {
      await listen(rig.gateway);
      const stalled = raw('/live?topic=positions%3Awide', `origin: ${ORIGIN}\r\n`);
      await once(stalled, 'data');
      stalled.pause();
      const good = (await get(['positions:wide'])).readAll();
      for (let price = 1; rig.gateway.stats().ended[4508] === undefined; price++) {
        const known = good.of('update').length;
        await rig.prices(Object.fromEntries(positions.map(({ symbol }) => [symbol, `${price}`])));
        await until('the other reader has the update', async () => {
          await rig.clock.advance(1);
          return good.of('update').length > known;
        });
        await rig.clock.advance(500);
      }
      expect(good.last('update').positions![0]!.rows).toHaveLength(400);
      expect(rig.gateway.stats()).toMatchObject({ connections: 1, pending: 0 });
      const closed = once(stalled, 'close');
      await rig.clock.advance(1000);
      stalled.resume();
      await closed;
      await good.cancel();
    } finally {
      await rig.end();
    }
  });

  test('ends the streams with a close message that asks readers to reconnect', async () => {
    await start();
    const reader = await get(['portfolio:desk']);
    await readUntil(reader, () => reader.of('snapshot').length > 0);
    const closing = gateway.close();
    while (await reader.readOne());
    expect(reader.last('close')).toMatchObject({ code: 4503, retry: true });
    await closing;
    expect((await get(['portfolio:desk'])).response.status).toBe(503);
  });
});

describe('a WebSocket of a node:http server', () => {
  test('subscribes and sends changes', async () => {
    await start();
    await prices({ ACME: '184.50', GLOBEX: '21.25' });
    const socket = client();
    await socket.next('welcome');
    socket.ws.send('{"type":"subscribe","request":1,"topics":["portfolio:desk","portfolio:other"]}');
    expect(await socket.next('snapshot')).toMatchObject({
      request: 1,
      portfolios: [{ marketValue: '19512.50' }],
      refused: [{ topic: 'portfolio:other', reason: 'denied' }],
    });
    await prices({ ACME: '185' });
    expect((await socket.next('update')).portfolios).toMatchObject([{ marketValue: '19562.50' }]);
    socket.ws.terminate();
    await until('the connection is gone', () => gateway.stats().connections === 0);
  });

  test.each([
    ['nonsense', 'nonsense'],
    ['bytes', Buffer.from('{"type":"pong"}')],
  ])('closes with a code for %s', async (_, message) => {
    await start();
    const socket = client();
    const closed = once(socket.ws, 'close');
    await socket.next('welcome');
    socket.ws.send(message);
    expect((await socket.next('close')).code).toBe(4400);
    expect((await closed)[0]).toBe(4400);
  });

  test.each([
    ['a foreign origin', { origin: 'https://evil.example' }, 'This origin is not allowed.'],
    ['no origin', {}, 'The Origin header is missing; the gateway option allowMissingOrigin permits that.'],
  ])(
    'answers a handshake with %s with 403 and the reason',
    async (_, headers: Record<string, string>, reason) => {
      await start();
      const { ws } = client(headers);
      const [, response] = (await once(ws, 'unexpected-response')) as [unknown, IncomingMessage];
      expect(response.statusCode).toBe(403);
      expect(parseServerMessage(await text(response))).toMatchObject({
        type: 'close',
        code: 4403,
        reason,
        retry: false,
      });
      expect(gateway.stats()).toMatchObject({ opened: 0, refused: { 4403: 1 } });
    },
  );

  test('agrees on the protocol of the gateway, at any place of the list', async () => {
    await start();
    const ws = new WebSocket(`ws://${address}/live`, ['other', 'tickmark.v1'], {
      headers: { origin: ORIGIN },
    });
    await once(ws, 'open');
    expect(ws.protocol).toBe('tickmark.v1');
    ws.terminate();
  });

  test('closes with 4503 when the gateway closes', async () => {
    await start();
    const socket = client();
    await socket.next('welcome');
    const closed = once(socket.ws, 'close');
    await gateway.close();
    expect((await closed)[0]).toBe(4503);
  });
});

function raw(path: string, headers: string): Socket {
  const socket = connect(Number(address.split(':')[1]), '127.0.0.1');
  open.add(socket);
  socket.on('error', () => undefined);
  socket.write(`GET ${path} HTTP/1.1\r\nhost: ${address}\r\n${headers}\r\n`);
  return socket;
}

function client(headers: Record<string, string> = { origin: ORIGIN }) {
  const ws = new WebSocket(`ws://${address}/live`, 'tickmark.v1', { headers });
  const messages: ServerMessage[] = [];
  let wake = (): void => undefined;
  ws.on('message', (data: Buffer) => {
    messages.push(parseServerMessage(data.toString())!);
    wake();
  });
  const taken = new Set<ServerMessage>();
  return {
    ws,
    messages,
    /** The next message of a type. */
    async next<T extends ServerMessage['type']>(type: T): Promise<Of<T>> {
      for (;;) {
        const found = messages.find(
          (message): message is Of<T> => message.type === type && !taken.has(message),
        );
        if (found) {
          taken.add(found);
          return found;
        }
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}

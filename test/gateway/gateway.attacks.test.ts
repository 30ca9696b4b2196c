import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect as connectSecurely, createSecureServer } from 'node:http2';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { InMemoryEventBus, InMemoryPortfolioRepository, Portfolio, PriceChangedBatch } from 'tickmark';
import { MarkToMarketEngine } from 'tickmark/parts';
import { Gateway, nodeHandler, type GatewayOptions, type SecurityEvent } from 'tickmark/gateway';
import { until } from '../waiting.js';
import { DESK } from './rig/gateway-rig.js';
import { certificate } from './rig/certificate.js';

// Attacks on a gateway over real sockets, without credentials or with those of an ordinary reader.

const ORIGIN = 'https://app.example.com';
const HANDSHAKE =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';

let bus: InMemoryEventBus;
let engine: MarkToMarketEngine;
let gateway: Gateway;
let server: Server;
let port: number;
const events: SecurityEvent[] = [];
const sockets = new Set<Socket>();
const ends: Array<() => unknown> = [];

beforeEach(async () => {
  events.length = 0;
  bus = new InMemoryEventBus();
  const repository = new InMemoryPortfolioRepository();
  await repository.save(Portfolio.create(DESK));
  engine = new MarkToMarketEngine({ bus, repository });
  await engine.start();
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  for (const end of ends.splice(0)) end();
  await gateway.close();
  await engine.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function makeGateway(options: Partial<GatewayOptions> = {}): Gateway {
  return new Gateway({
    bus,
    values: engine,
    authenticate: ({ headers }) => (headers.get('cookie') === 'user=alice' ? { subject: 'alice' } : null),
    authorize: () => true,
    origins: [ORIGIN],
    WebSocketServer,
    onSecurityEvent: (event) => events.push(event),
    ...options,
  });
}

async function start(options: Partial<GatewayOptions> = {}): Promise<void> {
  gateway = makeGateway(options);
  server = createServer(nodeHandler(gateway));
  server.on('upgrade', (request, socket, head) => void gateway.upgrade(request, socket, head));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
}

/** Sends bytes and collects the answer. */
async function raw(text: string): Promise<Socket & { received: string; isOver: boolean }> {
  const socket = Object.assign(connect(port, '127.0.0.1'), { received: '', isOver: false });
  sockets.add(socket);
  socket.on('data', (data) => (socket.received += data.toString()));
  socket.on('error', () => undefined);
  socket.on('close', () => (socket.isOver = true));
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}

const handshake = (target: string, headers = '', host = 'x') =>
  `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${HANDSHAKE}${headers}\r\n`;

describe('a handshake that cannot be read', () => {
  const MALFORMED: ReadonlyArray<readonly [string, string, string?]> = [
    ['//', 'a double slash'],
    ['//u:p@h/', 'a user and a host'],
    ['//[', 'half of an IPv6 address'],
    ['http://[', 'an invalid absolute URL'],
    ['http://u:p@h/', 'an absolute URL with a user'],
    ['*', 'an asterisk'],
    ['/live', 'a host with a user', 'u:p@x'],
    ['/live', 'a host with a space', 'a b'],
    ['/live', 'a host with a path', 'x/y'],
    ['/live', 'an empty host', ''],
    ['/live', 'a host with an invalid port', 'x:99999999'],
    ['/live', 'half of an IPv6 host', '[::1'],
  ];

  test.each(MALFORMED.map(([target, what, host = 'x']): [string, string, string] => [target, what, host]))(
    '%s (%s) is answered or refused, and the process goes on',
    async (target, _, host) => {
      await start();
      const socket = await raw(handshake(target, `Origin: ${ORIGIN}\r\nCookie: user=alice\r\n`, host));
      const request = await raw(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${ORIGIN}\r\n\r\n`);
      await until('both are answered', () => /^HTTP/.test(socket.received) && /^HTTP/.test(request.received));
      expect(request.received).toMatch(/^HTTP\/1\.1 400 /);
      for (const each of [socket, request]) each.destroy();
      await until('nothing is left', () => gateway.stats().connections === 0);
      const after = await fetch(`http://127.0.0.1:${port}/live?topic=portfolio:desk`, {
        headers: { origin: ORIGIN, cookie: 'user=alice' },
      });
      expect(after.status).toBe(200);
      await after.body!.cancel();
    },
  );

  test.each([
    ['another version', 'Sec-WebSocket-Version: 12\r\n'],
    ['an invalid key', 'Sec-WebSocket-Key: x\r\n'],
    ['another subprotocol', 'Sec-WebSocket-Protocol: soap\r\n'],
  ])('for %s is refused and ended', async (_, header) => {
    await start();
    const base = HANDSHAKE.split('\r\n')
      .filter((line) => !header.startsWith(line.split(':')[0]!) || line === '')
      .join('\r\n');
    const socket = await raw(`GET /live HTTP/1.1\r\nHost: x\r\n${base}${header}Origin: ${ORIGIN}\r\n\r\n`);
    await until('it is ended', () => socket.isOver);
    expect(socket.received).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(events.map(({ type }) => type)).toEqual(['malformed']);
    expect(gateway.stats().connections).toBe(0);
  });

  test('throws only if the application has forgotten an option', async () => {
    await start({ WebSocketServer: undefined });
    const refused = new Promise((resolve) => {
      server.removeAllListeners('upgrade');
      server.on(
        'upgrade',
        (request, socket, head) => void gateway.upgrade(request, socket, head).catch(resolve),
      );
    });
    await raw(handshake('/live', `Origin: ${ORIGIN}\r\n`));
    expect(await refused).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('WebSocketServer') as string,
    });
  });
});

describe('before the 101', () => {
  test('the rate is checked first, then the origin, then the identity', async () => {
    let asked = 0;
    await start({
      authenticate: () => {
        asked++;
        return null;
      },
      limits: { openingsPerAddress: 1 },
    });
    const foreign: Array<Awaited<ReturnType<typeof raw>>> = [];
    for (let count = 0; count < 4; count++)
      foreign.push(await raw(handshake('/live', 'Origin: https://evil.example\r\n')));
    await until('all are ended', () => foreign.every(({ isOver }) => isOver));
    expect(foreign.map(({ received }) => received.slice(9, 12))).toEqual(['403', '403', '429', '429']);
    expect(asked).toBe(0);
    expect(gateway.stats()).toMatchObject({
      opened: 0,
      refused: { 4403: 2, 4529: 2 },
      limited: { openingsPerAddress: 2 },
    });
    // In any order: the rate is checked at once, and the origin of a connection when it has its turn.
    const types = events.map(({ type }) => type).sort();
    expect(types).toEqual(['limit', 'limit', 'origin-refused', 'origin-refused']);
  });

  test('the identity of an accepted reader is known', async () => {
    await start();
    const socket = new WebSocket(`ws://127.0.0.1:${port}/live`, 'tickmark.v1', {
      origin: ORIGIN,
      headers: { cookie: 'user=alice' },
    });
    ends.push(() => socket.terminate());
    const [data] = (await once(socket, 'message')) as [Buffer];
    expect(JSON.parse(data.toString())).toMatchObject({ type: 'welcome', subject: 'alice' });
  });

  test('a reader whose credentials cannot be checked is asked to retry', async () => {
    await start({
      authenticate: () => {
        throw new Error('the database password');
      },
    });
    const socket = await raw(handshake('/live', `Origin: ${ORIGIN}\r\n`));
    await until('it is ended', () => socket.isOver);
    expect(socket.received).toMatch(/^HTTP\/1\.1 500 [^]*"retry":true/);
    expect(socket.received).not.toContain('password');
  });

  test('a peer that leaves during its authentication leaves nothing behind', async () => {
    const answers: Array<(identity: null) => void> = [];
    await start({
      authenticate: () => new Promise((resolve) => answers.push(resolve)),
      limits: { connections: 1 },
    });
    const socket = await raw(handshake('/live', `Origin: ${ORIGIN}\r\n`));
    await until('it is asked', () => answers.length === 1);
    socket.resetAndDestroy();
    await once(socket, 'close');
    answers[0]!(null);
    const next = await raw(handshake('/live', `Origin: ${ORIGIN}\r\n`));
    await until('the next is asked for', () => answers.length === 2 || next.isOver);
    expect(answers).toHaveLength(2);
    answers[1]!(null);
    await until('it is open', () => next.received.includes('101'));
  });

  test('a message larger than allowed is not read to its end', async () => {
    await start({ limits: { messageLength: 100 } });
    const socket = new WebSocket(`ws://127.0.0.1:${port}/live`, 'tickmark.v1', {
      origin: ORIGIN,
      headers: { cookie: 'user=alice' },
    });
    ends.push(() => socket.terminate());
    await once(socket, 'open');
    socket.send('x'.repeat(1000));
    const [code] = (await once(socket, 'close')) as [number];
    expect(code).toBe(1009);
  });
});

describe('refused sockets', () => {
  test('end by themselves, also those of a peer that never closes, and count until then', async () => {
    await start({ limits: { openingsPerAddress: 1000 } });
    const lingering = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const socket = await raw(handshake('/live', 'Origin: https://evil.example\r\n'));
        socket.pause();
        return socket;
      }),
    );
    await until('the server has ended them all', () => gateway.stats().refused[4403] === 50);
    await until(
      'none is left',
      () => new Promise((resolve) => server.getConnections((_, count) => resolve(count === 0))),
    );
    expect(lingering).toHaveLength(50);
  });
});

describe('pipelined requests', () => {
  const GET = `GET /live?topic=portfolio:desk HTTP/1.1\r\nHost: x\r\nOrigin: ${ORIGIN}\r\nCookie: user=alice\r\n\r\n`;

  test('leave no session behind when their socket is closed', async () => {
    await start();
    for (let count = 0; count < 5; count++) {
      const socket = await raw(GET.repeat(20));
      // The first is answered; how many of the others have been read by then, chance decides.
      await until('they are seen', () => socket.received.length > 0 || socket.isOver);
      socket.destroy();
    }
    await until('no connection is left', () => gateway.stats().connections === 0);
    // There is room for connections again.
    const after = await raw(GET);
    await until('it is answered', () => after.received.includes('200 OK'));
    expect(gateway.stats().connections).toBe(1);
  });

  test('end their socket, and one of them is counted', async () => {
    await start();
    const socket = await raw(GET.repeat(20));
    await until('the socket is ended', () => socket.isOver);
    await until('it is counted', () => (gateway.stats().refused[4400] ?? 0) > 0);
    await until('no connection is left', () => gateway.stats().connections === 0);
    expect(gateway.stats().refused[4400]).toBe(1);
  });

  test('count as one connection per socket, however slowly they are authenticated', async () => {
    await start({
      authenticate: () => new Promise((resolve) => setImmediate(() => resolve({ subject: 'alice' }))),
    });
    const all = await Promise.all(Array.from({ length: 20 }, () => raw(GET.repeat(30))));
    await until('all are ended', () => all.every(({ isOver }) => isOver));
    await until('no connection is left', () => gateway.stats().connections === 0);
    expect(events.some(({ type }) => type === 'malformed')).toBe(true);
  });
});

describe('HTTP/2 over TLS', () => {
  test('carries many streams on one connection, and closing one leaves the others open', async () => {
    gateway = makeGateway();
    const secure = createSecureServer({ ...certificate, allowHTTP1: true }, nodeHandler(gateway) as never);
    server = createServer().listen(0);
    secure.listen(0, '127.0.0.1');
    await once(secure, 'listening');
    const session = connectSecurely(`https://localhost:${(secure.address() as AddressInfo).port}`, {
      rejectUnauthorized: false,
    });
    const streams = Array.from({ length: 10 }, () =>
      session.request({ ':path': '/live?topic=portfolio:desk', origin: ORIGIN, cookie: 'user=alice' }),
    );
    await Promise.all(streams.map((stream) => once(stream, 'response')));
    expect(gateway.stats().connections).toBe(10);
    streams[0]!.close();
    await until('one has gone', () => gateway.stats().connections === 9);
    session.destroy();
    await until('all have gone', () => gateway.stats().connections === 0);
    secure.close();
  });
});

describe('limits by cost', () => {
  const client = async (options: Partial<GatewayOptions> = {}) => {
    await start({ serve: ['portfolio', 'positions', 'price'], ...options });
    const socket = new WebSocket(`ws://127.0.0.1:${port}/live`, 'tickmark.v1', {
      origin: ORIGIN,
      headers: { cookie: 'user=alice' },
    });
    ends.push(() => socket.terminate());
    const messages: Array<Record<string, unknown>> = [];
    socket.on('message', (data: Buffer) =>
      messages.push(JSON.parse(data.toString()) as Record<string, unknown>),
    );
    await once(socket, 'open');
    return { socket, messages };
  };

  test('unknown symbols are followed up to a limit, and those without a reader are dropped first', async () => {
    const { socket, messages } = await client({ limits: { followedTopics: 10 } });
    const topics = (from: number) => Array.from({ length: 20 }, (_, n) => `price:S${from + n}`);
    socket.send(JSON.stringify({ type: 'subscribe', request: 1, topics: topics(0) }));
    await until('it is answered', () => messages.some(({ request }) => request === 1));
    const answer = messages.find(({ request }) => request === 1)!;
    expect([
      (answer.granted as unknown[]).length,
      (answer.refused as Array<{ reason: string }>)[0]!.reason,
    ]).toEqual([10, 'limit']);
    socket.send(JSON.stringify({ type: 'unsubscribe', topics: topics(0).slice(0, 10) }));
    socket.send(JSON.stringify({ type: 'subscribe', request: 2, topics: topics(100).slice(0, 5) }));
    await until('it is answered', () => messages.some(({ request }) => request === 2));
    expect((messages.find(({ request }) => request === 2)!.granted as unknown[]).length).toBe(5);
    expect(gateway.stats().topics).toBe(10);
  });

  test('subscribing again and again calls authorize no more often than the limit permits', async () => {
    let asked = 0;
    const { socket, messages } = await client({
      authorize: () => ++asked > 0,
      limits: { authorizationsPerSecond: 1, messagesPerSecond: 1000 },
    });
    for (let request = 1; request <= 50; request++)
      socket.send(
        JSON.stringify({ type: 'subscribe', request, topics: ['portfolio:desk', 'positions:desk'] }),
      );
    await until('all are answered', () => messages.some(({ request }) => request === 50));
    const seconds = 60;
    expect(asked).toBeLessThanOrEqual(4 + seconds);
    expect(gateway.stats().limited.authorizationsPerSecond).toBeGreaterThan(0);
  });

  test('the welcome and the status name no symbols, however many a gap concerns', async () => {
    const { messages } = await client();
    await bus.publish({
      type: 'tickmark.stream.gap',
      id: 'gap',
      occurredAt: 1,
      source: 'mock',
      gap: {
        type: 'gap',
        from: 1,
        to: 2,
        symbols: Array.from({ length: 100_000 }, (_, n) => `SECRET${n}`),
        reason: 'silence',
        recovered: false,
      },
    } as never);
    await until('the status has come', () =>
      messages.some(({ status }) => (status as { gaps?: number } | undefined)?.gaps === 1),
    );
    expect(JSON.stringify(messages)).not.toContain('SECRET');
    const late = await raw(handshake('/live', `Origin: ${ORIGIN}\r\nCookie: user=alice\r\n`));
    await until('it is welcome', () => late.received.includes('"symbolCount":100000'));
  });

  test('a portfolio too large to send is not serialized again and again without a reader', async () => {
    const { socket, messages } = await client({ limits: { bufferedBytes: 600, highWaterBytes: 300 } });
    socket.send(JSON.stringify({ type: 'subscribe', request: 1, topics: ['positions:desk'] }));
    await until('it has ended', () => messages.some(({ type }) => type === 'ended'));
    const { serialized } = gateway.stats();
    for (let price = 1; price <= 20; price++) {
      const updates = [{ symbol: 'ACME', price, timestamp: Date.now() }];
      await bus.publish(PriceChangedBatch.ofUpdates(updates, Date.now()));
    }
    const second = await raw(handshake('/live', `Origin: ${ORIGIN}\r\nCookie: user=alice\r\n`));
    await until('a frame is due since', () => second.received.includes('heartbeat'));
    expect(gateway.stats().serialized).toBe(serialized);
  });
});

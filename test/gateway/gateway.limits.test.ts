import { afterEach, describe, expect, test } from 'vitest';
import { Gateway, type GatewayLimits, type GatewayOptions, type SecurityEvent } from 'tickmark/gateway';
import { FakeSocket } from './rig/fake-socket.js';
import { GatewayRig, type RigOptions } from './rig/gateway-rig.js';

let rig: GatewayRig;
const start = async (options?: RigOptions) => (rig = await GatewayRig.start(options));
afterEach(() => rig.end());

const TOPIC = ['portfolio:desk'];
const get = (address?: string, topics: readonly string[] = TOPIC) =>
  rig.gateway.handle(rig.request(topics), address === undefined ? {} : { address });

describe('limits', () => {
  test('refuse too many connections', async () => {
    await start({ limits: { connections: 2 } });
    const first = await get();
    await get();
    const third = await get();
    expect(third.status).toBe(429);
    expect(third.headers.get('retry-after')).toBe('1');
    expect(await third.json()).toMatchObject({ code: 4529, retry: true, retryAfterMs: 1000 });
    const socket = rig.socket();
    expect(socket.closeCode).toBe(4529);
    await first.body!.cancel();
    expect((await get()).status).toBe(200);
    expect(rig.gateway.stats()).toMatchObject({ connections: 2, opened: 3, refused: { 4529: 2 } });
  });

  test('count requests that wait for authorize()', async () => {
    await start({ limits: { connections: 1 }, authorize: () => new Promise(() => undefined) });
    const waiting = get();
    expect((await get()).status).toBe(429);
    await rig.clock.advance(5000);
    expect((await waiting).status).toBe(500);
  });

  test('refuse too many connections of one address', async () => {
    await start({ limits: { connectionsPerAddress: 1 } });
    const first = await get('10.0.0.1');
    expect((await get('10.0.0.1')).status).toBe(429);
    expect((await get('10.0.0.2')).status).toBe(200);
    expect((await get()).status).toBe(200);
    await first.body!.cancel();
    expect((await get('10.0.0.1')).status).toBe(200);
  });

  test('refuse connections that one address opens too fast', async () => {
    await start({ limits: { openingsPerAddress: 2 } });
    const statuses: number[] = [];
    for (let count = 0; count < 6; count++) statuses.push((await get('10.0.0.1')).status);
    expect(statuses).toEqual([200, 200, 200, 200, 429, 429]);
    await rig.clock.advance(500);
    expect((await get('10.0.0.1')).status).toBe(200);
    expect((await get('10.0.0.1')).status).toBe(429);
  });

  test('refuse too many topics of a connection, over all its requests', async () => {
    await start({ limits: { topics: 2 } });
    const reader = await rig.stream(['price:A', 'price:B', 'price:C', 'price:A']);
    expect(reader.last('snapshot')).toMatchObject({
      granted: [{ topic: 'price:A' }, { topic: 'price:B' }],
      refused: [{ topic: 'price:C', reason: 'limit' }],
    });
    const socket = rig.socket();
    const ask = async (...topics: Array<`price:${string}`>) => {
      socket.say({ type: 'subscribe', topics });
      await rig.clock.settle();
      return socket.last('snapshot').granted.map(({ topic }) => topic);
    };
    expect(await ask('price:A')).toEqual(['price:A']);
    expect(await ask('price:B', 'price:C')).toEqual(['price:B']);
    socket.say({ type: 'unsubscribe', topics: ['price:A'] });
    expect(await ask('price:C')).toEqual(['price:C']);
    // It may subscribe again to topics that it has.
    expect(await ask('price:B', 'price:C')).toEqual(['price:B', 'price:C']);
  });

  test('refuse too many topics of an address, over all its open connections', async () => {
    await start({ limits: { topicsPerAddress: 3 } });
    const first = await get('10.0.0.1', ['price:A', 'price:B']);
    const second = await get('10.0.0.1', ['price:A', 'price:B', 'price:C']);
    expect((await (await get('10.0.0.1', ['price:A'])).json()) as object).toMatchObject({
      refused: [{ reason: 'limit' }],
    });
    await first.body!.cancel();
    await second.body!.cancel();
    const third = await get('10.0.0.1', ['price:A', 'price:B', 'price:C']);
    expect(third.status).toBe(200);
  });

  test('do not count topics that were not granted', async () => {
    await start({ limits: { topicsPerAddress: 2 }, authorize: (_, { kind }) => kind === 'price' });
    const socket = new FakeSocket();
    rig.gateway.open(socket, rig.request([]), { address: '10.0.0.1' });
    for (let count = 0; count < 5; count++) {
      socket.say({ type: 'subscribe', topics: ['portfolio:a', 'portfolio:b'] });
      await rig.clock.settle();
    }
    socket.say({ type: 'subscribe', topics: ['price:A', 'price:B'] });
    await rig.clock.settle();
    expect(socket.last('snapshot').granted).toHaveLength(2);
  });

  test('close a connection with too many messages per second', async () => {
    await start({ limits: { messagesPerSecond: 5 } });
    const socket = rig.socket();
    socket.say({ type: 'subscribe', topics: ['price:A'] });
    for (let count = 0; count < 9; count++) socket.say({ type: 'unsubscribe', topics: ['price:B'] });
    expect(socket.closeCode).toBeUndefined();
    await rig.clock.advance(1000);
    for (let count = 0; count < 5; count++) socket.say({ type: 'unsubscribe', topics: ['price:B'] });
    expect(socket.closeCode).toBeUndefined();
    socket.say({ type: 'unsubscribe', topics: ['price:B'] });
    expect(socket.closeCode).toBe(4529);
    expect(socket.last('close')).toMatchObject({ retry: true, retryAfterMs: 1000 });
  });

  test('close a connection with too many unanswered messages', async () => {
    await start({ limits: { messagesPerSecond: 1000 }, authorize: () => new Promise(() => undefined) });
    const socket = rig.socket();
    for (let count = 0; count < 65; count++) socket.say({ type: 'subscribe', topics: ['portfolio:desk'] });
    expect(socket.closeCode).toBe(4529);
    await rig.clock.advance(6000);
  });

  test('count requests that are refused for another reason', async () => {
    await start({ limits: { openingsPerAddress: 1 } });
    const foreign = () =>
      rig.gateway.handle(rig.request(TOPIC, {}, { origin: 'https://evil.example' }), { address: '10.0.0.1' });
    expect([(await foreign()).status, (await foreign()).status]).toEqual([403, 403]);
    expect((await get('10.0.0.1')).status).toBe(429);
    expect((await get('10.0.0.2')).status).toBe(200);
  });

  test('of IPv6 count a /64 as one address', async () => {
    await start({ limits: { connectionsPerAddress: 1 } });
    expect((await get('2001:db8:1:2::1')).status).toBe(200);
    expect((await get('2001:db8:1:2:3:4:5:6')).status).toBe(429);
    expect((await get('2001:db8:1:3::1')).status).toBe(200);
    expect((await get('::ffff:10.0.0.1')).status).toBe(200);
    expect((await get('10.0.0.1')).status).toBe(429);
  });

  test('that applied are named in stats() and in the security event, with address and subject', async () => {
    const events: SecurityEvent[] = [];
    const held = async (limits: GatewayLimits, act: (socket: FakeSocket) => unknown) => {
      events.length = 0;
      await start({ limits, onSecurityEvent: (event) => events.push(event) });
      const socket = new FakeSocket();
      rig.gateway.open(socket, rig.request([], {}, { authorization: 'alice' }), { address: '10.0.0.1' });
      await act(socket);
      await rig.clock.settle();
      const { limited } = rig.gateway.stats();
      expect(events.filter(({ type }) => type === 'limit').map(({ detail }) => detail)).toEqual(
        Object.entries(limited).flatMap(([name, count]) => Array<string>(count).fill(name)),
      );
      for (const { address } of events) expect(address).toBe('10.0.0.1');
      await rig.end();
      return Object.keys(limited);
    };
    const subscribe = (socket: FakeSocket, ...symbols: string[]) => {
      socket.say({ type: 'subscribe', topics: symbols.map((symbol) => `price:${symbol}` as const) });
      return rig.clock.settle();
    };
    const again = () => get('10.0.0.1');
    const slow = async (socket: FakeSocket, ms: number) => {
      await subscribe(socket, 'ACME');
      socket.isReading = false;
      for (let price = 1; price < 50; price++) await rig.prices({ ACME: `${price}` });
      await rig.clock.advance(ms);
    };
    const tight = { bufferedBytes: 4000, highWaterBytes: 1000 };
    expect(await held({ connections: 1 }, again)).toEqual(['connections']);
    expect(await held({ connectionsPerAddress: 1 }, again)).toEqual(['connectionsPerAddress']);
    expect(await held({ openingsPerAddress: 0.5 }, again)).toEqual(['openingsPerAddress']);
    expect(await held({ topics: 1 }, (socket) => subscribe(socket, 'A', 'B'))).toEqual(['topics']);
    expect(await held({ topicsPerAddress: 1 }, (socket) => subscribe(socket, 'A', 'B'))).toEqual([
      'topicsPerAddress',
    ]);
    expect(await held({ followedTopics: 1 }, (socket) => subscribe(socket, 'A', 'B'))).toEqual([
      'followedTopics',
    ]);
    expect(await held({ authorizationsPerSecond: 0.25 }, (socket) => subscribe(socket, 'A', 'B'))).toEqual([
      'authorizationsPerSecond',
    ]);
    expect(
      await held({ messagesPerSecond: 0.5 }, async (socket) => {
        await subscribe(socket, 'A');
        await subscribe(socket, 'B');
      }),
    ).toEqual(['messagesPerSecond']);
    expect(await held({ messageLength: 10 }, (socket) => subscribe(socket, 'A'))).toEqual(['messageLength']);
    expect(await held({ unauthenticatedMs: 500 }, () => rig.clock.advance(1000))).toEqual([
      'unauthenticatedMs',
    ]);
    expect(await held({ connectionMs: 500 }, () => rig.clock.advance(1000))).toEqual(['connectionMs']);
    expect(await held({ ...tight, stallMs: 500 }, (socket) => slow(socket, 1500))).toEqual(['stallMs']);
    expect(
      await held({ bufferedBytes: 600, highWaterBytes: 300 }, async (socket) => {
        socket.say({ type: 'subscribe', topics: ['positions:desk'] });
        await rig.frame();
      }),
    ).toEqual(['bufferedBytes']);
    expect(await held({ bytesPerSecond: 100 }, (socket) => slow(socket, 0))).toEqual(['bytesPerSecond']);
    expect(await held({ bufferedBytesInAll: 2000 }, (socket) => slow(socket, 0))).toEqual([
      'bufferedBytesInAll',
    ]);
    await start();
  });

  test('of bytes for all are not exceeded by readers that do not read, and others still get values', async () => {
    const MOST = 400_000;
    await start({ limits: { bufferedBytesInAll: MOST } });
    const open = () => {
      const socket = rig.socket();
      socket.say({ type: 'subscribe', topics: ['price:ACME', 'portfolio:desk', 'positions:desk'] });
      return socket;
    };
    const reading = open();
    await rig.clock.settle();
    const stalled: FakeSocket[] = [];
    for (let round = 1; round <= 60; round++) {
      const socket = open();
      await rig.clock.settle();
      socket.isReading = false;
      stalled.push(socket);
      await rig.prices({ ACME: `${round}`, GLOBEX: `${round}` });
      expect(rig.gateway.stats().buffered).toBeLessThanOrEqual(MOST);
    }
    expect(rig.gateway.stats().limited.bufferedBytesInAll).toBeGreaterThan(0);
    // Connections above their share end.
    await rig.clock.advance(2000);
    expect(stalled.some(({ closeCode }) => closeCode === 4508)).toBe(true);
    expect(rig.gateway.stats().buffered).toBeLessThanOrEqual(0.75 * MOST);
    await rig.prices({ ACME: '100', GLOBEX: '100' });
    expect(reading.last('update').prices).toMatchObject([{ price: '100' }]);
    expect(reading.closeCode).toBeUndefined();
    for (const socket of [reading, ...stalled]) socket.gone();
    expect(rig.gateway.stats().buffered).toBe(0);
  });

  test('of bytes for all are not exceeded by welcomes and answers either: such a reader is asked to reconnect later', async () => {
    const MOST = 20_000;
    await start({ limits: { bufferedBytesInAll: MOST, stallMs: Infinity } });
    const reading = rig.socket();
    const stalled = Array.from({ length: 100 }, () => {
      const socket = new FakeSocket();
      socket.isReading = false;
      rig.gateway.open(socket, rig.request([]));
      socket.say({ type: 'subscribe', topics: ['price:none', 'portfolio:desk'] });
      return socket;
    });
    for (let round = 1; round <= 5; round++) {
      await rig.prices({ ACME: `${round}`, GLOBEX: `${round}` });
      const waiting = stalled.reduce((sum, { bufferedAmount }) => sum + bufferedAmount, 0);
      expect(waiting).toBeLessThanOrEqual(MOST);
    }
    expect(stalled.filter(({ closeCode }) => closeCode === 4508).length).toBeGreaterThan(40);
    expect(reading.closeCode).toBeUndefined();
    for (const socket of stalled) socket.gone();
    reading.say({ type: 'subscribe', topics: ['portfolio:desk'] });
    await rig.frame();
    expect(reading.last('snapshot').portfolios).toHaveLength(1);
  });

  test('forget addresses that have left', async () => {
    await start();
    for (let host = 0; host < 50; host++) {
      const answer = get(`10.0.0.${host}`);
      await rig.clock.advance();
      await (await answer).body!.cancel();
    }
    await rig.clock.advance(3000);
    expect(rig.gateway.stats().connections).toBe(0);
  });

  test.each([
    [{ limits: { connections: 0 } }],
    [{ limits: { stallMs: NaN } }],
    [{ limits: { topics: -1 } }],
    [{ limits: { bufferedBytes: 65_537 } }],
    [{ intervalMs: -1 }],
    [{ heartbeatMs: NaN }],
    [{ timeoutMs: 0 }],
    [{ keepAliveMs: 2 ** 31 }],
  ] as Array<[Partial<GatewayOptions>]>)('that are invalid are rejected: %o', async (options) => {
    await start();
    const { bus, engine } = rig;
    expect(() => new Gateway({ ...rig.options(), bus, values: engine, ...options })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});

test('a closed gateway has no timer, no subscription and no reader left', async () => {
  await start();
  const reader = await rig.stream(TOPIC);
  const socket = rig.socket();
  const before = rig.bus.stats().subscriptions;
  const closing = rig.gateway.close();
  await rig.clock.settle();
  await closing;
  expect(reader.last('close')).toMatchObject({ code: 4503, retry: true });
  expect(reader.isDone).toBe(true);
  expect(socket.closeCode).toBe(4503);
  expect(before - rig.bus.stats().subscriptions).toBe(8);
  expect(rig.gateway.stats().connections).toBe(0);
  await rig.gateway.close();
});

test('close() cuts a reader at the timeout if it does not read the close message', async () => {
  await start();
  const socket = rig.socket();
  socket.isReading = false;
  const closing = rig.gateway.close({ timeoutMs: 300 });
  await rig.clock.advance(299);
  expect(socket.isTerminated).toBe(false);
  await rig.clock.advance(1);
  expect(socket.isTerminated).toBe(true);
  await closing;
});

test('close() rejects a timeout that is too long for a timer, and the gateway stays open', async () => {
  await start();
  await expect(rig.gateway.close({ timeoutMs: -1 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  expect((await get()).status).toBe(200);
});

import { afterEach, describe, expect, test } from 'vitest';
import { Gateway, type GatewayOptions } from 'tickmark/gateway';
import { FakeSocket } from './fake-socket.js';
import { GatewayRig, type RigOptions } from './gateway-rig.js';

let rig: GatewayRig;
const start = async (options?: RigOptions) => (rig = await GatewayRig.start(options));
afterEach(() => rig.end());

const TOPIC = ['portfolio:desk'];
const get = (address?: string, topics: readonly string[] = TOPIC) =>
  rig.gateway.handle(rig.request(topics), address === undefined ? {} : { address });

describe('limits', () => {
  test('reject connections beyond the number allowed', async () => {
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

  test('reject connections of one address beyond the number allowed', async () => {
    await start({ limits: { connectionsPerAddress: 1 } });
    const first = await get('10.0.0.1');
    expect((await get('10.0.0.1')).status).toBe(429);
    expect((await get('10.0.0.2')).status).toBe(200);
    expect((await get()).status).toBe(200);
    await first.body!.cancel();
    expect((await get('10.0.0.1')).status).toBe(200);
  });

  test('reject connections that one address opens too fast', async () => {
    await start({ limits: { openingsPerAddress: 2 } });
    const statuses: number[] = [];
    for (let count = 0; count < 6; count++) statuses.push((await get('10.0.0.1')).status);
    expect(statuses).toEqual([200, 200, 200, 200, 429, 429]);
    await rig.clock.advance(500);
    expect((await get('10.0.0.1')).status).toBe(200);
    expect((await get('10.0.0.1')).status).toBe(429);
  });

  test('refuse topics of a connection beyond the number allowed, over all its requests', async () => {
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
    // What it has, it may ask for again.
    expect(await ask('price:B', 'price:C')).toEqual(['price:B', 'price:C']);
  });

  test('refuse topics of an address beyond the number allowed, over all its open connections', async () => {
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
    await start({ limits: { topicsPerAddress: 2 }, authorize: () => false });
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

  test('close a connection with too many messages a second', async () => {
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
    expect(socket.last('bye')).toMatchObject({ retry: true, retryAfterMs: 1000 });
  });

  test('close a connection with too many messages that wait for an answer', async () => {
    await start({ limits: { messagesPerSecond: 1000 }, authorize: () => new Promise(() => undefined) });
    const socket = rig.socket();
    for (let count = 0; count < 65; count++) socket.say({ type: 'subscribe', topics: ['portfolio:desk'] });
    expect(socket.closeCode).toBe(4529);
    await rig.clock.advance(6000);
  });

  test('keep nothing about addresses that have left', async () => {
    await start();
    for (let host = 0; host < 50; host++) await (await get(`10.0.0.${host}`)).body!.cancel();
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
    expect(() => new Gateway({ bus, values: engine, authorize: () => true, ...options })).toThrow(
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
  expect(reader.last('bye')).toMatchObject({ code: 4503, retry: true });
  expect(reader.isDone).toBe(true);
  expect(socket.closeCode).toBe(4503);
  expect(before - rig.bus.stats().subscriptions).toBe(5);
  expect(rig.gateway.stats().connections).toBe(0);
  await rig.gateway.close();
});

test('close() cuts a reader that does not read its end at the timeout', async () => {
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

test('close() rejects a timeout that no timer can take, and the gateway stays open', async () => {
  await start();
  await expect(rig.gateway.close({ timeoutMs: -1 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  expect((await get()).status).toBe(200);
});

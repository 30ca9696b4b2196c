import { afterEach, describe, expect, test } from 'vitest';
import { PriceChangedBatch } from 'tickmark';
import { GatewayRig, type RigOptions } from './rig/gateway-rig.js';
import { PRICES, SYMBOLS, expectAllCounted, subscribe } from './rig/slow-reader-rig.js';

let rig: GatewayRig;
const start = async (options?: RigOptions) => (rig = await GatewayRig.start(options));
afterEach(() => rig?.end());

/** Changes every price. */
const move = (price: number) => rig.prices(Object.fromEntries(SYMBOLS.map((symbol) => [symbol, `${price}`])));

/** Small enough for a test to fill. */
const TIGHT = { bufferedBytes: 16_384, highWaterBytes: 4096 };

describe('a reader that does not read', () => {
  test('gets nothing, and the newest values once it reads', async () => {
    await start({ limits: TIGHT });
    const socket = rig.socket();
    await subscribe(rig, socket);
    socket.isReading = false;
    for (let price = 1; price <= 50; price++) await move(price);
    expect(socket.bufferedAmount).toBeLessThanOrEqual(TIGHT.bufferedBytes);
    expect(rig.gateway.stats().pending).toBeLessThanOrEqual(SYMBOLS.length);
    expectAllCounted(rig);

    socket.isReading = true;
    socket.drain();
    await rig.frame();
    const newest = new Map(
      socket.of('update').flatMap(({ prices = [] }) => prices.map(({ symbol, price }) => [symbol, price])),
    );
    expect([...newest.values()]).toEqual(SYMBOLS.map(() => '50'));
    expect(socket.position).toBe(`${rig.gateway.epoch}:${rig.gateway.stats().offset}`);
    expect(rig.gateway.stats().pending).toBe(0);
    expectAllCounted(rig);
  });

  test('does not delay others: they get the next change at once after a quiet time', async () => {
    await start({ limits: TIGHT });
    const [slow, quick] = [rig.socket(), rig.socket()];
    for (const socket of [slow, quick]) await subscribe(rig, socket);
    slow.isReading = false;
    for (let price = 1; price <= 30; price++) await move(price);
    for (let price = 31; price <= 40; price++) {
      await rig.clock.advance(75 + price);
      const now = rig.clock.now();
      const updates = [{ symbol: 'S0', price, timestamp: now }];
      await rig.bus.publish(PriceChangedBatch.ofUpdates(updates, now));
      await rig.clock.advance(1);
      expect(quick.last('update').prices).toMatchObject([{ symbol: 'S0', price: `${price}` }]);
    }
    expect(rig.gateway.stats().pending).toBeGreaterThan(0);
  });

  test('does not take more memory over time', async () => {
    await start({ limits: { ...TIGHT, stallMs: Infinity } });
    const socket = rig.socket();
    await subscribe(rig, socket);
    socket.isReading = false;
    await move(1);
    await move(2);
    const { bufferedAmount } = socket;
    for (let price = 3; price <= 300; price++) await move(price);
    expect(socket.bufferedAmount).toBeLessThan(bufferedAmount + 2 * TIGHT.highWaterBytes);
    expect(rig.gateway.stats().pending).toBe(SYMBOLS.length);
  });

  test('is disconnected after 10 s, with the reason', async () => {
    await start({ limits: TIGHT });
    const socket = rig.socket();
    await subscribe(rig, socket);
    socket.isReading = false;
    await move(1);
    await rig.clock.advance(9000);
    expect(socket.closeCode).toBeUndefined();
    await rig.clock.advance(2000);
    expect(socket.closeCode).toBe(4508);
    await rig.clock.advance(1000);
    expect(socket.isTerminated).toBe(true);
    expect(rig.gateway.stats()).toMatchObject({ connections: 0, pending: 0, ended: { 4508: 1 } });
    expectAllCounted(rig);
  });

  test('is disconnected even if it reads a byte now and then', async () => {
    await start({ limits: TIGHT });
    const socket = rig.socket();
    await subscribe(rig, socket);
    socket.isReading = false;
    await move(1);
    await move(2);
    for (let second = 0; second < 12 && socket.closeCode === undefined; second++) {
      for (let tick = 0; tick < 20; tick++) {
        await move(3 + second * 20 + tick);
        if (tick === 0) socket.drain(1);
      }
    }
    expect(socket.closeCode).toBe(4508);
  });

  test('is disconnected even if it reads all but one byte of what was sent', async () => {
    await start({ limits: TIGHT });
    const socket = rig.socket();
    await subscribe(rig, socket);
    socket.isReading = false;
    await move(1);
    await rig.clock.advance(5000);
    socket.drain(socket.bufferedAmount - 1);
    await rig.clock.advance(6000);
    expect(socket.closeCode).toBe(4508);
  });
});

test('a reader that sends requests and does not read is disconnected when the answers exceed the limit', async () => {
  await start({ limits: { ...TIGHT, messagesPerSecond: Infinity } });
  const socket = rig.socket();
  await subscribe(rig, socket);
  socket.isReading = false;
  for (let count = 0; count < 200 && socket.closeCode === undefined; count++) {
    await subscribe(rig, socket, [PRICES[0]!]);
    expect(socket.bufferedAmount).toBeLessThanOrEqual(TIGHT.bufferedBytes);
  }
  expect(socket.closeCode).toBe(4508);
});

test('a slow reader that reads everything it was sent is not disconnected', async () => {
  await start({ limits: TIGHT });
  const socket = rig.socket();
  await subscribe(rig, socket);
  socket.isReading = false;
  for (let second = 1; second <= 60; second++) {
    await move(second);
    await rig.clock.advance(1000);
    if (second % 7 === 0) socket.drain();
    if (socket.of('ping').length > 0) socket.say({ type: 'pong' });
  }
  expect(socket.closeCode).toBeUndefined();
  expect(socket.of('update').at(-1)!.prices).toHaveLength(SYMBOLS.length);
});

test('one reader that does not read does not delay the others', async () => {
  await start({ limits: TIGHT });
  const [slow, good] = [rig.socket(), rig.socket()];
  await subscribe(rig, slow);
  await subscribe(rig, good);
  slow.isReading = false;
  for (let price = 1; price <= 30; price++) await move(price);
  expect(good.of('update')).toHaveLength(30);
  expectAllCounted(rig);
});

test('answers and ends are not conflated away for a reader that is behind', async () => {
  await start({ limits: TIGHT });
  const socket = rig.socket();
  await subscribe(rig, socket);
  socket.isReading = false;
  for (let price = 1; price <= 20; price++) await move(price);
  expect(rig.gateway.stats().pending).toBeGreaterThan(0);
  socket.say({ type: 'subscribe', request: 1, topics: ['portfolio:desk'] });
  await rig.clock.settle();
  await rig.gateway.revoke();
  socket.isReading = true;
  socket.drain();
  expect(socket.last('snapshot').request).toBe(1);
  expect(socket.last('ended').reason).toBe('revoked');
});

test('a topic that is granted again to a reader that is behind is brought up to date', async () => {
  const answers: Array<() => void> = [];
  await start({
    limits: TIGHT,
    authorize: async (_, { kind }) => {
      if (kind === 'price') return true;
      if (answers.push(() => undefined) === 1) return { expiresAt: rig.clock.now() + 1000 };
      await new Promise<void>((resolve) => (answers[1] = resolve));
      return true;
    },
  });
  const socket = rig.socket();
  await subscribe(rig, socket, [...PRICES, 'portfolio:desk' as never]);
  await rig.prices({ ACME: '200', GLOBEX: '30' });
  socket.isReading = false;
  await rig.clock.advance(1000);
  for (let price = 1; price <= 5; price++) await move(price);
  expect(rig.gateway.stats().pending).toBeGreaterThan(0);
  answers[1]!();
  await rig.clock.settle();
  await rig.prices({ ACME: '300' });
  socket.isReading = true;
  socket.drain();
  await rig.frame();
  expect(socket.last('update').portfolios).toMatchObject([{ id: 'desk', marketValue: '31500.00' }]);
  expect(socket.last('update').prices).toHaveLength(SYMBOLS.length);
  expectAllCounted(rig);
});

test('a value above the limit of a connection ends only its topic', async () => {
  const positions = Array.from({ length: 100 }, (_, index) => ({
    symbol: `P${index}`,
    quantity: 1,
    averageCost: 1,
  }));
  await start({ limits: TIGHT, portfolios: [{ id: 'wide', currency: 'USD', positions }] });
  const reader = await rig.stream(['positions:wide', 'portfolio:wide']);
  await rig.frame();
  expect(reader.last('ended')).toMatchObject({ topics: ['positions:wide'], reason: 'limit' });
  await rig.prices({ P0: '2' });
  expect(reader.last('update').portfolios).toHaveLength(1);
  expect(reader.last('update').position).toBe(`${rig.gateway.epoch}:${rig.gateway.stats().offset}`);
});

test('values that do not fit into one message are sent in several, and the position with the last', async () => {
  await start({ limits: { bufferedBytes: 20_000, highWaterBytes: 10_000 } });
  const many = Array.from({ length: 200 }, (_, index) => `price:T${index}` as const);
  const socket = rig.socket();
  await subscribe(rig, socket, many);
  for (let frame = 0; frame < 20; frame++) await rig.frame();
  const withValues = socket.messages.filter((message) => 'prices' in message);
  expect(withValues.length).toBeGreaterThan(2);
  expect(withValues.map((message) => 'position' in message)).toEqual([
    ...withValues.slice(1).map(() => false),
    true,
  ]);
  expect(withValues.flatMap((message) => ('prices' in message ? message.prices! : []))).toHaveLength(200);
});

test('a frame is serialized once for all readers of the same topics', async () => {
  await start();
  const same = Array.from({ length: 50 }, () => rig.socket());
  for (const socket of same) await subscribe(rig, socket, ['price:S1', 'price:S2']);
  const other = rig.socket();
  await subscribe(rig, other, ['price:S2', 'price:S3']);
  const before = rig.gateway.stats();
  expect(before.multicastGroups).toBe(2);
  await move(7);
  const { frames, serialized, sent } = rig.gateway.stats();
  expect(frames - before.frames).toBe(2);
  expect(serialized - before.serialized).toBe(3);
  expect(sent - before.sent).toBe(102);
  expect(same.map((socket) => socket.last('update').prices!.length)).toEqual(same.map(() => 2));
});

test('readers with few topics are served before readers with many', async () => {
  await start();
  const written: string[] = [];
  for (const [name, topics] of [
    ['much', PRICES],
    ['little', PRICES.slice(0, 2)],
    ['least', PRICES.slice(1, 2)],
  ] as const) {
    const socket = rig.socket();
    await subscribe(rig, socket, topics);
    const send = socket.send.bind(socket);
    socket.send = (text) => {
      if (text.includes('"prices"')) written.push(name);
      send(text);
    };
  }
  await move(7);
  expect(written).toEqual(['little', 'least', 'much']);
});

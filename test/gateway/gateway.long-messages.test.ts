import { afterEach, describe, expect, test } from 'vitest';
import type { ServerMessage } from '../../src/protocol/server-messages.js';
import { GatewayRig, type RigOptions } from './rig/gateway-rig.js';
import { expectAllCounted, subscribe } from './rig/slow-reader-rig.js';

let rig: GatewayRig;
const start = async (options?: RigOptions) => (rig = await GatewayRig.start(options));
afterEach(() => rig?.end());

/** A message is full from 24,576 bytes on; a price and the beginning have less than 600. */
const LONGEST = 24_576 + 600;
const SYMBOLS = Array.from({ length: 900 }, (_, at) => `T${at}`);
const TOPICS = SYMBOLS.map((symbol) => `price:${symbol}` as const);
const pricesAt = (price: number) => Object.fromEntries(SYMBOLS.map((symbol) => [symbol, `${price}`]));

const valuesIn = (messages: readonly ServerMessage[]) =>
  messages.filter((each) => each.type === 'update' || each.type === 'snapshot');

/** Checks that messages are one set: all prices in order, the position with the last. */
function expectOneSet(messages: readonly ServerMessage[], price: number): void {
  const set = valuesIn(messages);
  expect(set.length).toBeGreaterThan(5);
  expect(set.map((each) => each.position)).toEqual([
    ...set.slice(1).map(() => undefined),
    `${rig.gateway.epoch}:${rig.gateway.stats().offset}`,
  ]);
  expect(set.flatMap(({ prices = [] }) => prices.map((each) => `${each.symbol} ${each.price}`))).toEqual(
    SYMBOLS.map((symbol) => `${symbol} ${price}`),
  );
}

describe('a thousand values are several messages', () => {
  test('in the first answer', async () => {
    await start();
    await rig.prices(pricesAt(7));
    const socket = rig.socket();
    await subscribe(rig, socket, TOPICS);
    await rig.clock.advance(100);
    const [snapshot, ...others] = valuesIn(socket.messages);
    // What was granted is one list, long as it is.
    expect(snapshot).toMatchObject({ type: 'snapshot' });
    for (const each of others) expect(JSON.stringify(each).length).toBeLessThan(LONGEST);
    expectOneSet(socket.messages, 7);
  });

  test('in each frame, composed once for all readers, over both transports', async () => {
    await start();
    await rig.prices(pricesAt(7));
    const sockets = [rig.socket(), rig.socket()];
    for (const socket of sockets) await subscribe(rig, socket, TOPICS);
    const opening = rig.stream(TOPICS);
    await rig.clock.advance(1000);
    const reader = await opening;
    for (const each of [...sockets, reader]) each.messages.length = 0;
    const before = rig.gateway.stats().frames;
    await rig.prices(pricesAt(8));
    for (const { messages } of [...sockets, reader]) {
      for (const each of valuesIn(messages)) expect(JSON.stringify(each).length).toBeLessThan(LONGEST);
      expectOneSet(messages, 8);
    }
    expect(rig.gateway.stats().frames - before).toBe(valuesIn(reader.messages).length);
    expectAllCounted(rig);
  });

  test('of which a slow reader gets those that fit, and the newest values of the others later', async () => {
    await start({ limits: { bufferedBytes: 100_000, highWaterBytes: 50_000 } });
    await rig.prices(pricesAt(7));
    const socket = rig.socket();
    await subscribe(rig, socket, TOPICS);
    await rig.clock.advance(1000);
    socket.isReading = false;
    await rig.prices(pricesAt(8));
    expect(socket.bufferedAmount).toBeLessThanOrEqual(100_000);
    expect(rig.gateway.stats().pending).toBeGreaterThan(0);
    expectAllCounted(rig);
    socket.messages.length = 0;
    socket.isReading = true;
    socket.drain();
    for (let frame = 0; frame < 20; frame++) await rig.frame();
    expectOneSet(socket.messages, 8);
    expectAllCounted(rig);
  });
});

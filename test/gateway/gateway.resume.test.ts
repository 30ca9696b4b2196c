import { afterEach, describe, expect, test } from 'vitest';
import { GatewayRig, type RigOptions } from './rig/gateway-rig.js';

let rig: GatewayRig;
const start = async (options?: RigOptions) => (rig = await GatewayRig.start(options));
afterEach(() => rig?.end());

describe('resuming', () => {
  test('sends the newest value of what has changed, and nothing else', async () => {
    await start();
    await rig.prices({ ACME: '184.50', GLOBEX: '21.25' });
    const topics = ['positions:desk', 'price:ACME', 'price:GLOBEX'];
    const before = await rig.stream(topics);
    await before.cancel();
    await rig.prices({ ACME: '184.41' });
    await rig.prices({ ACME: '184.40' });
    const after = await rig.stream(topics, {}, { 'last-event-id': before.lastEventId });
    expect(after.last('snapshot')).toMatchObject({
      recovered: true,
      prices: [{ symbol: 'ACME', price: '184.4' }],
      positions: [{ full: false, rows: [{ symbol: 'ACME' }] }],
    });
  });

  test('without changes reports recovered and the position', async () => {
    await start();
    const before = await rig.stream(['portfolio:desk']);
    await before.cancel();
    const after = await rig.stream(['portfolio:desk'], { position: before.position });
    expect(after.last('snapshot')).toMatchObject({ recovered: true, position: before.position });
    expect(after.last('snapshot').portfolios).toBeUndefined();
  });

  test('sends added topics in full, and the changes of the others', async () => {
    await start();
    await rig.prices({ ACME: '1', GLOBEX: '1' });
    // Another reader has been subscribed to it for long.
    await rig.stream(['price:GLOBEX']);
    const before = await rig.stream(['price:ACME']);
    await before.cancel();
    const url = { position: before.position, added: 'price:GLOBEX' };
    const after = await rig.stream(['price:ACME'], url);
    expect(after.last('snapshot')).toMatchObject({
      recovered: false,
      granted: [
        { topic: 'price:ACME', recovered: true },
        { topic: 'price:GLOBEX', recovered: false },
      ],
      prices: [{ symbol: 'GLOBEX' }],
    });
    // The browser reconnects to the same URL by itself.
    await after.cancel();
    const again = await rig.stream(['price:ACME'], url, { 'last-event-id': after.lastEventId });
    expect(again.last('snapshot').recovered).toBe(true);
    expect(again.last('snapshot').prices).toBeUndefined();
  });

  test('later than the history is not recovered', async () => {
    await start({ historyMs: 10_000 });
    const before = await rig.stream(['portfolio:desk']);
    await before.cancel();
    await rig.clock.advance(11_000);
    const after = await rig.stream(['portfolio:desk'], { position: before.position });
    expect(after.last('snapshot')).toMatchObject({ recovered: false, portfolios: [{ id: 'desk' }] });
  });

  test('of topics above historyTopics is not recovered', async () => {
    await start({ historyTopics: 1 });
    const before = await rig.stream(['price:ACME', 'price:GLOBEX']);
    await before.cancel();
    expect(rig.gateway.stats().topics).toBe(1);
    const after = await rig.stream(['price:ACME', 'price:GLOBEX'], { position: before.position });
    expect(after.last('snapshot').recovered).toBe(false);
    expect(after.last('snapshot').granted.map(({ recovered }) => recovered)).toEqual([false, true]);
  });

  test('at a restarted gateway, which has another epoch, is not recovered', async () => {
    await start();
    const before = await rig.stream(['portfolio:desk']);
    await rig.restart();
    expect(before.last('close')).toMatchObject({ code: 4503, retry: true });
    const after = await rig.stream(['portfolio:desk'], {}, { 'last-event-id': before.lastEventId });
    expect(after.last('welcome').epoch).not.toBe(before.last('welcome').epoch);
    expect(after.last('snapshot')).toMatchObject({ recovered: false, portfolios: [{ id: 'desk' }] });
  });

  test('from a position in the future is not recovered', async () => {
    await start();
    const reader = await rig.stream(['portfolio:desk'], { position: `${rig.gateway.epoch}:999` });
    expect(reader.last('snapshot').recovered).toBe(false);
  });

  test('is authorized like a first subscription', async () => {
    let isAllowed = true;
    await start({ authorize: () => isAllowed });
    const before = await rig.stream(['portfolio:desk']);
    await before.cancel();
    isAllowed = false;
    const response = await rig.gateway.handle(rig.request(['portfolio:desk'], { position: before.position }));
    expect(response.status).toBe(403);
    const socket = rig.socket();
    socket.say({ type: 'resume', topics: ['portfolio:desk'], position: before.position as never });
    await rig.clock.settle();
    expect(socket.last('snapshot')).toMatchObject({ granted: [], refused: [{ reason: 'denied' }] });
  });

  test('over a WebSocket works topic by topic', async () => {
    await start();
    await rig.prices({ ACME: '1', GLOBEX: '1' });
    const before = await rig.stream(['price:ACME', 'price:GLOBEX']);
    await before.cancel();
    await rig.prices({ GLOBEX: '2' });
    const socket = rig.socket();
    socket.say({
      type: 'resume',
      topics: ['price:ACME', 'price:GLOBEX'],
      position: before.position as never,
    });
    await rig.clock.settle();
    expect(socket.last('snapshot')).toMatchObject({
      recovered: true,
      prices: [{ symbol: 'GLOBEX', price: '2' }],
    });
  });
});

import { afterEach, describe, expect, test } from 'vitest';
import { GatewayRig, type RigOptions } from './rig/gateway-rig.js';

let rig: GatewayRig;
const start = async (options?: RigOptions) => (rig = await GatewayRig.start(options));
afterEach(() => rig.end());

describe('an event stream', () => {
  test('begins with a welcome and a snapshot, followed by changes', async () => {
    await start();
    await rig.prices({ ACME: '184.50', GLOBEX: '21.25' });
    const reader = await rig.stream(['portfolio:desk', 'price:ACME']);

    expect(reader.messages.map(({ type }) => type)).toEqual(['welcome', 'snapshot']);
    const { epoch } = reader.last('welcome');
    expect(epoch).toBe(rig.gateway.epoch);
    const snapshot = reader.last('snapshot');
    expect(snapshot).toMatchObject({
      position: `${epoch}:${rig.gateway.stats().offset}`,
      recovered: false,
      granted: [
        { topic: 'portfolio:desk', recovered: false, expiresAt: null },
        { topic: 'price:ACME', recovered: false, expiresAt: null },
      ],
      refused: [],
      portfolios: [
        { id: 'desk', currency: 'USD', marketValue: '19512.50', unrealizedPnl: '512.50', complete: true },
      ],
      prices: [{ symbol: 'ACME', price: '184.5', kind: 'last', grade: 'live' }],
    });

    await rig.prices({ ACME: '185' });
    expect(reader.last('update')).toMatchObject({
      position: `${epoch}:${rig.gateway.stats().offset}`,
      portfolios: [{ id: 'desk', marketValue: '19562.50' }],
      prices: [{ symbol: 'ACME', price: '185' }],
    });
    expect(reader.lastEventId).toBe(reader.position);
  });

  test('has the headers that keep proxies from buffering and caching it', async () => {
    await start();
    const { headers } = (await rig.stream(['portfolio:desk'])).response;
    expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-store, no-transform');
    expect(headers.get('x-accel-buffering')).toBe('no');
  });

  // Otherwise a page waits for its first position until something ticks.
  test('has a position once the values that are left have come, though one topic is too large', async () => {
    await start({ limits: { bufferedBytes: 1500, highWaterBytes: 700 } });
    await rig.prices({ ACME: '184.50', GLOBEX: '21.25' });
    const reader = await rig.stream(['price:ACME', 'positions:desk']);
    expect(reader.messages.slice(1).map(({ type }) => type)).toEqual(['snapshot', 'ended', 'update']);
    expect(reader.last('snapshot').position).toBeUndefined();
    expect(reader.last('ended')).toMatchObject({ topics: ['positions:desk'], reason: 'limit' });
    expect(reader.last('update').position).toBe(`${rig.gateway.epoch}:${rig.gateway.stats().offset}`);
  });

  test('sends only what has changed', async () => {
    await start();
    await rig.prices({ ACME: '184.50', GLOBEX: '21.25' });
    const reader = await rig.stream(['portfolio:desk', 'price:GLOBEX']);
    await rig.prices({ ACME: '184.50' });
    await rig.prices({ ACME: '190' });
    expect(reader.of('update')).toHaveLength(1);
    expect(reader.last('update').prices).toBeUndefined();
  });

  test('sends changed rows with the totals of the same prices', async () => {
    await start();
    await rig.prices({ ACME: '184.50', GLOBEX: '21.25' });
    const reader = await rig.stream(['positions:desk']);
    expect(reader.last('snapshot').positions).toMatchObject([
      {
        id: 'desk',
        full: true,
        portfolio: { marketValue: '19512.50' },
        rows: [
          { symbol: 'ACME', quantity: '100', marketValue: '18450.00', grade: 'live', weight: '0.9455' },
          { symbol: 'GLOBEX', marketValue: '1062.50' },
        ],
        removed: [],
      },
    ]);
    await rig.prices({ GLOBEX: '21.26' });
    expect(reader.last('update').positions).toMatchObject([
      {
        full: false,
        portfolio: { marketValue: '19513.00' },
        rows: [{ symbol: 'GLOBEX', marketValue: '1063.00' }],
        removed: [],
      },
    ]);
    expect(reader.last('update').positions![0]!.rows).toHaveLength(1);
  });

  test('moves a row to the closed positions when the last unit is sold, and back when one is bought', async () => {
    await start();
    await rig.prices({ ACME: '184.50', GLOBEX: '21.25' });
    const reader = await rig.stream(['positions:desk']);
    expect(reader.last('snapshot').positions).toMatchObject([{ closed: [], cashBalances: [] }]);
    await rig.change('desk', (held) => held.sell('GLOBEX', 50, '21.25', { at: rig.clock.now() }));
    expect(reader.last('update').positions).toMatchObject([
      {
        full: false,
        portfolio: { marketValue: '18450.00', realizedPnl: '62.50', cash: '1062.50' },
        rows: [{ symbol: 'ACME', weight: '1.0000' }],
        removed: ['GLOBEX'],
        closed: [{ symbol: 'GLOBEX', local: { currency: 'USD', realizedPnl: '62.5' }, realizedPnl: '62.50' }],
        cashBalances: [{ currency: 'USD', balance: '1062.5', settledCash: '1062.5', value: '1062.50' }],
      },
    ]);
    await rig.prices({ ACME: '185.00' });
    expect(reader.last('update').positions).toMatchObject([{ removed: [], closed: [] }]);
    expect(reader.last('update').positions![0]).not.toHaveProperty('cashBalances');
    await rig.change('desk', (held) => held.buy('GLOBEX', 1, '21.25', { at: rig.clock.now() }));
    expect(reader.last('update').positions).toMatchObject([
      {
        removed: ['GLOBEX'],
        rows: [{ symbol: 'ACME' }, { symbol: 'GLOBEX', realizedPnl: '62.50' }],
        closed: [],
      },
    ]);
  });

  test('sends a heartbeat when there is nothing else, and a comment every 15 s', async () => {
    await start();
    const reader = await rig.stream(['portfolio:desk']);
    await rig.clock.advance(60_000);
    const { comments } = reader;
    expect(comments).toBe(4);
    const times = reader.messages.map(({ serverTime }) => serverTime);
    const gaps = times.slice(1).map((time, index) => time - times[index]!);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(1000);
    expect(reader.of('heartbeat').length).toBeGreaterThanOrEqual(59);
  });

  test('ends when the reader leaves, and leaves nothing behind', async () => {
    await start({ historyMs: 1000 });
    const reader = await rig.stream(['portfolio:desk']);
    expect(rig.gateway.stats()).toMatchObject({ connections: 1, topics: 1, multicastGroups: 1 });
    await reader.cancel();
    expect(rig.gateway.stats()).toMatchObject({ connections: 0, multicastGroups: 0, ended: { left: 1 } });
    await rig.clock.advance(2000);
    expect(rig.gateway.stats().topics).toBe(0);
  });

  test('ends when the request is aborted', async () => {
    await start();
    const leaving = new AbortController();
    const request = new Request(rig.request(['portfolio:desk']), { signal: leaving.signal });
    await rig.gateway.handle(request);
    expect(rig.gateway.stats().connections).toBe(1);
    leaving.abort();
    expect(rig.gateway.stats().connections).toBe(0);
  });

  test('reports that a portfolio was deleted', async () => {
    await start();
    const reader = await rig.stream(['portfolio:desk', 'positions:desk', 'price:ACME']);
    await rig.repository.delete('desk', 1);
    await rig.bus.publish({
      type: 'tickmark.holdings.changed',
      id: 'x',
      occurredAt: 0,
      portfolioId: 'desk',
      version: 1,
      change: 'deleted',
    } as never);
    await rig.frame();
    const ended = reader.of('ended');
    expect(ended.flatMap(({ topics }) => topics)).toEqual(['portfolio:desk', 'positions:desk']);
    expect(new Set(ended.map(({ reason }) => reason))).toEqual(new Set(['removed']));
    await rig.prices({ ACME: '200' });
    expect(reader.last('update').portfolios).toBeUndefined();
    expect(reader.last('update').prices).toHaveLength(1);
  });
});

import { expect, test } from 'vitest';
import { binance } from 'tickmark/websocket';
import type { PriceStreamMessage } from 'tickmark';
import { until } from '../../../waiting.js';
import { BinanceServer } from '../binance-server.js';
import { socketWorld } from '../socket-world.js';

test('2,000 symbols over four sockets: the symbols of a killed one alone have a gap, and no price is lost or doubled', async () => {
  const server = await BinanceServer.start();
  const { framesPerSecond: _, ...limits } = binance().limits!;
  // Without the pace, which fake clocks test.
  const { adapter, clock, reconnected, close } = socketWorld({
    venue: { ...binance({ url: server.url }), limits },
  });
  const symbols = Array.from({ length: 2000 }, (__, at) => `S${at}`);
  const messages: PriceStreamMessage[] = [];
  adapter.onMessage((message) => messages.push({ ...message }));
  const delivered = () =>
    messages.flatMap((each) => ('type' in each ? [] : [Number(each.price)])).sort((a, b) => a - b);
  const gaps = () => messages.flatMap((each) => ('type' in each ? [each] : []));
  const sent: number[] = [];
  const tick = async (some: readonly string[]): Promise<void> => {
    for (const symbol of some) {
      sent.push(sent.length + 1);
      server.trade(symbol, sent.length);
    }
    await until('all prices have come', () => delivered().length >= sent.length);
    expect(delivered()).toEqual(sent);
  };
  try {
    await adapter.connect();
    await adapter.subscribe(symbols);
    expect([server.clients.size, server.accepted]).toEqual([4, 4]);
    await tick(symbols);

    const its = symbols.slice(512, 1024);
    const killed = [...server.clients].find(({ streams }) => streams.has('s512@trade'))!;
    killed.wire!.tcp.resetAndDestroy();
    await until('the loss is noticed', () => adapter.getStatus().state === 'degraded');
    expect(adapter.getStatus()).toEqual({ state: 'degraded', symbols: its });
    await tick(symbols.filter((symbol) => !its.includes(symbol)));

    await clock.advance(251);
    await reconnected();
    await until('all symbols are subscribed', () => server.table().size === 2000);
    await tick(symbols);
    expect(gaps().map((each) => each.symbols)).toEqual([its]);
  } finally {
    expect(await close()).toBe(0);
    await server.close();
  }
});

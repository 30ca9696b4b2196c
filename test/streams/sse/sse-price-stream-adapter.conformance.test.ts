import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { priceStreamAdapterConformance } from '../../../src/conformance/price-stream/price-stream-adapter-conformance.js';
import type { PriceStreamAdapterHarness } from '../../../src/conformance/price-stream/price-stream-kit.js';
import { isGap } from '../../../src/core/streams/price-stream-adapter.js';
import { SsePriceStreamAdapter } from '../../../src/streams/sse/index.js';
import { runner } from '../../conformance/without-skips.js';
import { tcpProxy } from '../../servers/tcp-proxy.js';
import { HUNG_AFTER_MS, until } from '../../waiting.js';
import { SseServer } from './sse-server.js';
import { tick, tickerFeed } from './ticker-feed.js';

/** An adapter with a server of its own. */
async function harness(namesSymbols: boolean): Promise<PriceStreamAdapterHarness> {
  const server = await SseServer.start();
  const address = `http://127.0.0.1:${server.port}/live`;
  const url = namesSymbols
    ? ({ symbols }: { symbols: readonly string[] }) => `${address}?symbols=${symbols.join()}`
    : address;
  const adapter = new SsePriceStreamAdapter({
    feed: tickerFeed({ url, maxSymbols: 3 }),
    backoff: { firstMs: 20, recentCapMs: 50 },
    deadlines: { connect: HUNG_AFTER_MS },
  });
  return {
    adapter,
    dispose: async () => {
      await adapter.disconnect();
      await server.close();
    },
    venue: {
      send: ({ symbol, price, timestamp }) =>
        server.write(`data: ${symbol} ${price} ${timestamp}\n\n`, symbol),
      breakLink: () => {
        server.isUp = false;
        server.cut();
      },
      restoreLink: () => void (server.isUp = true),
      refuse: () => void (server.isUp = false),
      accept: () => void (server.isUp = true),
    },
  };
}

describe('a feed of all symbols', () => {
  priceStreamAdapterConformance(runner, {
    createHarness: () => harness(false),
    supports: { breakLink: true, refuse: true, maxSymbols: 3 },
  });
});

describe('a feed whose URL names its symbols', () => {
  priceStreamAdapterConformance(runner, {
    createHarness: () => harness(true),
    supports: { breakLink: true, maxSymbols: 3 },
  });
});

test.each(['both', 'to-client'] as const)(
  'a link that dies silently (%s) is given up after silenceMs, and prices follow after one gap',
  async (direction) => {
    const server = await SseServer.start();
    const proxy = await tcpProxy({ host: '127.0.0.1', port: server.port });
    const clock = new FakeClock();
    const adapter = new SsePriceStreamAdapter({
      feed: tickerFeed({
        url: ({ symbols }) => `http://127.0.0.1:${proxy.port}/live?symbols=${symbols.join()}`,
        silenceMs: 600,
      }),
      deadlines: { connect: Infinity },
      clock,
    });
    const log: string[] = [];
    adapter.onMessage((message) =>
      log.push(isGap(message) ? `gap ${message.reason}` : String(message.price)),
    );
    // Connections are made in real time.
    const moveUntil = (what: string, holds: () => boolean): Promise<number> =>
      until(what, async () => {
        await clock.advance(10);
        return holds();
      });
    await adapter.connect();
    const subscribing = adapter.subscribe(['A']);
    await moveUntil('the stream is up', () => adapter.getStatus().state === 'subscribed');
    await subscribing;
    server.write(tick('A', 1), 'A');
    await until('the price has come', () => log.length === 1);
    for (let comments = 1; comments <= 20; comments++) {
      server.write(': alive\n');
      await until('the comment has come', () => adapter.stats().control.comment === comments);
      await clock.advance(100);
    }
    expect(adapter.getStatus().state).toBe('subscribed');
    proxy.hold(direction, 'open');
    server.write(': alive\n');
    // 600 ms after the last comment, and up to a quarter more.
    await clock.advance(499);
    expect(adapter.getStatus().state).toBe('subscribed');
    await clock.advance(151);
    expect(adapter.getStatus().state).toBe('reconnecting');
    await moveUntil('the stream is back', () => adapter.getStatus().state === 'subscribed');
    server.write(tick('A', 2), 'A');
    await until('the next price has come', () => log.includes('2'));
    expect(log).toEqual(['1', 'gap silence', '2']);
    await adapter.disconnect();
    expect(clock.pending).toBe(0);
    await proxy.close();
    await server.close();
  },
);

import { expect, test } from 'vitest';
import { priceStreamAdapterConformance } from '../../../src/conformance/price-stream/price-stream-adapter-conformance.js';
import type { PriceStreamAdapterHarness } from '../../../src/conformance/price-stream/price-stream-kit.js';
import { isGap } from '../../../src/core/market-data/price-stream-adapter.js';
import { PollingPriceStreamAdapter } from '../../../src/streams/polling/index.js';
import { runner } from '../../conformance/without-skips.js';
import { tcpProxy } from '../../servers/tcp-proxy.js';
import { QuoteServer } from './quote-server.js';
import { quotesSource } from './quotes-source.js';

async function harness(): Promise<PriceStreamAdapterHarness> {
  const server = await QuoteServer.start();
  const adapter = new PollingPriceStreamAdapter({
    source: quotesSource({ url: server.url, maxSymbols: 3 }),
    intervalMs: 5,
    backoff: { firstMs: 20, recentCapMs: 50 },
  });
  return {
    adapter,
    dispose: async () => {
      await adapter.disconnect();
      server.close();
    },
    venue: {
      send: (update) => server.send(update),
      breakLink: () => void (server.isUp = false),
      restoreLink: () => void (server.isUp = true),
    },
  };
}

// connect() makes no request, so a server that refuses does not fail it.
priceStreamAdapterConformance(runner, {
  createHarness: harness,
  supports: { breakLink: true, maxSymbols: 3 },
});

test.each(['both', 'to-client', 'to-server'] as const)(
  'a link that dies silently (%s) is found when the time of its request is up',
  async (direction) => {
    const server = await QuoteServer.start();
    const proxy = await tcpProxy({ host: '127.0.0.1', port: server.port });
    const adapter = new PollingPriceStreamAdapter({
      source: quotesSource({ url: `http://127.0.0.1:${proxy.port}/quotes` }),
      intervalMs: 20,
      timeoutMs: 500,
    });
    const log: string[] = [];
    adapter.onMessage((message) =>
      log.push(isGap(message) ? `gap ${message.reason}` : String(message.price)),
    );
    await adapter.connect();
    await adapter.subscribe(['A']);
    server.send({ symbol: 'A', price: 1, timestamp: 1 });
    await expect.poll(() => log, { interval: 10 }).toEqual(['1']);
    // Heard, not asked for: it may last less than the time from one look to the next.
    let foundAt = NaN;
    adapter.onStatus(({ state }) => {
      if (state === 'reconnecting') foundAt = performance.now();
    });
    proxy.hold(direction, 'open');
    const heldAt = performance.now();
    await expect.poll(() => foundAt, { timeout: 3000, interval: 10 }).toBeGreaterThan(heldAt);
    // 500 ms and an interval; the rest is for a machine at work on other things.
    expect(foundAt - heldAt).toBeLessThan(2500);
    await expect.poll(() => adapter.getStatus().state, { timeout: 5000, interval: 10 }).toBe('subscribed');
    server.send({ symbol: 'A', price: 2, timestamp: 2 });
    await expect.poll(() => log).toEqual(['1', 'gap silence', '2']);
    await adapter.disconnect();
    await proxy.close();
    server.close();
  },
);

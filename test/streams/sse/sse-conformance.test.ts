import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { priceStreamAdapterConformance } from '../../../src/conformance/price-stream/price-stream-adapter-conformance.js';
import type { PriceStreamAdapterHarness } from '../../../src/conformance/price-stream/price-stream-kit.js';
import { isGap } from '../../../src/core/market-data/price-stream-adapter.js';
import { SsePriceStreamAdapter } from '../../../src/streams/sse/index.js';
import { PATIENT, runner } from '../../conformance/without-skips.js';
import { tcpProxy } from '../../servers/tcp-proxy.js';
import { SseServer } from './sse-server.js';
import { tick, tickerFeed } from './ticker-feed.js';

/** An adapter and its server, which can be made as many times as there are cases. */
async function harness(namesSymbols: boolean): Promise<PriceStreamAdapterHarness> {
  const server = await SseServer.start();
  const address = `http://127.0.0.1:${server.port}/live`;
  const url = namesSymbols
    ? ({ symbols }: { symbols: readonly string[] }) => `${address}?symbols=${symbols.join()}`
    : address;
  const adapter = new SsePriceStreamAdapter({
    feed: tickerFeed({ url, maxSymbols: 3 }),
    backoff: { firstMs: 20, recentCapMs: 50 },
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

describe('a stream of everything', () => {
  priceStreamAdapterConformance(runner, {
    createHarness: () => harness(false),
    timing: PATIENT,
    supports: { breakLink: true, refuse: true, maxSymbols: 3 },
  });
});

describe('a stream for symbols', () => {
  priceStreamAdapterConformance(runner, {
    createHarness: () => harness(true),
    timing: PATIENT,
    supports: { breakLink: true, maxSymbols: 3 },
  });
});

describe('a link that dies silently', () => {
  let server: SseServer;
  let pulse: NodeJS.Timeout;
  beforeAll(async () => {
    server = await SseServer.start();
    pulse = setInterval(() => server.write(': alive\n'), 100);
  });
  afterAll(async () => {
    clearInterval(pulse);
    await server.close();
  });

  test.each(['both', 'to-client'] as const)(
    'is found when packets are held (%s), and prices are back',
    async (direction) => {
      const proxy = await tcpProxy({ host: '127.0.0.1', port: server.port });
      const adapter = new SsePriceStreamAdapter({
        feed: tickerFeed({
          url: ({ symbols }) => `http://127.0.0.1:${proxy.port}/live?symbols=${symbols.join()}`,
          silenceMs: 600,
        }),
      });
      const log: string[] = [];
      adapter.onMessage((message) =>
        log.push(isGap(message) ? `gap ${message.reason}` : String(message.price)),
      );
      await adapter.connect();
      await adapter.subscribe(['A']);
      server.write(tick('A', 1), 'A');
      await expect.poll(() => log).toEqual(['1']);
      // Heard, not asked for: it may last less than the time from one look to the next.
      let foundAt = NaN;
      adapter.onStatus(({ state }) => {
        if (state === 'reconnecting') foundAt = performance.now();
      });
      proxy.hold(direction, 'open');
      const heldAt = performance.now();
      await expect.poll(() => foundAt, { timeout: 3000, interval: 10 }).toBeGreaterThan(heldAt);
      // 600 ms and a quarter; the rest is for a machine at work on other things.
      expect(foundAt - heldAt).toBeLessThan(2500);
      await expect.poll(() => adapter.getStatus().state, { timeout: 5000, interval: 10 }).toBe('subscribed');
      server.write(tick('A', 2), 'A');
      await expect.poll(() => log).toEqual(['1', 'gap silence', '2']);
      await adapter.disconnect();
      await proxy.close();
    },
  );
});

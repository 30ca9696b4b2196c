import { expect, test } from 'vitest';
import { FakeClock } from '../../../src/conformance/fake-clock.js';
import { priceStreamAdapterConformance } from '../../../src/conformance/price-stream/price-stream-adapter-conformance.js';
import type { PriceStreamAdapterHarness } from '../../../src/conformance/price-stream/price-stream-kit.js';
import { isGap } from '../../../src/core/streams/price-stream-adapter.js';
import { PollingPriceStreamAdapter } from '../../../src/streams/polling/index.js';
import { runner } from '../../conformance/without-skips.js';
import { tcpProxy } from '../../servers/tcp-proxy.js';
import { HUNG_AFTER_MS, until } from '../../waiting.js';
import { QuoteServer } from './quote-server.js';
import { quotesSource } from './quotes-source.js';

async function harness(): Promise<PriceStreamAdapterHarness> {
  const server = await QuoteServer.start();
  const adapter = new PollingPriceStreamAdapter({
    source: quotesSource({ url: server.url, maxSymbols: 3 }),
    intervalMs: 5,
    timeoutMs: HUNG_AFTER_MS,
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
  'a link that dies silently (%s) is given up after timeoutMs, and prices follow after one gap',
  async (direction) => {
    const server = await QuoteServer.start();
    const proxy = await tcpProxy({ host: '127.0.0.1', port: server.port });
    const clock = new FakeClock();
    let askedAt = NaN;
    const url = (): string => {
      askedAt = clock.monotonic();
      return `http://127.0.0.1:${proxy.port}/quotes`;
    };
    const adapter = new PollingPriceStreamAdapter({
      source: quotesSource({ url }),
      intervalMs: 20,
      jitter: 0,
      timeoutMs: 500,
      clock,
      // Whole ms between tries.
      random: () => 0.5,
    });
    const log: string[] = [];
    adapter.onMessage((message) =>
      log.push(isGap(message) ? `gap ${message.reason}` : String(message.price)),
    );
    let foundAt = NaN;
    adapter.onStatus(({ state }) => {
      if (state === 'reconnecting') foundAt = clock.monotonic();
    });
    const isUnderWay = (): boolean => {
      const { requests, responses, failures } = adapter.stats();
      return requests > responses + failures;
    };
    // Requests take real time, and the clock stands still meanwhile.
    const moveUntil = (what: string, holds: () => boolean): Promise<number> =>
      until(what, async () => {
        if (!holds() && !isUnderWay()) await clock.advance(20);
        return holds();
      });
    await adapter.connect();
    await adapter.subscribe(['A']);
    server.send({ symbol: 'A', price: 1, timestamp: 1 });
    await moveUntil('the price has come', () => log.length === 1 && !isUnderWay());
    proxy.hold(direction, 'open');
    await moveUntil('a request is under way', isUnderWay);
    await clock.advance(askedAt + 499 - clock.monotonic());
    expect(adapter.getStatus().state).toBe('subscribed');
    await clock.advance(1);
    expect(foundAt - askedAt).toBe(500);
    await moveUntil('the stream is back', () => adapter.getStatus().state === 'subscribed');
    server.send({ symbol: 'A', price: 2, timestamp: 2 });
    await moveUntil('the next price has come', () => log.includes('2'));
    expect(log).toEqual(['1', 'gap silence', '2']);
    await adapter.disconnect();
    expect(clock.pending).toBe(0);
    await proxy.close();
    server.close();
  },
);

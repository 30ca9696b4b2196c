import { describe, it } from 'vitest';
import { priceStreamAdapterConformance } from 'tickmark/conformance';
import { binance, WebSocketPriceStreamAdapter } from 'tickmark/websocket';
import { BinanceServer } from './binance-server.js';

priceStreamAdapterConformance(
  { describe, it },
  {
    supports: { breakLink: true, refuse: true, maxSymbols: 3 },
    createHarness: async () => {
      const server = await BinanceServer.start();
      const venue = binance({ url: server.url, quotes: false });
      const adapter = new WebSocketPriceStreamAdapter({
        venue: { ...venue, limits: { symbolsPerConnection: 3, symbolsPerFrame: 2 } },
        backoff: { firstMs: 20, recentCapMs: 40 },
      });
      return {
        adapter,
        venue: {
          send: ({ symbol, price, timestamp }) => server.trade(symbol, Number(price), timestamp),
          breakLink: () => {
            server.upgrade = { kind: 'status', status: 503 };
            server.cut();
          },
          restoreLink: () => void (server.upgrade = { kind: 'accept' }),
          refuse: () => void (server.upgrade = { kind: 'status', status: 503 }),
          accept: () => void (server.upgrade = { kind: 'accept' }),
        },
        dispose: async () => {
          await adapter.disconnect();
          await server.close();
        },
      };
    },
  },
);

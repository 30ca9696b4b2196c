import { describe, it } from 'vitest';
import { priceStreamAdapterConformance } from 'tickmark/conformance';
import {
  alpaca,
  binance,
  coinbase,
  finnhub,
  kraken,
  WebSocketPriceStreamAdapter,
  type Venue,
} from 'tickmark/websocket';
import type { PriceUpdate } from 'tickmark';
import { HUNG_AFTER_MS } from '../../waiting.js';
import { AlpacaServer } from './alpaca-server.js';
import { BinanceServer } from './binance-server.js';
import { CoinbaseServer } from './coinbase-server.js';
import { FinnhubServer } from './finnhub-server.js';
import { KrakenServer } from './kraken-server.js';
import type { VenueServer } from './venue-server.js';
import { venueHarness, venueWorld } from './venue-world.js';

interface ScriptedVenue {
  readonly server: VenueServer;
  readonly venue: Venue;
  readonly send: (update: PriceUpdate) => void;
}

const COINBASE = (channel: 'ticker' | 'market_trades'): ScriptedVenue => {
  const server = new CoinbaseServer();
  const send = ({ symbol, price, timestamp }: PriceUpdate): void =>
    channel === 'ticker'
      ? server.ticker(symbol, String(price), { time: timestamp })
      : server.trade(symbol, String(price), timestamp);
  // A ticker that comes again would be one that the kit did not send.
  server.snapshots = false;
  return { server, venue: coinbase({ channel }), send };
};

const KRAKEN = (channel: 'ticker' | 'trade'): ScriptedVenue => {
  const server = new KrakenServer();
  const send = ({ symbol, price, timestamp }: PriceUpdate): void =>
    channel === 'ticker'
      ? server.ticker(symbol, String(price), { time: timestamp })
      : server.trade(symbol, String(price), timestamp);
  server.snapshots = false;
  return { server, venue: kraken({ channel }), send };
};

const VENUES: Readonly<Record<string, () => ScriptedVenue>> = {
  alpaca: () => {
    const server = new AlpacaServer();
    const send = ({ symbol, price, timestamp }: PriceUpdate): void =>
      server.trade(symbol, String(price), timestamp);
    return { server, venue: alpaca({ key: server.key, secret: server.secret }), send };
  },
  'coinbase, ticker': () => COINBASE('ticker'),
  'coinbase, market_trades': () => COINBASE('market_trades'),
  finnhub: () => {
    const server = new FinnhubServer();
    const send = ({ symbol, price, timestamp }: PriceUpdate): void =>
      server.trade(symbol, String(price), timestamp);
    return { server, venue: finnhub({ token: server.token }), send };
  },
  'kraken, ticker': () => KRAKEN('ticker'),
  'kraken, trade': () => KRAKEN('trade'),
};

const SYMBOLS = ['AAA/USD', 'BBB/USD', 'CCC/USD', 'DDD/USD'] as const;
const backoff = { firstMs: 20, recentCapMs: 40 };
const supports = { breakLink: true, refuse: true, maxSymbols: 3 };
// Small, so that the kit reaches them.
const one = { connections: 1, symbolsPerConnection: 3, symbolsPerFrame: 2 };
const several = { connections: 3, symbolsPerConnection: 1 };
const cases = Object.entries(VENUES).flatMap(([name, script]) => [
  { name, script, over: 'one connection', limits: one },
  { name, script, over: 'a connection for each symbol', limits: several },
]);

describe.each(cases)('$name, in memory, over $over', ({ name, script, limits }) => {
  const [first] = name.split(',');
  const separator = { coinbase: '-', kraken: '/' }[first!] ?? '.';
  const symbols = SYMBOLS.map((each) => each.replace('/', separator)) as [string, string, string, string];
  priceStreamAdapterConformance(
    { describe, it },
    {
      supports,
      symbols,
      createHarness: () => {
        const { server, venue, send } = script();
        const world = venueWorld(server, { ...venue, limits: { ...limits } }, { backoff });
        const sendWhenAsked = async (update: PriceUpdate): Promise<void> => {
          // Without answers, the adapter does not know when its requests have arrived.
          if (venue.acknowledges === false) await world.until(() => world.network.isIdle);
          send(update);
        };
        return {
          ...venueHarness(server, world.adapter, sendWhenAsked),
          advance: (ms: number) => world.clock.advance(ms),
          pending: () => world.clock.pending,
        };
      },
    },
  );
});

describe.each([
  ['one connection', one],
  ['a connection for each symbol', several],
])('binance, over WebSockets, %s', (_, limits) => {
  priceStreamAdapterConformance(
    { describe, it },
    {
      supports,
      timing: { timeoutMs: HUNG_AFTER_MS, caseTimeoutMs: HUNG_AFTER_MS },
      createHarness: async () => {
        const server = await BinanceServer.start();
        const adapter = new WebSocketPriceStreamAdapter({
          venue: { ...binance({ url: server.url, quotes: false }), limits },
          backoff,
          deadlines: { connect: HUNG_AFTER_MS, subscribe: HUNG_AFTER_MS },
        });
        return venueHarness(server, adapter, ({ symbol, price, timestamp }) =>
          server.trade(symbol, Number(price), timestamp),
        );
      },
    },
  );
});

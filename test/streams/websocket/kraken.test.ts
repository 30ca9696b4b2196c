import { afterEach, describe, expect, it, test } from 'vitest';
import { WebSocket } from 'ws';
import { FakeClock, priceStreamAdapterConformance } from 'tickmark/conformance';
import {
  kraken,
  WebSocketPriceStreamAdapter,
  type KrakenOptions,
  type WebSocketPriceStreamAdapterOptions,
} from 'tickmark/websocket';
import type { PriceStreamGap, PriceStreamMessage, PriceUpdate, TickmarkError } from 'tickmark';
import { seededRandom } from '../../../src/core/random.js';
import {
  nativeTransport,
  type NativeWebSocketClass,
} from '../../../src/streams/websocket/native-transport.js';
import { ScriptedTransport } from '../connection/scripted-transport.js';
import { KrakenServer } from './kraken-server.js';

for (const channel of ['ticker', 'trade'] as const) {
  describe(`kraken, ${channel}`, () => {
    priceStreamAdapterConformance(
      { describe, it },
      {
        supports: { breakLink: true, refuse: true, maxSymbols: 3 },
        symbols: ['AAA/USD', 'BBB/USD', 'CCC/USD', 'DDD/USD'],
        createHarness: async () => {
          const server = await KrakenServer.start();
          // A price twice would be one that nobody sent.
          server.snapshots = false;
          const venue = kraken({ url: server.url, channel });
          const adapter = new WebSocketPriceStreamAdapter({
            venue: { ...venue, limits: { symbolsPerConnection: 3, symbolsPerFrame: 2 } },
            backoff: { firstMs: 20, recentCapMs: 40 },
          });
          return {
            adapter,
            venue: {
              send: ({ symbol, price, timestamp }) =>
                channel === 'ticker'
                  ? server.ticker(symbol, String(price), { time: timestamp })
                  : server.trade(symbol, String(price), timestamp),
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
  });
}

let close: () => Promise<unknown> = async () => undefined;
afterEach(() => close());

async function world(
  venueOptions: KrakenOptions = {},
  options: Partial<WebSocketPriceStreamAdapterOptions> = {},
) {
  const server = await KrakenServer.start();
  const messages: PriceStreamMessage[] = [];
  const errors: TickmarkError[] = [];
  // Without the pace, which fake clocks test.
  const venue = { ...kraken({ url: server.url, ...venueOptions }), limits: {} };
  const adapter = new WebSocketPriceStreamAdapter({
    venue,
    onError: (error) => errors.push(error),
    ...options,
  });
  adapter.onMessage((message) => messages.push({ ...message }));
  close = async () => {
    await adapter.disconnect();
    await server.close();
  };
  const prices = () => messages.filter((each): each is PriceUpdate => !('type' in each));
  const gaps = () => messages.filter((each): each is PriceStreamGap => 'type' in each);
  return { server, adapter, messages, errors, prices, gaps };
}

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
};

test('heartbeats are asked for before any pair, so that a connection without one is no silent one', async () => {
  const { server, adapter } = await world();
  await adapter.connect();
  await until(() => adapter.stats().control.answer === 1);
  server.heartbeat();
  await until(() => adapter.stats().control.heartbeat === 1);
  expect(adapter.stats()).toMatchObject({ control: { status: 1, ready: 1 }, rejected: {}, unexplained: 0 });
});

test('pairs that it does not know are refused one by one with what it says, the others delivered', async () => {
  const { server, adapter, errors, prices } = await world();
  for (const symbol of ['NOPE/USD', 'PIRATE/EUR']) server.unknown.add(symbol);
  await adapter.connect();
  await adapter.subscribe(['NOPE/USD', 'BTC/USD', 'PIRATE/EUR']);
  expect(errors.map(({ code, message }) => `${code} ${message}`)).toEqual([
    'SYMBOL_REFUSED kraken does not deliver "NOPE/USD": Currency pair not supported NOPE/USD.',
    'SYMBOL_REFUSED kraken does not deliver "PIRATE/EUR": Currency pair not supported PIRATE/EUR.',
  ]);
  await until(() => adapter.getSubscribedSymbols().length === 1);
  server.ticker('BTC/USD', '0.13110', { bid: '0.13099', ask: '0.13108' });
  await until(() => prices().length === 1);
  expect(prices()[0]).toMatchObject({ price: '0.13110', bid: '0.13099', ask: '0.13108' });
  await expect(adapter.subscribe(['NOPE/USD'])).rejects.toMatchObject({ code: 'SYMBOL_REFUSED' });
  expect(adapter.stats()).toMatchObject({ rejected: {}, unexplained: 0 });
});

test('a request that fails as a whole is asked again in halves, until the pair that is bad stands alone', async () => {
  const { server, adapter, errors } = await world();
  await adapter.connect();
  // Of three, then of the first two, then of the last.
  server.errors.push('Malformed request', 'Malformed request', 'Bad symbol');
  await adapter.subscribe(['AAA/USD', 'BBB/USD', 'BAD/USD']);
  await until(() => adapter.getSubscribedSymbols().length === 2);
  expect(errors).toMatchObject([{ code: 'SYMBOL_REFUSED', symbol: 'BAD/USD', reason: 'Bad symbol' }]);
  expect(server.table()).toEqual(
    new Map([
      ['AAA/USD', 1],
      ['BBB/USD', 1],
    ]),
  );
});

test('a pair that it says is subscribed already, is', async () => {
  const { server, adapter, errors, prices } = await world({}, { deadlines: { subscribe: 40 } });
  await adapter.connect();
  server.answers = false;
  const subscribing = adapter.subscribe(['AAA/USD']);
  const [client] = server.clients;
  await until(() => client!.received.some(({ text }) => text.includes('AAA/USD')));
  // The answer is lost, not the request.
  client!.streams.set('ticker AAA/USD', 1);
  server.answers = true;
  await subscribing;
  server.ticker('AAA/USD', '1.5');
  await until(() => prices().length === 1);
  expect(errors).toEqual([]);
});

test('while no orders are matched prices are halted, from the moment it says so', async () => {
  const { server, adapter, prices } = await world();
  await adapter.connect();
  await adapter.subscribe(['AAA/USD', 'BBB/USD']);
  server.ticker('AAA/USD', '1.50', { bid: '1.49', ask: '1.51' });
  await until(() => prices().length === 1);
  server.become('maintenance');
  server.ticker('BBB/USD', '7.00');
  server.become('post_only');
  server.become('online');
  await until(() => prices().length === 5);
  const told = prices().map(({ symbol, price, bid, state }) => `${symbol} ${price} ${bid} ${state}`);
  expect(told).toEqual([
    'AAA/USD 1.50 1.49 undefined',
    'AAA/USD 1.50 1.49 halted',
    'BBB/USD 7.00 undefined halted',
    'AAA/USD 1.50 1.49 undefined',
    'BBB/USD 7.00 undefined undefined',
  ]);
  const times = prices().map(({ timestamp }) => timestamp);
  expect(times[1]).toBe(times[0]);
});

test('who connects while it is in maintenance hears of it with the first price', async () => {
  const { server, adapter, prices } = await world();
  server.system = 'cancel_only';
  server.ticker('AAA/USD', '1.50');
  await adapter.connect();
  await adapter.subscribe(['AAA/USD']);
  await until(() => prices().length === 1);
  expect(prices()[0]).toMatchObject({ price: '1.50', state: 'halted' });
});

test('the first price of a pair is its snapshot, also after a break', async () => {
  const { server, adapter, prices, gaps } = await world();
  server.ticker('AAA/USD', '1.50');
  await adapter.connect();
  await adapter.subscribe(['AAA/USD']);
  server.cut();
  await until(() => prices().length === 2);
  expect(gaps()).toMatchObject([{ reason: 'disconnect', recovered: true, symbols: ['AAA/USD'] }]);
});

test('sockets that cannot ping are kept by pings of its protocol', async () => {
  const settings = {
    maxFrameBytes: 1_000_000,
    compression: false,
    clean: (text: string) => text,
    now: () => Date.now(),
  };
  const transport = nativeTransport(WebSocket as unknown as NativeWebSocketClass, settings);
  const server = await KrakenServer.start();
  const venue = kraken({ url: server.url });
  const adapter = new WebSocketPriceStreamAdapter({
    transport,
    venue: { ...venue, heartbeat: { ...venue.heartbeat, textIntervalMs: 20 } },
  });
  close = async () => {
    await adapter.disconnect();
    await server.close();
  };
  await adapter.connect();
  await until(() => (adapter.stats().control.pong ?? 0) >= 3);
  server.answers = false;
  await until(() => adapter.getStatus().state === 'reconnecting');
  expect(adapter.stats()).toMatchObject({ rejected: {}, unexplained: 0 });
});

test('ten minutes without the venue take fewer tries than it bans an address for', async () => {
  const clock = new FakeClock();
  const attempts: number[] = [];
  const transport = new ScriptedTransport((connection) => {
    attempts.push(clock.monotonic());
    clock.setTimer(() => {
      if (attempts.length === 1) connection.open();
      else if (!connection.isClosed) connection.drop({ status: 503 });
    }, 5);
  });
  for (const seed of [1, 2, 3]) {
    attempts.length = 0;
    const adapter = new WebSocketPriceStreamAdapter({
      venue: kraken(),
      clock,
      transport,
      random: seededRandom(seed),
    });
    const connecting = adapter.connect();
    await clock.advance(5);
    await connecting;
    transport.last.drop();
    for (let at = 0; at < 600; at++) await clock.advance(1000);
    await adapter.disconnect();
    // About 150 by what it tells; some are left to others behind the same address.
    expect(attempts.length).toBeGreaterThan(60);
    expect(attempts.length).toBeLessThan(120);
    expect(attempts.slice(2).every((at, index) => at - attempts[index + 1]! <= 30_010)).toBe(true);
  }
});

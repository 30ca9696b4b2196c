import { inspect } from 'node:util';
import { afterEach, describe, expect, it, test } from 'vitest';
import { FakeClock, priceStreamAdapterConformance } from 'tickmark/conformance';
import {
  coinbase,
  WebSocketPriceStreamAdapter,
  type CoinbaseOptions,
  type WebSocketPriceStreamAdapterOptions,
} from 'tickmark/websocket';
import type { PriceStreamGap, PriceStreamMessage, PriceUpdate, TickmarkError } from 'tickmark';
import { ScriptedTransport, type ScriptedConnection } from '../connection/scripted-transport.js';
import { CoinbaseServer } from './coinbase-server.js';

for (const channel of ['ticker', 'market_trades'] as const) {
  describe(`coinbase, ${channel}`, () => {
    priceStreamAdapterConformance(
      { describe, it },
      {
        supports: { breakLink: true, refuse: true, maxSymbols: 3 },
        symbols: ['AAA-USD', 'BBB-USD', 'CCC-USD', 'DDD-USD'],
        createHarness: async () => {
          const server = await CoinbaseServer.start();
          // A price twice would be one that nobody sent.
          server.snapshots = false;
          const venue = coinbase({ url: server.url, channel });
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
  venueOptions: CoinbaseOptions = {},
  options: Partial<WebSocketPriceStreamAdapterOptions> = {},
) {
  const server = await CoinbaseServer.start();
  const messages: PriceStreamMessage[] = [];
  const errors: TickmarkError[] = [];
  const shown: unknown[] = [];
  // Without the pace, which fake clocks test.
  const venue = { ...coinbase({ url: server.url, ...venueOptions }), limits: {} };
  const adapter = new WebSocketPriceStreamAdapter({
    venue,
    onError: (error) => errors.push(error),
    ...options,
  });
  adapter.onMessage((message) => messages.push({ ...message }));
  adapter.onStatus((status) => shown.push(status));
  close = async () => {
    await adapter.disconnect();
    await server.close();
  };
  const prices = () => messages.filter((each): each is PriceUpdate => !('type' in each));
  const gaps = () => messages.filter((each): each is PriceStreamGap => 'type' in each);
  return { server, adapter, messages, errors, shown, venue, prices, gaps };
}

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
};

test('heartbeats are asked for first, before any product, and each subscription names one channel', async () => {
  const { server, adapter } = await world();
  await adapter.connect();
  await until(() => server.clients.size === 1 && [...server.clients][0]!.received.length === 1);
  await adapter.subscribe(['BTC-USD', 'ETH-USD']);
  await adapter.unsubscribe(['ETH-USD']);
  const [client] = server.clients;
  await until(() => client!.received.length === 3);
  expect(client!.received.map(({ text }) => JSON.parse(text) as unknown)).toEqual([
    { type: 'subscribe', channel: 'heartbeats' },
    { type: 'subscribe', product_ids: ['BTC-USD', 'ETH-USD'], channel: 'ticker' },
    { type: 'unsubscribe', product_ids: ['ETH-USD'], channel: 'ticker' },
  ]);
  server.heartbeat();
  await until(() => adapter.stats().control.heartbeat === 1);
  expect(adapter.stats()).toMatchObject({ rejected: {}, unexplained: 0 });
  expect(server.table()).toEqual(new Map([['BTC-USD', 1]]));
});

test('products that the answer leaves out are refused one by one, the others delivered', async () => {
  const { server, adapter, errors, prices } = await world();
  for (const product of ['NOPE-USD', 'NADA-EUR']) server.unknown.add(product);
  await adapter.connect();
  await adapter.subscribe(['NOPE-USD', 'BTC-USD', 'NADA-EUR']);
  expect(errors.map(({ code, message }) => `${code} ${message}`)).toEqual(
    ['NOPE-USD', 'NADA-EUR'].map(
      (each) =>
        `SYMBOL_REFUSED coinbase does not deliver "${each}": the venue does not list it as subscribed.`,
    ),
  );
  await until(() => adapter.getSubscribedSymbols().length === 1);
  server.ticker('BTC-USD', '65083.67');
  await until(() => prices().length === 1);
  await expect(adapter.subscribe(['NOPE-USD'])).rejects.toMatchObject({ code: 'SYMBOL_REFUSED' });
});

test('the first price of a product is its snapshot, also after a break', async () => {
  const { server, adapter, prices, gaps } = await world();
  await adapter.connect();
  server.ticker('BTC-USD', '65083.67', { bid: '65083.66', ask: '65083.67' });
  await adapter.subscribe(['BTC-USD']);
  await until(() => prices().length === 1);
  expect(prices()[0]).toMatchObject({ price: '65083.67', bid: '65083.66', ask: '65083.67' });
  server.cut();
  await until(() => prices().length === 2);
  expect(gaps()).toMatchObject([{ reason: 'disconnect', recovered: true, symbols: ['BTC-USD'] }]);
});

test('a hole in the numbers is a gap before the price that follows; a new connection takes over with snapshots', async () => {
  const { server, adapter, messages, prices } = await world();
  await adapter.connect();
  await adapter.subscribe(['BTC-USD', 'DOT-USD']);
  server.ticker('DOT-USD', '5.101');
  server.ticker('BTC-USD', '1.01');
  await until(() => prices().length === 2);
  // Lost: the last word on a product that is quiet afterwards, for one.
  const [old] = server.clients;
  server.lose(old!);
  server.ticker('BTC-USD', '1.02');
  await until(() => adapter.stats().rotations === 1 && server.clients.size === 1);
  const told = messages.map((each) => ('type' in each ? each.type : `${each.symbol} ${each.price}`));
  expect(told.slice(0, 4)).toEqual(['DOT-USD 5.101', 'BTC-USD 1.01', 'gap', 'BTC-USD 1.02']);
  expect(messages[2]).toMatchObject({ reason: 'sequence', symbols: ['BTC-USD', 'DOT-USD'] });
  // From the new connection; the old one says no more.
  expect(told.slice(4).sort()).toEqual(['BTC-USD 1.02', 'DOT-USD 5.101']);
  expect(adapter.stats()).toMatchObject({ gaps: 1, reconnects: 0, rotations: 1, unexplained: 0 });
  expect(server.table()).toEqual(
    new Map([
      ['BTC-USD', 1],
      ['DOT-USD', 1],
    ]),
  );
  expect(adapter.getStatus()).toEqual({ state: 'subscribed' });
});

test('of two connections each tells only of losses among the symbols that it delivers', async () => {
  const clock = new FakeClock();
  const transport = new ScriptedTransport((connection) => clock.setTimer(() => connection.open(), 1));
  const adapter = new WebSocketPriceStreamAdapter({ venue: coinbase(), clock, transport });
  const gaps: PriceStreamGap[] = [];
  adapter.onMessage((message) => 'type' in message && gaps.push(message));
  const send = (connection: ScriptedConnection, channel: string, sequence_num: number, event: object) =>
    connection.frame(JSON.stringify({ channel, sequence_num, events: [event] }));
  const answers = (connection: ScriptedConnection, sequence: number) => {
    send(connection, 'subscriptions', sequence, { subscriptions: {} });
    send(connection, 'subscriptions', sequence + 1, { subscriptions: { ticker: ['A-USD', 'B-USD'] } });
  };
  const ticker = (product_id: string) => ({ tickers: [{ product_id, price: '1.5' }] });
  const connecting = adapter.connect();
  await clock.advance(1);
  await connecting;
  const subscribing = adapter.subscribe(['A-USD', 'B-USD']);
  await clock.advance(1);
  const [old] = transport.connections;
  answers(old!, 0);
  await subscribing;
  send(old!, 'heartbeats', 5, {});
  expect(gaps).toMatchObject([{ symbols: ['A-USD', 'B-USD'] }]);

  await clock.advance(2);
  const { last } = transport;
  answers(last, 0);
  expect(adapter.stats().rotations).toBe(1);
  send(last, 'ticker', 2, ticker('A-USD'));
  send(old!, 'heartbeats', 9, {});
  expect(gaps.slice(1)).toMatchObject([{ symbols: ['B-USD'] }]);
  send(last, 'heartbeats', 7, {});
  expect(gaps.slice(2)).toMatchObject([{ symbols: ['A-USD'] }]);
  send(last, 'ticker', 8, ticker('B-USD'));
  send(old!, 'heartbeats', 20, {});
  expect(gaps).toHaveLength(3);
  await adapter.disconnect();
  expect(clock.pending).toBe(0);
});

test('a socket that cannot ping lives by the heartbeats, and is given up after five seconds without', async () => {
  const clock = new FakeClock();
  const transport = new ScriptedTransport((connection) => {
    Object.assign(connection, { ping: undefined });
    clock.setTimer(() => connection.open(), 1);
  });
  const adapter = new WebSocketPriceStreamAdapter({ venue: coinbase(), clock, transport });
  const connecting = adapter.connect();
  await clock.advance(1);
  await connecting;
  for (let beat = 0; beat < 60; beat++) {
    await clock.advance(1000);
    transport.last.frame(`{"channel":"heartbeats","sequence_num":${beat},"events":[{}]}`);
  }
  await clock.advance(4900);
  expect(transport.connections).toHaveLength(1);
  await clock.advance(1700);
  expect(transport.connections).toHaveLength(2);
  await adapter.disconnect();
});

test('1,000 products are asked for at its pace: at most four messages in any second, pings included', async () => {
  const clock = new FakeClock();
  const sent: number[] = [];
  const transport = new ScriptedTransport((connection) => {
    const note = () => void sent.push(clock.monotonic());
    Object.assign(connection, { send: note, ping: note });
    clock.setTimer(() => connection.open(), 1);
  });
  const adapter = new WebSocketPriceStreamAdapter({ venue: coinbase(), clock, transport });
  const connecting = adapter.connect();
  await clock.advance(1);
  await connecting;
  adapter.subscribe(Array.from({ length: 1000 }, (_, at) => `P${at}-USD`)).catch(() => undefined);
  for (let at = 0; at < 60; at++) {
    await clock.advance(50);
    transport.last.frame('{"channel":"heartbeats","events":[{}]}');
  }
  expect(sent.length).toBeGreaterThanOrEqual(11);
  for (const at of sent) expect(sent.filter((each) => each >= at && each < at + 1000).length).toBeLessThan(5);
  await adapter.disconnect();
});

describe('with a token', () => {
  const TOKENS = ['jwt.one-71ab', 'jwt.two-82cd', 'jwt.three-93ef', 'jwt.four-04aa'];

  /** Gives a new token each time. */
  function minted() {
    let given = 0;
    return { jwt: async () => TOKENS[given++]!, count: () => given };
  }

  function expectNoToken(...values: unknown[]): void {
    const text = values
      .map((each) => inspect(each, { depth: 10, showHidden: true }) + String(each) + JSON.stringify(each))
      .join('\n');
    for (const token of TOKENS) expect(text).not.toContain(token);
  }

  test('each frame carries a new one, and it is shown nowhere', async () => {
    const { jwt, count } = minted();
    const { server, adapter, errors, shown, venue } = await world({ jwt });
    server.unknown.add('NOPE-USD');
    await adapter.connect();
    await adapter.subscribe(['BTC-USD', 'NOPE-USD']);
    await adapter.unsubscribe(['BTC-USD']);
    await until(() => server.jwts.length === 3);
    expect(server.jwts).toEqual(TOKENS.slice(0, 3));
    expect(count()).toBe(3);
    expectNoToken(adapter, adapter.stats(), venue, ...errors, ...shown);
  });

  test('one that is not accepted ends the stream, without quoting it', async () => {
    const { jwt } = minted();
    const { server, adapter, errors, shown } = await world({ jwt });
    await adapter.connect();
    await until(() => adapter.stats().control.answer === 1);
    server.errors.push(`authentication failure: ${TOKENS.slice(0, 2).join(' ')}`);
    const subscribing = adapter.subscribe(['BTC-USD']).catch((error: unknown) => error);
    await until(() => adapter.getStatus().state === 'failed');
    const status = adapter.getStatus();
    expect(status).toMatchObject({
      error: {
        code: 'UNAUTHORIZED',
        message: expect.stringContaining('coinbase refuses this stream: authentication failure'),
      },
    });
    expectNoToken(status, await subscribing, adapter, ...errors, ...shown);
  });

  test.each([
    ['throws', () => Promise.reject(new Error('cannot sign with jwt.one-71ab')), 'STREAM_FAILED'],
    ['gives none', () => new Promise<string>(() => undefined), 'TIMEOUT'],
  ])('a provider that %s fails connect()', async (_, jwt, code) => {
    const { adapter, errors } = await world({ jwt }, { deadlines: { auth: 50 } });
    const error = (await adapter.connect().catch((each: unknown) => each)) as TickmarkError;
    expect(error.code).toBe(code);
    expectNoToken(error, adapter, ...errors);
  });

  test('a provider that gives none for a later frame breaks the connection by name, and all is asked for anew', async () => {
    let given = 0;
    const jwt = () => (++given === 2 ? new Promise<string>(() => undefined) : `jwt.${given}-aaaa`);
    const { server, adapter, errors } = await world({ jwt }, { deadlines: { subscribe: 50 } });
    await adapter.connect();
    await adapter.subscribe(['BTC-USD']);
    await until(() => adapter.getStatus().state === 'subscribed' && server.table().get('BTC-USD') === 1);
    expect(errors).toMatchObject([{ code: 'TIMEOUT', phase: 'subscribe' }]);
  });
});

test('an error that names no product leaves the good ones: what is unanswered is asked for again, one by one', async () => {
  const { server, adapter, errors } = await world({}, { deadlines: { subscribe: 50 } });
  await adapter.connect();
  await until(() => adapter.stats().control.answer === 1);
  // Of both; then, asked for each alone, of the first.
  server.errors.push('failed to subscribe', 'no such product');
  await adapter.subscribe(['BAD-USD', 'BTC-USD']);
  await until(() => adapter.getSubscribedSymbols().length === 1);
  expect(errors).toMatchObject([{ code: 'SYMBOL_REFUSED', symbol: 'BAD-USD', reason: 'no such product' }]);
  expect(server.table()).toEqual(new Map([['BTC-USD', 1]]));
});

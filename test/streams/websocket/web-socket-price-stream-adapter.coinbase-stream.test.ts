import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { FakeClock } from 'tickmark/conformance';
import {
  coinbase,
  WebSocketPriceStreamAdapter,
  type CoinbaseOptions,
  type WebSocketPriceStreamAdapterOptions,
} from 'tickmark/websocket';
import type { PriceStreamGap, TickmarkError } from 'tickmark';
import { ScriptedTransport, type ScriptedConnection } from '../connection/scripted-transport.js';
import { CoinbaseServer } from './coinbase-server.js';
import { venueWorld } from './venue-world.js';

let close: () => Promise<unknown> = async () => undefined;
afterEach(() => close());

/** Without the limit of frames a second, which would only make the tests longer. */
function world(
  venueOptions: CoinbaseOptions = {},
  options: Partial<WebSocketPriceStreamAdapterOptions> = {},
) {
  const opened = venueWorld(new CoinbaseServer(), { ...coinbase(venueOptions), limits: {} }, options);
  close = async () => expect(await opened.close()).toBe(0);
  return opened;
}

test('each subscription of a stream of Coinbase names one channel', async () => {
  const { server, adapter, connect, subscribe, unsubscribe, until } = world();
  await connect();
  await subscribe('BTC-USD', 'ETH-USD');
  await unsubscribe('ETH-USD');
  const [client] = server.clients;
  await until(() => client!.received.length === 3);
  expect(client!.received.map(({ text }) => JSON.parse(text) as unknown)).toEqual([
    { type: 'subscribe', channel: 'heartbeats' },
    { type: 'subscribe', product_ids: ['BTC-USD', 'ETH-USD'], channel: 'ticker' },
    { type: 'unsubscribe', product_ids: ['ETH-USD'], channel: 'ticker' },
  ]);
  expect(adapter.stats()).toMatchObject({ rejected: {}, unexplained: 0 });
  expect(server.table()).toEqual(new Map([['BTC-USD', 1]]));
});

test('a missing sequence number is reported as a gap before the next price, and a new connection takes over with snapshots', async () => {
  const { server, adapter, messages, connect, subscribe, until } = world();
  await connect();
  await subscribe('BTC-USD', 'DOT-USD');
  server.ticker('DOT-USD', '5.101');
  server.ticker('BTC-USD', '1.01');
  // Lost: possibly the last ticker of a product that is quiet afterwards.
  const [old] = server.clients;
  server.lose(old!);
  server.ticker('BTC-USD', '1.02');
  await until(() => adapter.stats().rotations === 1 && server.clients.size === 1);
  const delivered = messages.map((each) => ('type' in each ? each.type : `${each.symbol} ${each.price}`));
  expect(delivered.slice(0, 4)).toEqual(['DOT-USD 5.101', 'BTC-USD 1.01', 'gap', 'BTC-USD 1.02']);
  expect(messages[2]).toMatchObject({ reason: 'sequence', symbols: ['BTC-USD', 'DOT-USD'] });
  // From the new connection: the old one delivers nothing more.
  expect(delivered.slice(4).sort()).toEqual(['BTC-USD 1.02', 'DOT-USD 5.101']);
  expect(adapter.stats()).toMatchObject({ gaps: 1, reconnects: 0, rotations: 1, unexplained: 0 });
  expect(server.table()).toEqual(
    new Map([
      ['BTC-USD', 1],
      ['DOT-USD', 1],
    ]),
  );
  expect(adapter.getStatus()).toEqual({ state: 'subscribed' });
});

test('while a connection is replaced, each of the two reports gaps only of the symbols that it delivers', async () => {
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

test('a socket that cannot ping is kept alive by heartbeats, and closed after five seconds without one', async () => {
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

test('subscribing 1,000 products sends at most four messages in any second, pings included', async () => {
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

describe('a token of Coinbase', () => {
  const TOKENS = ['jwt.one-71ab', 'jwt.two-82cd', 'jwt.three-93ef', 'jwt.four-04aa'];

  /** Returns a new token each time. */
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

  test('signs each frame with a new one, and shows none of them', async () => {
    const { jwt, count } = minted();
    const { server, adapter, errors, statuses, venue, connect, subscribe, unsubscribe, until } = world({
      jwt,
    });
    server.unknown.add('NOPE-USD');
    await connect();
    await subscribe('BTC-USD', 'NOPE-USD');
    await unsubscribe('BTC-USD');
    await until(() => server.jwts.length === 3);
    expect(server.jwts).toEqual(TOKENS.slice(0, 3));
    expect(count()).toBe(3);
    expectNoToken(adapter, adapter.stats(), venue, ...errors, ...statuses);
  });

  test('fails when the venue does not accept it, without quoting it', async () => {
    const { jwt } = minted();
    const { server, adapter, errors, statuses, connect, settled, until } = world({ jwt });
    await connect();
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
    expectNoToken(status, await settled(subscribing), adapter, ...errors, ...statuses);
  });

  test.each([
    ['throws', () => Promise.reject(new Error('cannot sign with jwt.one-71ab')), 'STREAM_FAILED'],
    ['never settles', () => new Promise<string>(() => undefined), 'TIMEOUT'],
  ])('fails connect() when the function that makes it %s', async (_, jwt, code) => {
    const { adapter, errors, connect } = world({ jwt });
    const error = (await connect().catch((each: unknown) => each)) as TickmarkError;
    expect(error.code).toBe(code);
    expectNoToken(error, adapter, ...errors);
  });

  test('causes a reconnect, with all subscriptions, when it does not come for a later frame', async () => {
    let given = 0;
    const jwt = () => (++given === 2 ? new Promise<string>(() => undefined) : `jwt.${given}-aaaa`);
    const { server, adapter, errors, connect, subscribe, until } = world({ jwt });
    await connect();
    await subscribe('BTC-USD');
    await until(() => adapter.getStatus().state === 'subscribed' && server.table().get('BTC-USD') === 1);
    expect(errors).toMatchObject([{ code: 'TIMEOUT', phase: 'subscribe' }]);
  });
});

test('an error that names no product refuses no good one: unanswered products are requested again, one by one', async () => {
  const { server, adapter, errors, connect, subscribe, until } = world();
  await connect();
  await until(() => adapter.stats().control.answer === 1);
  // Of both; then, asked for each alone, of the first.
  server.errors.push('failed to subscribe', 'no such product');
  await subscribe('BAD-USD', 'BTC-USD');
  await until(() => adapter.getSubscribedSymbols().length === 1);
  expect(errors).toMatchObject([{ code: 'SYMBOL_REFUSED', symbol: 'BAD-USD', reason: 'no such product' }]);
  expect(server.table()).toEqual(new Map([['BTC-USD', 1]]));
});

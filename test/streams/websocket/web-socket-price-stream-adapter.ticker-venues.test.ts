import { afterEach, describe, expect, test } from 'vitest';
import { coinbase, kraken } from 'tickmark/websocket';
import { CoinbaseServer } from './coinbase-server.js';
import { KrakenServer } from './kraken-server.js';
import { venueWorld } from './venue-world.js';

let close: () => Promise<unknown> = async () => undefined;
afterEach(async () => expect(await close()).toBe(0));

/** Tests of venues that answer each request, send heartbeats and begin with the last ticker. */
const VENUES = [
  {
    name: 'coinbase',
    start: () => venueWorld(new CoinbaseServer(), coinbase()),
    known: 'BTC-USD',
    unknown: ['NOPE-USD', 'NADA-EUR'],
    reason: () => 'the venue does not list it as subscribed',
    control: { heartbeat: 1 },
  },
  {
    name: 'kraken',
    start: () => venueWorld(new KrakenServer(), kraken()),
    known: 'BTC/USD',
    unknown: ['NOPE/USD', 'PIRATE/EUR'],
    reason: (symbol: string) => `Currency pair not supported ${symbol}`,
    control: { heartbeat: 1, status: 1, ready: 1 },
  },
];

describe.each(VENUES)('a stream of $name', ({ name, start, known, unknown, reason, control }) => {
  function started() {
    const world = start();
    ({ close } = world);
    return world;
  }

  test('subscribes heartbeats before any symbol, so that a quiet connection does not count as dead', async () => {
    const { server, adapter, connect, until } = started();
    await connect();
    await until(() => adapter.stats().control.answer === 1);
    server.heartbeat();
    expect(adapter.stats()).toMatchObject({ control, rejected: {}, unexplained: 0 });
    expect([...server.table().keys()]).toEqual([]);
  });

  test('reports each symbol that the venue refuses, with its reason, and delivers the others', async () => {
    const { server, adapter, errors, prices, connect, subscribe, until } = started();
    for (const symbol of unknown) server.unknown.add(symbol);
    await connect();
    await subscribe(unknown[0]!, known, unknown[1]!);
    expect(errors.map(({ code, message }) => `${code} ${message}`)).toEqual(
      unknown.map((each) => `SYMBOL_REFUSED ${name} does not deliver "${each}": ${reason(each)}.`),
    );
    await until(() => adapter.getSubscribedSymbols().length === 1);
    server.ticker(known, '0.13110', { bid: '0.13099', ask: '0.13108' });
    expect(prices()).toMatchObject([{ price: '0.13110', bid: '0.13099', ask: '0.13108' }]);
    await expect(subscribe(unknown[0]!)).rejects.toMatchObject({ code: 'SYMBOL_REFUSED' });
    expect(adapter.stats()).toMatchObject({ rejected: {}, unexplained: 0 });
  });

  test('begins with the last ticker of a symbol, also after a broken link', async () => {
    const { server, prices, gaps, connect, subscribe, until } = started();
    await connect();
    server.ticker(known, '65083.67', { bid: '65083.66', ask: '65083.67' });
    await subscribe(known);
    expect(prices()).toMatchObject([{ price: '65083.67', bid: '65083.66', ask: '65083.67' }]);
    server.cut();
    await until(() => prices().length === 2);
    expect(gaps()).toMatchObject([{ reason: 'disconnect', recovered: true, symbols: [known] }]);
  });
});

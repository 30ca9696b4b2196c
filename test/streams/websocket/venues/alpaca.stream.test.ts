import { afterEach, describe, expect, test } from 'vitest';
import {
  alpaca,
  WebSocketPriceStreamAdapter,
  type AlpacaOptions,
  type SymbolRefusedError,
} from 'tickmark/websocket';
import { until } from '../../../waiting.js';
import { AlpacaServer } from '../alpaca-server.js';
import { expectHidden } from '../shown.js';
import { socketWorld } from '../socket-world.js';
import type { ServedClient } from '../venue-server.js';
import { venueWorld } from '../venue-world.js';

let close: () => Promise<unknown> = async () => undefined;
afterEach(() => close());

function world(options: Partial<AlpacaOptions> = {}) {
  const server = new AlpacaServer();
  const { key, secret } = server;
  const opened = venueWorld(server, alpaca({ key, secret, ...options }));
  close = async () => expect(await opened.close()).toBe(0);
  const refused = (): string[] =>
    opened.errors
      .filter(({ code }) => code === 'SYMBOL_REFUSED')
      .map((each) => (each as SymbolRefusedError).symbol);
  return { ...opened, refused };
}

describe('a stream of Alpaca', () => {
  test('logs in, subscribes, delivers trades with quotes, and subscribes each symbol once again after a break', async () => {
    const { server, adapter, messages, connect, subscribe, unsubscribe, until } = world();
    await connect();
    await subscribe('AAPL', 'BRK.B');
    server.trade('AAPL', '184.10', 1_700_000_000_123);
    server.quote('AAPL', '184.05', '184.15', 1_700_000_000_200);
    await until(() => messages.length === 2);
    expect(messages[1]).toMatchObject({ price: '184.10', bid: '184.05', ask: '184.15', currency: 'USD' });
    server.cut();
    await until(() => adapter.stats().reconnects === 1);
    expect([...server.table()]).toEqual([
      ['AAPL', 1],
      ['BRK.B', 1],
    ]);
    expect([...server.table('quotes').values()]).toEqual([1, 1]);
    server.trade('AAPL', '185.00');
    await until(() => messages.length === 4);
    expect(messages.map((each) => ('type' in each ? 'gap' : each.price))).toEqual([
      '184.10',
      '184.10',
      'gap',
      '185.00',
    ]);
    await unsubscribe('AAPL');
    await until(() => !server.table().has('AAPL'));
    expect(adapter.stats()).toMatchObject({ unexplained: 0, rejected: {} });
  });

  test('refuses bad symbols one by one, with the code and reason of the venue', async () => {
    const { server, adapter, refused, errors, connect, subscribe, settled, until } = world();
    for (const symbol of ['BAD', 'WORSE']) server.malformed.add(symbol);
    server.unlisted.add('GONE');
    await connect();
    await subscribe('AAA', 'BAD', 'BBB', 'GONE', 'WORSE', 'CCC', 'btc/usd');
    await until(() => adapter.getSubscribedSymbols().length === 3);
    expect(adapter.getSubscribedSymbols()).toEqual(['AAA', 'BBB', 'CCC']);
    expect(refused().sort()).toEqual(['BAD', 'GONE', 'WORSE', 'btc/usd']);
    expect(errors.find((each) => 'symbol' in each && each.symbol === 'BAD')).toMatchObject({
      sourceCode: 400,
      reason: 'invalid syntax',
    });
    await expect(settled(adapter.subscribe(['BAD']))).rejects.toMatchObject({
      code: 'SYMBOL_REFUSED',
      sourceCode: 400,
    });
    expect([...server.table().keys()].sort()).toEqual(['AAA', 'BBB', 'CCC']);
  });

  test('with more symbols than the plan allows subscribes the first ones', async () => {
    const { server, adapter, refused, connect, subscribe, unsubscribe, until } = world();
    server.symbolLimit = 30;
    const symbols = Array.from({ length: 250 }, (_, index) => `S${index}`);
    await connect();
    await subscribe(...symbols);
    await until(() => adapter.getSubscribedSymbols().length === 30);
    expect(adapter.getSubscribedSymbols()).toEqual(symbols.slice(0, 30));
    expect(refused().sort()).toEqual(symbols.slice(30).sort());
    expect(server.requests).toBeLessThan(40);
    // Unsubscribed symbols make room.
    await unsubscribe('S0');
    await subscribe('NEW');
    expect(adapter.getSubscribedSymbols()).toHaveLength(30);
    expect([...server.table().keys()]).toEqual([...symbols.slice(1, 30), 'NEW']);
  });

  test.each([
    ['a wrong secret', 402, 'auth failed'],
    ['a feed that is not in the plan', 409, 'insufficient subscription'],
  ])('fails permanently with UNAUTHORIZED for %s', async (_, code, msg) => {
    const { server, statuses, connect } = world(code === 402 ? { secret: 'wrong-secret' } : {});
    if (code !== 402) server.loginError = { code, msg };
    await expect(connect()).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      retryable: false,
      message: `alpaca refuses this stream: ${msg} (code ${code})`,
    });
    expect(server.attempts).toHaveLength(1);
    expect(statuses.at(-1)!.state).toBe('failed');
  });

  test('fails permanently when its key is refused at a reconnect', async () => {
    const { server, adapter, connect, until } = world();
    await connect();
    server.loginError = { code: 402, msg: 'auth failed' };
    server.cut();
    await until(() => adapter.getStatus().state === 'failed');
    expect(adapter.getStatus()).toMatchObject({ error: { code: 'UNAUTHORIZED' } });
    expect(server.attempts).toHaveLength(2);
  });

  test('fails with VENUE_LIMIT as the second stream of a key', async () => {
    const { server, adapter, venue, clock, network, connect, settled } = world();
    server.connectionLimit = 1;
    await connect();
    const { transport } = network;
    const second = new WebSocketPriceStreamAdapter({ venue, clock, transport });
    await expect(settled(second.connect())).rejects.toMatchObject({ code: 'VENUE_LIMIT', retryable: false });
    expect(adapter.getStatus().state).not.toBe('failed');
  });

  test.each([
    [407, 'slow client'],
    [500, 'internal error'],
  ])('reconnects after error %i (%s)', async (code, msg) => {
    const { server, adapter, messages, errors, connect, subscribe, until } = world();
    await connect();
    await subscribe('AAA');
    server.error(code, msg);
    await until(() => adapter.stats().reconnects === 1);
    server.trade('AAA', '1');
    await until(() => messages.length === 2);
    expect(messages[0]).toMatchObject({ type: 'gap', reason: 'disconnect' });
    expect(errors.map(({ message }) => message)).toContain(
      `alpaca ended the connection: ${msg} (code ${code})`,
    );
  });

  test('shows its keys nowhere, although the venue quotes them', async () => {
    const server = await AlpacaServer.start();
    const { key, secret, url } = server;
    const venue = alpaca({ key, secret, url });
    const { adapter, errors, statuses, retry, reconnected, ...opened } = socketWorld({ venue });
    close = async () => {
      await opened.close();
      await server.close();
    };
    const quoting = `${key} ${secret}`;
    const client = (): ServedClient => server.clients.values().next().value!;
    await adapter.connect();
    await adapter.subscribe(['AAA']);
    expect(client().received[0]!.text).toContain(secret);
    server.error(500, `failed for ${quoting}`);
    await retry();
    await reconnected();
    client().socket.close(4000, quoting);
    await retry();
    await reconnected(2);
    server.error(402, `no ${quoting}`);
    await until('the stream has failed', () => adapter.getStatus().state === 'failed');
    expect(errors.length).toBeGreaterThanOrEqual(2);
    expectHidden([key, secret], adapter, venue, adapter.stats(), adapter.getStatus(), ...errors, ...statuses);
    expect(errors.map(String).join()).toContain('•••');
  });
});

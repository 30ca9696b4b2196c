import { afterEach, describe, expect, test } from 'vitest';
import { finnhub, type FinnhubOptions, type SymbolRefusedError } from 'tickmark/websocket';
import { until } from '../../../waiting.js';
import { FinnhubServer } from '../finnhub-server.js';
import { expectHidden } from '../shown.js';
import { socketWorld } from '../socket-world.js';
import { venueWorld } from '../venue-world.js';

let close: () => Promise<unknown> = async () => undefined;
afterEach(() => close());

function world(options: Partial<FinnhubOptions> = {}) {
  const server = new FinnhubServer();
  const opened = venueWorld(server, finnhub({ token: server.token, ...options }));
  close = async () => expect(await opened.close()).toBe(0);
  const refused = (): string[] =>
    opened.errors
      .filter(({ code }) => code === 'SYMBOL_REFUSED')
      .map((each) => (each as SymbolRefusedError).symbol);
  return { ...opened, refused };
}

/** The rejection of connect() over real sockets, and everything that a user can see of it. */
async function failureOf(token: string, url: string): Promise<{ error: unknown; shown: unknown[] }> {
  const { adapter, errors, ...opened } = socketWorld({ venue: finnhub({ token, url }) });
  close = opened.close;
  const error = await adapter.connect().catch((each: unknown) => each);
  return { error, shown: [error, adapter, adapter.getStatus(), ...errors] };
}

describe('a stream of Finnhub', () => {
  test('subscribes each symbol once, and once again after a break', async () => {
    const { server, adapter, messages, connect, subscribe, until } = world();
    await connect();
    await subscribe('AAPL', 'BINANCE:BTCUSDT');
    await until(() => server.table().size === 2);
    server.trade('BINANCE:BTCUSDT', '66972.770', 1_721_555_886_208);
    server.broadcast('{"type":"ping"}');
    await until(() => messages.length === 1);
    server.cut();
    await until(() => adapter.stats().reconnects === 1 && server.table().size === 2);
    expect([...server.table().values()]).toEqual([1, 1]);
    server.trade('AAPL', '164.06');
    await until(() => messages.length === 3);
    expect(messages.map((each) => ('type' in each ? 'gap' : each.price))).toEqual([
      '66972.770',
      'gap',
      '164.06',
    ]);
    expect(adapter.stats()).toMatchObject({ unexplained: 0, rejected: {}, control: { ping: 1 } });
  });

  test('refuses unknown symbols and the last of too many, one by one', async () => {
    const { server, adapter, refused, connect, subscribe, until } = world();
    server.unknown.add('NOPE');
    server.symbolLimit = 3;
    await connect();
    await subscribe('AAA', 'NOPE', 'BBB', 'CCC', 'DDD', 'EEE');
    await until(() => refused().length === 3);
    await until(() => adapter.getSubscribedSymbols().length === 3);
    expect(refused().sort()).toEqual(['DDD', 'EEE', 'NOPE']);
    expect([...server.table().keys()]).toEqual(['AAA', 'BBB', 'CCC']);
    expect(adapter.getSubscribedSymbols()).toEqual(['AAA', 'BBB', 'CCC']);
    expect(adapter.stats().refused).toMatchObject({
      DDD: 'Subscribing to too many symbols',
      NOPE: 'Invalid symbol NOPE',
    });
  });

  test('accepts at most 50 symbols', async () => {
    const { connect, subscribe } = world();
    await connect();
    const symbols = Array.from({ length: 51 }, (_, index) => `S${index}`);
    await expect(subscribe(...symbols)).rejects.toMatchObject({ code: 'SUBSCRIPTION_LIMIT' });
    await subscribe(...symbols.slice(0, 50));
  });

  test('fails with UNAUTHORIZED for a wrong token, does not try again, and does not show it', async () => {
    const server = await FinnhubServer.start();
    const { error, shown } = await failureOf('sentinel-wrong-token', server.url);
    expect(error).toMatchObject({ code: 'UNAUTHORIZED', retryable: false });
    expect(server.attempts).toHaveLength(1);
    expectHidden(['sentinel-wrong-token'], ...shown);
    await server.close();
  });

  test('never has two connections at once', async () => {
    const { server, adapter, connect, until } = world();
    await connect();
    for (let i = 1; i <= 5; i++) {
      server.cut('fin');
      await until(() => adapter.stats().reconnects === i);
    }
    expect(server.mostOpen).toBe(1);
  });

  test('shows its token nowhere, although the venue quotes it', async () => {
    const server = await FinnhubServer.start();
    const { token, url } = server;
    const venue = finnhub({ token, url });
    const { adapter, errors, statuses, retry, reconnected, ...opened } = socketWorld({ venue });
    close = async () => {
      await opened.close();
      await server.close();
    };
    await adapter.connect();
    await adapter.subscribe(['AAA', 'BBB']);
    await until('both symbols are subscribed', () => server.table().size === 2);
    const [client] = server.clients;
    expect(client!.request.url).toContain(token);
    server.broadcast(JSON.stringify({ type: 'error', msg: `too many symbols for ${token}` }));
    await until('a symbol is refused', () => errors.length === 1);
    client!.socket.close(4000, `bye ${token}`);
    await retry();
    await reconnected();
    server.upgrade = { kind: 'status', status: 401 };
    server.cut();
    // A key is refused for good at the third time in a row.
    for (const attempt of [1, 2, 3]) {
      await until(`try ${attempt} is planned`, () => {
        const status = adapter.getStatus();
        return status.state === 'reconnecting' && status.attempt === attempt;
      });
      await retry();
    }
    await until('the stream has failed', () => adapter.getStatus().state === 'failed');
    expect(errors.map(String).join()).toContain('•••');
    expectHidden([token], adapter, venue, adapter.stats(), adapter.getStatus(), ...errors, ...statuses);
  });

  test('does not show its token when the host cannot be reached', async () => {
    const { error, shown } = await failureOf('sentinel-token-9', 'ws://127.0.0.1:1');
    expect(error).toMatchObject({ code: 'STREAM_FAILED' });
    expectHidden(['sentinel-token-9'], ...shown);
  });
});

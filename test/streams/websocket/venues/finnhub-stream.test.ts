import { afterEach, describe, expect, it, test } from 'vitest';
import { priceStreamAdapterConformance } from 'tickmark/conformance';
import {
  finnhub,
  WebSocketPriceStreamAdapter,
  type FinnhubOptions,
  type SymbolRefusedError,
} from 'tickmark/websocket';
import type { PriceStreamMessage, StreamStatus, TickmarkError } from 'tickmark';
import { FinnhubServer } from '../finnhub-server.js';
import { expectHidden } from '../shown.js';

const QUICK = { firstMs: 20, recentCapMs: 40, provenMs: 0 };
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
};

priceStreamAdapterConformance(
  { describe, it },
  {
    supports: { breakLink: true, refuse: true, maxSymbols: 3 },
    createHarness: async () => {
      const server = await FinnhubServer.start();
      const venue = finnhub({ token: server.token, url: server.url, maxSymbols: 3 });
      const adapter = new WebSocketPriceStreamAdapter({ venue, backoff: QUICK });
      return {
        adapter,
        venue: {
          send: async ({ symbol, price, timestamp }) => {
            // Requests are not answered: that they have arrived only the server knows.
            const isThere = (each: string): boolean => server.table().has(each);
            await until(
              () =>
                adapter.getStatus().state !== 'subscribed' || adapter.getSubscribedSymbols().every(isThere),
            );
            server.trade(symbol, String(price), timestamp);
          },
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

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function world(options: Partial<FinnhubOptions> = {}) {
  const server = await FinnhubServer.start();
  ends.push(() => server.close());
  const venue = finnhub({ token: server.token, url: server.url, ...options });
  const errors: TickmarkError[] = [];
  const statuses: StreamStatus[] = [];
  const messages: PriceStreamMessage[] = [];
  const adapter = new WebSocketPriceStreamAdapter({
    venue,
    backoff: QUICK,
    onError: (error) => errors.push(error),
  });
  ends.push(() => adapter.disconnect());
  adapter.onStatus((status) => statuses.push(status));
  adapter.onMessage((message) => messages.push({ ...message }));
  const refused = (): string[] =>
    errors.filter(({ code }) => code === 'SYMBOL_REFUSED').map((each) => (each as SymbolRefusedError).symbol);
  return { server, venue, adapter, errors, statuses, messages, refused };
}

describe('a stream of Finnhub', () => {
  test('subscribes, and after a break each symbol once again', async () => {
    const { server, adapter, messages } = await world();
    await adapter.connect();
    await adapter.subscribe(['AAPL', 'BINANCE:BTCUSDT']);
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

  test('has symbols refused one by one: unknown ones, and the last of too many', async () => {
    const { server, adapter, refused } = await world();
    server.unknown.add('NOPE');
    server.symbolLimit = 3;
    await adapter.connect();
    await adapter.subscribe(['AAA', 'NOPE', 'BBB', 'CCC', 'DDD', 'EEE']);
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

  test('asks for 50 symbols at most', async () => {
    const { adapter } = await world();
    await adapter.connect();
    const symbols = Array.from({ length: 51 }, (_, index) => `S${index}`);
    await expect(adapter.subscribe(symbols)).rejects.toMatchObject({ code: 'SUBSCRIPTION_LIMIT' });
    await adapter.subscribe(symbols.slice(0, 50));
  });

  test('a wrong token is UNAUTHORIZED, and not tried again', async () => {
    const { server, adapter, errors } = await world({ token: 'sentinel-wrong-token' });
    const error = await adapter.connect().catch((each: unknown) => each);
    expect(error).toMatchObject({ code: 'UNAUTHORIZED', retryable: false });
    expect(server.attempts).toHaveLength(1);
    expectHidden(['sentinel-wrong-token'], error, adapter, adapter.getStatus(), ...errors);
  });

  test('never has two connections of a key at once', async () => {
    const { server, adapter } = await world();
    await adapter.connect();
    for (let i = 1; i <= 5; i++) {
      server.cut('fin');
      await until(() => adapter.stats().reconnects === i);
    }
    expect(server.mostOpen).toBe(1);
  });

  test('shows its token nowhere, although the venue quotes it', async () => {
    const { server, venue, adapter, errors, statuses } = await world();
    await adapter.connect();
    await adapter.subscribe(['AAA', 'BBB']);
    await until(() => server.table().size === 2);
    const [client] = server.clients;
    expect(client!.request.url).toContain(server.token);
    server.broadcast(JSON.stringify({ type: 'error', msg: `too many symbols for ${server.token}` }));
    await until(() => errors.length === 1);
    client!.socket.close(4000, `bye ${server.token}`);
    await until(() => adapter.stats().reconnects === 1);
    server.upgrade = { kind: 'status', status: 401 };
    server.cut();
    await until(() => adapter.getStatus().state === 'failed');
    expect(errors.map(String).join()).toContain('•••');
    expectHidden(
      [server.token],
      adapter,
      venue,
      adapter.stats(),
      adapter.getStatus(),
      ...errors,
      ...statuses,
    );
  });

  test('a host that cannot be reached does not show it either', async () => {
    const { adapter } = await world({ token: 'sentinel-token-9', url: 'ws://127.0.0.1:1' });
    const error = await adapter.connect().catch((each: unknown) => each);
    expect(error).toMatchObject({ code: 'STREAM_FAILED' });
    expectHidden(['sentinel-token-9'], error, adapter);
  });
});

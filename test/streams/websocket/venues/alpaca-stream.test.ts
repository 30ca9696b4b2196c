import { afterEach, describe, expect, it, test } from 'vitest';
import { priceStreamAdapterConformance } from 'tickmark/conformance';
import {
  alpaca,
  WebSocketPriceStreamAdapter,
  type AlpacaOptions,
  type SymbolRefusedError,
  type WebSocketPriceStreamAdapterOptions,
} from 'tickmark/websocket';
import type { PriceStreamMessage, StreamStatus, TickmarkError } from 'tickmark';
import { AlpacaServer } from '../alpaca-server.js';
import { expectHidden } from '../shown.js';

const QUICK = { firstMs: 20, recentCapMs: 40, provenMs: 0 };

priceStreamAdapterConformance(
  { describe, it },
  {
    supports: { breakLink: true, refuse: true, maxSymbols: 3 },
    createHarness: async () => {
      const server = await AlpacaServer.start();
      const venue = alpaca({ key: server.key, secret: server.secret, url: server.url, maxSymbols: 3 });
      const adapter = new WebSocketPriceStreamAdapter({ venue, backoff: QUICK });
      return {
        adapter,
        venue: {
          send: ({ symbol, price, timestamp }) => server.trade(symbol, String(price), timestamp),
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
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
};

async function world(
  options: Partial<AlpacaOptions> = {},
  adapterOptions: Partial<WebSocketPriceStreamAdapterOptions> = {},
) {
  const server = await AlpacaServer.start();
  ends.push(() => server.close());
  const { key, secret, url } = server;
  const venue = alpaca({ key, secret, url, ...options });
  const errors: TickmarkError[] = [];
  const statuses: StreamStatus[] = [];
  const messages: PriceStreamMessage[] = [];
  const adapter = new WebSocketPriceStreamAdapter({
    venue,
    backoff: QUICK,
    onError: (error) => errors.push(error),
    ...adapterOptions,
  });
  ends.push(() => adapter.disconnect());
  adapter.onStatus((status) => statuses.push(status));
  adapter.onMessage((message) => messages.push({ ...message }));
  const refused = (): string[] =>
    errors.filter(({ code }) => code === 'SYMBOL_REFUSED').map((each) => (each as SymbolRefusedError).symbol);
  return { server, venue, adapter, errors, statuses, messages, refused };
}

describe('a stream of Alpaca', () => {
  test('logs in, subscribes, and tells trades with quotes; again after a break, each symbol once', async () => {
    const { server, adapter, messages } = await world();
    await adapter.connect();
    await adapter.subscribe(['AAPL', 'BRK.B']);
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
    await adapter.unsubscribe(['AAPL']);
    await until(() => !server.table().has('AAPL'));
    expect(adapter.stats()).toMatchObject({ unexplained: 0, rejected: {} });
  });

  test('has bad symbols refused one by one, with what the venue says', async () => {
    const { server, adapter, refused, errors } = await world();
    for (const symbol of ['BAD', 'WORSE']) server.malformed.add(symbol);
    server.unlisted.add('GONE');
    await adapter.connect();
    await adapter.subscribe(['AAA', 'BAD', 'BBB', 'GONE', 'WORSE', 'CCC', 'btc/usd']);
    await until(() => adapter.getSubscribedSymbols().length === 3);
    expect(adapter.getSubscribedSymbols()).toEqual(['AAA', 'BBB', 'CCC']);
    expect(refused().sort()).toEqual(['BAD', 'GONE', 'WORSE', 'btc/usd']);
    expect(errors.find((each) => 'symbol' in each && each.symbol === 'BAD')).toMatchObject({
      sourceCode: 400,
      reason: 'invalid syntax',
    });
    await expect(adapter.subscribe(['BAD'])).rejects.toMatchObject({
      code: 'SYMBOL_REFUSED',
      sourceCode: 400,
    });
    expect([...server.table().keys()].sort()).toEqual(['AAA', 'BBB', 'CCC']);
  });

  test('with more symbols than the plan allows has the first ones', async () => {
    const { server, adapter, refused } = await world();
    server.symbolLimit = 30;
    const symbols = Array.from({ length: 250 }, (_, index) => `S${index}`);
    await adapter.connect();
    await adapter.subscribe(symbols);
    await until(() => adapter.getSubscribedSymbols().length === 30);
    expect(adapter.getSubscribedSymbols()).toEqual(symbols.slice(0, 30));
    expect(refused().sort()).toEqual(symbols.slice(30).sort());
    expect(server.requests).toBeLessThan(40);
    // What is given back makes place.
    await adapter.unsubscribe(['S0']);
    await adapter.subscribe(['NEW']);
    expect(adapter.getSubscribedSymbols()).toHaveLength(30);
    expect([...server.table().keys()]).toEqual([...symbols.slice(1, 30), 'NEW']);
  });

  test.each([
    ['a wrong secret', 402, 'auth failed'],
    ['a feed that is not in the plan', 409, 'insufficient subscription'],
  ])('%s ends it with UNAUTHORIZED, and nothing is tried again', async (_, code, msg) => {
    const { server, adapter, statuses } = await world(code === 402 ? { secret: 'wrong-secret' } : {});
    if (code !== 402) server.loginError = { code, msg };
    await expect(adapter.connect()).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      retryable: false,
      message: `alpaca refuses this stream: ${msg} (code ${code})`,
    });
    expect(server.attempts).toHaveLength(1);
    expect(statuses.at(-1)!.state).toBe('failed');
  });

  test('a key that becomes invalid while it runs ends it when it comes back', async () => {
    const { server, adapter } = await world();
    await adapter.connect();
    server.loginError = { code: 402, msg: 'auth failed' };
    server.cut();
    await until(() => adapter.getStatus().state === 'failed');
    expect(adapter.getStatus()).toMatchObject({ error: { code: 'UNAUTHORIZED' } });
    expect(server.attempts).toHaveLength(2);
  });

  test('a second stream of the same key is refused with VENUE_LIMIT', async () => {
    const { server, adapter, venue } = await world();
    server.connectionLimit = 1;
    await adapter.connect();
    const second = new WebSocketPriceStreamAdapter({ venue });
    await expect(second.connect()).rejects.toMatchObject({ code: 'VENUE_LIMIT', retryable: false });
    expect(adapter.getStatus().state).not.toBe('failed');
  });

  test.each([
    [407, 'slow client'],
    [500, 'internal error'],
  ])('%i (%s) is a break like another', async (code, msg) => {
    const { server, adapter, messages, errors } = await world();
    await adapter.connect();
    await adapter.subscribe(['AAA']);
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
    const { server, adapter, venue, errors, statuses } = await world();
    const secrets = [server.key, server.secret];
    const quoting = secrets.join(' ');
    await adapter.connect();
    await adapter.subscribe(['AAA']);
    expect(server.clients.values().next().value!.received[0]!.text).toContain(server.secret);
    server.error(500, `failed for ${quoting}`);
    await until(() => adapter.stats().reconnects === 1);
    server.clients.values().next().value!.socket.close(4000, quoting);
    await until(() => adapter.stats().reconnects === 2);
    server.error(402, `no ${quoting}`);
    await until(() => adapter.getStatus().state === 'failed');
    expect(errors.length).toBeGreaterThanOrEqual(2);
    expectHidden(secrets, adapter, venue, adapter.stats(), adapter.getStatus(), ...errors, ...statuses);
    expect(String(adapter.getStatus().state === 'failed' && errors.map(String))).toContain('•••');
  });
});

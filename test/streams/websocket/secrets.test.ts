import { afterEach, expect, test } from 'vitest';
import { binance, WebSocketPriceStreamAdapter, type Venue } from 'tickmark/websocket';
import type { TickmarkError } from 'tickmark';
import { BinanceServer } from './binance-server.js';
import { expectHidden } from './shown.js';

const SECRETS = ['url-token-71ab', 'header-key-82cd', 'frame-key-93ef', 'user-04aa', 'pass/word-15bb'];

let close: () => Promise<void> = async () => undefined;
afterEach(() => close());

/** A venue with secrets wherever there can be some, on a server that quotes them. */
async function world(change: (venue: Venue, server: BinanceServer) => Partial<Venue> = () => ({})) {
  const server = await BinanceServer.start();
  const shown: unknown[] = [];
  const plain = binance({ url: server.url });
  const [token, key, frameKey, user, password] = SECRETS as [string, string, string, string, string];
  const address = new URL(`${server.url}/ws?token=${token}`);
  address.username = user;
  address.password = password;
  const base: Venue = {
    ...plain,
    url: address.href,
    headers: { 'x-api-key': key },
    secrets: [frameKey],
  };
  const venue: Venue = { ...base, ...change(base, server) };
  const adapter = new WebSocketPriceStreamAdapter({ venue, onError: (error) => shown.push(error) });
  adapter.onStatus((status) => shown.push(status));
  close = async () => {
    await adapter.disconnect();
    await server.close();
  };
  return { server, adapter, shown };
}

const expectNoSecret = (...values: unknown[]): void => expectHidden(SECRETS, ...values);

async function failure(adapter: WebSocketPriceStreamAdapter): Promise<TickmarkError> {
  return adapter.connect().then(
    () => expect.unreachable('connect() should fail'),
    (error: TickmarkError) => error,
  );
}

test('they reach the venue, and nothing else', async () => {
  const { server, adapter, shown } = await world();
  await adapter.connect();
  await adapter.subscribe(['AAA']);
  const [client] = server.clients;
  expect(client!.request.url).toContain('url-token-71ab');
  expect(client!.request.headers['x-api-key']).toBe('header-key-82cd');
  client!.socket.close(4000, `bad token ${SECRETS.join(' ')}`);
  while (adapter.stats().reconnects === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(JSON.stringify(shown)).toContain('reconnecting');
  expect(shown.map(String).join()).toContain('4000');
  expectNoSecret(adapter, adapter.stats(), ...shown);
});

test('not when a symbol is refused or the stream is, with a reason that quotes them', async () => {
  const quoting = SECRETS.join(' ');
  const { adapter, shown } = await world((venue) => ({
    open: (sink) => ({
      ...venue.open(sink),
      subscribe: (symbols: readonly string[]) => {
        for (const symbol of symbols) sink.refused(symbol, `no ${quoting}`, 7);
        setTimeout(() => sink.fatal('UNAUTHORIZED', `no ${quoting}`), 20);
        return [];
      },
      unsubscribe: () => [],
      receive: () => sink.control('any'),
    }),
  }));
  await adapter.connect();
  const error = await adapter.subscribe(['AAA']).catch((each: unknown) => each);
  while (adapter.getStatus().state !== 'failed') await new Promise((resolve) => setTimeout(resolve, 5));
  expect(error).toMatchObject({ code: 'SYMBOL_REFUSED' });
  expectNoSecret(error, adapter, adapter.stats(), adapter.getStatus(), ...shown);
});

test.each([
  [
    'a refused upgrade',
    (_: Venue, server: BinanceServer) => void (server.upgrade = { kind: 'status', status: 401 }),
    'UNAUTHORIZED',
  ],
  [
    'a cut handshake',
    (_: Venue, server: BinanceServer) => void (server.upgrade = { kind: 'cut' }),
    'STREAM_FAILED',
  ],
])('not by %s', async (_, prepare, code) => {
  const { adapter, shown } = await world((venue, server) => {
    prepare(venue, server);
    return {};
  });
  const error = await failure(adapter);
  expect(error.code).toBe(code);
  expectNoSecret(error, adapter, ...shown);
});

test.each([
  ['an address that cannot be reached', 'ws://127.0.0.1:1/?token=url-token-71ab'],
  ['a host that does not exist', 'ws://user-04aa:x@nowhere.invalid/?token=url-token-71ab'],
  ['an address that is none', 'nonsense url-token-71ab'],
  ['an address with a fragment', 'ws://127.0.0.1:1/?token=url-token-71ab#header-key-82cd'],
])('not by %s', async (_, url) => {
  const { adapter, shown } = await world(() => ({ url: () => url }));
  expectNoSecret(await failure(adapter), adapter, ...shown);
});

test('not by a token provider that quotes what it could not get', async () => {
  const { adapter, shown } = await world(() => ({
    url: () => Promise.reject(new Error(`cannot fetch https://x/?key=${SECRETS[0]}`)),
  }));
  const error = await failure(adapter);
  expect(error.message).toContain('address');
  expectNoSecret(error, adapter, ...shown);
});

test('not by options that are refused', () => {
  try {
    new WebSocketPriceStreamAdapter({ venue: { ...binance(), url: 'https://x/?token=url-token-71ab' } });
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expectNoSecret(error);
  }
});

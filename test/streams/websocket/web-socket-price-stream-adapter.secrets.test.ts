import dns from 'node:dns';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { binance, WebSocketPriceStreamAdapter, type Venue } from 'tickmark/websocket';
import type { TickmarkError } from 'tickmark';
import { until } from '../../waiting.js';
import { BinanceServer } from './binance-server.js';
import { expectHidden } from './shown.js';
import { socketWorld } from './socket-world.js';

const SECRETS = ['url-token-71ab', 'header-key-82cd', 'frame-key-93ef', 'user-04aa', 'pass/word-15bb'];

let close: () => Promise<void> = async () => undefined;
afterEach(() => close());

/** A venue with secrets in every place that can have one, on a server that quotes them. */
async function world(change: (venue: Venue, server: BinanceServer) => Partial<Venue> = () => ({})) {
  const server = await BinanceServer.start();
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
  const opened = socketWorld({ venue });
  close = async () => {
    expect(await opened.close()).toBe(0);
    await server.close();
  };
  return { server, ...opened };
}

const expectNoSecret = (...values: unknown[]): void => expectHidden(SECRETS, ...values);

async function failure(adapter: WebSocketPriceStreamAdapter): Promise<TickmarkError> {
  return adapter.connect().then(
    () => expect.unreachable('connect() should fail'),
    (error: TickmarkError) => error,
  );
}

describe('secrets of a venue', () => {
  test('reach the venue and show nowhere else, although it quotes them', async () => {
    const { server, adapter, errors, statuses, retry, reconnected } = await world();
    await adapter.connect();
    await adapter.subscribe(['AAA']);
    const [client] = server.clients;
    expect(client!.request.url).toContain('url-token-71ab');
    expect(client!.request.headers['x-api-key']).toBe('header-key-82cd');
    client!.socket.close(4000, `bad token ${SECRETS.join(' ')}`);
    await retry();
    await reconnected();
    expect(statuses.map(({ state }) => state)).toContain('reconnecting');
    expect(errors.map(String).join()).toContain('4000');
    expectNoSecret(adapter, adapter.stats(), ...errors, ...statuses);
  });

  test('do not show when the venue refuses a symbol or the stream with a reason that quotes them', async () => {
    const quoting = SECRETS.join(' ');
    let refuse = (): void => undefined;
    const { adapter, errors, statuses } = await world((venue) => ({
      open: (sink) => ({
        ...venue.open(sink),
        subscribe: (symbols: readonly string[]) => {
          for (const symbol of symbols) sink.refused(symbol, `no ${quoting}`, 7);
          refuse = () => sink.fatal('UNAUTHORIZED', `no ${quoting}`);
          return [];
        },
        unsubscribe: () => [],
        receive: () => sink.control('any'),
      }),
    }));
    await adapter.connect();
    const error = await adapter.subscribe(['AAA']).catch((each: unknown) => each);
    refuse();
    await until('the stream has failed', () => adapter.getStatus().state === 'failed');
    expect(error).toMatchObject({ code: 'SYMBOL_REFUSED' });
    expectNoSecret(error, adapter, adapter.stats(), adapter.getStatus(), ...errors, ...statuses);
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
  ])('do not show when connect() fails by %s', async (_, prepare, code) => {
    const { adapter, errors, statuses } = await world((venue, server) => {
      prepare(venue, server);
      return {};
    });
    const error = await failure(adapter);
    expect(error.code).toBe(code);
    expectNoSecret(error, adapter, ...errors, ...statuses);
  });

  test.each([
    ['an address that cannot be reached', 'ws://127.0.0.1:1/?token=url-token-71ab'],
    ['a host that does not exist', 'ws://user-04aa:x@nowhere.invalid/?token=url-token-71ab'],
    ['an address that is none', 'nonsense url-token-71ab'],
    ['an address with a fragment', 'ws://127.0.0.1:1/?token=url-token-71ab#header-key-82cd'],
  ])('do not show when connect() fails by %s', async (_, url) => {
    const { adapter, errors, statuses } = await world(() => ({ url: () => url }));
    // No name but localhost is looked up.
    const unknown = (name: string, ...rest: unknown[]): void => {
      const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' });
      (rest.at(-1) as (error: Error) => void)(error);
    };
    const lookup = vi.spyOn(dns, 'lookup').mockImplementation(unknown as never);
    try {
      expectNoSecret(await failure(adapter), adapter, ...errors, ...statuses);
    } finally {
      lookup.mockRestore();
    }
  });

  test('do not show when the function that makes the URL quotes them', async () => {
    const { adapter, errors, statuses } = await world(() => ({
      url: () => Promise.reject(new Error(`cannot fetch https://x/?key=${SECRETS[0]}`)),
    }));
    const error = await failure(adapter);
    expect(error.message).toContain('URL');
    expectNoSecret(error, adapter, ...errors, ...statuses);
  });

  test('do not show when options are refused', () => {
    try {
      new WebSocketPriceStreamAdapter({ venue: { ...binance(), url: 'https://x/?token=url-token-71ab' } });
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
      expectNoSecret(error);
    }
  });
});

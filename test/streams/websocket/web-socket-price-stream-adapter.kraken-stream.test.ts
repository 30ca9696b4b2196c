import { afterEach, describe, expect, test } from 'vitest';
import { FakeClock } from 'tickmark/conformance';
import {
  kraken,
  WebSocketPriceStreamAdapter,
  type WebSocketPriceStreamAdapterOptions,
} from 'tickmark/websocket';
import { seededRandom } from '../../../src/core/random.js';
import { ScriptedTransport } from '../connection/scripted-transport.js';
import { KrakenServer } from './kraken-server.js';
import { venueWorld } from './venue-world.js';

let close: () => Promise<unknown> = async () => undefined;
afterEach(() => close());

/** Without the limit of frames a second, which would only make the tests longer. */
function world(options: Partial<WebSocketPriceStreamAdapterOptions> = {}) {
  const opened = venueWorld(new KrakenServer(), { ...kraken(), limits: {} }, options);
  close = async () => expect(await opened.close()).toBe(0);
  return opened;
}

describe('a stream of Kraken', () => {
  test('splits a request that fails as a whole in halves until the bad pair is found', async () => {
    const { server, adapter, errors, connect, subscribe, until } = world();
    await connect();
    // Of three, then of the first two, then of the last.
    server.errors.push('Malformed request', 'Malformed request', 'Bad symbol');
    await subscribe('AAA/USD', 'BBB/USD', 'BAD/USD');
    await until(() => adapter.getSubscribedSymbols().length === 2);
    expect(errors).toMatchObject([{ code: 'SYMBOL_REFUSED', symbol: 'BAD/USD', reason: 'Bad symbol' }]);
    expect([...server.table()]).toEqual([
      ['AAA/USD', 1],
      ['BBB/USD', 1],
    ]);
  });

  test('confirms a pair that the venue reports as already subscribed', async () => {
    const { server, adapter, errors, prices, connect, settled, until } = world();
    await connect();
    server.answers = false;
    const subscribing = adapter.subscribe(['AAA/USD']);
    const [client] = server.clients;
    await until(() => client!.received.some(({ text }) => text.includes('AAA/USD')));
    // The answer is lost, not the request.
    client!.streams.set('ticker AAA/USD', 1);
    server.answers = true;
    await settled(subscribing);
    server.ticker('AAA/USD', '1.5');
    expect(prices()).toHaveLength(1);
    expect(errors).toEqual([]);
  });

  test('marks prices as halted while the venue matches no orders', async () => {
    const { server, prices, connect, subscribe } = world();
    await connect();
    await subscribe('AAA/USD', 'BBB/USD');
    server.ticker('AAA/USD', '1.50', { bid: '1.49', ask: '1.51' });
    server.become('maintenance');
    server.ticker('BBB/USD', '7.00');
    server.become('post_only');
    server.become('online');
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

  test('marks the first price as halted when it connects during maintenance', async () => {
    const { server, prices, connect, subscribe } = world();
    server.system = 'cancel_only';
    server.ticker('AAA/USD', '1.50');
    await connect();
    await subscribe('AAA/USD');
    expect(prices()).toMatchObject([{ price: '1.50', state: 'halted' }]);
  });

  test('keeps a socket that cannot ping alive by pings of the protocol, and closes it when they are not answered', async () => {
    const { server, adapter, network, connect, until } = world();
    const { script } = network.transport;
    network.transport.script = (connection) => script(Object.assign(connection, { ping: undefined }));
    await connect();
    await until(() => (adapter.stats().control.pong ?? 0) >= 3);
    server.answers = false;
    await until(() => adapter.getStatus().state === 'reconnecting');
    expect(adapter.stats()).toMatchObject({ rejected: {}, unexplained: 0 });
  });

  test('connects less often in ten minutes of an outage than the rate for which the venue bans an IP address', async () => {
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
      // The venue bans after about 150; some are left to others behind the same address.
      expect(attempts.length).toBeGreaterThan(60);
      expect(attempts.length).toBeLessThan(120);
      expect(attempts.slice(2).every((at, index) => at - attempts[index + 1]! <= 30_010)).toBe(true);
    }
  });
});

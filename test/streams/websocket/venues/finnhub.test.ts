import { inspect } from 'node:util';
import { describe, expect, it, test } from 'vitest';
import { finnhub, venueConformance, VenueRun } from 'tickmark/websocket';
import { tradeText } from '../finnhub-server.js';
import { madeUpSession } from './made-up-session.js';
import { finnhubTrades } from './prices-of.js';

const NOW = 1_700_000_000_000;
const run = () => new VenueRun(finnhub({ token: 'token-1' }), NOW);
const frame = (...trades: string[]) => `{"data":[${trades.join()}],"type":"trade"}`;
const error = (msg: string) => JSON.stringify({ msg, type: 'error' });

venueConformance(
  { describe, it },
  {
    venue: () => finnhub({ token: 'token-1' }),
    symbols: ['AAPL', 'BINANCE:BTCUSDT', 'IC MARKETS:1'],
    recordings: [
      {
        name: 'a made-up session',
        pricesOf: finnhubTrades,
        text: madeUpSession(NOW, [
          frame(tradeText('AAPL', '164.06010', NOW), tradeText('AAPL', '164.07', NOW + 1)),
          '{"type":"ping"}',
          frame(tradeText('BINANCE:BTCUSDT', '66972.7700', NOW + 20, 'null')),
          '{"type":"news","data":[]}',
          frame(tradeText('IC MARKETS:1', '1.10', NOW + 30)),
        ]),
      },
    ],
  },
);

test('times are those of the frames, in their order', () => {
  const connection = run();
  const times = [NOW - 5000, NOW - 7000, NOW - 7000, NOW - 1];
  connection.receive(frame(...times.slice(0, 3).map((time) => tradeText('AAPL', '1', time))));
  connection.receive(frame(tradeText('AAPL', '1', times[3]!)));
  expect(connection.prices.map(({ timestamp }) => timestamp)).toEqual(times);
});

describe('prices', () => {
  test('a trade has the digits and the time of the frame, and plain symbols are in USD', () => {
    const connection = run();
    connection.receive(
      frame(
        tradeText('AAPL', '164.06010', 1_680_286_537_580),
        tradeText('BINANCE:BTCUSDT', '66972.7700', 1_680_286_537_000, 'null'),
        tradeText('BRK.B', '307.1', 1_680_286_537_001),
      ),
    );
    expect(connection.prices).toEqual([
      { symbol: 'AAPL', price: '164.06010', timestamp: 1_680_286_537_580, receivedAt: NOW, currency: 'USD' },
      { symbol: 'BINANCE:BTCUSDT', price: '66972.7700', timestamp: 1_680_286_537_000, receivedAt: NOW },
      { symbol: 'BRK.B', price: '307.1', timestamp: 1_680_286_537_001, receivedAt: NOW },
    ]);
  });

  test('what is not a price is counted by name, and the other trades of its frame are delivered', () => {
    const connection = run();
    connection.receive(frame(tradeText('AAPL', '"NaN"', 1), '7', tradeText('MSFT', '2', 2)));
    connection.receive('{"type":"ping"}');
    connection.receive(frame());
    connection.receive('{"type":"news","data":[]}');
    for (const bad of [
      '{"type":"trade"}',
      '{"type":"x"}',
      '[]',
      '{',
      frame('{"s":"A"}'),
      frame(tradeText('A', '1', -1)),
    ])
      connection.receive(bad);
    connection.receive(new Uint8Array([1]));
    expect(connection.prices.map(({ symbol }) => symbol)).toEqual(['MSFT']);
    expect(connection.stats()).toMatchObject({
      unexplained: 0,
      control: { ping: 1, 'no-trades': 1, news: 1 },
      rejected: {
        'not-a-number': 1,
        'bad-field': 3,
        'unknown-type': 1,
        'unknown-frame': 1,
        'malformed-json': 2,
        'bad-timestamp': 1,
      },
    });
  });
});

describe('subscriptions', () => {
  test('are one frame per symbol', async () => {
    const { session } = run();
    expect(await session.subscribe(['AAPL', 'OANDA:EUR_USD'])).toEqual([
      '{"type":"subscribe","symbol":"AAPL"}',
      '{"type":"subscribe","symbol":"OANDA:EUR_USD"}',
    ]);
    expect(await session.unsubscribe(['AAPL'])).toEqual(['{"type":"unsubscribe","symbol":"AAPL"}']);
  });

  test('each error for too many symbols refuses the symbol that was requested last', async () => {
    const connection = run();
    await connection.session.subscribe(['AAA', 'BBB', 'CCC', 'DDD', 'EEE']);
    // A symbol that has had a price is subscribed.
    connection.receive(frame(tradeText('DDD', '1', 1)));
    await connection.session.unsubscribe(['BBB']);
    connection.reports.length = 0;
    const say = (): void => connection.receive(error('Subscribing to too many symbols'));
    for (let i = 0; i < 4; i++) say();
    expect(connection.reports).toEqual(
      ['EEE', 'CCC', 'AAA'].map((symbol) => ({
        kind: 'refused',
        symbol,
        reason: 'Subscribing to too many symbols',
      })),
    );
    expect(connection.stats()).toMatchObject({
      unexplained: 0,
      rejected: {},
      control: { error: 4, refused: 3 },
    });
  });

  test('an error that names a symbol refuses that symbol', async () => {
    const connection = run();
    await connection.session.subscribe(['S', 'TOOLONG', 'LONG', 'IC MARKETS:1']);
    for (const text of [
      'Invalid symbol LONG',
      'Invalid symbol: "IC MARKETS:1".',
      'Invalid symbol',
      'Something else',
    ])
      connection.receive(error(text));
    connection.receive('{"type":"error"}');
    const refused = connection.reports.flatMap((each) => (each.kind === 'refused' ? [each.symbol] : []));
    expect(refused).toEqual(['LONG', 'IC MARKETS:1']);
    expect(connection.stats().control.error).toBe(5);
  });

  test('an invalid API key is fatal', () => {
    const connection = run();
    connection.receive(error('Invalid API key'));
    expect(connection.reports).toEqual([{ kind: 'fatal', code: 'UNAUTHORIZED', message: 'Invalid API key' }]);
  });
});

describe('the venue object', () => {
  test('has its token in the URL, and does not show it when printed', () => {
    const venue = finnhub({ token: 'SENTINEL/ TOKEN', url: 'ws://127.0.0.1:1/' });
    const signal = new AbortController().signal;
    expect((venue.url as (request: object) => string)({ signal })).toBe(
      'ws://127.0.0.1:1/?token=SENTINEL%2F%20TOKEN',
    );
    const shown = [inspect(venue, { depth: 10, showHidden: true, getters: true }), JSON.stringify(venue)];
    expect(shown.join()).not.toContain('SENTINEL');
    expect([...venue.secrets!]).toEqual(['SENTINEL/ TOKEN']);
    expect(() => finnhub({ token: ' ' })).toThrow(/finnhub: token: .*an empty string/);
    expect(() => finnhub({ token: undefined as never })).toThrow(/finnhub: token: .*undefined/);
  });

  test('is limited to 50 symbols and one connection', () => {
    expect(finnhub({ token: 'x' }).limits).toEqual({ connections: 1, symbolsPerConnection: 50 });
    expect(finnhub({ token: 'x', maxSymbols: 500 }).limits!.symbolsPerConnection).toBe(500);
  });

  test('rejects what cannot be a symbol', () => {
    const { symbolFault } = finnhub({ token: 'x' });
    for (const symbol of ['AAPL', 'BRK.B', 'IC MARKETS:1', 'BINANCE:BTCUSDT', '0700.HK'])
      expect(symbolFault!(symbol)).toBeUndefined();
    for (const bad of [' AAPL', 'AAPL ', 'A"B', 'A\\B', 'A\nB'])
      expect(symbolFault!(bad)).toMatch(/surrounding spaces/);
  });
});

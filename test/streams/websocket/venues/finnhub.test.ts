import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { describe, expect, it, test } from 'vitest';
import { finnhub, venueConformance, VenueRun } from 'tickmark/websocket';
import { recordings, canUseRecording } from '../../../requirements.js';
import { tradeText } from '../finnhub-server.js';

const AAPL = 'finnhub/aapl-session-2023-03-31.frames.jsonl';
const OTHERS = 'finnhub/other-frames.jsonl';

const NOW = 1_700_000_000_000;
const run = () => new VenueRun(finnhub({ token: 'token-1' }), NOW);
const frame = (...trades: string[]) => `{"data":[${trades.join()}],"type":"trade"}`;
const error = (msg: string) => JSON.stringify({ msg, type: 'error' });

/** Trades of a frame by regular expression, which knows of no JSON. */
function pricesOf(text: string): { symbol: string; price: string }[] {
  return [...text.matchAll(/"p":([\d.]+),"s":"([^"]+)"/g)].map(([, price, symbol]) => ({
    symbol: symbol!,
    price: price!,
  }));
}

if (canUseRecording(AAPL)) {
  const textOf = (path: string) => readFileSync(recordings(path).path, 'utf8');
  venueConformance(
    { describe, it },
    {
      venue: () => finnhub({ token: 'token-1' }),
      symbols: ['AAPL', 'BINANCE:BTCUSDT', 'IC MARKETS:1'],
      recordings: [
        { name: AAPL, text: () => textOf(AAPL), minPrices: 38, pricesOf },
        { name: OTHERS, text: () => textOf(OTHERS), minPrices: 26, pricesOf },
      ],
    },
  );

  test('times are those of the frames, in their order', () => {
    for (const path of [AAPL, OTHERS]) {
      const talk = run();
      for (const line of textOf(path).trimEnd().split('\n')) talk.receive(line);
      const written = [...textOf(path).matchAll(/"t":(\d+)/g)].map(([, t]) => Number(t));
      expect(talk.prices.map(({ timestamp }) => timestamp)).toEqual(written);
    }
  });
}

describe('prices', () => {
  test('a trade has its own digits and its time; plain symbols are in dollars', () => {
    const talk = run();
    talk.receive(
      frame(
        tradeText('AAPL', '164.06010', 1_680_286_537_580),
        tradeText('BINANCE:BTCUSDT', '66972.7700', 1_680_286_537_000, 'null'),
        tradeText('BRK.B', '307.1', 1_680_286_537_001),
      ),
    );
    expect(talk.prices).toEqual([
      { symbol: 'AAPL', price: '164.06010', timestamp: 1_680_286_537_580, receivedAt: NOW, currency: 'USD' },
      { symbol: 'BINANCE:BTCUSDT', price: '66972.7700', timestamp: 1_680_286_537_000, receivedAt: NOW },
      { symbol: 'BRK.B', price: '307.1', timestamp: 1_680_286_537_001, receivedAt: NOW },
    ]);
  });

  test('what is no price is counted by name, and does not keep the others of its frame back', () => {
    const talk = run();
    talk.receive(frame(tradeText('AAPL', '"NaN"', 1), '7', tradeText('MSFT', '2', 2)));
    talk.receive('{"type":"ping"}');
    talk.receive(frame());
    talk.receive('{"type":"news","data":[]}');
    for (const bad of [
      '{"type":"trade"}',
      '{"type":"x"}',
      '[]',
      '{',
      frame('{"s":"A"}'),
      frame(tradeText('A', '1', -1)),
    ])
      talk.receive(bad);
    talk.receive(new Uint8Array([1]));
    expect(talk.prices.map(({ symbol }) => symbol)).toEqual(['MSFT']);
    expect(talk.stats()).toMatchObject({
      unexplained: 0,
      control: { ping: 1, 'no-trades': 1, news: 1 },
      rejected: {
        'not-a-number': 1,
        'bad-field': 3,
        'unknown-type': 1,
        'unknown-frame': 1,
        'malformed-json': 1,
        'bad-timestamp': 1,
        binary: 1,
      },
    });
  });
});

describe('subscriptions', () => {
  test('are a frame a symbol', async () => {
    const { session } = run();
    expect(await session.subscribe(['AAPL', 'OANDA:EUR_USD'])).toEqual([
      '{"type":"subscribe","symbol":"AAPL"}',
      '{"type":"subscribe","symbol":"OANDA:EUR_USD"}',
    ]);
    expect(await session.unsubscribe(['AAPL'])).toEqual(['{"type":"unsubscribe","symbol":"AAPL"}']);
  });

  test('of too many the last ones asked for are refused, one for each error', async () => {
    const talk = run();
    await talk.session.subscribe(['AAA', 'BBB', 'CCC', 'DDD', 'EEE']);
    // One that delivers has its place, wherever it stands.
    talk.receive(frame(tradeText('DDD', '1', 1)));
    await talk.session.unsubscribe(['BBB']);
    talk.reports.length = 0;
    const say = (): void => talk.receive(error('Subscribing to too many symbols'));
    for (let i = 0; i < 4; i++) say();
    expect(talk.reports).toEqual(
      ['EEE', 'CCC', 'AAA'].map((symbol) => ({
        kind: 'refused',
        symbol,
        reason: 'Subscribing to too many symbols',
      })),
    );
    expect(talk.stats()).toMatchObject({ unexplained: 0, rejected: {}, control: { error: 4, refused: 3 } });
  });

  test('an error that names a symbol refuses that one', async () => {
    const talk = run();
    await talk.session.subscribe(['S', 'TOOLONG', 'LONG', 'IC MARKETS:1']);
    for (const text of [
      'Invalid symbol LONG',
      'Invalid symbol: "IC MARKETS:1".',
      'Invalid symbol',
      'Something else',
    ])
      talk.receive(error(text));
    talk.receive('{"type":"error"}');
    const refused = talk.reports.flatMap((each) => (each.kind === 'refused' ? [each.symbol] : []));
    expect(refused).toEqual(['LONG', 'IC MARKETS:1']);
    expect(talk.stats().control.error).toBe(5);
  });

  test('a key that is not accepted is the end', () => {
    const talk = run();
    talk.receive(error('Invalid API key'));
    expect(talk.reports).toEqual([{ kind: 'fatal', code: 'UNAUTHORIZED', message: 'Invalid API key' }]);
  });
});

describe('the venue object', () => {
  test('has its token in the address, and shows it nowhere', () => {
    const venue = finnhub({ token: 'SENTINEL/ TOKEN', url: 'ws://127.0.0.1:1/' });
    const signal = new AbortController().signal;
    expect((venue.url as (request: object) => string)({ signal })).toBe(
      'ws://127.0.0.1:1/?token=SENTINEL%2F%20TOKEN',
    );
    const shown = [inspect(venue, { depth: 10, showHidden: true, getters: true }), JSON.stringify(venue)];
    expect(shown.join()).not.toContain('SENTINEL');
    expect([...venue.secrets!]).toEqual(['SENTINEL/ TOKEN']);
    expect(() => finnhub({ token: ' ' })).toThrow(/finnhub: token: .*an empty one/);
    expect(() => finnhub({ token: undefined as never })).toThrow(/finnhub: token: .*undefined/);
  });

  test('keeps to 50 symbols and one connection', () => {
    expect(finnhub({ token: 'x' }).limits).toEqual({ connections: 1, symbolsPerConnection: 50 });
    expect(finnhub({ token: 'x', maxSymbols: 500 }).limits!.symbolsPerConnection).toBe(500);
  });

  test('knows what can be no symbol', () => {
    const { symbolFault } = finnhub({ token: 'x' });
    for (const symbol of ['AAPL', 'BRK.B', 'IC MARKETS:1', 'BINANCE:BTCUSDT', '0700.HK'])
      expect(symbolFault!(symbol)).toBeUndefined();
    for (const bad of [' AAPL', 'AAPL ', 'A"B', 'A\\B', 'A\nB']) expect(symbolFault!(bad)).toMatch(/blanks/);
  });
});

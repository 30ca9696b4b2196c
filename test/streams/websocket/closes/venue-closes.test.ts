import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { PreviousClose } from '../../../../src/core/calendars/previous-closes.js';
import {
  alpaca,
  binance,
  coinbase,
  finnhub,
  kraken,
  WebSocketPriceStreamAdapter,
} from '../../../../src/streams/websocket/index.js';
import { ClosesServer, askAt, shown } from './closes-server.js';

const MONDAY = '2026-11-30T15:00:00Z';
/** Start of the last UTC day that is over on Monday, s since 1970. */
const SUNDAY = Date.parse('2026-11-29T00:00:00Z') / 1000;
const DAY = 86_400;

let server: ClosesServer;
beforeAll(async () => {
  server = await ClosesServer.start();
});
beforeEach(() => {
  server.asked.length = server.headers.length = 0;
});
afterAll(() => server.close());

describe('Binance', () => {
  const kline = (opened: number, close: string): unknown[] =>
    // prettier-ignore
    [opened * 1000, '90000.1', '91000.0', '89000.0', close, '12.5', (opened + DAY) * 1000 - 1, '1', 7, '1', '1', '0'];

  test('gives the close of the last UTC day, dated by its end', async () => {
    server.answer = () => [kline(SUNDAY, '90712.35000000')];
    const { closes, leftovers } = await askAt(binance({ restUrl: server.origin }), MONDAY, ['BTCUSDT']);
    expect(shown(closes)).toEqual(['BTCUSDT 90712.35000000 2026-11-30T00:00:00.000Z']);
    expect(server.asked).toEqual([
      `/api/v3/klines?symbol=BTCUSDT&interval=1d&startTime=${SUNDAY * 1000}&limit=1`,
    ]);
    expect(leftovers).toBe(0);
  });

  test('gives none for a symbol that was listed today, and for one that it does not know', async () => {
    server.answer = ({ searchParams }) =>
      searchParams.get('symbol') === 'NEWUSDT' ? [kline(SUNDAY + DAY, '5')] : { status: 400 };
    const { closes, errors } = await askAt(binance({ restUrl: server.origin }), MONDAY, [
      'NEWUSDT',
      'NONEUSDT',
    ]);
    expect(shown(closes)).toEqual([]);
    expect(errors).toEqual(['binance: previous closes: the server answered with status 400.']);
  });

  test('is asked by its own names of symbols, no more than ten times a second', async () => {
    server.answer = () => [kline(SUNDAY, '2.50')];
    const symbols = ['BTC', ...Array.from({ length: 20 }, (_, at) => `C${at}USDT`)];
    const { closes, tookMs } = await askAt(binance({ restUrl: server.origin }), MONDAY, symbols, {
      symbols: { BTC: 'BTCUSDT' },
    });
    expect(shown(closes)).toHaveLength(21);
    expect((closes as readonly PreviousClose[])[0]!.symbol).toBe('BTC');
    expect(server.asked[0]).toContain('symbol=BTCUSDT');
    expect(tookMs).toBeGreaterThanOrEqual(2000);
  });

  test('is asked nothing at another WebSocket origin that has no REST origin', () => {
    const venue = binance({ url: 'ws://127.0.0.1:1' });
    expect(new WebSocketPriceStreamAdapter({ venue }).previousCloses).toBeUndefined();
    expect(new WebSocketPriceStreamAdapter({ venue: binance() }).previousCloses).toBeDefined();
    expect(() => binance({ restUrl: 'ftp://x' })).toThrow('binance: restUrl');
  });
});

describe('Coinbase', () => {
  const candle = (start: number, close: string): object => ({
    start: String(start),
    low: '1',
    high: '9',
    open: '2',
    close,
    volume: '3',
  });

  test('gives the close of the candle of the last UTC day, not that of today', async () => {
    server.answer = () => ({ candles: [candle(SUNDAY + DAY, '91.5'), candle(SUNDAY, '90.25')] });
    const { closes } = await askAt(coinbase({ restUrl: server.origin }), MONDAY, ['BTC-USD']);
    expect(shown(closes)).toEqual(['BTC-USD 90.25 2026-11-30T00:00:00.000Z']);
    expect(server.asked).toEqual([
      `/api/v3/brokerage/market/products/BTC-USD/candles?start=${SUNDAY}&end=${SUNDAY + DAY}&granularity=ONE_DAY`,
    ]);
  });

  test('gives none for a day without trades', async () => {
    server.answer = () => ({ candles: [candle(SUNDAY + DAY, '91.5'), candle(SUNDAY - DAY, '89')] });
    expect((await askAt(coinbase({ restUrl: server.origin }), MONDAY, ['BTC-USD'])).closes).toEqual([]);
  });
});

describe('Kraken', () => {
  const row = (opened: number, close: string): unknown[] => [opened, '1', '9', '1', close, '5', '100', 12];

  test('gives the close of the last UTC day, under its own name of the pair', async () => {
    server.answer = () => ({
      error: [],
      result: {
        XXBTZUSD: [row(SUNDAY - DAY, '88.0'), row(SUNDAY, '90.10'), row(SUNDAY + DAY, '91')],
        last: SUNDAY,
      },
    });
    const { closes } = await askAt(kraken({ restUrl: server.origin }), MONDAY, ['BTC/USD']);
    expect(shown(closes)).toEqual(['BTC/USD 90.10 2026-11-30T00:00:00.000Z']);
    expect(server.asked).toEqual([`/0/public/OHLC?pair=XBTUSD&interval=1440&since=${SUNDAY - DAY}`]);
  });

  test('gives none for a pair that it does not know; other errors are failures', async () => {
    server.answer = ({ searchParams }) =>
      searchParams.get('pair') === 'XDGUSD'
        ? { error: ['EQuery:Unknown asset pair'] }
        : { error: ['EGeneral:Internal error'] };
    expect((await askAt(kraken({ restUrl: server.origin }), MONDAY, ['DOGE/USD'])).closes).toEqual([]);
    const { closes } = await askAt(kraken({ restUrl: server.origin }), MONDAY, ['ETH/USD']);
    expect(shown(closes)).toBe('kraken: previous closes: the answer cannot be read.');
  });
});

describe('Alpaca', () => {
  const venue = (more: object = {}) =>
    alpaca({ key: 'KEY', secret: 'SECRET', restUrl: server.origin, ...more });

  test('gives the close of the last session, a half day, of all symbols in one request', async () => {
    server.answer = () => ({
      bars: { AAPL: [{ t: '2026-11-27T05:00:00Z', o: 1, h: 2, l: 1, c: 231.5, v: 9 }], MSFT: [] },
      next_page_token: null,
    });
    const { closes } = await askAt(venue(), MONDAY, ['AAPL', 'MSFT']);
    // Friday after Thanksgiving closes at 13:00 in New York.
    expect(shown(closes)).toEqual(['AAPL 231.5 2026-11-27T18:00:00.000Z']);
    expect(server.asked).toHaveLength(1);
    expect(server.asked[0]).toBe(
      '/v2/stocks/bars?symbols=AAPL,MSFT&timeframe=1Day&start=2026-11-27T05:00:00.000Z&end=2026-11-27T18:00:00.000Z&adjustment=raw&feed=sip&limit=10000',
    );
    expect(server.headers[0]).toMatchObject({ 'apca-api-key-id': 'KEY', 'apca-api-secret-key': 'SECRET' });
  });

  test('gives none where the bar is that of another session', async () => {
    server.answer = () => ({ bars: { AAPL: [{ t: '2026-11-25T05:00:00Z', c: 230 }] } });
    expect((await askAt(venue(), MONDAY, ['AAPL'])).closes).toEqual([]);
    server.answer = () => ({ bars: null });
    expect((await askAt(venue(), MONDAY, ['AAPL'])).closes).toEqual([]);
  });

  test('is asked with the token of OAuth; the feed of made-up prices has no closes and no calendar', async () => {
    server.answer = () => ({ bars: {} });
    await askAt(venue({ key: 'oauth' }), MONDAY, ['AAPL']);
    expect(server.headers[0]!.authorization).toBe('Bearer SECRET');
    const made = new WebSocketPriceStreamAdapter({ venue: venue({ feed: 'test' }) });
    expect([made.previousCloses, made.calendarOf('FAKEPACA')]).toEqual([undefined, null]);
  });

  test('a wrong key is reported without it', async () => {
    server.answer = () => ({ status: 403 });
    const { closes } = await askAt(venue(), MONDAY, ['AAPL']);
    expect(closes).toMatchObject({ code: 'UNAUTHORIZED' });
    expect(shown(closes)).toBe('alpaca: previous closes: the server answered with status 403.');
  });
});

describe('Finnhub', () => {
  const venue = () => finnhub({ token: 'TOKEN', restUrl: server.origin });
  const quote = (time: string, more: object = {}): object => ({
    c: 232.5,
    d: 1,
    dp: 0.4,
    h: 233,
    l: 230,
    o: 231,
    pc: 231.5,
    t: Date.parse(time) / 1000,
    ...more,
  });

  test('gives the close before the session of the quote', async () => {
    server.answer = () => quote('2026-11-30T14:59:00Z');
    const { closes } = await askAt(venue(), MONDAY, ['AAPL']);
    expect(shown(closes)).toEqual(['AAPL 231.5 2026-11-27T18:00:00.000Z']);
    expect(server.asked).toEqual(['/api/v1/quote?symbol=AAPL']);
    expect(server.headers[0]).toMatchObject({ 'x-finnhub-token': 'TOKEN' });
  });

  test('before the first trade of a day it dates an older close as that, not as that of yesterday', async () => {
    server.answer = () => quote('2026-11-27T18:00:00Z', { pc: 229 });
    const { closes } = await askAt(venue(), '2026-11-30T10:00:00Z', ['AAPL']);
    expect(shown(closes)).toEqual(['AAPL 229 2026-11-25T21:00:00.000Z']);
  });

  test('gives none for symbols that it does not know, and asks nothing for those of other markets', async () => {
    server.answer = () => ({ c: 0, d: null, dp: null, h: 0, l: 0, o: 0, pc: 0, t: 0 });
    const { closes, stream } = await askAt(venue(), MONDAY, ['NONE', 'BINANCE:BTCUSDT']);
    expect(closes).toEqual([]);
    expect(server.asked).toHaveLength(1);
    expect([stream.calendarOf('AAPL')?.name, stream.calendarOf('BINANCE:BTCUSDT')]).toEqual([
      'us-equities',
      null,
    ]);
  });
});

describe('a venue that fails', () => {
  test('gives what it had given, and says once why the rest is missing', async () => {
    server.answer = () =>
      server.asked.length === 1 ? { candles: [{ start: String(SUNDAY), close: '7' }] } : { status: 503 };
    const { closes, errors } = await askAt(coinbase({ restUrl: server.origin }), MONDAY, [
      'A-USD',
      'B-USD',
      'C-USD',
    ]);
    expect(shown(closes)).toEqual(['A-USD 7 2026-11-30T00:00:00.000Z']);
    expect(errors).toEqual(['coinbase: previous closes: the server answered with status 503.']);
    // A venue that refuses is not asked for the rest.
    expect(server.asked).toHaveLength(2);
  });

  test('is not asked again before the time that it asks for', async () => {
    server.answer = () => ({ status: 429, headers: { 'retry-after': '600' } });
    const { stream } = await askAt(binance({ restUrl: server.origin }), MONDAY, ['BTCUSDT']);
    const again = stream.previousCloses!(['BTCUSDT'], {
      at: Date.parse(MONDAY),
      signal: new AbortController().signal,
    });
    await expect(again).rejects.toThrow('the server asks to wait for 600 s');
    expect(server.asked).toHaveLength(1);
  });
});

import { describe, expect, test } from 'vitest';
import { coinbase, VenueRun, type CoinbaseOptions } from 'tickmark/websocket';
import { SENT_MS, answer, frame, ticker, trade } from './coinbase-frames.js';

const NOW = 1_786_000_000_000;
const run = (options?: CoinbaseOptions) => new VenueRun(coinbase(options), NOW);
test('a session with missing frames has a gap for each missing range', () => {
  const connection = run();
  const frames = Array.from({ length: 50 }, (_, at) =>
    at % 5 === 0 ? frame('heartbeats', {}) : ticker({ price: `1.${at}` }),
  );
  const gone = new Set([0, 7, 20, 21, 22, 40, 49]);
  for (const [at, each] of frames.entries()) if (!gone.has(at)) connection.receive(each);
  // None before the first frame, none after the last.
  expect(connection.reports.filter(({ kind }) => kind === 'gap')).toHaveLength(3);
});

describe('prices', () => {
  test("a ticker has price, quotes and the venue's time in ms", () => {
    const connection = run();
    connection.receive(ticker({ best_bid: '65083.66', best_ask: '65083.670' }));
    expect(connection.prices).toEqual([
      {
        symbol: 'BTC-USD',
        price: '65083.67',
        bid: '65083.66',
        ask: '65083.670',
        timestamp: SENT_MS,
        receivedAt: NOW,
      },
    ]);
  });

  test.each([
    ['empty', { best_bid: '', best_ask: '' }],
    ['absent, as in ticker_batch', {}],
    ['zero', { best_bid: '0', best_ask: '0.00' }],
    ['null', { best_bid: null, best_ask: null }],
  ])('a quote that is %s is left out, also after an earlier one', (_, quotes) => {
    const connection = run();
    connection.receive(ticker({ best_bid: '1.1', best_ask: '1.2' }));
    connection.receive(ticker(quotes));
    expect(connection.prices[1]).not.toHaveProperty('bid');
    expect(connection.prices[1]).not.toHaveProperty('ask');
  });

  test('quotes without a price go with the last price, and are counted before the first', () => {
    const connection = run();
    const quotes = { price: '', best_bid: '1.1', best_ask: '1.2' };
    connection.receive(ticker(quotes));
    expect(connection.stats().control).toEqual({ 'quote-before-trade': 1 });
    connection.receive(ticker({ price: '1.15' }));
    connection.receive(ticker(quotes));
    expect(connection.prices.at(-1)).toMatchObject({ price: '1.15', bid: '1.1', ask: '1.2' });
    // The price of another product does not count.
    connection.receive(ticker({ ...quotes, product_id: 'ETH-USD' }));
    expect(connection.stats().control).toEqual({ 'quote-before-trade': 2 });
    void connection.session.subscribe(['BTC-USD']);
    connection.receive(ticker(quotes));
    expect(connection.stats()).toMatchObject({ prices: 2, control: { 'quote-before-trade': 3 } });
  });

  test('a frame without prices is counted as empty', () => {
    const connection = run();
    connection.receive(frame('ticker', { type: 'update', tickers: [] }));
    expect(connection.stats()).toMatchObject({ control: { empty: 1 }, rejected: {}, unexplained: 0 });
  });

  test('the channel ticker_batch ignores frames of ticker', () => {
    const connection = run({ channel: 'ticker_batch' });
    connection.receive(ticker({}));
    connection.receive(frame('ticker_batch', { tickers: [{ product_id: 'BTC-USD', price: '7' }] }));
    expect(connection.prices.map(({ price }) => price)).toEqual(['7']);
    expect(connection.stats().control).toEqual({ 'other-channel': 1 });
  });

  test('trades are delivered oldest first, with time and number, and only the newest one of a snapshot', () => {
    const connection = run({ channel: 'market_trades' });
    const both = [trade('12', '1.12'), trade('10', '9.9', { product_id: 'ETH-USD' }), trade('11', '1.11')];
    connection.receive(frame('market_trades', { type: 'snapshot', trades: both }));
    connection.receive(frame('market_trades', { type: 'update', trades: both }));
    expect(connection.prices.map(({ symbol, price }) => `${symbol} ${price}`)).toEqual([
      'ETH-USD 9.9',
      'BTC-USD 1.12',
      'ETH-USD 9.9',
      'BTC-USD 1.11',
      'BTC-USD 1.12',
    ]);
    expect(connection.prices[1]).toEqual({
      symbol: 'BTC-USD',
      price: '1.12',
      sequence: 12,
      timestamp: Date.UTC(2026, 7, 9, 21, 5, 48, 167),
      receivedAt: NOW,
    });
  });

  test('a time that is missing is replaced by that of receipt, with timeSource received', () => {
    const connection = run({ channel: 'market_trades' });
    const trades = [trade('1', '1.5', { time: '0001-01-01T00:00:00.000000Z' })];
    connection.receive(frame('market_trades', { type: 'update', trades }), NOW + 5);
    expect(connection.prices[0]).toMatchObject({ timestamp: NOW + 5, timeSource: 'received' });
    const quoted = run();
    quoted.receive(ticker({}, { timestamp: undefined }), NOW + 7);
    expect(quoted.prices[0]).toMatchObject({ timestamp: NOW + 7, timeSource: 'received' });
  });

  test.each([
    ['bad-price', ticker({ price: '0.-10000' })],
    ['bad-price', ticker({ price: 65083.67 })],
    ['bad-price', ticker({ best_bid: 'NaN' })],
    ['bad-price', ticker({ best_ask: [] })],
    ['bad-field', ticker({ product_id: '' })],
    ['bad-field', ticker({ product_id: 7 })],
    ['bad-field', ticker({}, { timestamp: 'yesterday' })],
    ['bad-field', ticker({}, { timestamp: 1786309548298 })],
    ['bad-field', ticker({}, { sequence_num: -1 })],
    ['bad-field', ticker({}, { sequence_num: '7' })],
    ['bad-field', ticker({}, { events: [] })],
    ['bad-field', ticker({}, { events: [{ tickers: {} }] })],
    ['bad-field', ticker({}, { events: [{ tickers: [null] }] })],
    ['unknown-frame', '[]'],
    ['unknown-frame', '{"channel":7}'],
    ['malformed-json', '{"channel"'],
    ['malformed-json', new Uint8Array([1])],
  ])('rejects as %s: %s', (reason, bad) => {
    const connection = run();
    connection.receive(bad);
    expect(connection.stats()).toMatchObject({ prices: 0, rejected: { [reason]: 1 }, unexplained: 0 });
  });

  test('a bad trade is rejected without the others of its frame', () => {
    const connection = run({ channel: 'market_trades' });
    const bad = [{ trade_id: 'x' }, { price: '' }, { time: 'noon' }, { product_id: null }];
    const trades = [...bad.map((fields) => trade('1', '1.5', fields)), null, trade('2', '1.6')];
    connection.receive(frame('market_trades', { type: 'update', trades }));
    expect(connection.prices.map(({ price }) => price)).toEqual(['1.6']);
    expect(connection.stats().rejected).toEqual({ 'bad-field': 5 });
  });
});

describe('sequence numbers of frames', () => {
  const numbered = (...numbers: number[]) => {
    const connection = run();
    for (const sequence_num of numbers) connection.receive(ticker({}, { sequence_num }));
    return connection.reports.map(({ kind }) => kind).join(' ');
  };

  test('a missing number is reported as a gap of all symbols before the price, and asks for a new connection', () => {
    expect(numbered(5, 6, 8)).toBe('update update gap rotate update');
    const connection = run();
    for (const sequence_num of [1, 3]) connection.receive(frame('heartbeats', {}, { sequence_num }));
    expect(connection.reports).toEqual([
      { kind: 'gap', symbols: undefined },
      { kind: 'rotate', why: 'frames were lost' },
    ]);
  });

  test('a late or repeated number is no gap, and neither is the next one', () => {
    expect(numbered(5, 6, 7, 5, 8)).toBe('update update update update update');
  });

  test('each connection has its own numbers', () => {
    const venue = coinbase();
    for (const start of [100, 0]) {
      const connection = new VenueRun(venue, NOW);
      connection.receive(ticker({}, { sequence_num: start }));
      expect(connection.reports.map(({ kind }) => kind)).toEqual(['update']);
    }
  });
});

describe('answers', () => {
  const confirmed = (connection: VenueRun) =>
    connection.reports.flatMap((each) => (each.kind === 'confirmed' ? [each.symbols] : []));
  const refused = (connection: VenueRun) =>
    connection.reports.flatMap((each) => (each.kind === 'refused' ? [each.symbol] : []));

  test('products of a request that its answer lists are confirmed, and the others refused', async () => {
    const connection = run();
    await connection.session.start!();
    await connection.session.subscribe(['AAA-USD', 'BAD-USD']);
    await connection.session.subscribe(['BBB-USD', 'WORSE-USD']);
    connection.receive(answer([]));
    expect([confirmed(connection), refused(connection)]).toEqual([[], []]);
    connection.receive(answer(['AAA-USD']));
    expect([confirmed(connection), refused(connection)]).toEqual([[['AAA-USD']], ['BAD-USD']]);
    connection.receive(answer(['AAA-USD', 'BBB-USD']));
    expect([confirmed(connection), refused(connection)]).toEqual([
      [['AAA-USD'], ['BBB-USD']],
      ['BAD-USD', 'WORSE-USD'],
    ]);
    expect(connection.stats()).toMatchObject({ control: { ready: 1, answer: 1 }, unexplained: 0 });
  });

  test('an answer for another channel confirms nothing', async () => {
    const connection = run();
    await connection.session.subscribe(['AAA-USD']);
    connection.receive(answer(['AAA-USD'], 'level2'));
    expect([confirmed(connection), refused(connection)]).toEqual([[], ['AAA-USD']]);
  });

  test('a lost answer refuses nothing', async () => {
    const connection = run();
    await connection.session.subscribe(['AAA-USD']);
    await connection.session.subscribe(['BBB-USD']);
    // The one to the first request is missing: this is the second's.
    connection.receive(answer(['AAA-USD', 'BBB-USD']));
    expect([confirmed(connection), refused(connection)]).toEqual([[['AAA-USD', 'BBB-USD']], []]);
    await connection.session.subscribe(['CCC-USD', 'BAD-USD']);
    connection.receive(answer(['AAA-USD', 'BBB-USD', 'CCC-USD']));
    expect([confirmed(connection).at(-1), refused(connection)]).toEqual([['CCC-USD'], []]);
    // Requested again, as a stream does without an answer.
    await connection.session.subscribe(['BAD-USD']);
    connection.receive(answer(['AAA-USD', 'BBB-USD', 'CCC-USD']));
    expect(refused(connection)).toEqual(['BAD-USD']);
  });

  test('a product that is unsubscribed and subscribed again is not refused by the answer in between', async () => {
    const connection = run();
    await connection.session.subscribe(['AAA-USD']);
    await connection.session.unsubscribe(['AAA-USD']);
    await connection.session.subscribe(['AAA-USD']);
    // The first answer was lost.
    connection.receive(answer([]));
    expect(refused(connection)).toEqual([]);
    connection.receive(answer(['AAA-USD']));
    expect([confirmed(connection), refused(connection)]).toEqual([[['AAA-USD']], []]);
  });

  test('an error refuses the product of a request for one, and makes requests for one of a request for several', async () => {
    const connection = run();
    await connection.session.start!();
    await connection.session.subscribe(['BAD-USD']);
    connection.receive('{"type":"error","message":"of the heartbeats"}');
    expect(refused(connection)).toEqual([]);
    connection.receive('{"type":"error","message":"no such product"}');
    expect(refused(connection)).toEqual(['BAD-USD']);
    await connection.session.subscribe(['AAA-USD', 'WORSE-USD']);
    connection.receive('{"type":"error","message":"failed to subscribe"}');
    expect(refused(connection)).toEqual(['BAD-USD']);
    const again = await connection.session.subscribe(['AAA-USD', 'WORSE-USD']);
    expect(again.map((text) => (JSON.parse(text) as { product_ids: unknown }).product_ids)).toEqual([
      ['AAA-USD'],
      ['WORSE-USD'],
    ]);
    // An answer to the first refuses nothing of the second.
    connection.receive(answer(['AAA-USD']));
    expect([confirmed(connection), refused(connection)]).toEqual([[['AAA-USD']], ['BAD-USD']]);
  });

  test('an error for too many messages refuses nothing', async () => {
    const connection = run();
    await connection.session.subscribe(['AAA-USD']);
    connection.receive('{"type":"error","message":"rate limit exceeded"}');
    connection.receive('{"type":"error"}');
    expect(connection.reports).toEqual([]);
    expect(connection.stats()).toMatchObject({ control: { error: 2 }, unexplained: 0 });
  });

  test('a failed authentication is fatal', () => {
    const connection = run();
    connection.receive('{"type":"error","message":"authentication failure"}');
    expect(connection.reports).toEqual([
      { kind: 'fatal', code: 'UNAUTHORIZED', message: 'authentication failure' },
    ]);
  });
});

describe('the venue', () => {
  test.each(['BTC-USD', 'ETH-EUR', 'USDT-USDC', 'EURC-USDC', '00-USD', 'BTC-PERP-INTX', 'ETP-20DEC30-CDE'])(
    'accepts the product %s',
    (product) => expect(coinbase().symbolFault!(product)).toBeUndefined(),
  );

  test.each(['BTCUSD', 'btc-usd', 'BTC/USD', 'BTC-', '-USD', 'BTC -USD', 'B"-USD', ''])(
    'rejects the product %o',
    (product) => expect(coinbase().symbolFault!(product)).toMatch(/such as BTC-USD/),
  );

  test('a -USDC product is refused with the name that it streams under', () => {
    expect(coinbase().symbolFault!('BTC-USDC')).toBe('Coinbase streams it as BTC-USD; subscribe that symbol');
  });

  test.each([
    [{ channel: 'level2' as never }, /channel: expected ticker, ticker_batch, market_trades, got "level2"/],
    [{ jwt: 'eyJ-secret' as never }, /jwt: expected a function that returns a new token, got "string"/],
  ])('rejects the options %o', (options, message) => {
    expect(() => coinbase(options)).toThrow(message);
  });
});

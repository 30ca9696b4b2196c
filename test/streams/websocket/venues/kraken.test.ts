import { describe, expect, test } from 'vitest';
import { kraken, VenueRun, type KrakenOptions } from 'tickmark/websocket';
import { TIME, TIME_MS, status, ticker, trade, trades } from './kraken-frames.js';

const NOW = 1_791_000_000_000;
const run = (options?: KrakenOptions) => new VenueRun(kraken(options), NOW);

describe('prices', () => {
  test('keeps the zeros that numbers lose', () => {
    const connection = run();
    connection.receive('{"method":"subscribe","result":{"symbol":"ALGO/USD"},"success":true,"req_id":1}');
    connection.receive(ticker(`"bid":0.13090,"ask":0.13100,"last":0.13110,${TIME}`, 'snapshot'));
    expect(connection.prices).toEqual([
      {
        symbol: 'ALGO/USD',
        price: '0.13110',
        bid: '0.13090',
        ask: '0.13100',
        timestamp: TIME_MS,
        receivedAt: NOW,
      },
    ]);
  });

  test('a ticker keeps the fields that an update leaves out, and drops those that are zero or null', () => {
    const connection = run();
    connection.receive(ticker(`"last":0.13110,"bid":0.13099,"ask":0.13108,${TIME}`, 'snapshot'));
    connection.receive(ticker(`"bid":0.13100,${TIME}`));
    connection.receive(ticker(`"last":0.13200,${TIME}`));
    connection.receive(ticker(`"bid":0,"ask":null,${TIME}`));
    expect(connection.prices.map(({ price, bid, ask }) => [price, bid, ask])).toEqual([
      ['0.13110', '0.13099', '0.13108'],
      ['0.13110', '0.13100', '0.13108'],
      ['0.13200', '0.13100', '0.13108'],
      ['0.13200', undefined, undefined],
    ]);
    expect(connection.prices[3]).not.toHaveProperty('bid');
    // A snapshot starts without earlier state, and so does a new subscription.
    connection.receive(ticker(`"bid":0.5,${TIME}`, 'snapshot'));
    expect(connection.stats().control).toEqual({ 'quote-before-trade': 1 });
    void connection.session.subscribe(['ALGO/USD']);
    connection.receive(ticker(`"bid":0.5,${TIME}`));
    expect(connection.stats()).toMatchObject({ prices: 4, control: { 'quote-before-trade': 2 } });
  });

  test('a market without trades has no price', () => {
    const connection = run();
    connection.receive(ticker('"last":0,"bid":0,"ask":0,"timestamp":"1970-01-01T00:00:00.000000Z"'));
    expect(connection.stats()).toMatchObject({ prices: 0, control: { 'quote-before-trade': 1 } });
  });

  test.each([
    ['absent', '"last":2.5'],
    ['1970', '"last":2.5,"timestamp":"1970-01-01T00:00:00.000000Z"'],
  ])('a time that is %s is replaced by that of receipt, with timeSource received', (_, fields) => {
    const connection = run();
    connection.receive(ticker(fields), NOW + 5);
    expect(connection.prices[0]).toEqual({
      symbol: 'ALGO/USD',
      price: '2.5',
      timestamp: NOW + 5,
      timeSource: 'received',
      receivedAt: NOW + 5,
    });
  });

  test('digits that no float can hold are kept', () => {
    const connection = run();
    connection.receive(ticker(`"last":1234567890.12345,"bid":0.000000010,"ask":1e-7,${TIME}`));
    expect(connection.prices[0]).toMatchObject({
      price: '1234567890.12345',
      bid: '0.000000010',
      ask: '1e-7',
    });
  });

  test('trades are delivered in the order of their numbers, with their times, and only the newest one of a snapshot', () => {
    const connection = run({ channel: 'trade' });
    connection.receive(trades('snapshot', trade(8, '1.08'), trade(7, '1.07'), trade(2, '5.02', 'X/USD')));
    connection.receive(trades('update', trade(10, '1.10'), trade(9, '1.09')));
    expect(connection.prices.map(({ symbol, price, sequence }) => `${symbol} ${price} ${sequence}`)).toEqual([
      'X/USD 5.02 2',
      'ALGO/USD 1.08 8',
      'ALGO/USD 1.09 9',
      'ALGO/USD 1.10 10',
    ]);
    expect(connection.prices[0]).toMatchObject({ timestamp: TIME_MS, receivedAt: NOW });
    connection.receive(ticker(`"last":1.5,${TIME}`));
    expect(connection.stats().control).toEqual({ 'other-channel': 1 });
  });

  test.each([
    ['bad-price', ticker(`"last":"NaN",${TIME}`)],
    ['bad-price', ticker(`"last":2.5,"bid":true,${TIME}`)],
    ['bad-price', ticker(`"last":2.5,"ask":{},${TIME}`)],
    ['bad-field', ticker('"last":2.5,"timestamp":1791000000')],
    ['bad-field', ticker('"last":2.5,"timestamp":"soon"')],
    ['bad-field', '{"channel":"ticker","data":{}}'],
    ['bad-field', '{"channel":"ticker","data":[null]}'],
    ['bad-field', '{"channel":"ticker","data":[{"last":1}]}'],
    ['bad-field', '{"channel":"status"}'],
    ['bad-field', '{"channel":"status","data":[{}]}'],
    ['unknown-frame', '[0,{"c":["1.5","2"]},"ticker","XBT/USD"]'],
    ['unknown-frame', '{"event":"heartbeat"}'],
    ['malformed-json', '{"channel":ticker}'],
    ['malformed-json', new Uint8Array([1])],
  ])('rejects as %s: %s', (reason, bad) => {
    const connection = run();
    connection.receive(bad);
    expect(connection.stats()).toMatchObject({ prices: 0, rejected: { [reason]: 1 }, unexplained: 0 });
  });
});

describe('the trading state', () => {
  test('prices are delivered as halted once, and not for symbols that were unsubscribed', () => {
    const connection = run();
    connection.receive(status('online'));
    connection.receive(ticker(`"last":2.5,${TIME}`));
    connection.receive(status('maintenance'));
    connection.receive(status('cancel_only'));
    expect(connection.prices.map(({ state, timestamp }) => [state, timestamp])).toEqual([
      [undefined, TIME_MS],
      ['halted', TIME_MS],
    ]);
    void connection.session.unsubscribe(['ALGO/USD']);
    connection.receive(status('online'));
    expect(connection.prices).toHaveLength(2);
    expect(connection.stats()).toMatchObject({ control: { status: 4 }, unexplained: 0 });
  });
});

describe('requests and answers', () => {
  test('a subscription has channel, trigger, pairs, a snapshot and an id', async () => {
    const connection = run({ trigger: 'bbo' });
    const [asked] = await connection.session.subscribe(['BTC/USD', 'ALGO/USD']);
    const [given] = await connection.session.unsubscribe(['BTC/USD']);
    const params = { channel: 'ticker', event_trigger: 'bbo' };
    expect(JSON.parse(asked!)).toEqual({
      method: 'subscribe',
      params: { ...params, symbol: ['BTC/USD', 'ALGO/USD'], snapshot: true },
      req_id: 1,
    });
    expect(JSON.parse(given!)).toEqual({
      method: 'unsubscribe',
      params: { ...params, symbol: ['BTC/USD'] },
      req_id: 2,
    });
    const [traded] = await run({ channel: 'trade' }).session.subscribe(['BTC/USD']);
    expect(JSON.parse(traded!)).toMatchObject({
      params: { channel: 'trade', symbol: ['BTC/USD'], snapshot: true },
    });
    expect(traded).not.toContain('event_trigger');
  });

  test.each([
    [
      'a confirmation',
      '{"method":"subscribe","result":{"channel":"ticker","symbol":"A/B"},"success":true}',
      'confirmed',
    ],
    [
      'what is subscribed already',
      '{"error":"Already subscribed","method":"subscribe","success":false,"symbol":"A/B"}',
      'confirmed',
    ],
    [
      'a refusal',
      '{"error":"Currency pair not supported A/B","method":"subscribe","success":false,"symbol":"A/B"}',
      'refused',
    ],
  ])('%s is reported', (_, text, kind) => {
    const connection = run();
    connection.receive(text);
    expect(connection.reports).toMatchObject([
      kind === 'confirmed' ? { kind, symbols: ['A/B'] } : { kind, symbol: 'A/B' },
    ]);
    expect(connection.stats().unexplained).toBe(0);
  });

  test('an error for a whole request is followed by halves of what is still open', async () => {
    const connection = run();
    await connection.session.subscribe(['A/B', 'C/D', 'E/F']);
    connection.receive('{"method":"subscribe","result":{"symbol":"A/B"},"success":true,"req_id":1}');
    connection.receive('{"error":"Malformed","method":"subscribe","success":false,"req_id":1}');
    const sent = connection.reports.flatMap((each) => (each.kind === 'sent' ? [each.text] : []));
    const pairs = sent.map((text) => (JSON.parse(text) as { params: { symbol: unknown } }).params.symbol);
    expect(pairs).toEqual([['C/D'], ['E/F']]);
    connection.receive('{"error":"Malformed","method":"subscribe","success":false,"req_id":2}');
    expect(connection.reports.at(-1)).toEqual({ kind: 'refused', symbol: 'C/D', reason: 'Malformed' });
    const before = connection.reports.length;
    for (const id of ['2', '77', '"x"', 'null'])
      connection.receive(`{"error":"Malformed","method":"subscribe","success":false,"req_id":${id}}`);
    expect(connection.reports).toHaveLength(before);
  });

  test.each([
    '{"error":"Exceeded msg rate","method":"subscribe","success":false,"symbol":"A/B"}',
    '{"Error":"Exceeded msg rate"}',
    '{"error":"Exceeded msg rate","req_id":1}',
    '{"error":7,"method":"subscribe","success":false}',
  ])('refuses no symbol for %s', async (text) => {
    const connection = run();
    await connection.session.subscribe(['A/B']);
    connection.receive(text);
    expect(connection.reports).toEqual([]);
    expect(connection.stats()).toMatchObject({ control: { error: 1 }, unexplained: 0 });
  });

  test.each([
    ['pong', '{"method":"pong","req_id":42,"time_in":"2026-10-03T20:58:30.560234Z"}'],
    ['answer', '{"method":"unsubscribe","success":true,"result":{"symbol":"A/B"}}'],
    ['answer', '{"method":"subscribe","success":true}'],
    ['heartbeat', '{"channel":"heartbeat"}'],
    ['other-channel', '{"channel":"book","type":"update","data":[{}]}'],
    ['empty', '{"channel":"ticker","data":[]}'],
  ])('counts as %s: %s', (kind, text) => {
    const connection = run();
    connection.receive(text);
    expect(connection.stats()).toMatchObject({ control: { [kind]: 1 }, rejected: {}, unexplained: 0 });
    expect(connection.reports).toEqual([]);
  });
});

describe('the venue', () => {
  test.each(['BTC/USD', 'AAPLx/USD', '1INCH/EUR'])('accepts the pair %s', (symbol) =>
    expect(kraken().symbolFault!(symbol)).toBeUndefined(),
  );

  test.each(['BTCUSD', 'BTC-USD', 'BTC/', '/USD', 'BTC /USD', 'A/B/C', ''])('rejects the pair %o', (symbol) =>
    expect(kraken().symbolFault!(symbol)).toMatch(/such as BTC\/USD/),
  );

  test.each([
    [{ channel: 'book' as never }, /channel: expected ticker or trade, got "book"/],
    [{ trigger: 'always' as never }, /trigger: expected trades or bbo, got "always"/],
  ])('rejects the options %o', (options, message) => {
    expect(() => kraken(options)).toThrow(message);
  });
});

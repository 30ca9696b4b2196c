import { describe, expect, test } from 'vitest';
import { binanceCombined, binanceDecoder } from '../../../src/streams/replay/formats/binance-combined.js';
import { csv } from '../../../src/streams/replay/formats/csv.js';
import { jsonl } from '../../../src/streams/replay/formats/jsonl.js';
import { lean } from '../../../src/streams/replay/formats/lean.js';
import { zoneClock } from '../../../src/streams/replay/formats/times/zone-clock.js';
import type { RecordedFile } from '../../../src/streams/replay/index.js';

const fileOf = (firstLine: string, name = 'x.csv', options: RecordedFile['options'] = {}): RecordedFile => ({
  name: name.replace(/\.gz$/, ''),
  path: name,
  firstLine,
  options,
  assume: () => undefined,
});

describe('binance-combined', () => {
  const trade = (fields: object = {}): string =>
    `1700000001234567890 ${JSON.stringify({
      stream: 'abcusdt@trade',
      data: {
        e: 'trade',
        E: 1,
        s: 'ABCUSDT',
        t: 7,
        p: '1.50',
        q: '2.0',
        T: 1700000002500,
        m: true,
        M: true,
        ...fields,
      },
    })}`;
  const quote = (fields: object = {}): string =>
    `1700000001300000000 ${JSON.stringify({
      stream: 'abcusdt@bookTicker',
      data: { u: 1, s: 'ABCUSDT', b: '1.40', B: '1.0', a: '1.60', A: '3.0', ...fields },
    })}`;
  const traded = {
    symbol: 'ABCUSDT',
    price: '1.50',
    timestamp: 1700000002500,
    receivedAt: 1700000001234,
    sequence: 7,
  };
  const quoted = {
    symbol: 'ABCUSDT',
    price: '1.50',
    timestamp: 1700000001300,
    timeSource: 'received',
    receivedAt: 1700000001300,
    bid: '1.40',
    ask: '1.60',
  };

  describe.each([true, false])('with scan: %s', (scan) => {
    test('merges a quote with the last trade of its symbol', () => {
      const decode = binanceDecoder({ scan });
      expect(decode(quote())).toEqual({ type: 'control', name: 'quotes-before-trade' });
      expect(decode(trade())).toEqual({ ...traded, bid: '1.40', ask: '1.60' });
      expect(decode(quote({ b: '1.41' }))).toEqual({ ...quoted, bid: '1.41' });
      expect(decode(quote({ s: 'XYZUSDT' }))).toEqual({ type: 'control', name: 'quotes-before-trade' });
    });

    test('gives a trade without a quote no bid and ask', () => {
      expect(binanceDecoder({ scan })(trade())).toEqual(traded);
    });

    test.each([
      [trade({ extra: { nested: true } }), traded],
      [trade({ p: '' }), 'bad-price'],
      [trade({ p: '1.2.3' }), 'bad-price'],
      [trade({ p: 1.5 }), 'bad-field'],
      [trade({ p: '1'.repeat(30) }), 'bad-price'],
      [trade({ T: '1700000002500' }), 'bad-field'],
      [trade({ t: null }), 'bad-field'],
      [trade({ s: '' }), 'bad-field'],
      [quote({ b: 'x' }), 'bad-price'],
      [quote({ a: null }), 'bad-field'],
      ['1700000001300000000 {"stream":"a@depth","data":{"s":"A"}}', 'other-frame'],
      ['1700000001300000000 {"result":null,"id":1}', 'other-frame'],
      ['1700000001300000000 {"stream":"a@trade","data":null}', 'other-frame'],
      ['1700000001300000000 {"stream":"a@trade","da}', 'malformed-json'],
      ['{"stream":"a@trade"}', 'malformed-line'],
      ['1700000001300000000 ', 'malformed-line'],
    ])('reads %s as %o', (line, expected) => {
      const decoded = binanceDecoder({ scan })(line);
      if (typeof expected === 'string') expect(decoded).toMatchObject({ name: expected });
      else expect(decoded).toEqual(expected);
    });
  });

  test('is recognized by its first line', () => {
    expect(binanceCombined.detect(fileOf(trade()))).toBe(true);
    expect(binanceCombined.detect(fileOf(trade().slice(20)))).toBe(false);
  });
});

describe('lean', () => {
  const name = 'lean-equity_usa_tick_ibm_20131007_trade.csv.gz';
  const row = '34200000,1815200,283,P,20002020,0';

  test('takes symbol and day from the file name, and reads the price exactly', () => {
    const timestamp = Date.UTC(2013, 9, 7, 13, 30);
    expect(lean.decoder(fileOf(row, name))(row)).toEqual({
      symbol: 'IBM',
      price: '181.52',
      timestamp,
      receivedAt: timestamp,
      currency: 'USD',
    });
  });

  test.each([
    ['1810000', '181'],
    ['5', '0.0005'],
    ['10', '0.001'],
    ['0', '0'],
    ['007', '0.0007'],
    ['123456', '12.3456'],
  ])('reads %s ten-thousandths as %s', (units, price) => {
    expect(lean.decoder(fileOf(row, name))(`0,${units},1,P,0,0`)).toMatchObject({ price });
  });

  test.each([
    ['34200000,1815200,283,P,20002020,1', 'rejected', 'suspicious'],
    ['86400000,1815200,283,P,20002020,0', 'rejected', 'bad-timestamp'],
    ['34200000,1815200,283,P,20002020', 'rejected', 'wrong-number-of-fields'],
    ['x,1815200,283,P,20002020,0', 'rejected', 'bad-timestamp'],
    ['34200000,181.52,283,P,20002020,0', 'rejected', 'not-a-number'],
  ])('counts %s as %s: %s', (line, type, reason) => {
    expect(lean.decoder(fileOf(row, name))(line)).toEqual({ type, name: reason });
  });

  test('is recognized by file name and first line, and rejects a file name without symbol and day', () => {
    expect(lean.detect(fileOf(row, name))).toBe(true);
    expect(lean.detect(fileOf(row, 'tick_brk.b_20131007_trade.csv'))).toBe(true);
    expect(lean.detect(fileOf(row, 'trades.csv'))).toBe(false);
    expect(lean.detect(fileOf('timestamp,symbol,price', name))).toBe(false);
    expect(() => lean.decoder(fileOf(row, 'trades.csv'))).toThrow(
      expect.objectContaining({ code: 'MALFORMED_INPUT' }),
    );
  });

  test.each([
    ['summer', [2013, 10, 7], '09:30', '2013-10-07T13:30:00Z'],
    ['winter', [2013, 12, 9], '09:30', '2013-12-09T14:30:00Z'],
    ['before the clocks go forward', [2024, 3, 10], '01:59', '2024-03-10T06:59:00Z'],
    ['after the clocks go forward', [2024, 3, 10], '03:01', '2024-03-10T07:01:00Z'],
    ['before the clocks go back', [2024, 11, 3], '00:30', '2024-11-03T04:30:00Z'],
    ['after the clocks go back', [2024, 11, 3], '02:30', '2024-11-03T07:30:00Z'],
  ])('converts New York time in %s', (_, [year, month, day], time, utc) => {
    const [hours, minutes] = time.split(':').map(Number);
    const at = zoneClock('America/New_York')(Date.UTC(year!, month! - 1, day, hours, minutes));
    expect(new Date(at)).toEqual(new Date(utc));
  });
});

describe('csv', () => {
  const decode = (header: string, line: string): unknown => {
    const decoder = csv.decoder(fileOf(header, 'x.csv', { timeUnit: 'ms' }));
    expect(decoder(header)).toEqual({ type: 'control', name: 'header' });
    return decoder(line);
  };

  test('reads columns in any order, and ignores empty fields and unknown columns', () => {
    expect(
      decode(
        'price, symbol,venue,timestamp,bid,ask,currency,sequence,previousClose',
        '12.50,ACME, X ,1700000000000,12.4,,EUR,9,12',
      ),
    ).toEqual({
      symbol: 'ACME',
      price: '12.50',
      timestamp: 1700000000000,
      receivedAt: 1700000000000,
      bid: '12.4',
      currency: 'EUR',
      sequence: 9,
      previousClose: '12',
    });
  });

  test.each([
    ['2024-08-09T00:00:00.250Z', 1723161600250],
    ['2024-08-09T02:00:00+02:00', 1723161600000],
    ['2024-08-09T00:00Z', 1723161600000],
  ])('reads the time %s', (time, timestamp) => {
    expect(decode('timestamp,symbol,price', `${time},A,1`)).toMatchObject({ timestamp });
  });

  test.each([
    ['1,A', 'wrong-number-of-fields'],
    ['1,A,1,2', 'wrong-number-of-fields'],
    ['1,"A,1', 'quote-does-not-end'],
    ['1,A,"12,5"', 'comma-in-price'],
    ['1,,1', 'empty-symbol'],
    ['1,A,', 'not-a-number'],
    ['1,A,12x', 'not-a-number'],
    ['2024-08-09T00:00:00,A,1', 'time-without-zone'],
    ['05/01/2024,A,1', 'ambiguous-date'],
    ['yesterday,A,1', 'bad-timestamp'],
    [',A,1', 'bad-timestamp'],
  ])('rejects %s as %s', (line, name) => {
    expect(decode('timestamp,symbol,price', line)).toEqual({ type: 'rejected', name });
  });

  test.each([
    [
      'Date,Close/Last,Volume',
      '11/28/2025,$278.85,20135620',
      { dateOrder: 'mdy' as const, symbol: 'AAPL' },
      '278.85',
    ],
    ['ticker,price,sip_timestamp', 'A,1.5,1700000000000000002', {}, '1.5'],
    ['symbol,time_exchange,price', 'A,2024-01-02T09:30:00.1Z,1.5', {}, '1.5'],
  ])('reads a row of a vendor: %s', (header, line, options, price) => {
    const file = fileOf(header, 'x.csv', options);
    expect(csv.detect(file)).toBe(true);
    const decoder = csv.decoder(file);
    decoder(header);
    expect(decoder(line)).toMatchObject({ price, timestamp: expect.any(Number) as number });
  });

  test('rejects every line before a header that is not the first', () => {
    const decoder = csv.decoder(fileOf('garbage'));
    expect([decoder('garbage'), decoder('a,b,c')]).toEqual([
      { type: 'rejected', name: 'no-header' },
      { type: 'rejected', name: 'no-header' },
    ]);
    expect(csv.detect(fileOf('1,A,1'))).toBe(false);
  });

  test('throws for a first line that does not say what its columns are, and says how to', () => {
    expect(() => csv.decoder(fileOf('1,A,1'))).toThrow(/"1,A,1".* times .* prices .* time=1,price=5/s);
  });
});

describe('jsonl', () => {
  const decode = jsonl.decoder(fileOf('{}'));

  test('reads a price update and ignores unknown fields', () => {
    const update = { symbol: 'A', price: '1.50', timestamp: 5, timeSource: 'received', bid: 1, sequence: 3 };
    expect(decode(JSON.stringify({ ...update, comment: 'x' }))).toEqual({ ...update, receivedAt: 5 });
    expect(decode(JSON.stringify({ ...update, receivedAt: 9 }))).toEqual({ ...update, receivedAt: 9 });
    const bond = { previousClose: 99, previousCloseAt: 4, accrued: '1.25', previousAccrued: '1.24' };
    expect(decode(JSON.stringify({ ...update, ...bond }))).toEqual({ ...update, ...bond, receivedAt: 5 });
  });

  test.each([
    ['{', 'malformed-json'],
    ['null', 'not-an-update'],
    ['7', 'not-an-update'],
    ['{"price":1,"timestamp":1}', 'empty-symbol'],
    ['{"symbol":"A","price":null,"timestamp":1}', 'not-a-number'],
    ['{"symbol":"A","price":1,"timestamp":"noon"}', 'bad-timestamp'],
    ['{"symbol":"A","price":1,"timestamp":"2024-01-05T09:30:00"}', 'time-without-zone'],
    ['{"symbol":"A","price":1,"timestamp":1,"timeSource":"guess"}', 'bad-time-source'],
    // Read as ms, these are of January 1970 and of the year 55840.
    ['{"symbol":"A","price":1,"timestamp":1700000000}', 'other-time-unit'],
    ['{"symbol":"A","price":1,"timestamp":1700000000.25}', 'other-time-unit'],
    ['{"symbol":"A","price":1,"timestamp":1700000000000000}', 'other-time-unit'],
    ['{"symbol":"A","price":1,"timestamp":1700000000000,"receivedAt":1700000000}', 'other-time-unit'],
    ['{"type":"gap","from":1,"to":2}', 'gap'],
  ])('counts %s as %s', (line, name) => {
    expect(decode(line)).toMatchObject({ name });
  });
});

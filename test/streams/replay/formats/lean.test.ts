import { describe, expect, test } from 'vitest';
import { lean } from '../../../../src/streams/replay/formats/lean.js';
import {
  BUILT_IN_FORMATS,
  type DecodedLine,
  type RecordedFile,
} from '../../../../src/streams/replay/index.js';

const fileAt = (path: string, firstLine: string, options: RecordedFile['options'] = {}): RecordedFile => ({
  name: path.slice(path.lastIndexOf('/') + 1),
  path,
  firstLine,
  options,
  assume: () => undefined,
});

function read(path: string, line: string, options?: RecordedFile['options']): DecodedLine {
  const file = fileAt(path, line, options);
  expect(lean.detect(file), path).toBe(true);
  return lean.decoder(file)(line);
}

const BAR = '34200000,1815200,1816000,1815000,1815300,2830';
const QUOTE_BAR = '0,1.3865,1.3866,1.3864,1.3865,0,1.3867,1.3868,1.3866,1.3867,0';

describe('the path of LEAN says what is in a file', () => {
  test.each<[string, string, object, string]>([
    [
      'equity/usa/minute/acme/20131004_trade.zip/20131004_acme_minute_trade.csv',
      BAR,
      { symbol: 'ACME', price: '181.53', currency: 'USD' },
      '2013-10-04T13:31:00Z',
    ],
    [
      'equity/usa/minute/acme/20131004_acme_minute_trade.csv',
      BAR,
      { symbol: 'ACME', price: '181.53' },
      '2013-10-04T13:31:00Z',
    ],
    [
      'equity/usa/second/brk.b/20131204_trade.zip/x.csv',
      BAR,
      { symbol: 'BRK.B', price: '181.53' },
      '2013-12-04T14:30:01Z',
    ],
    [
      'equity/usa/tick/acme/20131007_acme_Trade_Tick.csv',
      '34200000,1815200,283,P,20002020,0',
      { price: '181.52' },
      '2013-10-07T13:30:00Z',
    ],
    [
      'equity/usa/tick/acme/20131007_quote.zip/x.csv',
      '34200000,1815200,3,1815400,2,P,0,0',
      { price: '181.53', bid: '181.52', ask: '181.54' },
      '2013-10-07T13:30:00Z',
    ],
    [
      'equity/usa/daily/acme.zip/acme.csv',
      '20131004 00:00,1815200,1816000,1815000,1815300,2830',
      { symbol: 'ACME', price: '181.53' },
      '2013-10-05T04:00:00Z',
    ],
    [
      'equity/usa/hour/acme.csv',
      '20131004 09:00,1815200,1816000,1815000,1815300,2830',
      { price: '181.53' },
      '2013-10-04T14:00:00Z',
    ],
    [
      'equity/india/daily/tcs.zip/tcs.csv',
      '20240105 00:00,37000000,37100000,36900000,37050000,10',
      { price: '3705', currency: 'INR' },
      '2024-01-05T18:30:00Z',
    ],
    [
      'forex/oanda/minute/eurusd/20140501_quote.zip/x.csv',
      QUOTE_BAR,
      { symbol: 'EURUSD', price: '1.3866', currency: 'USD' },
      '2014-05-01T00:01:00Z',
    ],
    [
      'forex/oanda/daily/eurusd.zip/eurusd.csv',
      QUOTE_BAR.replace('0,', '20140501 00:00,'),
      { price: '1.3866', bid: '1.3865', ask: '1.3867' },
      '2014-05-02T00:00:00Z',
    ],
    [
      'forex/oanda/tick/eurusd/20140501_quote.zip/x.csv',
      '92000,1.3865,1.3868',
      { price: '1.38665' },
      '2014-05-01T00:01:32Z',
    ],
    [
      'cfd/oanda/hour/xauusd.zip/xauusd.csv',
      QUOTE_BAR.replace('0,', '20140501 00:00,'),
      { symbol: 'XAUUSD', price: '1.3866' },
      '2014-05-01T01:00:00Z',
    ],
    [
      'crypto/coinbase/minute/btcusd/20161009_trade.zip/x.csv',
      '92000,132.01,132.05,131.95,132.03,49320',
      { symbol: 'BTCUSD', price: '132.03' },
      '2016-10-09T00:02:32Z',
    ],
    [
      'crypto/coinbase/daily/btcusd_quote.zip/btcusd.csv',
      QUOTE_BAR.replace('0,', '20161009 00:00,'),
      { symbol: 'BTCUSD', price: '1.3866' },
      '2016-10-10T00:00:00Z',
    ],
    [
      'crypto/coinbase/tick/btcusd/20161009_trade.zip/x.csv',
      '86400,232.40,93.1',
      { price: '232.40' },
      '2016-10-09T00:01:26.400Z',
    ],
    [
      'crypto/coinbase/tick/btcusd/20161009_quote.zip/x.csv',
      '86400,232.40,20392.0,232.42,8059.5',
      { price: '232.41' },
      '2016-10-09T00:01:26.400Z',
    ],
    [
      'cryptofuture/binance/minute/btcusdt/20220812_trade.zip/x.csv',
      '0,24000.1,24000.2,23999.9,24000,5',
      { symbol: 'BTCUSDT', price: '24000' },
      '2022-08-12T00:01:00Z',
    ],
    [
      '/data/old_equity/equity/usa/minute/acme/20131004_trade.csv.gz',
      BAR,
      { symbol: 'ACME' },
      '2013-10-04T13:31:00Z',
    ],
  ])('%s', (path, line, fields, time) => {
    expect(read(path, line)).toMatchObject({
      ...fields,
      timestamp: Date.parse(time),
      receivedAt: Date.parse(time),
    });
  });

  test('except the zone of some markets, and a symbol that is given', () => {
    const path = 'forex/fxcm/minute/eurusd/20140501_quote.zip/x.csv';
    expect(read(path, QUOTE_BAR)).toEqual({ type: 'rejected', name: 'time-without-zone' });
    expect(read(path, QUOTE_BAR, { timeZone: 'America/New_York', symbol: 'EUR/USD' })).toMatchObject({
      symbol: 'EUR/USD',
      timestamp: Date.parse('2014-05-01T04:01:00Z'),
    });
  });

  test.each([
    'option/usa/minute/acme/20131004_trade_american.zip/x.csv',
    'future/cme/minute/es/20131004_trade.zip/x.csv',
    'equity/usa/weekly/acme.zip/acme.csv',
    'minute/acme/20131004_trade.zip/x.csv',
    'equity/usa/minute/acme/20131340_trade.zip/x.csv',
  ])('%s is none that is read', (path) => {
    const file = fileAt(path, BAR);
    expect(lean.detect(file)).toBe(false);
    expect(() => lean.decoder(file)).toThrow(
      /does not say what is in the file.*equity\/usa\/daily\/aapl\.zip/,
    );
  });
});

test.each([
  ['equity/usa/tick/acme/20131007_quote.zip/x.csv', '34200000,1815200,3,0,0,P,0,0', 'one-sided-quote'],
  ['equity/usa/tick/acme/20131007_quote.zip/x.csv', '34200000,1815200,3,1815400,2,P,0,1', 'suspicious'],
  [
    'equity/usa/minute/acme/20131004_trade.zip/x.csv',
    '34200000,1815200,1816000,1815000,181.53,2830',
    'not-a-number',
  ],
  [
    'equity/usa/minute/acme/20131004_trade.zip/x.csv',
    '86400000,1815200,1816000,1815000,1815300,2830',
    'bad-timestamp',
  ],
  ['equity/usa/minute/acme/20131004_trade.zip/x.csv', '1,2,3', 'wrong-number-of-fields'],
  ['forex/oanda/daily/eurusd.zip/x.csv', QUOTE_BAR.replace('0,', '20140532 00:00,'), 'bad-timestamp'],
])('refuses in %s the row %s: %s', (path, line, name) => {
  expect(read(path, line)).toEqual({ type: 'rejected', name });
});

test('is a built-in format', () => expect(BUILT_IN_FORMATS).toContain('lean'));

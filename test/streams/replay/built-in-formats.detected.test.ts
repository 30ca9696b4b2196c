import { describe, expect, test } from 'vitest';
import { chosenFormat } from '../../../src/streams/replay/built-in-formats.js';
import type { RecordedFile } from '../../../src/streams/replay/index.js';

const fileOf = (firstLine: string, path: string, options: RecordedFile['options'] = {}): RecordedFile => ({
  name: path.slice(path.lastIndexOf('/') + 1),
  path,
  firstLine,
  options,
  assume: () => undefined,
});

describe('a file is of the format', () => {
  test.each([
    ['tickmark', 'x.jsonl', '{"tickmark":"recording","version":1,"startedAt":1}'],
    ['jsonl', 'x.jsonl', '{"symbol":"A","price":1,"timestamp":1}'],
    ['binance-combined', 'x.txt', '1700000001234567890 {"stream":"abcusdt@trade","data":{}}'],
    ['lean', 'equity/usa/minute/acme/20131004_trade.zip', '34200000,1815200,1816000,1815000,1815300,2830'],
    ['tardis', 'x.csv', 'exchange,symbol,timestamp,local_timestamp,id,side,price,amount'],
    [
      'tardis',
      'x.csv',
      'exchange,symbol,timestamp,local_timestamp,ask_amount,ask_price,bid_price,bid_amount',
    ],
    [
      'tardis',
      'x.csv',
      'exchange,symbol,timestamp,local_timestamp,asks[0].price,asks[0].amount,bids[0].price',
    ],
    ['binance-vision', 'x.csv', '3366009900,44150.10,0.00100,44.15,1704412800014,True,True'],
    ['binance-vision', 'x.csv', '3366009900,44150.10,0.00100,44.15,1704412800014,true'],
    ['binance-vision', 'x.csv', 'id,price,qty,quote_qty,time,is_buyer_maker'],
    [
      'binance-vision',
      'x.csv',
      'agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker',
    ],
    ['binance-vision', 'x.csv', '1,2.5,3,4,5,1704412800014,True'],
    ['binance-vision', 'x.csv', '1735689600000000,1,2,1,1.5,9,1735689659999999,10,5,4,4,0'],
    [
      'binance-vision',
      'x.csv',
      'update_id,best_bid_price,best_bid_qty,best_ask_price,best_ask_qty,transaction_time,event_time',
    ],
    ['yfinance', 'x.csv', 'Price,Close,High,Low,Open,Volume'],
    ['ohlc', 'x.csv', 'Date,Open,High,Low,Close,Adj Close,Volume'],
    ['ohlc', 'x.csv', 'Timestamp,Open,High,Low,Close,Volume_(BTC),Volume_(Currency),Weighted_Price'],
    ['ohlc', 'x.csv', '1381095255,122.0,123.5,121.9,122.1,0.1,3'],
    ['ohlc', 'x.csv', '2024.01.05,00:00,1.0945,1.0947,1.0944,1.0946,55'],
    ['ohlc', 'x.csv', 'AAPL,20240105,181.99,182.76,180.17,181.18,62303300'],
    ['ohlc', 'x.csv', 'EURUSD,20240105,000100,1.0945,1.0947,1.0944,1.0946'],
    ['csv', 'x.csv', 'timestamp,symbol,price'],
    ['csv', 'x.csv', '日期,代码,收盘'],
    ['csv', 'x.csv', 'sep=;'],
    ['csv', 'x.csv', 'ticker,volume,close,window_start,transactions'],
  ])('%s: %s: %s', (name, path, firstLine) => {
    expect(chosenFormat('auto', fileOf(firstLine, path)).name).toBe(name);
  });

  test('csv where the columns are given, whatever it looks like, unless it is JSON', () => {
    const options = { columns: ['time', 'price'] };
    const named = (line: string): string => chosenFormat('auto', fileOf(line, 'x.csv', options)).name;
    expect(named('1704412800014,12.5')).toBe('csv');
    expect(named('3366009900,44150.10,0.00100,44.15,1704412800014,True,True')).toBe('csv');
    expect(named('1381095255,122.0,123.5,121.9,122.1,0.1,3')).toBe('csv');
    expect(() => named('{"symbol":"A","price":1,"timestamp":1}')).toThrow(
      /columns: expected no such option, as the format jsonl/,
    );
  });

  test.each([
    '1,A,1',
    '2024-01-05,12,11,10,9',
    'open,high,low,close',
    '<?xml version="1.0"?>',
    'PAR1',
    '20131003 00:00,1815200,1816000,1815000,1815300,28300',
  ])('none: %s', (firstLine) => {
    expect(() => chosenFormat('auto', fileOf(firstLine, 'x.csv'))).toThrow(
      /of no known format\. Accepted are tickmark, /,
    );
  });
});

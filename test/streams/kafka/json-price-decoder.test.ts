import { describe, expect, test } from 'vitest';
import { decodeJsonPrice } from '../../../src/kafka/index.js';
import { record } from './scripted-consumer.js';

const place = { topic: 'prices', partition: 0 };
const decode = (value: string, key: string | null = 'A', timestamp?: string) => {
  const each = record(key, value, 0, timestamp);
  return decodeJsonPrice(each.value!, each, place);
};

describe('a JSON price', () => {
  test('keeps the digits of strings and numbers', () => {
    const value =
      '{"price": 12345678.1234567890, "bid":0.10,"ask":"0.20","previousClose":-1E-7,"timestamp":17, "sequence":3, "note":"a \\"1.0\\" b", "list":[1,{"price":2}]}';
    expect(decode(value)).toEqual({
      symbol: 'A',
      price: '12345678.1234567890',
      bid: '0.10',
      ask: '0.20',
      previousClose: '-1E-7',
      timestamp: 17,
      sequence: 3,
    });
  });

  test('has the close and the interest of a bond', () => {
    const value =
      '{"price":"99.5","timestamp":17,"previousClose":99,"previousCloseAt":"12","accrued":1.250,"previousAccrued":"1.24"}';
    expect(decode(value)).toEqual({
      symbol: 'A',
      price: '99.5',
      timestamp: 17,
      previousClose: '99',
      previousCloseAt: 12,
      accrued: '1.250',
      previousAccrued: '1.24',
    });
  });

  // The digits of a name that is there once are found without a second pass; these must not be mistaken for it.
  test.each([
    ['{"price":1.10,"price":2.20}', '2.20'],
    ['{"price":1.10,"pr\\u0069ce":2.20}', '2.20'],
    ['{"pr\\u0069ce":2.20}', '2.20'],
    ['{"type":"price","price":2.20}', '2.20'],
    ['{"price":2.20,"of":{"price":1.10}}', '2.20'],
    ['{"price" \t:\r\n 2.20e0 }', '2.20e0'],
    ['{"note":"\\"price\\":1.10","price":2.20}', '2.20'],
  ])('of %s is %s', (value, price) => {
    expect(decode(value)).toMatchObject({ price });
  });

  test('takes the symbol from the value, else from the key', () => {
    expect(decode('{"symbol":"B","price":"1","timestamp":1}')).toMatchObject({ symbol: 'B' });
    expect(decode('{"price":"1","timestamp":1}')).toMatchObject({ symbol: 'A' });
  });

  test('takes the time of the record where the value has none', () => {
    const received = { timestamp: 1_700_000_000_000, timeSource: 'received' };
    expect(decode('{"price":"1"}')).toMatchObject(received);
    expect(decode('{"price":"1","timestamp":null}')).toMatchObject(received);
    expect(decode('{"price":"1","timestamp":"1234"}')).toEqual({ symbol: 'A', price: '1', timestamp: 1234 });
    expect(decode('{"price":"1"}', 'A', '')).toMatchObject({ timestamp: undefined });
  });

  test('ignores fields that are null or unknown', () => {
    const value =
      '{"price":"1","timestamp":1,"bid":null,"currency":"USD","state":"halted","__proto__":{"ask":1},"x":1}';
    expect(decode(value)).toEqual({
      symbol: 'A',
      price: '1',
      timestamp: 1,
      currency: 'USD',
      state: 'halted',
    });
  });
});

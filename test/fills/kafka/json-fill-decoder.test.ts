import { expect, test } from 'vitest';
import { decodeJsonFill } from '../../../src/fills/kafka/json-fill-decoder.js';
import { readEntry } from '../../../src/core/portfolio/ledger/entry-reader.js';
import { record } from '../../streams/kafka/scripted-consumer.js';

const decode = (value: string | Uint8Array, key: string | null = 'U1') => {
  const read = record(key, value);
  return decodeJsonFill(read.value!, read, { topic: 'fills', partition: 0 });
};

test('an entry keeps the digits of its numbers, and its times are numbers', () => {
  const value =
    '{"id":"f1","at":1767000000000,"settlesAt":1767100000000,"type":"buy","symbol":"IBM","quantity":12345678.123456789,"price":0.10,"rates":{"EUR":1.10},"lots":[{"lot":"x","quantity":0.30}]}';
  expect(decode(value)).toEqual({
    account: 'U1',
    entry: {
      id: 'f1',
      at: 1_767_000_000_000,
      settlesAt: 1_767_100_000_000,
      type: 'buy',
      symbol: 'IBM',
      quantity: '12345678.123456789',
      price: '0.10',
      rates: { EUR: '1.10' },
      lots: [{ lot: 'x', quantity: '0.30' }],
    },
  });
});

test('a correction keeps the times of what it corrects by', () => {
  const value =
    '{"id":"c1","at":"2026-01-05T00:00:00Z","type":"correct","entry":"f1","by":{"type":"deposit","at":1767000000000,"amount":5.0,"currency":"USD"}}';
  const { entry } = decode(value) as { entry: Parameters<typeof readEntry>[0] };
  expect(entry).toMatchObject({ by: { at: 1_767_000_000_000, amount: '5.0' } });
  expect(() => readEntry(entry)).not.toThrow();
});

test('the field account goes before the key', () => {
  const value = '{"account":"U2","id":"f1","at":1,"type":"deposit","amount":1,"currency":"USD"}';
  expect(decode(value)).toMatchObject({ account: 'U2' });
  expect(decode(value)).not.toHaveProperty('entry.account');
});

test.each<[string, string | Uint8Array, string | null]>([
  ['not-utf8', new Uint8Array([0xff]), 'U1'],
  ['malformed-json', '{', 'U1'],
  ['not-an-object', '[1]', 'U1'],
  ['no-account', '{"id":"f1"}', null],
  ['no-account', '{"id":"f1","account":""}', 'U1'],
])('%s is the reason of a rejection', (rejected, value, key) => {
  expect(decode(value, key)).toEqual({ rejected });
});

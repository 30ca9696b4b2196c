import { describe, expect, test } from 'vitest';
import { PriceColumns, newerDetails } from '../../../src/core/market-data/price-columns.js';

describe('the order of updates', () => {
  const VENUE = 0;
  const RECEIVED = 1;

  function row(timestamp: number, received: 0 | 1, receivedAt: number, sequence = NaN): PriceColumns {
    const columns = new PriceColumns(1);
    columns.timestamps[0] = timestamp;
    columns.received[0] = received;
    columns.receivedAt[0] = receivedAt;
    columns.sequences[0] = sequence;
    return columns;
  }

  test.each([
    ['an older venue time is older', row(100, VENUE, 0), [99, VENUE, 500, NaN], true],
    ['a newer venue time is not, even if it came first', row(100, VENUE, 500), [101, VENUE, 0, NaN], false],
    ['an equal venue time with a lower sequence is older', row(100, VENUE, 0, 5), [100, VENUE, 0, 4], true],
    [
      'an equal one with the same or a higher sequence is not',
      row(100, VENUE, 0, 5),
      [100, VENUE, 0, 5],
      false,
    ],
    ['an equal one without a sequence is not', row(100, VENUE, 0, 5), [100, VENUE, 0, NaN], false],
    ['a sequence counts only between equal times', row(100, VENUE, 0, 5), [101, VENUE, 0, 1], false],
    [
      'a receive time is never compared with a venue time',
      row(1_000, VENUE, 50),
      [60, RECEIVED, 60, NaN],
      false,
    ],
    ['but by arrival', row(1_000, VENUE, 50), [2_000, RECEIVED, 49, NaN], true],
    ['and so the other way about', row(1_000, RECEIVED, 50), [2_000, VENUE, 49, NaN], true],
    ['two receive times go by arrival', row(100, RECEIVED, 50), [200, RECEIVED, 49, NaN], true],
    ['an equal arrival is not older', row(100, RECEIVED, 50), [1, RECEIVED, 50, NaN], false],
  ] as const)('%s', (_, known, [timestamp, received, receivedAt, sequence], isOlder) => {
    expect(known.isNewerThan(0, timestamp, received, receivedAt, sequence)).toBe(isOlder);
  });
});

test('growing keeps every column', () => {
  const columns = new PriceColumns(1);
  columns.setPrice(0, '1.25');
  columns.timestamps[0] = 2;
  columns.receivedAt[0] = 3;
  columns.sequences[0] = 4;
  columns.received[0] = 1;
  columns.details[0] = { bid: 5 };
  columns.reserve(100);
  expect(columns.capacity).toBe(101);
  columns.copy(100, columns, 0);
  for (const at of [0, 100]) {
    expect([columns.price(at).toString(), columns.timestamps[at], columns.receivedAt[at]]).toEqual([
      '1.25',
      2,
      3,
    ]);
    expect([columns.sequences[at], columns.received[at], columns.details[at]]).toEqual([4, 1, { bid: 5 }]);
  }
  expect(columns.details[50]).toBeUndefined();
  columns.reserve(100);
  expect(columns.capacity).toBe(101);
});

test('an unchecked price is rejected, not rounded', () => {
  expect(() => new PriceColumns(1).setPrice(0, '9007199254740992')).toThrow(RangeError);
  expect(() => new PriceColumns(1).setPrice(0, NaN)).toThrow(RangeError);
});

describe('newer details of a price', () => {
  test('replace the older ones, but keep a previous close in the same currency', () => {
    const older = { bid: 1, ask: 2, previousClose: 9, currency: 'USD' };
    expect(newerDetails(older, { currency: 'USD', bid: 3 })).toEqual({
      currency: 'USD',
      bid: 3,
      previousClose: 9,
    });
    expect(newerDetails(older, { currency: 'USD', previousClose: 8 })).toEqual({
      currency: 'USD',
      previousClose: 8,
    });
    expect(newerDetails(older, { currency: 'EUR' })).toEqual({ currency: 'EUR' });
    expect(newerDetails(older, undefined)).toBeUndefined();
    expect(newerDetails({ previousClose: 9 }, undefined)).toEqual({ previousClose: 9 });
    expect(newerDetails({ bid: 1 }, undefined)).toBeUndefined();
    expect(newerDetails(undefined, { bid: 1 })).toEqual({ bid: 1 });
  });
});

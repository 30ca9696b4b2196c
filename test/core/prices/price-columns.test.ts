import { expect, test } from 'vitest';
import { PriceColumns } from '../../../src/core/prices/price-columns.js';

test('growing keeps all columns', () => {
  const columns = new PriceColumns(1);
  columns.setPrice(0, '1.25');
  columns.timestamps[0] = 2;
  columns.receivedAt[0] = 3;
  columns.venueTimes[0] = 4;
  columns.arrivals[0] = 6;
  columns.received[0] = 1;
  columns.details[0] = { bid: 5 };
  columns.setSequence(0, 7);
  columns.reserve(100);
  expect(columns.capacity).toBe(101);
  columns.copy(100, columns, 0);
  for (const at of [0, 100]) {
    expect([columns.price(at).toString(), columns.timestamps[at], columns.receivedAt[at]]).toEqual([
      '1.25',
      2,
      3,
    ]);
    expect([columns.venueTimes[at], columns.arrivals[at]]).toEqual([4, 6]);
    expect([columns.received[at], columns.details[at]]).toEqual([1, { bid: 5 }]);
    expect(columns.sequenceOf(at)).toBe(7);
  }
  expect(columns.details[50]).toBeUndefined();
  expect(columns.sequenceOf(50)).toBeNaN();
  columns.reserve(100);
  expect(columns.capacity).toBe(101);
});

test('an unchecked price is rejected, not rounded', () => {
  expect(() => new PriceColumns(1).setPrice(0, '9007199254740992')).toThrow(RangeError);
  expect(() => new PriceColumns(1).setPrice(0, NaN)).toThrow(RangeError);
});

test('a row is older than one with a higher stamp: by venue time, then by arrival', () => {
  const stamped = (venueTime: number, arrival: number): PriceColumns => {
    const columns = new PriceColumns(1);
    columns.venueTimes[0] = venueTime;
    columns.arrivals[0] = arrival;
    return columns;
  };
  const known = stamped(100, 50);
  expect(known.isNewer(0, stamped(99, 90), 0)).toBe(true);
  expect(known.isNewer(0, stamped(100, 49), 0)).toBe(true);
  expect(known.isNewer(0, stamped(100, 50), 0)).toBe(false);
  expect(known.isNewer(0, stamped(100, 51), 0)).toBe(false);
  expect(known.isNewer(0, stamped(101, 1), 0)).toBe(false);
});

test('sequence numbers, where both rows have one, decide at the same venue time', () => {
  const placed = (venueTime: number, sequence: number, arrival: number): PriceColumns => {
    const columns = new PriceColumns(1);
    columns.venueTimes[0] = venueTime;
    columns.arrivals[0] = arrival;
    columns.setSequence(0, sequence);
    return columns;
  };
  const known = placed(100, 5, 50);
  expect(known.isNewer(0, placed(100, 4, 90), 0)).toBe(true);
  expect(known.isNewer(0, placed(100, 6, 10), 0)).toBe(false);
  expect(known.isNewer(0, placed(100, 5, 49), 0)).toBe(true);
  expect(known.isNewer(0, placed(100, NaN, 49), 0)).toBe(true);
  expect(known.isNewer(0, placed(99, 6, 90), 0)).toBe(true);
  expect(known.isNewer(0, placed(101, 1, 1), 0)).toBe(false);
  expect(placed(100, NaN, 49).sequences).toBeNull();
});

test('a row without a sequence number takes that of an earlier one away', () => {
  const columns = new PriceColumns(1);
  columns.setSequence(0, 5);
  columns.copy(0, new PriceColumns(1), 0);
  expect(columns.sequenceOf(0)).toBeNaN();
});

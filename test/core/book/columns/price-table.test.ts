import { describe, expect, test } from 'vitest';
import { PriceTable } from '../../../../src/core/book/columns/price-table.js';
import { PriceColumns } from '../../../../src/core/prices/price-columns.js';

type Place = readonly [venueTime: number, sequence: number, arrival: number];

function row([venueTime, sequence, arrival]: Place): PriceColumns {
  const columns = new PriceColumns(1);
  columns.venueTimes[0] = venueTime;
  columns.arrivals[0] = arrival;
  columns.setSequence(0, sequence);
  return columns;
}

function tableWith(id: number, ...places: Place[]): PriceTable {
  const table = new PriceTable();
  for (const place of places) {
    table.reserve(id);
    table.set(id, row(place), 0);
  }
  return table;
}

describe('a price is newer than the known one', () => {
  test.each<[string, Place, number]>([
    ['at a later venue time', [101, 1, 10], 1],
    ['not at an earlier one', [99, 9, 90], -1],
    ['at the same one with a higher sequence number', [100, 6, 10], 1],
    ['not with a lower one', [100, 4, 90], -1],
    ['with the same one and a higher arrival', [100, 5, 51], 1],
    ['not with the same one and a lower arrival', [100, 5, 49], -1],
    ['without one and with a higher arrival', [100, NaN, 51], 1],
    ['not without one and with a lower arrival', [100, NaN, 49], -1],
    ['nor older in the same place', [100, 5, 50], 0],
  ])('%s', (_, place, expected) => {
    for (const id of [0, 7])
      expect(Math.sign(tableWith(id, [100, 5, 50]).compare(id, row(place), 0))).toBe(expected);
  });

  test('also without a number while other symbols have one', () => {
    const table = tableWith(3, [100, 5, 50]);
    table.reserve(90);
    table.set(90, row([100, NaN, 50]), 0);
    table.set(0, row([100, NaN, 50]), 0);
    for (const id of [0, 90]) {
      expect(table.compare(id, row([100, 1, 49]), 0)).toBeLessThan(0);
      expect(table.compare(id, row([100, 1, 51]), 0)).toBeGreaterThan(0);
    }
  });
});

describe('the stamp that stores and valuations know', () => {
  const stamps = (...places: Place[]) =>
    places.map((_, last) => {
      const table = tableWith(2, ...places.slice(0, last + 1));
      return [table.arrivalOf(2), table.arrivalOrderOf(2)];
    });

  test('rises where a sequence number decides, whatever the arrival', () => {
    expect(stamps([100, 5, 50], [100, 6, 10], [100, 7, 11])).toEqual([
      [50, 100],
      [51, 102],
      [52, 104],
    ]);
  });

  test('is as it was sent, at a later venue time or without numbers', () => {
    expect(stamps([100, 5, 50], [101, 6, 10]).at(-1)).toEqual([10, 20]);
    expect(stamps([100, 5, 50], [100, NaN, 60]).at(-1)).toEqual([60, 120]);
    expect(stamps([100, 5, 50], [100, 6, 60]).at(-1)).toEqual([60, 120]);
  });

  test('is not lifted by the same price from the other process, which compares with what was sent', () => {
    const table = tableWith(2, [100, 5, 50], [100, 6, 10]);
    expect(table.compare(2, row([100, 6, 10]), 0)).toBe(0);
    expect(table.compare(2, row([100, 6, 51]), 0)).toBeGreaterThan(0);
    table.set(2, row([100, 6, 51]), 0);
    expect(table.arrivalOf(2)).toBe(51);
  });
});

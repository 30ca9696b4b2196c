import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RowOrder } from '../../../../src/core/book/columns/row-order.js';

test('orders the rows by their symbols, batch after batch', () => {
  const ids = fc.uniqueArray(fc.nat(500), { minLength: 50, maxLength: 50 });
  const batches = fc.array(fc.uniqueArray(fc.nat(49)));
  fc.assert(
    fc.property(ids, batches, (numbers, all) => {
      const order = new RowOrder();
      for (const symbolIds of all) {
        const rows = [...order.of(Int32Array.from(symbolIds), numbers)!];
        const expected = symbolIds.map((_, row) => row);
        expected.sort((a, b) => numbers[symbolIds[a]!]! - numbers[symbolIds[b]!]!);
        expect(rows).toEqual(expected);
      }
    }),
    { numRuns: 200 },
  );
});

test('returns no order for a batch that has a symbol twice, and one again for the next batch', () => {
  const order = new RowOrder();
  expect(order.of(Int32Array.of(2, 1, 2), [0, 1, 2])).toBeNull();
  expect([...order.of(Int32Array.of(2, 1, 0), [0, 1, 2])!]).toEqual([2, 1, 0]);
});

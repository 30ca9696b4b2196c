import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OrderSum } from '../../../../src/core/book/valuation/order-sum.js';
import { sized } from '../../../sizes.js';

const numRuns = sized({ quick: 500, gate: 2500, full: 100_000 });
const number = fc.oneof(fc.nat(3), fc.nat(2 ** 30), fc.maxSafeNat());
const stamps = fc.array(fc.tuple(number, number), { maxLength: 6 });

function textOf(list: readonly (readonly [number, number])[], start?: OrderSum): string {
  const sum = new OrderSum();
  sum.reset(start);
  for (const [venueTime, mark] of list) sum.add(venueTime, mark);
  return sum.toString();
}

function exact(list: readonly (readonly [number, number])[]): readonly [bigint, bigint] {
  return list.reduce<readonly [bigint, bigint]>(([a, b], [c, d]) => [a + BigInt(c), b + BigInt(d)], [0n, 0n]);
}

test('strings sort as the exact sums do, by venue time and then by arrival', () => {
  fc.assert(
    fc.property(stamps, stamps, (one, other) => {
      const [a, b] = [exact(one), exact(other)];
      const order = a[0] === b[0] ? Number(a[1] > b[1]) - Number(a[1] < b[1]) : a[0] > b[0] ? 1 : -1;
      const [x, y] = [textOf(one), textOf(other)];
      expect(Number(x > y) - Number(x < y)).toBe(order);
      expect(x).toMatch(/^[-0-9A-Z_a-z]{26}$/);
    }),
    { numRuns },
  );
});

test('a sum goes on from another, and is the same in any order', () => {
  fc.assert(
    fc.property(stamps, stamps, (first, second) => {
      const start = new OrderSum();
      for (const [venueTime, mark] of first) start.add(venueTime, mark);
      expect(textOf(second, start)).toBe(textOf([...second.toReversed(), ...first]));
    }),
    { numRuns },
  );
});

test('sums of 100,000 symbols are exact', () => {
  const list = Array.from({ length: 100_000 }, (_, n): [number, number] => [1.7e12 + n, 1.7e15 + n]);
  const more = [...list.slice(1), [1.7e12, 1.7e15 + 1] as [number, number]];
  expect(textOf(more) > textOf(list)).toBe(true);
});

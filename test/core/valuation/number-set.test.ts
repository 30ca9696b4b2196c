import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NumberSet } from '../../../src/core/valuation/number-set.js';

test('holds each number once and gives the first added first', () => {
  const set = new NumberSet();
  for (const number of [3, 1, 3, 500, 1, 2]) set.add(number);
  expect(set.size).toBe(4);
  expect([...set.take(2)]).toEqual([3, 1]);
  set.add(3);
  expect([...set.take()]).toEqual([500, 2, 3]);
  expect([...set.take()]).toEqual([]);
});

test('behaves as a Set does, whatever is added and taken', () => {
  const step = fc.oneof(fc.record({ add: fc.nat(300) }), fc.record({ take: fc.nat(20) }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const set = new NumberSet();
      const model = new Set<number>();
      for (const each of steps) {
        if ('add' in each) {
          set.add(each.add);
          model.add(each.add);
        } else {
          const expected = [...model].slice(0, each.take);
          for (const number of expected) model.delete(number);
          expect([...set.take(each.take)]).toEqual(expected);
        }
        expect(set.size).toBe(model.size);
      }
    }),
    { seed: 1 },
  );
});

test('what was taken is not touched by what comes later', () => {
  const set = new NumberSet();
  set.add(1);
  const taken = set.take();
  set.add(2);
  expect([...taken]).toEqual([1]);
});

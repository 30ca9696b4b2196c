import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UniqueQueue } from '../../../src/core/book/unique-queue.js';

test('a UniqueQueue holds each number once and returns the first added first', () => {
  const set = new UniqueQueue();
  for (const number of [3, 1, 3, 500, 1, 2]) set.add(number);
  expect(set.size).toBe(4);
  expect([...set.take(2)]).toEqual([3, 1]);
  set.add(3);
  expect([...set.take()]).toEqual([500, 2, 3]);
  expect([...set.take()]).toEqual([]);
});

test('a UniqueQueue behaves like a Set for any additions and removals', () => {
  const step = fc.oneof(fc.record({ add: fc.nat(300) }), fc.record({ take: fc.nat(20) }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const set = new UniqueQueue();
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

test('numbers already taken are not changed by later additions', () => {
  const set = new UniqueQueue();
  set.add(1);
  const taken = set.take();
  set.add(2);
  expect([...taken]).toEqual([1]);
});

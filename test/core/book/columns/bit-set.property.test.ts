import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sized } from '../../../sizes.js';
import { BitSet } from '../../../../src/core/book/columns/bit-set.js';

// More than one word of `#used` covers, so that numbers also lie far apart.
const COUNT = 2500;
const number = fc.oneof(fc.nat(COUNT - 1), fc.nat(70));
const step = fc.oneof(
  number.map((of) => ({ kind: 'add' as const, of })),
  number.map((of) => ({ kind: 'delete' as const, of })),
  fc.array(number).map((of) => ({ kind: 'list' as const, of })),
  fc.nat(COUNT).map((of) => ({ kind: 'below' as const, of })),
  fc.array(number).map((of) => ({ kind: 'set' as const, of })),
  fc.constant({ kind: 'clear' as const }),
  fc.constant({ kind: 'take' as const }),
);

function roomy(): BitSet {
  const set = new BitSet();
  set.reserve(COUNT);
  return set;
}

test('a BitSet holds the numbers of a Set and returns them in ascending order', () => {
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const set = roomy();
      const model = new Set<number>();
      const into = new Int32Array(COUNT);
      for (const each of steps) {
        if (each.kind === 'add') {
          set.add(each.of);
          model.add(each.of);
        } else if (each.kind === 'delete') {
          set.delete(each.of);
          model.delete(each.of);
        } else if (each.kind === 'list') {
          const list = Int32Array.from([0, ...each.of, 0]);
          set.addList(list, 1, list.length - 1);
          for (const of of each.of) model.add(of);
        } else if (each.kind === 'below') {
          set.addBelow(each.of);
          for (let of = 0; of < each.of; of++) model.add(of);
        } else if (each.kind === 'set') {
          const other = roomy();
          for (const of of each.of) other.add(of);
          set.addSet(other);
          for (const of of each.of) model.add(of);
        } else if (each.kind === 'clear') {
          set.clear();
          model.clear();
        } else {
          const taken = [...into.subarray(0, set.take(into))];
          expect(taken).toEqual([...model].sort((a, b) => a - b));
          model.clear();
        }
      }
      const different = Array.from({ length: COUNT }, (_, of) => of).filter(
        (of) => set.has(of) !== model.has(of),
      );
      expect(different).toEqual([]);
    }),
    { numRuns: sized({ quick: 300, gate: 2500, full: 50_000 }) },
  );
});

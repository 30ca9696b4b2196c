import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sized } from '../../sizes.js';
import { HoldingsBySymbol } from '../../../src/core/book/holdings-by-symbol.js';

const MARKS = 3;
const mark = fc.nat(MARKS - 1);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('push' as const), mark, quantity: fc.integer() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), mark, index: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('finer' as const), mark }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pack' as const), mark }) },
);

/** The postings of a mark: quantities with their cells, in order. */
function listed(postings: HoldingsBySymbol, of: number): Array<[number, number]> {
  const start = postings.startOf(of);
  return Array.from({ length: postings.lengthOf(of) }, (_, index) => {
    return [postings.quantities[start + index]!, postings.cells[start + index]!];
  });
}

test('postings are those that were pushed and not removed, and largestOf() bounds their quantities', () => {
  fc.assert(
    fc.property(fc.array(step, { size: 'max', maxLength: 60 }), (steps) => {
      const postings = new HoldingsBySymbol();
      const model = Array.from({ length: MARKS }, (): Array<[number, number]> => []);
      steps.forEach((each, cell) => {
        const known = model[each.mark]!;
        if (each.kind === 'push') {
          expect(postings.push(each.mark, each.quantity, cell)).toBe(known.length);
          known.push([each.quantity, cell]);
        } else if (each.kind === 'remove') {
          if (each.index >= known.length) return;
          const moved = postings.removeAt(each.mark, each.index);
          const last = known.pop()!;
          expect(moved).toBe(each.index < known.length ? known.length : -1);
          if (moved !== -1) known[each.index] = last;
        } else if (each.kind === 'finer') {
          // One digit less for the price is one more for the quantities.
          const scale = postings.scaleOf(each.mark) - 1;
          if (scale < 0) return;
          postings.rescale(each.mark, scale);
          expect(postings.scaleOf(each.mark)).toBe(scale);
          for (const posting of known) posting[0] *= 10;
        } else {
          postings.pack();
          const largest = known.map(([quantity]) => Math.abs(quantity));
          expect(postings.largestOf(each.mark)).toBe(Math.max(0, ...largest));
        }
        for (let of = 0; of < MARKS; of++) {
          expect(listed(postings, of)).toEqual(model[of]);
          const largest = model[of]!.map(([quantity]) => Math.abs(quantity));
          expect(postings.largestOf(of)).toBeGreaterThanOrEqual(Math.max(0, ...largest));
        }
      });
    }),
    { numRuns: sized({ quick: 200, gate: 2000, full: 20_000 }) },
  );
});

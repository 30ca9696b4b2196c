import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sized } from '../../../sizes.js';
import { HoldingsBySymbol } from '../../../../src/core/book/columns/holdings-by-symbol.js';

const SIDES = 3;
const symbolSide = fc.nat(SIDES - 1);
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('push' as const), symbolSide, quantity: fc.integer() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('remove' as const), symbolSide, index: fc.nat(20) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('finer' as const), symbolSide }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pack' as const), symbolSide }) },
);

/** The holdings of a symbol side: quantities with their subtotals, in order. */
function listed(holdings: HoldingsBySymbol, of: number): Array<[number, number]> {
  const start = holdings.startOf(of);
  return Array.from({ length: holdings.lengthOf(of) }, (_, index) => {
    return [holdings.quantities[start + index]!, holdings.subtotals[start + index]!];
  });
}

test('holdings are those that were pushed and not removed, and largestOf() bounds their quantities', () => {
  fc.assert(
    fc.property(fc.array(step, { size: 'max', maxLength: 60 }), (steps) => {
      const holdings = new HoldingsBySymbol();
      const model = Array.from({ length: SIDES }, (): Array<[number, number]> => []);
      steps.forEach((each, subtotal) => {
        const known = model[each.symbolSide]!;
        if (each.kind === 'push') {
          expect(holdings.push(each.symbolSide, each.quantity, subtotal)).toBe(known.length);
          known.push([each.quantity, subtotal]);
        } else if (each.kind === 'remove') {
          if (each.index >= known.length) return;
          const moved = holdings.removeAt(each.symbolSide, each.index);
          const last = known.pop()!;
          expect(moved).toBe(each.index < known.length ? known.length : -1);
          if (moved !== -1) known[each.index] = last;
        } else if (each.kind === 'finer') {
          // One digit less for the price is one more for the quantities.
          const scale = holdings.scaleOf(each.symbolSide) - 1;
          if (scale < 0) return;
          holdings.rescale(each.symbolSide, scale);
          expect(holdings.scaleOf(each.symbolSide)).toBe(scale);
          for (const holding of known) holding[0] *= 10;
        } else {
          holdings.pack();
          const largest = known.map(([quantity]) => Math.abs(quantity));
          expect(holdings.largestOf(each.symbolSide)).toBe(Math.max(0, ...largest));
        }
        for (let of = 0; of < SIDES; of++) {
          expect(listed(holdings, of)).toEqual(model[of]);
          const largest = model[of]!.map(([quantity]) => Math.abs(quantity));
          expect(holdings.largestOf(of)).toBeGreaterThanOrEqual(Math.max(0, ...largest));
        }
      });
    }),
    { numRuns: sized({ quick: 200, gate: 1000, full: 20_000 }) },
  );
});

import type { Decimal } from '../../money/decimal.js';
import { Fraction } from '../../money/fraction.js';
import type { Instrument } from '../../instruments/instrument.js';
import type { Lot } from './lot.js';

/**
 * Which lots a sale closes. `average`: all units have one average cost; `fifo` and `lifo`: the oldest, or the newest, first; `hifo`:
 * the least profit first, which of long lots are those that cost most a unit, and of short lots those that brought least; lots of
 * unknown cost come last.
 */
export type CostMethod = 'average' | 'fifo' | 'lifo' | 'hifo';

/** Which of {@link lotsToClose} a sale closes at a turn, counted from 0. */
export function placeToClose(method: CostMethod, turn: number, lots: number): number {
  return method === 'lifo' ? lots - 1 - turn : turn;
}

/** The lots in an order in which a sale closes them from one end: see {@link placeToClose}. Lots are given by age. */
export function lotsToClose(
  method: CostMethod,
  lots: readonly Lot[],
  instrument: Instrument,
): readonly Lot[] {
  if (method !== 'hifo' || lots.length < 2) return lots;
  // Futures go by entry price, all others by cost a unit, charges included.
  const basis = ({ entryWorth, cost }: Lot): Decimal | null => (instrument.isFutures ? entryWorth : cost);
  const perUnit = (lot: Lot): Fraction | null => {
    const amount = basis(lot);
    // Worth a unit with the sign of the lot, so that the greatest is the one with the least profit: for a short lot, what it brought
    // counts below zero.
    return amount && Fraction.from(amount).dividedBy(Fraction.from(lot.quantity.abs()));
  };
  const keyed = lots.map((lot, age) => ({ lot, age, unit: perUnit(lot) }));
  keyed.sort((a, b) => {
    if (!a.unit || !b.unit) return a.unit ? -1 : b.unit ? 1 : a.age - b.age;
    return b.unit.compare(a.unit) || a.age - b.age;
  });
  return keyed.map(({ lot }) => lot);
}

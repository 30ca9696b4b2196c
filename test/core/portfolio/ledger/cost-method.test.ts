import { describe, expect, test } from 'vitest';
import { Instrument } from '../../../../src/core/instruments/instrument.js';
import { Decimal } from '../../../../src/core/money/decimal.js';
import {
  lotsToClose,
  placeToClose,
  type CostMethod,
} from '../../../../src/core/portfolio/ledger/cost-method.js';
import type { Lot } from '../../../../src/core/portfolio/ledger/lot.js';

const PLAIN = Instrument.plain('A', 'USD');
const FUTURES = Instrument.of({ symbol: 'F', currency: 'USD', valuationMethod: 'futures' });

function lot(id: string, quantity: number, cost: number | null, entryWorth = cost): Lot {
  const amount = (of: number | null) => (of === null ? null : Decimal.from(of));
  return {
    id,
    acquiredAt: 0,
    quantity: Decimal.from(quantity),
    cost: amount(cost),
    baseCost: null,
    entryWorth: amount(entryWorth),
    settledWorth: Decimal.ZERO,
  };
}

function order(method: CostMethod, lots: readonly Lot[], instrument = PLAIN): string {
  const ordered = lotsToClose(method, lots, instrument);
  return ordered.map((_, turn) => ordered[placeToClose(method, turn, ordered.length)]!.id).join(' ');
}

describe('the lots that a sale closes first', () => {
  const lots = [lot('a', 2, 20), lot('b', 1, 30), lot('c', 4, 20)];

  test.each([
    ['fifo', 'are the oldest', 'a b c'],
    ['average', 'are those of the pool', 'a b c'],
    ['lifo', 'are the newest', 'c b a'],
    ['hifo', 'are those that cost most a unit', 'b a c'],
  ] as const)('under %s %s', (method, _, expected) => {
    expect(order(method, lots)).toBe(expected);
    expect(lots.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });

  test('under hifo are, of short lots, those that brought least a unit', () => {
    expect(order('hifo', [lot('a', -2, -20), lot('b', -1, -30), lot('c', -4, -20)])).toBe('c a b');
  });

  test('under hifo are the older ones where the cost of a unit is the same', () => {
    expect(order('hifo', [lot('a', 2, 20), lot('b', 1, 10), lot('c', 1, 11)])).toBe('c a b');
  });

  test('under hifo are those of unknown cost last, by age', () => {
    const unknown = [lot('a', 1, null), lot('b', 1, 1), lot('c', 1, null), lot('d', 1, -5)];
    expect(order('hifo', unknown)).toBe('b d a c');
  });

  test('under hifo go by entry price for futures, which have no cost, and by cost for all others', () => {
    const both = [lot('a', 1, 0, 100), lot('b', 1, 5, 90), lot('c', 1, -7, 110)];
    expect(order('hifo', both, FUTURES)).toBe('c a b');
    expect(order('hifo', both, PLAIN)).toBe('b a c');
  });
});

import { expect, test } from 'vitest';
import { priceGrade, valuationGrade } from '../../../src/core/portfolio/stored-grade.js';

test.each([
  [undefined, 100, 100, 'live'],
  [undefined, 100, 101, 'stale'],
  [undefined, null, 9e15, 'live'],
  ['delayed', 100, 100, 'delayed'],
  ['delayed', 100, 101, 'stale'],
  ['closed', 100, 101, 'delayed'],
  ['halted', 100, 101, 'halted'],
] as const)('a price of state %s that lives until %s is at %i %s', (state, liveUntil, now, grade) => {
  expect(priceGrade({ state, liveUntil }, now)).toBe(grade);
});

test.each([
  [true, 100, 100, 'live'],
  [true, 100, 101, 'stale'],
  [true, null, 9e15, 'live'],
  [false, 100, 100, 'missing'],
] as const)(
  'a valuation (complete: %s) that lives until %s is at %i %s',
  (complete, liveUntil, now, grade) => {
    expect(valuationGrade({ complete, liveUntil }, now)).toBe(grade);
  },
);

import { describe, expect, test } from 'vitest';
import {
  NOON,
  sampleOrder,
  sampleValuation,
} from '../../../src/conformance/portfolio-repository/sample-data.js';
import { Decimal } from '../../../src/core/money/decimal.js';
import type { ValuationRecord } from '../../../src/core/portfolio/portfolio-repository.js';
import { STREAMED_FIGURES } from '../../../src/core/portfolio/figures/portfolio-totals.js';
import { frozenValuation, valuationOutcome } from '../../../src/core/portfolio/valuation-outcome.js';

const stored = sampleValuation('p');
const outcomeOf = (given: Partial<ValuationRecord>, before = stored) =>
  valuationOutcome(sampleValuation('p', given), 1, before);

describe('a valuation at the prices of the stored one', () => {
  test.each(STREAMED_FIGURES)('replaces it if only %s differs, known or not', (figure) => {
    expect(outcomeOf({ [figure]: Decimal.from('1.23') })).toBe('saved');
    expect(outcomeOf({ [figure]: null })).toBe('saved');
    expect(outcomeOf({}, { ...stored, [figure]: null })).toBe('saved');
    expect(outcomeOf({ [figure]: null }, { ...stored, [figure]: null })).toBe('outdated');
  });

  test('replaces one that was stored before a figure was introduced', () => {
    const { dayPnl: _dayPnl, ...before } = stored;
    expect(outcomeOf({}, before as ValuationRecord)).toBe('saved');
    expect(outcomeOf({ dayPnl: null }, before as ValuationRecord)).toBe('saved');
  });

  test('is outdated if it has the same figures, whatever their trailing zeros', () => {
    expect(outcomeOf({ valuedAt: NOON + 9 })).toBe('outdated');
    expect(outcomeOf({ cash: Decimal.from('1000.0100') })).toBe('outdated');
  });

  test('is outdated if it was computed before, whatever its figures', () => {
    expect(outcomeOf({ valuedAt: NOON, dayPnl: null })).toBe('outdated');
  });
});

test('other figures at older prices, or of other holdings, replace nothing', () => {
  expect(outcomeOf({ priceOrder: sampleOrder(NOON - 1), dayPnl: null })).toBe('outdated');
  expect(outcomeOf({ version: 2, dayPnl: null })).toBe('conflict');
});

describe('frozenValuation()', () => {
  test('copies every field', () => {
    expect(frozenValuation(stored)).toEqual(stored);
  });

  test('copies nothing else, and freezes the copy', () => {
    const copy = frozenValuation({ ...stored, positions: [] } as ValuationRecord);
    expect(copy).not.toHaveProperty('positions');
    expect([copy, copy.priced, copy.unpriced, copy.unconverted].every(Object.isFrozen)).toBe(true);
  });
});

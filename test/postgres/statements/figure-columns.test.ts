import { describe, expect, test } from 'vitest';
import { Decimal } from '../../../src/core/money/decimal.js';
import { STREAMED_FIGURES, mapFigures } from '../../../src/core/portfolio/figures/portfolio-totals.js';
import {
  COLUMN_FIGURES,
  PACKED_FIGURES,
  columnOf,
  packedOf,
} from '../../../src/postgres/statements/figure-columns.js';

test('packed figures keep the places that stored rows have', () => {
  expect(PACKED_FIGURES.slice(0, 21).map(columnOf)).toEqual([
    'accrued_interest',
    'unsettled_cash',
    'unrealized_pnl_pct',
    'price_pnl',
    'fx_pnl',
    'realized_pnl',
    'income',
    'fees',
    'taxes',
    'expenses',
    'cash_fx_pnl',
    'net_contributions',
    'total_pnl',
    'day_pnl',
    'day_pnl_pct',
    'leverage',
    'long_exposure',
    'short_exposure',
    'gross_exposure',
    'net_exposure',
  ]);
});

test('every figure is stored in exactly one place', () => {
  expect([...COLUMN_FIGURES, ...PACKED_FIGURES].sort()).toEqual([...STREAMED_FIGURES].sort());
});

describe('the exposures of a row', () => {
  const zero = Decimal.from(0);
  const value = Decimal.from('12.50');
  const longOnly = {
    ...mapFigures(() => value),
    shortExposure: zero,
    longExposure: Decimal.from('12.5'),
  };

  test('are left out where all of them follow from the market value', () => {
    expect(packedOf(longOnly).at(-1)).toBe('leverage');
    expect(PACKED_FIGURES.slice(0, packedOf(longOnly).length)).toEqual(packedOf(longOnly));
  });

  test.each([
    ['longExposure', zero],
    ['longExposure', null],
    ['grossExposure', zero],
    ['netExposure', null],
    ['shortExposure', value],
    ['shortExposure', null],
    ['marketValue', null],
    ['marketValue', zero],
  ] as const)('are there where %s is %s', (figure, amount) => {
    expect(packedOf({ ...longOnly, [figure]: amount })).toEqual(PACKED_FIGURES);
  });

  test('are there where all are unknown', () => {
    expect(packedOf(mapFigures(() => null))).toEqual(PACKED_FIGURES);
  });
});

import { expect, test } from 'vitest';
import { STREAMED_FIGURES } from '../../../src/core/portfolio/figures/portfolio-totals.js';
import { COLUMN_FIGURES, PACKED_FIGURES, columnOf } from '../../../src/postgres/statements/figure-columns.js';

test('packed figures keep the places that stored rows have', () => {
  expect(PACKED_FIGURES.slice(0, 15).map(columnOf)).toEqual([
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
  ]);
});

test('every figure is stored in exactly one place', () => {
  expect([...COLUMN_FIGURES, ...PACKED_FIGURES].sort()).toEqual([...STREAMED_FIGURES].sort());
});

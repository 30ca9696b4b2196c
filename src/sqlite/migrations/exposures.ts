import { NOW_MS, times } from '../sql-times.js';
import type { TableNames } from '../table-names.js';

const ADDED = ['long_exposure', 'short_exposure', 'gross_exposure', 'net_exposure', 'leverage'];
// As they were when this migration was made.
const FIGURES = [
  'market_value',
  'accrued_interest',
  'cash',
  'unsettled_cash',
  'equity',
  'cost_basis',
  'unrealized_pnl',
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
  ...ADDED,
];

/** Migration 4: exposures and leverage. They are unknown until a portfolio is valued again. */
export const exposures = (t: TableNames): string => `
${ADDED.map((figure) => `ALTER TABLE ${t.valuations} ADD COLUMN ${figure} TEXT;`).join('\n')}

DROP VIEW ${t.portfolioValues};
CREATE VIEW ${t.portfolioValues} AS
-- Stored totals. is_current: no trade has changed the holdings since. grade: what they are worth now.
SELECT v.portfolio_id, v.version, v.version = p.version AS is_current, v.currency,
  ${FIGURES.map((figure) => `v.${figure}`).join(', ')},
  v.priced_market_value, v.complete, v.missing,
  CASE WHEN NOT v.complete THEN 'missing' WHEN v.live_until < ${NOW_MS} THEN 'stale' ELSE 'live' END AS grade,
  ${times('v', ['valued_at', 'price_time', 'received_at', 'live_until'])}
FROM ${t.valuations} v JOIN ${t.portfolios} p ON p.id = v.portfolio_id;
`;

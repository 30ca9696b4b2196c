import { NOW_MS } from '../schema-views.js';
import type { TableNames } from '../table-names.js';

/** Migration 4: the totals of the ledger and of the day. They are unknown until a portfolio is valued again. */
export const streamedFigures = (t: TableNames): string => `
ALTER TABLE ${t.valuations} ADD COLUMN packed_figures text;
COMMENT ON COLUMN ${t.valuations}.packed_figures IS 'Numbers separated by commas, nothing where one is unknown: ${t.portfolioValues} has a column for each.';

${portfolioValuesView(t)}
`;

// As they were when this migration was made.
const FIGURES = [
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
];

// As it was before exposures.
function portfolioValuesView(t: TableNames): string {
  return `
CREATE OR REPLACE VIEW ${t.portfolioValues} AS
SELECT portfolio_id, version, version = holdings_version AS is_current,
  to_timestamp(price_time / 1000) AS price_time, to_timestamp(valued_at / 1000) AS valued_at,
  currency, market_value, cost_basis, unrealized_pnl, cash, equity, priced_market_value, complete,
  to_timestamp(received_at / 1000) AS received_at,
  to_timestamp(live_until / 1000) AS live_until,
  CASE WHEN NOT complete THEN 'missing' WHEN live_until < ${NOW_MS} THEN 'stale' ELSE 'live' END AS grade,
  missing,
  ${FIGURES.map((figure, at) => `unpacked.figures[${at + 1}] AS ${figure}`).join(', ')}
FROM ${t.valuations}, LATERAL (SELECT string_to_array(packed_figures, ',', '')::numeric[] AS figures OFFSET 0) AS unpacked WHERE version IS NOT NULL;`.trim();
}

import { PACKED_FIGURES, UNPACKED_FIGURES, columnOf, figureSql } from './statements/figure-columns.js';
import type { TableNames } from './table-names.js';

/** Now, in ms since 1970; also within a transaction that began earlier. */
export const NOW_MS = '(extract(epoch FROM clock_timestamp()) * 1000)';

// The views of the newest migration. A released migration is never changed: it keeps the old statement of a view that a later one
// changes.

/** Makes the view of positions at the last stored price. */
export const positionValuesView = (t: TableNames): string =>
  `
CREATE OR REPLACE VIEW ${t.positionValues} AS
SELECT s.portfolio_id, s.symbol, s.version, s.currency, s.quantity, s.cost_basis, s.realized_pnl,
  q.price * coalesce(q.adjustment, 1) AS price, coalesce(q.currency, s.price_currency) AS price_currency,
  to_timestamp(q.price_time / 1000) AS price_time,
  CASE WHEN coalesce(q.currency, s.price_currency) = s.price_currency
    THEN s.quantity * s.factor * q.price * coalesce(q.adjustment, 1) - s.settled_worth END AS market_value,
  CASE WHEN coalesce(q.currency, s.price_currency) = s.price_currency
    THEN s.quantity * s.factor * q.price * coalesce(q.adjustment, 1) - s.settled_worth - s.cost_basis END AS unrealized_pnl,
  to_timestamp(q.received_at / 1000) AS received_at,
  to_timestamp(q.live_until / 1000) AS live_until,
  CASE WHEN q.price IS NULL THEN 'missing' WHEN q.state = 'halted' THEN 'halted' WHEN q.state = 'closed' THEN 'delayed'
    WHEN q.live_until < ${NOW_MS} THEN 'stale' WHEN q.state = 'delayed' THEN 'delayed' ELSE 'live' END AS grade,
  s.base_cost
FROM ${t.positions} s LEFT JOIN ${t.prices} q ON q.symbol = s.symbol;`.trim();

/** Makes the view of stored totals. */
export const portfolioValuesView = (t: TableNames): string =>
  `
CREATE OR REPLACE VIEW ${t.portfolioValues} AS
SELECT portfolio_id, version, version = holdings_version AS is_current,
  to_timestamp(price_time / 1000) AS price_time, to_timestamp(valued_at / 1000) AS valued_at,
  currency, market_value, cost_basis, unrealized_pnl, cash, equity, priced_market_value, complete,
  to_timestamp(received_at / 1000) AS received_at,
  to_timestamp(live_until / 1000) AS live_until,
  CASE WHEN NOT complete THEN 'missing' WHEN live_until < ${NOW_MS} THEN 'stale' ELSE 'live' END AS grade,
  missing,
  ${PACKED_FIGURES.map((figure) => `${figureSql(figure)} AS ${columnOf(figure)}`).join(', ')}
FROM ${t.valuations}, ${UNPACKED_FIGURES} WHERE version IS NOT NULL;`.trim();

/** Makes the view of cash by currency. */
export const cashBalancesView = (t: TableNames): string =>
  `
CREATE OR REPLACE VIEW ${t.cashBalances} AS
SELECT p.id AS portfolio_id, c.currency, c.amount
FROM ${t.portfolios} p, unnest(p.cash_currencies, p.cash_amounts) AS c (currency, amount)
WHERE p.deletion IS NULL;`.trim();

import { NOW_MS, portfolioValuesView } from '../schema-views.js';
import type { TableNames } from '../table-names.js';

/**
 * Prices and valuations are ordered by the stamps of ingest. Rows from before have the lowest stamp: any new one replaces them, and they
 * are stale until then.
 */
export const stampPrices = (t: TableNames): string => `
ALTER TABLE ${t.prices}
  ADD COLUMN received_at double precision,
  ADD COLUMN venue_time double precision NOT NULL DEFAULT 0,
  ADD COLUMN arrival double precision NOT NULL DEFAULT 0,
  ADD COLUMN gap double precision NOT NULL DEFAULT 0,
  ADD COLUMN live_until double precision,
  ADD COLUMN bid numeric,
  ADD COLUMN ask numeric,
  ADD COLUMN state text;
UPDATE ${t.prices} SET price_time = least(price_time, ${NOW_MS}), received_at = least(price_time, ${NOW_MS}),
  live_until = least(price_time, ${NOW_MS});
ALTER TABLE ${t.prices} ALTER COLUMN received_at SET NOT NULL;
COMMENT ON COLUMN ${t.prices}.venue_time IS 'With arrival the order of the prices of a symbol: the highest venue time accepted by then, ms.';
COMMENT ON COLUMN ${t.prices}.live_until IS 'Last ms since 1970 at which the price counts as live; null: it does not age.';

ALTER TABLE ${t.portfolios} ADD COLUMN changed bigint NOT NULL DEFAULT 0;
CREATE INDEX ${t.changesIndex} ON ${t.portfolios} (changed);
COMMENT ON COLUMN ${t.portfolios}.changed IS 'Transaction that changed it last: engines ask for what is newer than the oldest that was under way when they asked before.';

ALTER TABLE ${t.valuations}
  ADD COLUMN price_order text COLLATE "C",
  ADD COLUMN basis text,
  ADD COLUMN received_at double precision,
  ADD COLUMN live_until double precision,
  ADD COLUMN missing text,
  DROP COLUMN price_time_sum;
UPDATE ${t.valuations} SET price_order = '', basis = '', valued_at = 0, live_until = 0 WHERE version IS NOT NULL;
COMMENT ON COLUMN ${t.valuations}.price_order IS 'Of two valuations of the same holdings and basis, the one with the greater order has seen newer prices.';
COMMENT ON COLUMN ${t.valuations}.basis IS 'Names the set of currency pairs that price_order was made with.';
COMMENT ON COLUMN ${t.valuations}.missing IS 'JSON: symbols without a price and currencies without a rate; null when complete.';

CREATE OR REPLACE VIEW ${t.positionValues} AS
SELECT s.portfolio_id, s.symbol, s.version, s.currency, s.quantity, s.cost_basis, s.realized_pnl,
  q.price, coalesce(q.currency, s.currency) AS price_currency,
  to_timestamp(q.price_time / 1000) AS price_time,
  CASE WHEN coalesce(q.currency, s.currency) = s.currency THEN s.quantity * q.price END AS market_value,
  CASE WHEN coalesce(q.currency, s.currency) = s.currency THEN s.quantity * q.price - s.cost_basis END
    AS unrealized_pnl,
  CASE WHEN coalesce(q.currency, s.currency) = s.currency THEN s.quantity * (q.price - q.previous_close) END AS day_pnl,
  to_timestamp(q.received_at / 1000) AS received_at,
  to_timestamp(q.live_until / 1000) AS live_until,
  CASE WHEN q.price IS NULL THEN 'missing' WHEN q.state = 'halted' THEN 'halted' WHEN q.state = 'closed' THEN 'delayed'
    WHEN q.live_until < ${NOW_MS} THEN 'stale' WHEN q.state = 'delayed' THEN 'delayed' ELSE 'live' END AS grade
FROM ${t.positions} s LEFT JOIN ${t.prices} q ON q.symbol = s.symbol;

${portfolioValuesView(t)}
COMMENT ON VIEW ${t.portfolioValues} IS 'Stored totals. is_current: no trade has changed the holdings since. grade: what they are worth now.';
`;

import { NOW_MS, times } from '../sql-times.js';
import type { TableNames } from '../table-names.js';

/** Migration 3: corporate actions, and what they make of prices from before them. */
export const corporateActions = (t: TableNames): string => `
CREATE TABLE ${t.actions} (
  id TEXT NOT NULL PRIMARY KEY,
  -- Rises with each change.
  number INTEGER NOT NULL UNIQUE,
  -- JSON of the ledger entry.
  action TEXT NOT NULL,
  -- Whether it is in the ledger of every holder.
  is_booked INTEGER NOT NULL CHECK (is_booked IN (0, 1))
) WITHOUT ROWID;

-- What price, bid, ask and accrued are multiplied by, since corporate actions came after them; NULL: 1.
ALTER TABLE ${t.prices} ADD COLUMN adjustment TEXT;

DROP VIEW ${t.positionValues};
CREATE VIEW ${t.positionValues} AS
-- Positions with the last stored price. The columns "about_…" are computed in binary floating point: for a look, not for the books.
-- NULL where no price is known, or one in another currency.
SELECT s.portfolio_id, s.symbol, s.version, s.currency, s.quantity, s.cost_basis, s.base_cost, s.realized_pnl,
  CASE WHEN q.adjustment IS NULL THEN q.price ELSE q.price * q.adjustment END AS price, coalesce(q.currency, s.price_currency) AS price_currency,
  CASE WHEN coalesce(q.currency, s.price_currency) = s.price_currency
    THEN s.quantity * s.factor * q.price * coalesce(q.adjustment, 1) - s.settled_worth END AS about_market_value,
  CASE WHEN coalesce(q.currency, s.price_currency) = s.price_currency
    THEN s.quantity * s.factor * q.price * coalesce(q.adjustment, 1) - s.settled_worth - s.cost_basis END AS about_unrealized_pnl,
  CASE WHEN q.price IS NULL THEN 'missing' WHEN q.state = 'halted' THEN 'halted' WHEN q.state = 'closed' THEN 'delayed'
    WHEN q.live_until < ${NOW_MS} THEN 'stale' WHEN q.state = 'delayed' THEN 'delayed' ELSE 'live' END AS grade,
  ${times('q', ['price_time', 'received_at', 'live_until'])}
FROM ${t.positions} s LEFT JOIN ${t.prices} q ON q.symbol = s.symbol;
`;

import { NOW_MS } from '../schema-views.js';
import type { TableNames } from '../table-names.js';

/**
 * Migration 3: holdings follow from a ledger. What is stored becomes opening balances, whose cost in the currency of the portfolio is
 * known where that is their own.
 */
export const ledger = (t: TableNames): string => `
CREATE TABLE ${t.entries} (
  portfolio_id text COLLATE "C" NOT NULL REFERENCES ${t.portfolios} ON DELETE CASCADE,
  id text COLLATE "C" NOT NULL,
  ordinal integer NOT NULL,
  at double precision NOT NULL,
  entry text NOT NULL,
  PRIMARY KEY (portfolio_id, id)
);
COMMENT ON TABLE ${t.entries} IS 'The ledger of each portfolio, by at (ms since 1970), then ordinal. entry: JSON.';

CREATE TABLE ${t.instruments} (
  symbol text COLLATE "C" PRIMARY KEY,
  instrument text NOT NULL
);
COMMENT ON TABLE ${t.instruments} IS 'How prices become money. instrument: JSON. Symbols without a row are plain equities.';

DROP VIEW ${t.positionValues};
ALTER TABLE ${t.prices}
  ADD COLUMN previous_close_at double precision,
  ADD COLUMN accrued numeric,
  ADD COLUMN previous_accrued numeric;
ALTER TABLE ${t.portfolios} ADD COLUMN terms text;
ALTER TABLE ${t.positions}
  ADD COLUMN base_cost numeric,
  ADD COLUMN price_currency text,
  ADD COLUMN factor numeric,
  ADD COLUMN settled_worth numeric NOT NULL DEFAULT 0,
  ALTER COLUMN cost_basis DROP NOT NULL,
  ALTER COLUMN realized_pnl DROP NOT NULL;
UPDATE ${t.portfolios} SET terms = '{"costMethod":"average","tags":{},"instruments":[]}';
UPDATE ${t.positions} SET price_currency = currency, factor = 1;
-- Costs of shares that are quoted in pence were in pence.
UPDATE ${t.positions} SET factor = 0.01, cost_basis = cost_basis / 100, realized_pnl = realized_pnl / 100,
  currency = CASE currency WHEN 'ILA' THEN 'ILS' WHEN 'ZAc' THEN 'ZAR' WHEN 'ZAC' THEN 'ZAR' ELSE 'GBP' END
WHERE currency IN ('GBp', 'GBX', 'ZAc', 'ZAC', 'ILA');
UPDATE ${t.positions} s SET base_cost = s.cost_basis FROM ${t.portfolios} p
WHERE p.id = s.portfolio_id AND p.currency = s.currency;
-- Below the number of entries, which is the ordinal of the next one: positions count from 1.
INSERT INTO ${t.entries} (portfolio_id, id, ordinal, at, entry)
SELECT portfolio_id, 'opening position ' || symbol, ordinal - 1, 0, ${jsonOf([
  ['id', `'opening position ' || symbol`],
  ['at', '0'],
  ['type', `'openingPosition'`],
  ['symbol', 'symbol'],
  ['currency', 'price_currency'],
  ['quantity', 'quantity::text'],
  ['cost', 'cost_basis::text'],
  ['realizedPnl', 'realized_pnl::text'],
])}
FROM ${t.positions};
INSERT INTO ${t.entries} (portfolio_id, id, ordinal, at, entry)
SELECT p.id, 'opening cash ' || c.currency, 1000000 + c.ordinal, 0, ${jsonOf([
  ['id', `'opening cash ' || c.currency`],
  ['at', '0'],
  ['type', `'openingCash'`],
  ['currency', 'c.currency'],
  ['amount', 'c.amount::text'],
])}
FROM ${t.portfolios} p, unnest(p.cash_currencies, p.cash_amounts) WITH ORDINALITY AS c (currency, amount, ordinal)
WHERE p.deletion IS NULL;
CREATE INDEX ${t.entriesIndex} ON ${t.entries} (portfolio_id, at, ordinal);
ALTER TABLE ${t.portfolios} ALTER COLUMN terms SET NOT NULL, DROP COLUMN account_kind,
  DROP COLUMN realized_currencies, DROP COLUMN realized_amounts;
COMMENT ON COLUMN ${t.portfolios}.terms IS 'JSON: cost method, tags, and instruments that are no plain equities.';
ALTER TABLE ${t.positions} ALTER COLUMN price_currency SET NOT NULL;
COMMENT ON COLUMN ${t.positions}.cost_basis IS 'In the currency of the position; null where it is unknown.';
COMMENT ON COLUMN ${t.positions}.base_cost IS 'In the currency of the portfolio, at the rates of the entries; null where it is unknown.';
COMMENT ON COLUMN ${t.positions}.factor IS 'Worth of one unit at a price of 1: multiplier, divisor and minor unit; null for inverse contracts.';
COMMENT ON COLUMN ${t.positions}.settled_worth IS 'Futures: worth at the last settlements; otherwise 0.';

${positionValuesView(t)}
COMMENT ON VIEW ${t.positionValues} IS 'Positions at the last stored price, in the currency of the position; null where no price is known, or one in another currency.';
`;

// A JSON object as SQL. Stored names have a backslash before a backslash, as JSON strings do, which json_build_object would double.
function jsonOf(fields: readonly (readonly [name: string, value: string])[]): string {
  const list = fields.map(([name, value]) => `'${name}', ${value}`).join(', ');
  return `replace(json_build_object(${list})::text, '\\\\', '\\')`;
}

// As it was before corporate actions.
const positionValuesView = (t: TableNames): string =>
  `
CREATE OR REPLACE VIEW ${t.positionValues} AS
SELECT s.portfolio_id, s.symbol, s.version, s.currency, s.quantity, s.cost_basis, s.realized_pnl,
  q.price, coalesce(q.currency, s.price_currency) AS price_currency,
  to_timestamp(q.price_time / 1000) AS price_time,
  CASE WHEN coalesce(q.currency, s.price_currency) = s.price_currency
    THEN s.quantity * s.factor * q.price - s.settled_worth END AS market_value,
  CASE WHEN coalesce(q.currency, s.price_currency) = s.price_currency
    THEN s.quantity * s.factor * q.price - s.settled_worth - s.cost_basis END AS unrealized_pnl,
  to_timestamp(q.received_at / 1000) AS received_at,
  to_timestamp(q.live_until / 1000) AS live_until,
  CASE WHEN q.price IS NULL THEN 'missing' WHEN q.state = 'halted' THEN 'halted' WHEN q.state = 'closed' THEN 'delayed'
    WHEN q.live_until < ${NOW_MS} THEN 'stale' WHEN q.state = 'delayed' THEN 'delayed' ELSE 'live' END AS grade,
  s.base_cost
FROM ${t.positions} s LEFT JOIN ${t.prices} q ON q.symbol = s.symbol;`.trim();

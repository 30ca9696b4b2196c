import { NOW_MS, portfolioValuesView, positionValuesView } from './schema-views.js';
import type { TableNames } from './table-names.js';

/** The statements of each migration. One that was released is never changed: changes go into the next one. */
export const MIGRATIONS: readonly ((names: TableNames) => string)[] = [
  (t) => `
CREATE TABLE ${t.portfolios} (
  id text COLLATE "C" PRIMARY KEY,
  version bigint NOT NULL CHECK (version > 0),
  currency text NOT NULL,
  account_kind text NOT NULL CHECK (account_kind IN ('cash', 'margin')),
  cash_currencies text[] NOT NULL,
  cash_amounts numeric[] NOT NULL,
  realized_currencies text[] NOT NULL,
  realized_amounts numeric[] NOT NULL,
  recent_saves text[] NOT NULL,
  deletion text
) WITH (fillfactor = 70);
COMMENT ON COLUMN ${t.portfolios}.deletion IS 'Set once deleted; the row stays, so that versions of a new life go on above.';
COMMENT ON COLUMN ${t.portfolios}.recent_saves IS 'Names of the last saves, newest first: tells whether a save whose answer was lost took effect.';

CREATE TABLE ${t.positions} (
  portfolio_id text COLLATE "C" NOT NULL REFERENCES ${t.portfolios} ON DELETE CASCADE,
  symbol text COLLATE "C" NOT NULL,
  ordinal integer NOT NULL,
  version bigint NOT NULL,
  currency text NOT NULL,
  quantity numeric NOT NULL CHECK (quantity <> 0),
  cost_basis numeric NOT NULL,
  realized_pnl numeric NOT NULL,
  PRIMARY KEY (portfolio_id, symbol)
) WITH (fillfactor = 90);
COMMENT ON COLUMN ${t.positions}.version IS 'Version of the portfolio that this position was last changed in.';
CREATE INDEX ${t.holdersIndex} ON ${t.positions} (symbol, portfolio_id);

CREATE TABLE ${t.valuations} (
  portfolio_id text COLLATE "C" PRIMARY KEY REFERENCES ${t.portfolios} ON DELETE CASCADE,
  holdings_version bigint,
  version bigint,
  price_time double precision,
  price_time_sum double precision,
  valued_at double precision,
  currency text,
  market_value numeric,
  cost_basis numeric,
  unrealized_pnl numeric,
  cash numeric,
  equity numeric,
  priced_market_value numeric,
  complete boolean
) WITH (fillfactor = 50);
COMMENT ON COLUMN ${t.valuations}.holdings_version IS 'Version of the portfolio, null once deleted; a valuation is accepted at this version only.';
COMMENT ON COLUMN ${t.valuations}.version IS 'Version of the portfolio that was valued; null before the first valuation.';

CREATE TABLE ${t.prices} (
  symbol text COLLATE "C" PRIMARY KEY,
  price numeric NOT NULL,
  price_time double precision NOT NULL,
  currency text,
  previous_close numeric
) WITH (fillfactor = 50);

CREATE TABLE ${t.leases} (
  key bytea PRIMARY KEY,
  token bigint NOT NULL,
  owner text,
  expires_at timestamptz NOT NULL
) WITH (fillfactor = 50);

CREATE VIEW ${t.positionValues} AS
SELECT s.portfolio_id, s.symbol, s.version, s.currency, s.quantity, s.cost_basis, s.realized_pnl,
  q.price, coalesce(q.currency, s.currency) AS price_currency,
  to_timestamp(q.price_time / 1000) AS price_time,
  CASE WHEN coalesce(q.currency, s.currency) = s.currency THEN s.quantity * q.price END AS market_value,
  CASE WHEN coalesce(q.currency, s.currency) = s.currency THEN s.quantity * q.price - s.cost_basis END
    AS unrealized_pnl,
  CASE WHEN coalesce(q.currency, s.currency) = s.currency THEN s.quantity * (q.price - q.previous_close) END AS day_pnl
FROM ${t.positions} s LEFT JOIN ${t.prices} q ON q.symbol = s.symbol;
COMMENT ON VIEW ${t.positionValues} IS 'Positions at the last stored price, in the currency of the position; null where no price is known, or one in another currency.';

CREATE VIEW ${t.portfolioValues} AS
SELECT portfolio_id, version, version = holdings_version AS is_current,
  to_timestamp(price_time / 1000) AS price_time, to_timestamp(valued_at / 1000) AS valued_at,
  currency, market_value, cost_basis, unrealized_pnl, cash, equity, priced_market_value, complete
FROM ${t.valuations} WHERE version IS NOT NULL;
COMMENT ON VIEW ${t.portfolioValues} IS 'Stored totals; is_current: no trade has changed the holdings since.';

CREATE VIEW ${t.cashBalances} AS
SELECT p.id AS portfolio_id, c.currency, c.amount
FROM ${t.portfolios} p, unnest(p.cash_currencies, p.cash_amounts) AS c (currency, amount)
WHERE p.deletion IS NULL;
`,
  // Prices and valuations are ordered by the stamps of ingest. Rows from before have the lowest stamp: any new one replaces them,
  // and they are stale until then.
  (t) => `
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
`,
  // Holdings follow from a ledger. What is stored becomes opening balances, whose cost in the currency of the portfolio is known where
  // that is their own.
  (t) => `
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
INSERT INTO ${t.entries} (portfolio_id, id, ordinal, at, entry)
SELECT portfolio_id, 'opening position ' || symbol, ordinal, 0, ${jsonOf([
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
`,
];

// A JSON object as SQL. Stored names have a backslash before a backslash, as JSON strings do, which json_build_object would double.
function jsonOf(fields: readonly (readonly [name: string, value: string])[]): string {
  const list = fields.map(([name, value]) => `'${name}', ${value}`).join(', ');
  return `replace(json_build_object(${list})::text, '\\\\', '\\')`;
}

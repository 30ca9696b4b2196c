import type { TableNames } from '../table-names.js';

/** The first tables and views. */
export const createTables = (t: TableNames): string => `
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
`;

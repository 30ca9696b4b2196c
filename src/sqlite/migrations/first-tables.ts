import { NOW_MS, times } from '../sql-times.js';
import type { TableNames } from '../table-names.js';

// As they were when this migration was made: a figure that is added later gets its column in a migration of its own.
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
];

/**
 * Migration 1: all tables. Amounts are decimal digits as text: SQLite has no exact decimals. Times are ms since 1970. SQLite keeps the
 * comments within a statement, so `.schema` shows them.
 */
export const firstTables = (t: TableNames): string => `
CREATE TABLE ${t.state} (
  -- One row. store: names this database; changes: number of the last change of holdings.
  id INTEGER PRIMARY KEY CHECK (id = 1),
  store TEXT NOT NULL,
  changes INTEGER NOT NULL
);
INSERT INTO ${t.state} (id, store, changes) VALUES (1, lower(hex(randomblob(8))), 0);

CREATE TABLE ${t.portfolios} (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL CHECK (version > 0),
  currency TEXT NOT NULL,
  -- JSON: cost method, tags, and instruments that are no plain equities.
  terms TEXT NOT NULL,
  -- Number of the change that it was changed by last.
  changed INTEGER NOT NULL,
  -- A deleted row stays, so that the versions of a new life go on above.
  deleted INTEGER NOT NULL CHECK (deleted IN (0, 1))
) WITHOUT ROWID;
CREATE INDEX ${t.changesIndex} ON ${t.portfolios} (changed);

CREATE TABLE ${t.entries} (
  -- The ledger of each portfolio, by at, then ordinal. entry: JSON. In the order in which entries were added, so that an addition
  -- touches the end only.
  portfolio_id TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  id TEXT NOT NULL,
  at INTEGER NOT NULL,
  entry TEXT NOT NULL,
  PRIMARY KEY (portfolio_id, ordinal),
  UNIQUE (portfolio_id, id)
) WITHOUT ROWID;
CREATE INDEX ${t.entriesIndex} ON ${t.entries} (portfolio_id, at, ordinal);

CREATE TABLE ${t.positions} (
  -- Follows from the ledger. version: of the portfolio that the position was last changed in.
  portfolio_id TEXT NOT NULL,
  symbol TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  version INTEGER NOT NULL,
  currency TEXT NOT NULL,
  quantity TEXT NOT NULL,
  -- In the currency of the position, and in that of the portfolio; NULL is unknown.
  cost_basis TEXT,
  base_cost TEXT,
  realized_pnl TEXT,
  price_currency TEXT NOT NULL,
  -- Worth of one unit at a price of 1; NULL for inverse contracts.
  factor TEXT,
  -- Futures: worth at the last settlements; otherwise 0.
  settled_worth TEXT NOT NULL,
  PRIMARY KEY (portfolio_id, symbol)
) WITHOUT ROWID;
CREATE INDEX ${t.holdersIndex} ON ${t.positions} (symbol, portfolio_id);

CREATE TABLE ${t.cashBalances} (
  -- Follows from the ledger.
  portfolio_id TEXT NOT NULL,
  currency TEXT NOT NULL,
  amount TEXT NOT NULL,
  PRIMARY KEY (portfolio_id, currency)
) WITHOUT ROWID;

CREATE TABLE ${t.valuations} (
  portfolio_id TEXT NOT NULL PRIMARY KEY,
  -- Of the portfolio that was valued.
  version INTEGER NOT NULL,
  -- Of two valuations of the same holdings and basis, the one with the greater order has seen newer prices.
  price_order TEXT NOT NULL,
  basis TEXT NOT NULL,
  valued_at INTEGER NOT NULL,
  price_time INTEGER NOT NULL,
  received_at INTEGER,
  live_until INTEGER,
  currency TEXT NOT NULL,
  ${FIGURES.map((figure) => `${figure} TEXT,`).join('\n  ')}
  priced_market_value TEXT,
  complete INTEGER NOT NULL CHECK (complete IN (0, 1)),
  -- JSON: symbols without a price, and currencies without a rate; NULL when complete.
  missing TEXT
) WITHOUT ROWID;

CREATE TABLE ${t.prices} (
  symbol TEXT NOT NULL PRIMARY KEY,
  price TEXT NOT NULL,
  price_time INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  -- With arrival the order of the prices of a symbol.
  venue_time INTEGER NOT NULL,
  arrival INTEGER NOT NULL,
  gap INTEGER NOT NULL,
  -- Last ms at which the price counts as live; NULL: it does not age.
  live_until INTEGER,
  bid TEXT,
  ask TEXT,
  previous_close TEXT,
  previous_close_at INTEGER,
  accrued TEXT,
  previous_accrued TEXT,
  currency TEXT,
  state TEXT
) WITHOUT ROWID;

CREATE TABLE ${t.instruments} (
  -- How prices become money. instrument: JSON. Symbols without a row are plain equities.
  symbol TEXT NOT NULL PRIMARY KEY,
  instrument TEXT NOT NULL
) WITHOUT ROWID;

CREATE VIEW ${t.portfolioValues} AS
-- Stored totals. is_current: no trade has changed the holdings since. grade: what they are worth now.
SELECT v.portfolio_id, v.version, v.version = p.version AS is_current, v.currency,
  ${FIGURES.map((figure) => `v.${figure}`).join(', ')},
  v.priced_market_value, v.complete, v.missing,
  CASE WHEN NOT v.complete THEN 'missing' WHEN v.live_until < ${NOW_MS} THEN 'stale' ELSE 'live' END AS grade,
  ${times('v', ['valued_at', 'price_time', 'received_at', 'live_until'])}
FROM ${t.valuations} v JOIN ${t.portfolios} p ON p.id = v.portfolio_id;

CREATE VIEW ${t.positionValues} AS
-- Positions with the last stored price. The columns "about_…" are computed in binary floating point: for a look, not for the books.
-- NULL where no price is known, or one in another currency.
SELECT s.portfolio_id, s.symbol, s.version, s.currency, s.quantity, s.cost_basis, s.base_cost, s.realized_pnl,
  q.price, coalesce(q.currency, s.price_currency) AS price_currency,
  CASE WHEN coalesce(q.currency, s.price_currency) = s.price_currency
    THEN s.quantity * s.factor * q.price - s.settled_worth END AS about_market_value,
  CASE WHEN coalesce(q.currency, s.price_currency) = s.price_currency
    THEN s.quantity * s.factor * q.price - s.settled_worth - s.cost_basis END AS about_unrealized_pnl,
  CASE WHEN q.price IS NULL THEN 'missing' WHEN q.state = 'halted' THEN 'halted' WHEN q.state = 'closed' THEN 'delayed'
    WHEN q.live_until < ${NOW_MS} THEN 'stale' WHEN q.state = 'delayed' THEN 'delayed' ELSE 'live' END AS grade,
  ${times('q', ['price_time', 'received_at', 'live_until'])}
FROM ${t.positions} s LEFT JOIN ${t.prices} q ON q.symbol = s.symbol;
`;

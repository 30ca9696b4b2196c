import type { TableNames } from '../table-names.js';

/** Migration 5: what trading days ended with. */
export const days = (t: TableNames): string => `
CREATE TABLE ${t.dayCloses} (
  -- The last price of each symbol on each trading day.
  calendar TEXT NOT NULL,
  -- Date of the session, YYYY-MM-DD, in the zone of the market.
  date TEXT NOT NULL,
  symbol TEXT NOT NULL,
  -- In units of that day: a later split does not change it.
  price TEXT NOT NULL,
  currency TEXT,
  accrued TEXT,
  -- ms since 1970: trades after it are of the next day.
  closed_at INTEGER NOT NULL,
  -- The last price that an engine had, or the close that the venue gave afterwards, which replaces it.
  source TEXT NOT NULL CHECK (source IN ('recorded', 'official')),
  PRIMARY KEY (calendar, date, symbol)
) WITHOUT ROWID;

CREATE TABLE ${t.dayResults} (
  -- What each portfolio earned on each trading day of a calendar.
  portfolio_id TEXT NOT NULL,
  -- Date of the session, YYYY-MM-DD.
  date TEXT NOT NULL,
  -- cash for what exchange rates made of cash.
  calendar TEXT NOT NULL,
  currency TEXT NOT NULL,
  -- In currency; NULL: something that it needs was unknown.
  pnl TEXT,
  -- When the day ended, ms since 1970.
  ended_at INTEGER NOT NULL,
  -- How many official closes it was computed with: one with fewer does not replace it.
  official_closes INTEGER NOT NULL,
  PRIMARY KEY (portfolio_id, date, calendar)
) WITHOUT ROWID;
`;

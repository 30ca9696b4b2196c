import type { TableNames } from '../table-names.js';

/** Migration 9: what trading days ended with. */
export const days = (t: TableNames): string => `
CREATE TABLE ${t.dayCloses} (
  calendar text COLLATE "C" NOT NULL,
  date date NOT NULL,
  symbol text COLLATE "C" NOT NULL,
  price numeric NOT NULL,
  currency text,
  accrued numeric,
  closed_at double precision NOT NULL,
  source text NOT NULL CHECK (source IN ('recorded', 'official')),
  PRIMARY KEY (calendar, date, symbol)
) WITH (fillfactor = 70);
COMMENT ON TABLE ${t.dayCloses} IS 'The last price of each symbol on each trading day. source: the last price that an engine had (recorded), or the close that the venue gave afterwards (official), which replaces it.';
COMMENT ON COLUMN ${t.dayCloses}.date IS 'Date of the session, in the zone of the market.';
COMMENT ON COLUMN ${t.dayCloses}.price IS 'In units of that day: a later split does not change it.';
COMMENT ON COLUMN ${t.dayCloses}.closed_at IS 'ms since 1970: trades after it are of the next day.';

CREATE TABLE ${t.dayResults} (
  portfolio_id text COLLATE "C" NOT NULL,
  date date NOT NULL,
  calendar text COLLATE "C" NOT NULL,
  currency text NOT NULL,
  pnl numeric,
  ended_at double precision NOT NULL,
  official_closes bigint NOT NULL,
  PRIMARY KEY (portfolio_id, date, calendar)
) WITH (fillfactor = 70);
COMMENT ON TABLE ${t.dayResults} IS 'What each portfolio earned on each trading day of a calendar. calendar: cash for what exchange rates made of cash.';
COMMENT ON COLUMN ${t.dayResults}.pnl IS 'In currency; null: something that it needs was unknown.';
COMMENT ON COLUMN ${t.dayResults}.ended_at IS 'When the day ended, ms since 1970.';
COMMENT ON COLUMN ${t.dayResults}.official_closes IS 'How many official closes it was computed with: one with fewer does not replace it.';
`;

import type { TableNames } from '../table-names.js';

/**
 * Migration 5: what a long ledger adds up to is stored with its portfolio, so that loading it need not replay all entries. Entries are numbered
 * without gaps, since a snapshot says how many it covers.
 */
export const snapshots = (t: TableNames): string => `
ALTER TABLE ${t.portfolios}
  ADD COLUMN snapshot text,
  ADD COLUMN snapshot_entries integer,
  ADD COLUMN snapshot_at double precision,
  ADD COLUMN snapshot_version bigint;
COMMENT ON COLUMN ${t.portfolios}.snapshot IS 'JSON: what the first entries of a long ledger add up to; null for a short one. May be set to null at any time.';
COMMENT ON COLUMN ${t.portfolios}.snapshot_entries IS 'How many entries the snapshot covers: those of lower ordinals.';
COMMENT ON COLUMN ${t.portfolios}.snapshot_at IS 'at of the last of them.';
COMMENT ON COLUMN ${t.portfolios}.snapshot_version IS 'Version that the snapshot was last right for; it is read at this one only.';
UPDATE ${t.entries} e SET ordinal = numbered.ordinal FROM (
  SELECT portfolio_id, id, row_number() OVER (PARTITION BY portfolio_id ORDER BY ordinal, at, id) - 1 AS ordinal FROM ${t.entries}
) AS numbered
WHERE e.portfolio_id = numbered.portfolio_id AND e.id = numbered.id AND e.ordinal <> numbered.ordinal;
COMMENT ON COLUMN ${t.entries}.ordinal IS 'From 0, in the order in which the entries of the portfolio were stored.';
`;

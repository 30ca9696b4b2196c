import type { TableNames } from '../table-names.js';

/** Migration 2: what a long ledger adds up to is stored, so that loading it need not replay all entries. */
export const snapshots = (t: TableNames): string => `
CREATE TABLE ${t.snapshots} (
  -- What the first entries of long ledgers add up to, as JSON. Rows may be deleted at any time.
  portfolio_id TEXT NOT NULL PRIMARY KEY,
  -- How many entries it covers: those of lower ordinals.
  entries INTEGER NOT NULL,
  snapshot TEXT NOT NULL
);
`;

import { positionValuesView } from '../schema-views.js';
import type { TableNames } from '../table-names.js';

/** Migration 6: corporate actions, and what they make of prices from before them. */
export const corporateActions = (t: TableNames): string => `
CREATE TABLE ${t.actions} (
  id text COLLATE "C" PRIMARY KEY,
  number bigint NOT NULL UNIQUE,
  action text NOT NULL,
  is_booked boolean NOT NULL
);
COMMENT ON TABLE ${t.actions} IS 'Splits, spin-offs, mergers and renames, for all holders. action: JSON of the ledger entry. number rises with each change. is_booked: it is in the ledger of every holder.';

ALTER TABLE ${t.prices} ADD COLUMN adjustment numeric;
COMMENT ON COLUMN ${t.prices}.adjustment IS 'What price, bid, ask and accrued are multiplied by, since corporate actions came after them; null: 1.';

${positionValuesView(t)}
`;

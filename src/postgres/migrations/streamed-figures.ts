import { portfolioValuesView } from '../schema-views.js';
import type { TableNames } from '../table-names.js';

/** Migration 4: the totals of the ledger and of the day. They are unknown until a portfolio is valued again. */
export const streamedFigures = (t: TableNames): string => `
ALTER TABLE ${t.valuations} ADD COLUMN packed_figures text;
COMMENT ON COLUMN ${t.valuations}.packed_figures IS 'Numbers separated by commas, nothing where one is unknown: ${t.portfolioValues} has a column for each.';

${portfolioValuesView(t)}
`;

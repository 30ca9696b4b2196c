import { portfolioValuesView } from '../schema-views.js';
import type { TableNames } from '../table-names.js';

/** Migration 7: columns of the view for exposures, leverage and what cash gained today. They are unknown until a portfolio is valued again. */
export const exposures = (t: TableNames): string => `
${portfolioValuesView(t)}
`;

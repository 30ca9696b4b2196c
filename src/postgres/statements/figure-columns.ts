import { STREAMED_FIGURES, type StreamedFigure } from '../../core/portfolio/figures/portfolio-totals.js';

/**
 * Where the table has each figure: in a numeric column of its own, or at a place in `packed_figures`, a text of numbers separated by
 * commas, with nothing where one is unknown. The server stores that text much faster than fifteen numeric columns. Stored rows have these
 * places, so they never change; a new figure gets the next one.
 */
const PLACES: Readonly<Record<StreamedFigure, 'column' | number>> = {
  marketValue: 'column',
  costBasis: 'column',
  unrealizedPnl: 'column',
  cash: 'column',
  equity: 'column',
  accruedInterest: 1,
  unsettledCash: 2,
  unrealizedPnlPct: 3,
  pricePnl: 4,
  fxPnl: 5,
  realizedPnl: 6,
  income: 7,
  fees: 8,
  taxes: 9,
  expenses: 10,
  cashFxPnl: 11,
  netContributions: 12,
  totalPnl: 13,
  dayPnl: 14,
  dayPnlPct: 15,
};

/** Figures with a column of their own. */
export const COLUMN_FIGURES = STREAMED_FIGURES.filter((figure) => PLACES[figure] === 'column');

/** The others, in the order of their places. */
export const PACKED_FIGURES = STREAMED_FIGURES.filter((figure) => PLACES[figure] !== 'column').sort(
  (a, b) => Number(PLACES[a]) - Number(PLACES[b]),
);

/** Name of the column of a figure, in the table or in the view. */
export function columnOf(figure: StreamedFigure): string {
  return figure.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** SQL of the packed figures as an array of numbers. */
export const unpacked = (column: string): string => `string_to_array(${column}, ',', '')::numeric[]`;

/** SQL of a relation to join with the table, for {@link figureSql}. OFFSET 0: unpacked once for each row, not once for each figure. */
export const UNPACKED_FIGURES = `LATERAL (SELECT ${unpacked('packed_figures')} AS figures OFFSET 0) AS unpacked`;

/** SQL of a figure, from the table joined with {@link UNPACKED_FIGURES}. */
export function figureSql(figure: StreamedFigure): string {
  const place = PLACES[figure];
  return place === 'column' ? columnOf(figure) : `unpacked.figures[${place}]`;
}

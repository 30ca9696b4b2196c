import type { Decimal } from '../../core/money/decimal.js';
import {
  STREAMED_FIGURES,
  type PortfolioTotals,
  type StreamedFigure,
} from '../../core/portfolio/figures/portfolio-totals.js';

/**
 * Where the table has each figure: in a numeric column of its own, or at a place in `packed_figures`, a text of numbers separated by
 * commas, with nothing where one is unknown. The server stores that text much faster than as many numeric columns. Stored rows have these
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
  leverage: 16,
  longExposure: 17,
  shortExposure: 18,
  grossExposure: 19,
  netExposure: 20,
};

/** Figures with a column of their own. */
export const COLUMN_FIGURES = STREAMED_FIGURES.filter((figure) => PLACES[figure] === 'column');

/** The others, in the order of their places. */
export const PACKED_FIGURES = STREAMED_FIGURES.filter((figure) => PLACES[figure] !== 'column').sort(
  (a, b) => Number(PLACES[a]) - Number(PLACES[b]),
);

/** SQL of the figures that a row leaves out, at the end, where all of them are what this says: of a portfolio that is long only. */
const IF_LONG_ONLY: Readonly<Partial<Record<StreamedFigure, string>>> = {
  longExposure: 'market_value',
  shortExposure: '0',
  grossExposure: 'market_value',
  netExposure: 'market_value',
};
const OF_LONG_ONLY = PACKED_FIGURES.filter((figure) => !(figure in IF_LONG_ONLY));

/** The figures that are packed of a row. */
export function packedOf({
  marketValue,
  longExposure,
  shortExposure,
  grossExposure,
  netExposure,
}: Pick<PortfolioTotals, StreamedFigure>): readonly StreamedFigure[] {
  const isMarketValue = (amount: Decimal | null) =>
    amount === marketValue || (amount && marketValue && amount.equals(marketValue));
  const isLongOnly =
    shortExposure?.isZero && [longExposure, grossExposure, netExposure].every((each) => isMarketValue(each));
  return isLongOnly ? OF_LONG_ONLY : PACKED_FIGURES;
}

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
  if (place === 'column') return columnOf(figure);
  const ifLongOnly = IF_LONG_ONLY[figure];
  if (ifLongOnly === undefined) return `unpacked.figures[${place}]`;
  return `CASE WHEN cardinality(unpacked.figures) = ${OF_LONG_ONLY.length} THEN ${ifLongOnly} ELSE unpacked.figures[${place}] END`;
}

import type { Decimal } from '../../money/decimal.js';
import type { PerformanceMetrics, PricedTotals } from './performance-metrics.js';

/**
 * The totals that are published and stored with every valuation, by name. The others of {@link PerformanceMetrics} depend on how
 * amounts are rounded row by row (`cashDayPnl`), are about what is known of an incomplete valuation, or depend on the age of prices:
 * `value()` has them.
 */
export const STREAMED_FIGURES = [
  'marketValue',
  'accruedInterest',
  'cash',
  'unsettledCash',
  'equity',
  'costBasis',
  'unrealizedPnl',
  'unrealizedPnlPct',
  'pricePnl',
  'fxPnl',
  'realizedPnl',
  'income',
  'fees',
  'taxes',
  'expenses',
  'cashFxPnl',
  'netContributions',
  'totalPnl',
  'dayPnl',
  'dayPnlPct',
  'longExposure',
  'shortExposure',
  'grossExposure',
  'netExposure',
  'leverage',
] as const satisfies ReadonlyArray<keyof PerformanceMetrics>;

/** The name of a figure that is published and stored with every valuation. */
export type StreamedFigure = (typeof STREAMED_FIGURES)[number];

/** Totals of one portfolio in its currency, at stream speed; `null` is unknown. The same figures as in {@link PerformanceMetrics}. */
export interface PortfolioTotals extends Pick<PerformanceMetrics, StreamedFigure | 'complete'> {
  /** Sum of the known market values; equals `marketValue` when that is known. */
  readonly priced: Pick<PricedTotals, 'marketValue'>;
}

/**
 * The streamed figures, each by its name.
 * @param figureOf Called once for each name, in the order of {@link STREAMED_FIGURES}.
 * @example
 * ```ts
 * import { Decimal } from 'tickmark';
 * import { mapFigures } from 'tickmark/parts';
 *
 * const row = new Map([['equity', '2043.77']]); // as a store returns it
 * const { equity, cash } = mapFigures((name) => (row.has(name) ? Decimal.from(row.get(name)!) : null));
 * console.log(equity?.toString(), cash); // '2043.77', null
 * ```
 */
export function mapFigures(
  figureOf: (name: StreamedFigure, index: number) => Decimal | null,
): Pick<PerformanceMetrics, StreamedFigure> {
  const figures = {} as Record<StreamedFigure, Decimal | null>;
  STREAMED_FIGURES.forEach((name, index) => (figures[name] = figureOf(name, index)));
  return figures;
}

import { roundEstimate } from '../../money/conversion.js';
import { Decimal } from '../../money/decimal.js';
import { Fraction } from '../../money/fraction.js';
import type { PerformanceMetrics } from '../../portfolio/figures/performance-metrics.js';

/** Digits after the point of per cent. */
export const PERCENT_SCALE = 4;
/** Per cent units, at {@link PERCENT_SCALE}, of a ratio of 1. */
export const PERCENT_UNITS = 1e6;

/** Digits after the point of leverage. */
const LEVERAGE_SCALE = 4;
/** Units of leverage, at {@link LEVERAGE_SCALE}, of a ratio of 1. */
const LEVERAGE_UNITS = 1e4;

const HUNDRED = Fraction.of(100n, 1n);

/** `amount` in per cent of `of`, rounded once, half-even, to 4 digits after the point; `null` where one is unknown or `of` is 0. */
export function percentOf(amount: Fraction | null, of: Fraction | null): Decimal | null {
  return amount && of && !of.isZero ? amount.times(HUNDRED).dividedBy(of).rounded(PERCENT_SCALE) : null;
}

/**
 * Day P&L in per cent of the equity at the start of the day plus the day's external flows, which is today's equity without the day's
 * profit; `null` where that is not above 0.
 */
export function dayPercent(dayPnl: Decimal | null, equity: Decimal | null): Decimal | null {
  const base = dayPnl && equity && equity.minus(dayPnl);
  if (!dayPnl || !base || base.sign <= 0) return null;
  const ratio = dayPnl.safeUnitsAt(base.scale) / base.safeUnitsAt(base.scale);
  const percent = roundEstimate(ratio * PERCENT_UNITS);
  return Number.isNaN(percent)
    ? percentOf(Fraction.from(dayPnl), Fraction.from(base))
    : Decimal.ofUnits(percent, PERCENT_SCALE);
}

/** Gross and net exposure and leverage, which follow from long and short exposure and equity; `null` where one of these is unknown. */
export function exposuresOf(
  longExposure: Decimal | null,
  shortExposure: Decimal | null,
  equity: Decimal | null,
): Pick<PerformanceMetrics, 'longExposure' | 'shortExposure' | 'grossExposure' | 'netExposure' | 'leverage'> {
  if (!longExposure || !shortExposure)
    return { longExposure, shortExposure, grossExposure: null, netExposure: null, leverage: null };
  const isLong = shortExposure.isZero;
  const grossExposure = isLong ? longExposure : longExposure.minus(shortExposure);
  return {
    longExposure,
    shortExposure,
    grossExposure,
    netExposure: isLong ? longExposure : longExposure.plus(shortExposure),
    leverage: leverageOf(grossExposure, equity),
  };
}

/** Gross exposure ÷ equity, rounded half-even to 4 digits after the point; `null` where one is unknown or equity is not above 0. */
export function leverageOf(grossExposure: Decimal | null, equity: Decimal | null): Decimal | null {
  if (!grossExposure || !equity || equity.sign <= 0) return null;
  const { scale } = equity;
  const units = roundEstimate(
    (grossExposure.safeUnitsAt(scale) / equity.safeUnitsAt(scale)) * LEVERAGE_UNITS,
  );
  return Number.isNaN(units)
    ? grossExposure.dividedBy(equity, LEVERAGE_SCALE)
    : Decimal.ofUnits(units, LEVERAGE_SCALE);
}

/** Profit over the life of a portfolio; `null` where a part is unknown. */
export function totalPnlOf({
  realizedPnl,
  unrealizedPnl,
  income,
  expenses,
  cashFxPnl,
}: Pick<
  PerformanceMetrics,
  'realizedPnl' | 'unrealizedPnl' | 'income' | 'expenses' | 'cashFxPnl'
>): Decimal | null {
  return (
    realizedPnl &&
    unrealizedPnl &&
    income &&
    expenses &&
    cashFxPnl &&
    realizedPnl.plus(unrealizedPnl).plus(income).minus(expenses).plus(cashFxPnl)
  );
}

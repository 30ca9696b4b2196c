import { roundEstimate } from '../../money/conversion.js';
import { currencyOf } from '../../money/currency.js';
import { BY_ROW, UNPRICED, type LedgerPage } from '../columns/ledger-pages.js';
import type { PlainUnits } from '../valued-rows.js';
import { PERCENT_UNITS } from './derived-figures.js';
import { longExposureUnits } from './exposure-shares.js';
import { homeAt, percentUnitsOfCost } from './plain-totals.js';

/**
 * The totals of `plainTotals()` as counts of units: values of many portfolios go to other processes, and objects for their amounts would cost
 * most of that. Answers `false` where an amount, or what follows from it, is no safe integer, or the portfolio is not plain.
 * @param long Units of the value of its long positions; NaN where they are no safe integer.
 * @param short Of its short positions.
 */
export function writePlainUnits(
  page: LedgerPage,
  at: number,
  long: number,
  short: number,
  units: PlainUnits,
): boolean {
  const state = page.states[at];
  if (state === BY_ROW || page.figures?.[at]) return false;
  const { currency, cash: balances } = page.portfolios[at]!;
  const { scale } = currencyOf(currency);
  const home = homeAt(scale);
  const [cost, costScale, valueScale] = [page.costs[at]!, page.costScales[at]!, page.valueScales[at]!];
  const value = long + short;
  if (!Number.isSafeInteger(value)) return false;
  const market = safe(home.rounded(value, valueScale));
  const paid = safe(home.rounded(cost, costScale));
  const balance = balances.size === 0 ? undefined : balances.get(currency);
  const cash = balance ? balance.rounded(scale).safeUnitsAt(scale) + 0 : 0;
  const contributed =
    balance && balance.scale > costScale ? NaN : cost + (balance?.safeUnitsAt(costScale) ?? 0);
  const netContributions = Number.isSafeInteger(contributed)
    ? safe(home.rounded(contributed, costScale))
    : NaN;
  // NaN where one of them is; sums of three amounts below 2^51 are exact.
  if (!(size(market) + size(paid) + size(cash) + size(netContributions) < LARGEST)) return false;

  units.scale = scale;
  units.isPriced = state !== UNPRICED;
  units.marketValue = market;
  units.cost = paid;
  units.cash = cash;
  units.netContributions = netContributions;
  units.unrealizedPnlPct = units.dayPnl = units.dayPnlPct = units.longExposure = units.shortExposure = NaN;
  if (!units.isPriced) return true;

  const grossCost = page.grossCosts[at]!;
  if (grossCost !== 0) {
    const percent = percentUnitsOfCost(value, valueScale, cost, grossCost, costScale);
    if (Number.isNaN(percent)) return false;
    units.unrealizedPnlPct = percent;
  }
  const base = page.dayBases[at]!;
  if (!Number.isNaN(base)) {
    const change = value - base;
    const dayPnl = Number.isSafeInteger(change) ? safe(home.rounded(change, valueScale)) : NaN;
    const before = market + cash - dayPnl;
    if (!(size(dayPnl) < LARGEST)) return false;
    units.dayPnl = dayPnl;
    if (before > 0) {
      const percent = roundEstimate((dayPnl / before) * PERCENT_UNITS);
      if (Number.isNaN(percent)) return false;
      units.dayPnlPct = percent;
    }
  }
  units.longExposure = short === 0 ? market : longExposureUnits(long, short, valueScale, market, scale) + 0;
  units.shortExposure = market - units.longExposure;
  return size(units.longExposure) + size(units.shortExposure) < LARGEST;
}

const LARGEST = 2 ** 51;

function safe(units: number | bigint): number {
  // Without the sign of a zero.
  return typeof units === 'number' ? units + 0 : NaN;
}

function size(units: number): number {
  return Math.abs(units);
}

import { Conversion, SAME_CURRENCY, roundEstimate } from '../../money/conversion.js';
import { currencyOf } from '../../money/currency.js';
import { Decimal } from '../../money/decimal.js';
import { Fraction } from '../../money/fraction.js';
import { add, subtract, type Integer } from '../../money/integer.js';
import { POWERS } from '../../money/scaled-number.js';
import type { PortfolioTotals } from '../../portfolio/figures/portfolio-totals.js';
import type { SubtotalUnits } from '../columns/computed-values.js';
import { UNPRICED, type LedgerPage } from '../columns/ledger-pages.js';
import { PERCENT_SCALE, PERCENT_UNITS, dayPercent, exposuresOf, percentOf } from './derived-figures.js';
import { exposureShares } from './exposure-shares.js';

/** What all portfolios of a scale share. */
interface Money {
  readonly home: Conversion;
  readonly zero: Decimal;
}

const MONEY: Money[] = [];
const moneyAt = (scale: number): Money =>
  (MONEY[scale] ??= { home: new Conversion(SAME_CURRENCY, scale), zero: Decimal.ofUnits(0, scale) });

/** Rounds amounts in the portfolio's own currency to its scale. */
export function homeAt(scale: number): Conversion {
  return moneyAt(scale).home;
}

/**
 * The totals of a portfolio that has positions at their cost and cash, all in its own currency: most portfolios of many are like that, and
 * every value that is stored or sent to another process comes through here. Nothing was earned or paid yet.
 * @param at Place of the portfolio in the page.
 * @param units Of the value of all positions; where some are short, of the long and the short ones.
 */
export function plainTotals(page: LedgerPage, at: number, units: SubtotalUnits): PortfolioTotals {
  const { currency, cash: balances } = page.portfolios[at]!;
  const { scale } = currencyOf(currency);
  const { home, zero } = moneyAt(scale);
  const [cost, costScale, valueScale] = [page.costs[at]!, page.costScales[at]!, page.valueScales[at]!];
  const value = typeof units === 'number' ? units : add(units[0]!, units[1]!);
  const balance = balances.size === 0 ? zero : (balances.get(currency) ?? zero);
  const cash = balance.scale === scale ? balance : balance.rounded(scale);
  const isPriced = page.states[at] !== UNPRICED;
  const market = home.rounded(value, valueScale);
  const paid = home.rounded(cost, costScale);
  const priced = Decimal.ofUnits(market, scale);
  const equity = isPriced ? priced.plus(cash) : null;
  const unrealizedPnl = isPriced ? Decimal.ofUnits(subtract(market, paid), scale) : null;
  const base = page.dayBases[at]!;
  const dayPnl =
    isPriced && !Number.isNaN(base)
      ? Decimal.ofUnits(home.rounded(subtract(value, base), valueScale), scale)
      : null;
  // One by one: spreading them into the result takes several times as long.
  const { longExposure, shortExposure, grossExposure, netExposure, leverage } = isPriced
    ? exposures(page, at, units, priced, equity)
    : exposuresOf(null, null, null);
  return {
    marketValue: isPriced ? priced : null,
    accruedInterest: isPriced ? zero : null,
    cash,
    unsettledCash: zero,
    equity,
    costBasis: Decimal.ofUnits(paid, scale),
    unrealizedPnl,
    unrealizedPnlPct: isPriced
      ? percentOfCost(value, valueScale, cost, page.grossCosts[at]!, costScale)
      : null,
    pricePnl: unrealizedPnl,
    fxPnl: zero,
    realizedPnl: zero,
    income: zero,
    fees: zero,
    taxes: zero,
    expenses: zero,
    cashFxPnl: zero,
    netContributions: contributed(cost, costScale, balance, home, scale),
    totalPnl: unrealizedPnl,
    dayPnl,
    dayPnlPct: dayPercent(dayPnl, equity),
    longExposure,
    shortExposure,
    grossExposure,
    netExposure,
    leverage,
    priced: { marketValue: priced },
    complete: isPriced,
  };
}

function exposures(
  { valueScales }: LedgerPage,
  at: number,
  units: SubtotalUnits,
  value: Decimal,
  equity: Decimal | null,
): ReturnType<typeof exposuresOf> {
  const { scale } = value;
  if (typeof units === 'number') return exposuresOf(value, moneyAt(scale).zero, equity);
  const [long, short] = exposureShares(units[0]!, units[1]!, valueScales[at]!, value);
  return exposuresOf(long, short, equity);
}

function contributed(
  cost: number,
  costScale: number,
  balance: Decimal,
  home: Conversion,
  scale: number,
): Decimal {
  const sum = balance.scale <= costScale ? cost + balance.safeUnitsAt(costScale) : NaN;
  return Number.isSafeInteger(sum)
    ? Decimal.ofUnits(home.rounded(sum, costScale), scale)
    : Decimal.ofUnits(cost, costScale).plus(balance).rounded(scale);
}

function percentOfCost(
  value: Integer,
  valueScale: number,
  cost: number,
  grossCost: number,
  costScale: number,
): Decimal | null {
  if (grossCost === 0) return null;
  const percent = percentUnitsOfCost(Number(value), valueScale, cost, grossCost, costScale);
  if (!Number.isNaN(percent)) return Decimal.ofUnits(percent, PERCENT_SCALE);
  const exact = (units: Integer, at: number) => Fraction.from(Decimal.ofUnits(units, at));
  return percentOf(exact(value, valueScale).minus(exact(cost, costScale)), exact(grossCost, costScale));
}

/** Profit in per cent of the cost, which is not 0, in units at 4 digits after the point; NaN where float64 is not precise enough. */
export function percentUnitsOfCost(
  value: number,
  valueScale: number,
  cost: number,
  grossCost: number,
  costScale: number,
): number {
  const scale = Math.max(valueScale, costScale);
  // Past the table the products are no safe integers.
  const costFactor = POWERS[scale - costScale] ?? NaN;
  const worth = value * (POWERS[scale - valueScale] ?? NaN);
  const profit = worth - cost * costFactor;
  const of = grossCost * costFactor;
  return Number.isSafeInteger(worth) && Number.isSafeInteger(of) && Number.isSafeInteger(profit)
    ? roundEstimate((profit / of) * PERCENT_UNITS)
    : NaN;
}

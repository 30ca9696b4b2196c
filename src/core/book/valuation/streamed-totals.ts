import { currencyOf } from '../../money/currency.js';
import { Fraction } from '../../money/fraction.js';
import { unsettledAt } from '../../portfolio/ledger/cash-account.js';
import type { PortfolioTotals } from '../../portfolio/figures/portfolio-totals.js';
import { BY_ROW, UNPRICED, indexOf, type LedgerPage } from '../columns/ledger-pages.js';
import type { SubtotalUnits } from '../columns/computed-values.js';
import type { LiveConversion } from '../conversion-table.js';
import type { LedgerFigures } from './ledger-figures.js';
import { dayPercent, exposuresOf, totalPnlOf } from './derived-figures.js';
import { plainTotals } from './plain-totals.js';
import { Rates } from './rates.js';

/** What the totals of a portfolio are computed from, at one moment. */
export interface TotalsInput {
  readonly page: LedgerPage;
  readonly number: number;
  readonly units: SubtotalUnits;
  readonly conversions: readonly LiveConversion[];
  /** Of `InversePrices`. */
  readonly inversePrices: Float64Array;
  /** When they were valued, ms since 1970. */
  readonly now: number;
}

/** Whether every price and rate is known. */
export function isComplete({
  page,
  number,
  conversions,
}: Pick<TotalsInput, 'page' | 'number' | 'conversions'>): boolean {
  const at = indexOf(number);
  if (page.states[at] === BY_ROW) return page.byRow!.get(at)!.complete;
  const figures = page.figures?.[at];
  const isPriced = page.states[at] !== UNPRICED;
  const isKnown = (conversion: number) => conversions[conversion]!.sell !== null;
  return (
    isPriced &&
    (!figures ||
      (figures.currencies.every(({ conversion }) => isKnown(conversion)) &&
        figures.cash.every(({ conversion }) => isKnown(conversion))))
  );
}

/** Computes the totals of a portfolio: the same figures, digit for digit, as its valuation row by row has. */
export function streamedTotals(input: TotalsInput): PortfolioTotals {
  const { page, number, units } = input;
  const at = indexOf(number);
  if (page.states[at] === BY_ROW) return page.byRow!.get(at)!;
  const figures = page.figures?.[at];
  return figures ? ledgerTotals(input, figures) : plainTotals(page, at, units);
}

function ledgerTotals(
  { page, number, units, conversions, inversePrices, now }: TotalsInput,
  figures: LedgerFigures,
): PortfolioTotals {
  const at = indexOf(number);
  const { scale } = currencyOf(page.portfolios[at]!.currency);
  const rates = new Rates(conversions, scale);
  const { value: priced, exact, isKnown, ...exposures } = rates.value(figures, units, inversePrices);
  const isPriced = page.states[at] !== UNPRICED;
  const marketValue = isKnown && isPriced ? priced : null;
  const cash = rates.rounded(
    figures.cash.map(({ conversion, account }) => ({ conversion, amount: Fraction.from(account.balance) })),
  );
  const accruedInterest = marketValue && rates.rounded(figures.accrued);
  const equity = cash && marketValue && accruedInterest && cash.plus(marketValue).plus(accruedInterest);
  const { premiumCost, futuresCost, realizedPnl, income, expenses } = figures;
  const costBasis = premiumCost && futuresCost && premiumCost.plus(futuresCost);
  const costNow = figures.localCosts && rates.rounded(figures.localCosts);
  const unrealizedPnl = marketValue && costBasis && marketValue.minus(costBasis);
  const cashFxPnl = rates.cashFxPnl(figures);
  const dayPnl = marketValue && rates.dayPnl(figures, exact);
  return {
    marketValue,
    accruedInterest,
    cash,
    unsettledCash: rates.rounded(
      figures.cash.map(({ conversion, account }) => ({
        conversion,
        amount: Fraction.from(unsettledAt(account, now)),
      })),
    ),
    equity,
    costBasis,
    unrealizedPnl,
    unrealizedPnlPct: marketValue && rates.percent(figures, exact),
    pricePnl: marketValue && costNow && futuresCost && marketValue.minus(costNow).minus(futuresCost),
    fxPnl: costNow && premiumCost && costNow.minus(premiumCost),
    realizedPnl,
    income,
    fees: figures.fees,
    taxes: figures.taxes,
    expenses,
    cashFxPnl,
    netContributions: figures.netContributions,
    totalPnl: totalPnlOf({ realizedPnl, unrealizedPnl, income, expenses, cashFxPnl }),
    dayPnl,
    dayPnlPct: dayPercent(dayPnl, equity),
    ...exposuresOf(
      isPriced ? exposures.longExposure : null,
      isPriced ? exposures.shortExposure : null,
      equity,
    ),
    priced: { marketValue: priced },
    complete: marketValue !== null && cash !== null,
  };
}

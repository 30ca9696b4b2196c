import { SAME_CURRENCY, type Conversion } from '../../money/conversion.js';
import { currencyOf } from '../../money/currency.js';
import { Decimal } from '../../money/decimal.js';
import { Fraction } from '../../money/fraction.js';
import { unsettledAt } from '../../portfolio/ledger/cash-account.js';
import type { PortfolioTotals } from '../../portfolio/figures/portfolio-totals.js';
import { BY_ROW, UNPRICED, indexOf, type LedgerPage } from '../columns/ledger-pages.js';
import type { SubtotalUnits } from '../columns/computed-values.js';
import { inversePrice } from '../columns/inverse-prices.js';
import type { LiveConversion } from '../conversion-table.js';
import type { HeldInverse, LedgerFigures, LocalAmount } from './ledger-figures.js';
import { dayPercent, percentOf, totalPnlOf } from './derived-figures.js';
import { plainTotals } from './plain-totals.js';
import { fractionOf } from './valuation-input.js';

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
      (figures.subtotals.every((each) => !each.hasHoldings || isKnown(each.conversion)) &&
        figures.cash.every(({ conversion }) => isKnown(conversion))))
  );
}

/** Computes the totals of a portfolio: the same figures, digit for digit, as its valuation row by row has. */
export function streamedTotals(input: TotalsInput): PortfolioTotals {
  const { page, number, units } = input;
  const at = indexOf(number);
  if (page.states[at] === BY_ROW) return page.byRow!.get(at)!;
  const figures = page.figures?.[at];
  return figures
    ? ledgerTotals(input, figures)
    : plainTotals(page, at, typeof units === 'number' ? units : units[0]!);
}

const ZEROS: Decimal[] = [];
const zeroAt = (scale: number): Decimal => (ZEROS[scale] ??= Decimal.ofUnits(0, scale));

function ledgerTotals(
  { page, number, units, conversions, inversePrices, now }: TotalsInput,
  figures: LedgerFigures,
): PortfolioTotals {
  const at = indexOf(number);
  const { scale } = currencyOf(page.portfolios[at]!.currency);
  const rates = new Rates(conversions, scale);
  const { value: priced, exact, isKnown } = rates.value(figures, units, inversePrices);
  const marketValue = isKnown && page.states[at] !== UNPRICED ? priced : null;
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
    priced: { marketValue: priced },
    complete: marketValue !== null && cash !== null,
  };
}

/** Amounts in the portfolio's currency, at the rates of one moment; `null` without a rate. */
class Rates {
  readonly #conversions: readonly LiveConversion[];
  readonly #scale: number;

  constructor(conversions: readonly LiveConversion[], scale: number) {
    this.#conversions = conversions;
    this.#scale = scale;
  }

  /** The value of all positions whose currency has a rate: `value` is rounded currency by currency, `exact` is not rounded. */
  value(
    { subtotals, inverses }: LedgerFigures,
    units: SubtotalUnits,
    inversePrices: Float64Array,
  ): { value: Decimal; exact: Fraction; isKnown: boolean } {
    const list = typeof units === 'object' ? units : [units];
    let value = zeroAt(this.#scale);
    let exact = Fraction.ZERO;
    let isKnown = true;
    subtotals.forEach(({ conversion, scale, hasHoldings }, at) => {
      if (!hasHoldings) return;
      const amount = list[at]!;
      const worth = inverses.length === 0 ? Fraction.ZERO : worthOfInverses(inverses, at, inversePrices);
      const sum = Fraction.from(Decimal.ofUnits(amount, scale)).plus(worth);
      const rate = this.#rate(conversion, sum.sign);
      if (!rate) {
        isKnown = false;
        return;
      }
      const here = converted(sum, rate);
      value = value.plus(
        worth.isZero ? Decimal.ofUnits(rate.rounded(amount, scale), this.#scale) : here.rounded(this.#scale),
      );
      exact = exact.plus(here);
    });
    return { value, exact, isKnown };
  }

  /** Amounts of different currencies, each rounded by itself. */
  rounded(amounts: readonly LocalAmount[]): Decimal | null {
    let total = zeroAt(this.#scale);
    for (const { conversion, amount } of amounts) {
      const rate = this.#rate(conversion, amount.sign);
      if (!rate) return null;
      total = total.plus(converted(amount, rate).rounded(this.#scale));
    }
    return total;
  }

  /** Amounts of different currencies; one of 0 needs no rate. */
  exact(amounts: readonly LocalAmount[]): Fraction | null {
    let total = Fraction.ZERO;
    for (const { conversion, amount } of amounts) {
      if (amount.isZero) continue;
      const rate = this.#rate(conversion, amount.sign);
      if (!rate) return null;
      total = total.plus(converted(amount, rate));
    }
    return total;
  }

  /** What foreign cash is worth, less what its moves were worth. */
  cashFxPnl(figures: LedgerFigures): Decimal | null {
    const now = this.exact(
      figures.cash.flatMap(({ conversion, account }) =>
        this.#isHome(conversion) ? [] : [{ conversion, amount: Fraction.from(account.balance) }],
      ),
    );
    return now && figures.cashMoved && now.minus(figures.cashMoved).rounded(this.#scale);
  }

  /** @param exact Value of all positions. */
  dayPnl({ accrued, cash, dayBase }: LedgerFigures, exact: Fraction): Decimal | null {
    const rest = this.exact([
      ...accrued,
      ...cash.map(({ conversion, account }) => ({ conversion, amount: Fraction.from(account.balance) })),
    ]);
    return dayBase && rest && exact.plus(rest).minus(dayBase).rounded(this.#scale);
  }

  /** Unrealized P&L in per cent. @param exact Value of all positions. */
  percent({ exactCost, percentCost, percentWorths }: LedgerFigures, exact: Fraction): Decimal | null {
    const worths = percentWorths && this.exact(percentWorths);
    return percentOf(exactCost && exact.minus(exactCost), percentCost && worths && percentCost.plus(worths));
  }

  #isHome(conversion: number): boolean {
    const { from, to } = this.#conversions[conversion]!;
    return from === to;
  }

  #rate(conversion: number, sign: number): Conversion | null {
    const { sell, buy } = this.#conversions[conversion]!;
    return sign < 0 ? buy : sell;
  }
}

// Of the inverse contracts whose worth belongs to the subtotal `at`.
function worthOfInverses(inverses: readonly HeldInverse[], at: number, prices: Float64Array): Fraction {
  return inverses.reduce((sum, { subtotal, amount, contract }) => {
    if (subtotal !== at) return sum;
    const { units, scale } = inversePrice(prices, contract);
    return sum.plus(amount.dividedBy(Fraction.from(Decimal.ofUnits(units, scale))));
  }, Fraction.ZERO);
}

function converted(amount: Fraction, { rate }: Conversion): Fraction {
  return rate === SAME_CURRENCY ? amount : amount.times(fractionOf(rate));
}

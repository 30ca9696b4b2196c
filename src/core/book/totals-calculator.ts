import { roundEstimate } from '../money/conversion.js';
import type { ExactAmounts } from '../money/exact-amounts.js';
import type { PortfolioValuation } from '../portfolio/portfolio-valuation.js';
import { BitSet } from './columns/bit-set.js';
import { ChangedPortfolios } from './changed-portfolios.js';
import type { ConversionTable, LiveConversion } from './conversion-table.js';
import type { CostCashPages } from './columns/cost-cash-pages.js';
import type { PortfolioTable } from './portfolio-table.js';
import { NONE, SCALE_BITS, type Subtotals } from './columns/subtotals.js';
import {
  CASH_UNKNOWN,
  COST_UNKNOWN,
  VALUE_UNKNOWN,
  type PortfolioTotals,
  type SetResult,
} from './totals-columns.js';

const NO_PORTFOLIOS = new Int32Array(0);

/** What {@link TotalsCalculator} works on. */
export interface TotalsCalculatorOptions {
  readonly portfolios: PortfolioTable;
  readonly subtotals: Subtotals;
  readonly conversions: ConversionTable;
  /** Get costs and cash of the totals as well. */
  readonly pages: CostCashPages;
  /** Values a portfolio row by row: one whose totals are past 2^53 units, or whose value is more than quantities × prices. */
  readonly valueOf: (portfolio: number) => PortfolioValuation;
}

/** Computes the totals of the portfolios whose subtotals have changed, each once. */
export class TotalsCalculator {
  readonly #portfolios: PortfolioTable;
  readonly #subtotals: Subtotals;
  readonly #conversions: ConversionTable;
  readonly #pages: CostCashPages;
  readonly #valueOf: (portfolio: number) => PortfolioValuation;
  readonly #unchanged: ChangedPortfolios;
  /** Portfolios without a shortcut. */
  readonly #others = new BitSet();
  // Room for the lists of a call.
  #list = new Int32Array(64);
  #touched = new Int32Array(64);
  #changed = new Int32Array(64);
  #touchedCount = 0;
  #changedCount = 0;

  constructor({ portfolios, subtotals, conversions, pages, valueOf }: TotalsCalculatorOptions) {
    this.#portfolios = portfolios;
    this.#subtotals = subtotals;
    this.#conversions = conversions;
    this.#pages = pages;
    this.#valueOf = valueOf;
    this.#unchanged = new ChangedPortfolios(subtotals.totals, portfolios, NO_PORTFOLIOS, NO_PORTFOLIOS);
  }

  /** Computes the totals that prices, rates or holdings have changed since the last call. `withRates`: rates have changed, too. */
  compute(withRates: boolean): ChangedPortfolios {
    const subtotals = this.#subtotals;
    if (subtotals.repriced.isEmpty && subtotals.holdingsChanged.isEmpty) return this.#unchanged;
    if (this.#list.length < subtotals.count) {
      this.#list = new Int32Array(2 * subtotals.count);
      this.#touched = new Int32Array(2 * subtotals.count);
      this.#changed = new Int32Array(2 * subtotals.count);
      this.#others.reserve(2 * subtotals.count);
    }
    this.#computeRepriced(subtotals.repriced.take(this.#touched), withRates);
    this.#computeOthers(withRates);
    return new ChangedPortfolios(
      subtotals.totals,
      this.#portfolios,
      this.#touched.slice(0, this.#touchedCount),
      this.#changed.slice(0, this.#changedCount),
    );
  }

  // Goes through the first `length` subtotals of `#touched`. Most are all that their portfolio has, and take few steps; the others
  // leave the list.
  #computeRepriced(length: number, withRates: boolean): void {
    const subtotals = this.#subtotals;
    const touched = this.#touched;
    const changed = this.#changed;
    const { shortcuts } = subtotals;
    const { safe } = subtotals.values;
    const { values } = subtotals.totals;
    let shortcut = NONE;
    let conversion: LiveConversion | null = null;
    let sell = NaN;
    let buy = NaN;
    let touchedCount = 0;
    let changedCount = 0;
    for (let i = 0; i < length; i++) {
      const subtotal = touched[i]!;
      if (withRates || shortcuts[subtotal] === NONE) {
        this.#postpone(subtotal);
        continue;
      }
      if (shortcuts[subtotal] !== shortcut) {
        shortcut = shortcuts[subtotal]!;
        conversion = this.#conversions.at(shortcut >> SCALE_BITS);
        const scale = shortcut & ((1 << SCALE_BITS) - 1);
        sell = conversion.sell!.factor(scale);
        buy = conversion.buy!.factor(scale);
      }
      const units = safe[subtotal]!;
      let value = roundEstimate(units * (units < 0 ? buy : sell));
      if (!(value === value)) value = converted(conversion!, subtotals.values, subtotal);
      if (!(value === value)) {
        this.#postpone(subtotal);
        continue;
      }
      touched[touchedCount++] = subtotal;
      if (values[subtotal] === value) continue;
      // A shortcut says that nothing else of these totals changes with the value.
      values[subtotal] = value;
      changed[changedCount++] = subtotal;
    }
    this.#touchedCount = touchedCount;
    this.#changedCount = changedCount;
  }

  // Number of the conversion of a portfolio's currency to itself.
  #home(portfolio: number): number {
    const { currency } = this.#portfolios.at(portfolio);
    return this.#conversions.numberOf(currency, currency, 0);
  }

  #postpone(subtotal: number): void {
    const portfolio = this.#subtotals.portfolioOf(subtotal);
    if (portfolio !== NONE) this.#others.add(portfolio);
  }

  #computeOthers(withRates: boolean): void {
    const subtotals = this.#subtotals;
    const { holdingsChanged } = subtotals;
    const list = this.#list;
    this.#others.addSet(holdingsChanged);
    const length = this.#others.take(list);
    for (let i = 0; i < length; i++) {
      const portfolio = list[i]!;
      const hasNewHoldings = holdingsChanged.has(portfolio);
      let result = withRates || hasNewHoldings ? 'not-set' : this.#computeValue(portfolio);
      if (result === 'not-set') result = this.#computeAll(portfolio);
      subtotals.updateShortcut(portfolio);
      this.#touched[this.#touchedCount++] = portfolio;
      // New holdings are news even where their totals are the same.
      if (result === 'changed' || hasNewHoldings) this.#changed[this.#changedCount++] = portfolio;
    }
    holdingsChanged.clear();
  }

  // A price changes neither cost nor cash.
  #computeValue(portfolio: number): SetResult {
    const subtotals = this.#subtotals;
    const { values } = subtotals;
    if (subtotals.isValuedByRow(portfolio)) return 'not-set';
    let value = 0;
    let isKnown = true;
    for (let subtotal = portfolio; subtotal !== NONE; subtotal = subtotals.nextOf(subtotal)) {
      const conversion = this.#conversions.at(subtotals.conversionOf(subtotal));
      if (conversion.sell === null) {
        if (subtotals.hasHoldings(subtotal)) isKnown = false;
        continue;
      }
      if (subtotals.hasUnpriced(subtotal)) {
        if (subtotals.hasSettled(subtotal)) return 'not-set';
        isKnown = false;
      }
      value = safeSum(value, converted(conversion, values, subtotal));
    }
    return subtotals.totals.setValue(portfolio, value, isKnown);
  }

  #computeAll(portfolio: number): SetResult {
    const subtotals = this.#subtotals;
    let value = 0;
    let cost = 0;
    let cash = 0;
    let state = 0;
    let isByRow = subtotals.isValuedByRow(portfolio);
    const home = this.#conversions.at(this.#home(portfolio));
    for (let subtotal = portfolio; subtotal !== NONE; subtotal = subtotals.nextOf(subtotal)) {
      const conversion = this.#conversions.at(subtotals.conversionOf(subtotal));
      const hasHoldings = subtotals.hasHoldings(subtotal);
      const hasCash = subtotals.hasCash(subtotal);
      if (subtotals.hasUnknownCost(subtotal)) state |= COST_UNKNOWN;
      // Costs are in the portfolio's currency already, and are rounded currency by currency as values are.
      cost = safeSum(cost, converted(home, subtotals.costs, subtotal));
      if (conversion.sell === null) {
        if (hasHoldings) state |= VALUE_UNKNOWN;
        if (hasCash) state |= CASH_UNKNOWN;
        continue;
      }
      if (subtotals.hasUnpriced(subtotal)) {
        state |= VALUE_UNKNOWN;
        if (subtotals.hasSettled(subtotal)) isByRow = true;
      }
      if (hasHoldings) value = safeSum(value, converted(conversion, subtotals.values, subtotal));
      if (hasCash) cash = safeSum(cash, converted(conversion, subtotals.cash, subtotal));
    }
    const result = isByRow ? 'not-set' : subtotals.totals.set(portfolio, value, cost, cash, state);
    if (result !== 'not-set') {
      this.#pages.setTotals(portfolio, cost, cash, state);
      return result;
    }
    const totals = totalsOfValuation(this.#valueOf(portfolio));
    subtotals.totals.setOversized(portfolio, totals);
    this.#pages.setOversized(portfolio, totals);
    return 'changed';
  }
}

// NaN once a partial sum is past 2^53: it may have been rounded, even where the total comes back below.
function safeSum(a: number, b: number): number {
  const sum = a + b;
  return Number.isSafeInteger(sum) ? sum : NaN;
}

// NaN past 2^53, which makes the total NaN and sends it to the exact path.
function converted(conversion: LiveConversion, amounts: ExactAmounts, subtotal: number): number {
  const side = amounts.nearest(subtotal) < 0 ? conversion.buy : conversion.sell;
  return side!.rounded(amounts, subtotal);
}

function totalsOfValuation(valuation: PortfolioValuation): PortfolioTotals {
  return { ...valuation, priced: { marketValue: valuation.priced.marketValue } };
}

import { mapFigures, type PortfolioTotals } from '../portfolio/figures/portfolio-totals.js';
import type { PortfolioValuation } from '../portfolio/figures/portfolio-valuation.js';
import { BitSet } from './columns/bit-set.js';
import type { ComputedValues } from './columns/computed-values.js';
import { UNPRICED, type LedgerPages } from './columns/ledger-pages.js';
import { COMPLEX, INVERSE, NONE, SIMPLE, type Subtotals } from './columns/subtotals.js';
import type { Holdings } from './holdings.js';

const NO_PORTFOLIOS = new Int32Array(0);

/** What {@link TotalsCalculator} works on. */
export interface TotalsCalculatorOptions {
  readonly holdings: Holdings;
  readonly values: ComputedValues;
  readonly pages: LedgerPages;
  /** Sets in the pages what the totals of a portfolio rest on, besides prices and rates. */
  readonly revise: (portfolio: number) => void;
  /** Values a portfolio row by row: one whose value is more than quantities × prices. */
  readonly valueOf: (portfolio: number) => PortfolioValuation;
}

/** The portfolios that were computed, and those of them whose totals or holdings differ from before. */
export interface ComputedPortfolios {
  readonly touched: Int32Array;
  readonly changed: Int32Array;
}

/** Brings the values of the portfolios whose subtotals have changed up to date, each once. Their totals are computed when they are read. */
export class TotalsCalculator {
  readonly #holdings: Holdings;
  readonly #subtotals: Subtotals;
  readonly #values: ComputedValues;
  readonly #pages: LedgerPages;
  readonly #revise: (portfolio: number) => void;
  readonly #valueOf: (portfolio: number) => PortfolioValuation;
  /** Portfolios that are not simple. */
  readonly #others = new BitSet();
  // Room for the results of a call.
  #touched = new Int32Array(64);
  #changed = new Int32Array(64);
  #touchedCount = 0;
  #changedCount = 0;

  constructor({ holdings, values, pages, revise, valueOf }: TotalsCalculatorOptions) {
    this.#holdings = holdings;
    this.#subtotals = holdings.subtotals;
    this.#values = values;
    this.#pages = pages;
    this.#revise = revise;
    this.#valueOf = valueOf;
  }

  /** Computes what prices, rates or holdings have changed since the last call. */
  compute(): ComputedPortfolios {
    const { repriced, revised, ratesChanged, count } = this.#subtotals;
    if (repriced.isEmpty && revised.isEmpty && ratesChanged.isEmpty)
      return { touched: NO_PORTFOLIOS, changed: NO_PORTFOLIOS };
    if (this.#touched.length < count) {
      const room = Math.ceil(1.25 * count);
      this.#touched = new Int32Array(room);
      this.#changed = new Int32Array(room);
      this.#others.reserve(room);
    }
    this.#values.reserve(count, this.#subtotals.shorts !== null);
    this.#holdings.takeInversePrices();
    this.#computeRepriced(repriced.take(this.#touched));
    this.#computeOthers();
    return {
      touched: this.#touched.slice(0, this.#touchedCount),
      changed: this.#changed.slice(0, this.#changedCount),
    };
  }

  // Goes through the first `length` subtotals of `#touched`. Most are all that their portfolio has, and take few steps; the others
  // leave the list.
  #computeRepriced(length: number): void {
    const touched = this.#touched;
    const changed = this.#changed;
    const { simplicity } = this.#subtotals;
    const isUsable = this.#holdings.inverses.areAllUsable;
    const { safe } = this.#subtotals.values;
    const shortSafe = this.#subtotals.shorts?.safe;
    const { simple } = this.#values;
    const simpleShorts = this.#values.shorts;
    let touchedCount = 0;
    let changedCount = 0;
    for (let i = 0; i < length; i++) {
      const subtotal = touched[i]!;
      const units = safe[subtotal]!;
      const shortUnits = shortSafe ? shortSafe[subtotal]! : 0;
      const kind = simplicity[subtotal]!;
      // Past 2^53 they are NaN.
      if (
        kind === COMPLEX ||
        !(units === units && shortUnits === shortUnits) ||
        (kind === INVERSE && !isUsable)
      ) {
        this.#postpone(subtotal);
        continue;
      }
      touched[touchedCount++] = subtotal;
      if (simpleShorts) {
        if (simple[subtotal] === units && simpleShorts[subtotal] === shortUnits && kind === SIMPLE) continue;
        simpleShorts[subtotal] = shortUnits;
      } else if (simple[subtotal] === units && kind === SIMPLE) continue;
      simple[subtotal] = units;
      changed[changedCount++] = subtotal;
    }
    this.#touchedCount = touchedCount;
    this.#changedCount = changedCount;
  }

  #postpone(subtotal: number): void {
    const portfolio = this.#subtotals.portfolioOf(subtotal);
    if (portfolio !== NONE) this.#others.add(portfolio);
  }

  #computeOthers(): void {
    const { revised, ratesChanged } = this.#subtotals;
    this.#others.addSet(revised);
    this.#others.addSet(ratesChanged);
    // Behind the simple ones, none of which is among them.
    const others = this.#touched.subarray(this.#touchedCount);
    const length = this.#others.take(others);
    this.#touchedCount += length;
    for (let i = 0; i < length; i++) {
      const portfolio = others[i]!;
      const isRevised = revised.has(portfolio);
      if (isRevised) this.#revise(portfolio);
      const isChanged = this.#compute(portfolio);
      // New holdings are news even where their totals are the same.
      if (isChanged || isRevised || ratesChanged.has(portfolio))
        this.#changed[this.#changedCount++] = portfolio;
    }
    revised.clear();
    ratesChanged.clear();
  }

  // Whether anything differs.
  #compute(portfolio: number): boolean {
    const subtotals = this.#subtotals;
    let isUnpriced = false;
    let isByRow = subtotals.isValuedByRow(portfolio);
    for (let subtotal = portfolio; subtotal !== NONE; subtotal = subtotals.nextOf(subtotal)) {
      if (subtotals.hasNegative(subtotal)) isByRow = true;
      if (!subtotals.hasUnpriced(subtotal)) continue;
      isUnpriced = true;
      if (subtotals.hasSettled(subtotal)) isByRow = true;
    }
    const isMoved = this.#values.compute(portfolio, this.#holdings);
    if (!this.#holdings.inverses.areUsable(portfolio)) isByRow = true;
    if (isByRow) {
      subtotals.setSimplicity(portfolio, COMPLEX);
      this.#pages.setByRow(portfolio, totalsOfValuation(this.#valueOf(portfolio)));
      return true;
    }
    const isSimple = !isUnpriced && !Number.isNaN(this.#values.simple[portfolio]);
    const kind = this.#holdings.inverses.heldBy(portfolio) ? INVERSE : SIMPLE;
    subtotals.setSimplicity(portfolio, isSimple ? kind : COMPLEX);
    return this.#pages.setState(portfolio, isUnpriced ? UNPRICED : 0) || isMoved;
  }
}

function totalsOfValuation(valuation: PortfolioValuation): PortfolioTotals {
  const { priced, complete } = valuation;
  return { ...mapFigures((name) => valuation[name]), priced: { marketValue: priced.marketValue }, complete };
}

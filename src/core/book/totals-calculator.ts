import { roundEstimate } from '../money/conversion.js';
import type { Decimal } from '../money/decimal.js';
import type { ExactAmounts } from '../money/exact-amounts.js';
import type { AccountKind } from '../portfolio/portfolio-input.js';
import type { PortfolioValuation } from '../portfolio/portfolio-valuation.js';
import { NONE, SCALE_BITS, type Subtotals } from './subtotals.js';
import type { LiveConversion, ConversionTable } from './conversion-table.js';
import type { CostCashPages } from './book-snapshot.js';
import { BitSet } from './bit-set.js';
import {
  CASH_UNKNOWN,
  COST_UNKNOWN,
  VALUE_UNKNOWN,
  type PortfolioTotals,
  type SetResult,
  type TotalsColumns,
} from './totals-columns.js';

/** What the book knows of a portfolio, beside its positions. */
export interface PortfolioEntry {
  readonly id: string;
  readonly version: number;
  readonly currency: string;
  readonly accountKind: AccountKind;
  readonly cash: ReadonlyMap<string, Decimal>;
  /** Head of its chain of rows. */
  firstRow: number;
  /** Digits after the point of its cost column. */
  costScale: number;
}

const NO_PORTFOLIOS = new Int32Array(0);

/** Computes the totals of the portfolios that were touched, once for each settlement. */
export class TotalsCalculator {
  readonly #cells: Subtotals;
  readonly #conversions: ConversionTable;
  readonly #entries: ReadonlyArray<PortfolioEntry | undefined>;
  readonly #statics: CostCashPages;
  readonly #valueOf: (number: number) => PortfolioValuation;
  readonly #unchanged: ChangedPortfolios;
  /** Portfolios that take more than the usual few steps. */
  readonly #others = new BitSet();
  // Room for the lists of a settlement.
  #list = new Int32Array(64);
  #touched = new Int32Array(64);
  #changed = new Int32Array(64);
  #touchedCount = 0;
  #changedCount = 0;

  constructor(
    cells: Subtotals,
    conversions: ConversionTable,
    entries: ReadonlyArray<PortfolioEntry | undefined>,
    statics: CostCashPages,
    valueOf: (number: number) => PortfolioValuation,
  ) {
    this.#cells = cells;
    this.#conversions = conversions;
    this.#entries = entries;
    this.#statics = statics;
    this.#valueOf = valueOf;
    this.#unchanged = new ChangedPortfolios(cells.totals, entries, NO_PORTFOLIOS, NO_PORTFOLIOS);
  }

  /** Computes what was touched since the last call. `withRates`: rates have changed, not only prices and holdings. */
  settle(withRates: boolean): ChangedPortfolios {
    const cells = this.#cells;
    if (cells.priced.isEmpty && cells.held.isEmpty) return this.#unchanged;
    if (this.#list.length < cells.count) {
      this.#list = new Int32Array(2 * cells.count);
      this.#touched = new Int32Array(2 * cells.count);
      this.#changed = new Int32Array(2 * cells.count);
      this.#others.reserve(2 * cells.count);
    }
    this.#settlePriced(cells.priced.take(this.#touched), withRates);
    this.#settleOthers(withRates);
    return new ChangedPortfolios(
      cells.totals,
      this.#entries,
      this.#touched.slice(0, this.#touchedCount),
      this.#changed.slice(0, this.#changedCount),
    );
  }

  // The first cells of the list of touched ones, which prices have moved. Most are all that their portfolio has, and done in
  // few steps; the others leave the list.
  #settlePriced(length: number, withRates: boolean): void {
    const cells = this.#cells;
    const touched = this.#touched;
    const changed = this.#changed;
    const { shortcuts } = cells;
    const { safe } = cells.values;
    const { values } = cells.totals;
    let shortcut = NONE;
    let conversion: LiveConversion | null = null;
    let sell = NaN;
    let buy = NaN;
    let touchedCount = 0;
    let changedCount = 0;
    for (let i = 0; i < length; i++) {
      const cell = touched[i]!;
      if (withRates || shortcuts[cell] === NONE) {
        this.#settleLater(cell);
        continue;
      }
      if (shortcuts[cell] !== shortcut) {
        shortcut = shortcuts[cell]!;
        conversion = this.#conversions.at(shortcut >> SCALE_BITS);
        const scale = shortcut & ((1 << SCALE_BITS) - 1);
        sell = conversion.sell!.factor(scale);
        buy = conversion.buy!.factor(scale);
      }
      const units = safe[cell]!;
      let value = roundEstimate(units * (units < 0 ? buy : sell));
      if (!(value === value)) value = converted(conversion!, cells.values, cell);
      if (!(value === value)) {
        this.#settleLater(cell);
        continue;
      }
      touched[touchedCount++] = cell;
      if (values[cell] === value) continue;
      values[cell] = value;
      changed[changedCount++] = cell;
    }
    this.#touchedCount = touchedCount;
    this.#changedCount = changedCount;
  }

  #settleLater(cell: number): void {
    const number = this.#cells.portfolioOf(cell);
    if (number !== NONE) this.#others.add(number);
  }

  #settleOthers(withRates: boolean): void {
    const cells = this.#cells;
    const list = this.#list;
    this.#others.addSet(cells.held);
    const length = this.#others.take(list);
    for (let i = 0; i < length; i++) {
      const number = list[i]!;
      const isHeld = cells.held.has(number);
      let result = withRates || isHeld ? 'not-set' : this.#revalue(number);
      if (result === 'not-set') result = this.#total(number);
      cells.findShortcut(number);
      this.#touched[this.#touchedCount++] = number;
      // Other holdings are news even where they come to the same totals.
      if (result === 'changed' || isHeld) this.#changed[this.#changedCount++] = number;
    }
    cells.held.clear();
  }

  // A price moves neither cost nor cash.
  #revalue(number: number): SetResult {
    const cells = this.#cells;
    const { values } = cells;
    let value = 0;
    let isKnown = true;
    for (let cell = number; cell !== NONE; cell = cells.nextOf(cell)) {
      const conversion = this.#conversions.at(cells.conversionOf(cell));
      if (conversion.sell === null) {
        if (cells.postings[cell] !== 0) isKnown = false;
        continue;
      }
      if (cells.unpricedOf(cell) !== 0) isKnown = false;
      value = safeSum(value, converted(conversion, values, cell));
    }
    return cells.totals.setValue(number, value, isKnown);
  }

  #total(number: number): SetResult {
    const cells = this.#cells;
    let value = 0;
    let cost = 0;
    let cash = 0;
    let state = 0;
    for (let cell = number; cell !== NONE; cell = cells.nextOf(cell)) {
      const conversion = this.#conversions.at(cells.conversionOf(cell));
      if (conversion.sell === null) {
        if (cells.postings[cell] !== 0) state |= VALUE_UNKNOWN;
        if (cells.costed[cell] !== 0) state |= COST_UNKNOWN;
        if (cells.hasCash[cell] !== 0) state |= CASH_UNKNOWN;
        continue;
      }
      if (cells.unpricedOf(cell) !== 0) state |= VALUE_UNKNOWN;
      if (cells.postings[cell] !== 0) value = safeSum(value, converted(conversion, cells.values, cell));
      if (cells.costed[cell] !== 0) cost = safeSum(cost, converted(conversion, cells.costs, cell));
      if (cells.hasCash[cell] !== 0) cash = safeSum(cash, converted(conversion, cells.cash, cell));
    }
    const result = cells.totals.set(number, value, cost, cash, state);
    if (result !== 'not-set') {
      this.#statics.setTotals(number, cost, cash, state);
      return result;
    }
    const { metrics } = this.#valueOf(number);
    const totals = { ...metrics, pricedMarketValue: metrics.priced.marketValue };
    cells.totals.setBeyond(number, totals);
    this.#statics.setBeyond(number, totals);
    return 'changed';
  }
}

// NaN once a sum on the way is past 2^53: it may have been rounded, even where the total comes back below.
function safeSum(a: number, b: number): number {
  const sum = a + b;
  return Number.isSafeInteger(sum) ? sum : NaN;
}

// NaN beyond 2^53, which makes the total NaN and sends it to the exact path.
function converted(conversion: LiveConversion, amounts: ExactAmounts, cell: number): number {
  const side = amounts.nearest(cell) < 0 ? conversion.buy : conversion.sell;
  return side!.rounded(amounts, cell);
}

/** Portfolios that one settlement touched; the lists stay what they are, totals are made on demand. */
export class ChangedPortfolios {
  readonly #columns: TotalsColumns;
  readonly #entries: ReadonlyArray<PortfolioEntry | undefined>;
  /** The book's own numbers of the portfolios: small, dense, and used again after a removal. */
  readonly touched: Int32Array;
  /** Those of them whose totals or holdings are not what they were. */
  readonly changed: Int32Array;

  constructor(
    columns: TotalsColumns,
    entries: ReadonlyArray<PortfolioEntry | undefined>,
    numbers: Int32Array,
    changed: Int32Array,
  ) {
    this.#columns = columns;
    this.#entries = entries;
    this.touched = numbers;
    this.changed = changed;
  }

  get length(): number {
    return this.touched.length;
  }

  id(index: number): string {
    return this.#entry(index).id;
  }

  /** Version of the holdings that were valued. */
  version(index: number): number {
    return this.#entry(index).version;
  }

  currency(index: number): string {
    return this.#entry(index).currency;
  }

  totals(index: number): PortfolioTotals {
    const { currency, accountKind } = this.#entry(index);
    return this.#columns.totals(this.touched[index]!, currency, accountKind);
  }

  /** Whether every price and rate was known. */
  isComplete(index: number): boolean {
    return this.#columns.isComplete(this.touched[index]!);
  }

  #entry(index: number): PortfolioEntry {
    return this.#entries[this.touched[index]!]!;
  }
}

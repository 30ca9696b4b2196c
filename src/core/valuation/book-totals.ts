import type { Decimal } from '../money/decimal.js';
import type { ExactAmounts } from '../money/exact-amounts.js';
import type { AccountKind } from '../portfolio/portfolio-input.js';
import type { PortfolioValuation } from '../portfolio/portfolio-valuation.js';
import { NONE, type BookCells } from './book-cells.js';
import type { BookConversion, BookConversions } from './book-conversions.js';
import {
  CASH_UNKNOWN,
  COST_UNKNOWN,
  TotalsColumns,
  VALUE_UNKNOWN,
  type SetResult,
  type PortfolioTotals,
} from './totals-columns.js';

/** What the book knows of a portfolio, beside its positions. */
export interface BookEntry {
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

/** Computes the totals of the portfolios that were touched, once for each settlement. */
export class BookTotals {
  /** Totals as of the last settlement, by portfolio number. */
  readonly columns = new TotalsColumns(64);
  readonly #cells: BookCells;
  readonly #conversions: BookConversions;
  readonly #entries: ReadonlyArray<BookEntry | undefined>;
  readonly #valueOf: (number: number) => PortfolioValuation;
  /** By portfolio number: the settlement that has computed it last. */
  #settledIn = new Uint32Array(64);
  #touched: number[] = [];
  #isAllTouched = false;
  #settlement = 0;

  constructor(
    cells: BookCells,
    conversions: BookConversions,
    entries: ReadonlyArray<BookEntry | undefined>,
    valueOf: (number: number) => PortfolioValuation,
  ) {
    this.#cells = cells;
    this.#conversions = conversions;
    this.#entries = entries;
    this.#valueOf = valueOf;
  }

  /** Remembers that a portfolio's totals have to be computed again. */
  touch(number: number): void {
    this.#touched.push(number);
  }

  /** {@link touch} for every portfolio. */
  touchAll(): void {
    this.#isAllTouched = true;
  }

  /** Computes what was touched since the last call. `withRates`: rates have changed, not only prices and holdings. */
  settle(withRates: boolean): ChangedPortfolios {
    this.#reserve(this.#entries.length);
    this.#settlement++;
    const touched: number[] = [];
    const changed: number[] = [];
    for (const number of this.#touched) {
      if (this.#entries[number] && this.#isFirst(number)) {
        this.#total(number);
        touched.push(number);
        // Other holdings are news even where they come to the same totals.
        changed.push(number);
      }
    }
    const { portfolios, dirty } = this.#cells;
    const count = this.#isAllTouched ? this.#entries.length : dirty.length;
    for (let i = 0; i < count; i++) {
      const number = this.#isAllTouched
        ? this.#entries[i] === undefined
          ? NONE
          : i
        : portfolios[dirty[i]!]!;
      if (number === NONE || !this.#isFirst(number)) continue;
      touched.push(number);
      const result = withRates ? this.#total(number) : this.#revalue(number);
      if (result !== 'same' && (result === 'changed' || this.#total(number) !== 'same')) changed.push(number);
    }
    this.#cells.clearDirty();
    this.#touched = [];
    this.#isAllTouched = false;
    return new ChangedPortfolios(this.columns, this.#entries, touched, changed);
  }

  #isFirst(number: number): boolean {
    if (this.#settledIn[number] === this.#settlement) return false;
    this.#settledIn[number] = this.#settlement;
    return true;
  }

  // A price moves neither cost nor cash.
  #revalue(number: number): SetResult {
    const cells = this.#cells;
    let value = 0;
    let isKnown = true;
    for (let cell = cells.first[number]!; cell !== NONE; cell = cells.next[cell]!) {
      const conversion = this.#conversions.at(cells.conversions[cell]!);
      if (conversion.sell === null) {
        if (cells.postings[cell] !== 0) isKnown = false;
        continue;
      }
      if (cells.unpriced[cell] !== 0) isKnown = false;
      value = safeSum(value, converted(conversion, cells.values, cell));
    }
    return this.columns.setValue(number, value, isKnown);
  }

  #total(number: number): SetResult {
    const cells = this.#cells;
    let value = 0;
    let cost = 0;
    let cash = 0;
    let state = 0;
    for (let cell = cells.first[number]!; cell !== NONE; cell = cells.next[cell]!) {
      const conversion = this.#conversions.at(cells.conversions[cell]!);
      if (conversion.sell === null) {
        if (cells.postings[cell] !== 0) state |= VALUE_UNKNOWN;
        if (cells.costed[cell] !== 0) state |= COST_UNKNOWN;
        if (cells.hasCash[cell] !== 0) state |= CASH_UNKNOWN;
        continue;
      }
      if (cells.unpriced[cell] !== 0) state |= VALUE_UNKNOWN;
      if (cells.postings[cell] !== 0) value = safeSum(value, converted(conversion, cells.values, cell));
      if (cells.costed[cell] !== 0) cost = safeSum(cost, converted(conversion, cells.costs, cell));
      if (cells.hasCash[cell] !== 0) cash = safeSum(cash, converted(conversion, cells.cash, cell));
    }
    this.columns.setVersion(number, this.#entries[number]!.version);
    const result = this.columns.set(number, value, cost, cash, state);
    if (result !== 'too-large') return result;
    const { metrics } = this.#valueOf(number);
    this.columns.setBeyond(number, { ...metrics, pricedMarketValue: metrics.priced.marketValue });
    return 'changed';
  }

  #reserve(count: number): void {
    this.columns.reserve(count);
    if (count <= this.#settledIn.length) return;
    const wider = new Uint32Array(Math.max(count, this.#settledIn.length * 2));
    wider.set(this.#settledIn);
    this.#settledIn = wider;
  }
}

// NaN once a sum on the way is past 2^53: it may have been rounded, even where the total comes back below.
function safeSum(a: number, b: number): number {
  const sum = a + b;
  return Number.isSafeInteger(sum) ? sum : NaN;
}

// NaN beyond 2^53, which makes the total NaN and sends it to the exact path.
function converted(conversion: BookConversion, amounts: ExactAmounts, cell: number): number {
  const side = amounts.nearest(cell) < 0 ? conversion.buy : conversion.sell;
  return side!.rounded(amounts, cell);
}

/** Portfolios that one settlement touched; totals are made on demand. Good until the next settlement. */
export class ChangedPortfolios {
  readonly #columns: TotalsColumns;
  readonly #entries: ReadonlyArray<BookEntry | undefined>;
  /** The book's own numbers of the portfolios: small, dense, and used again after a removal. */
  readonly numbers: readonly number[];
  /** Those of them whose totals or holdings are not what they were. */
  readonly changed: readonly number[];

  constructor(
    columns: TotalsColumns,
    entries: ReadonlyArray<BookEntry | undefined>,
    numbers: readonly number[],
    changed: readonly number[],
  ) {
    this.#columns = columns;
    this.#entries = entries;
    this.numbers = numbers;
    this.changed = changed;
  }

  get length(): number {
    return this.numbers.length;
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
    return this.#columns.totals(this.numbers[index]!, currency, accountKind);
  }

  /** Whether every price and rate was known. */
  isComplete(index: number): boolean {
    return this.#columns.isComplete(this.numbers[index]!);
  }

  #entry(index: number): BookEntry {
    return this.#entries[this.numbers[index]!]!;
  }
}

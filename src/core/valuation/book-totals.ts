import type { Decimal } from '../money/decimal.js';
import type { ExactAmounts } from '../money/exact-amounts.js';
import type { AccountKind } from '../portfolio/portfolio-input.js';
import type { PortfolioValuation } from '../portfolio/portfolio-valuation.js';
import { HELD, NONE, PRICED, type BookCells } from './book-cells.js';
import type { BookConversion, BookConversions } from './book-conversions.js';
import type { BookStatics } from './book-snapshot.js';
import {
  CASH_UNKNOWN,
  COST_UNKNOWN,
  VALUE_UNKNOWN,
  type PortfolioTotals,
  type SetResult,
  type TotalsColumns,
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

// Cells that are fetched from memory before the first of them is worked on.
const RUN = 64;

/** Computes the totals of the portfolios that were touched, once for each settlement. */
export class BookTotals {
  readonly #cells: BookCells;
  readonly #conversions: BookConversions;
  readonly #entries: ReadonlyArray<BookEntry | undefined>;
  readonly #statics: BookStatics;
  readonly #valueOf: (number: number) => PortfolioValuation;
  readonly #run = new Int32Array(RUN);
  // Lists of the last settlement, in memory that the next one uses again.
  #touched = new Int32Array(64);
  #changed = new Int32Array(64);

  constructor(
    cells: BookCells,
    conversions: BookConversions,
    entries: ReadonlyArray<BookEntry | undefined>,
    statics: BookStatics,
    valueOf: (number: number) => PortfolioValuation,
  ) {
    this.#cells = cells;
    this.#conversions = conversions;
    this.#entries = entries;
    this.#statics = statics;
    this.#valueOf = valueOf;
  }

  /** Computes what was touched since the last call. `withRates`: rates have changed, not only prices and holdings. */
  settle(withRates: boolean): ChangedPortfolios {
    const cells = this.#cells;
    if (this.#touched.length < cells.count) {
      this.#touched = new Int32Array(2 * cells.count);
      this.#changed = new Int32Array(2 * cells.count);
    }
    const touched = this.#touched;
    const changed = this.#changed;
    const run = this.#run;
    let touchedCount = 0;
    let changedCount = 0;
    for (let from = 0, { steps } = cells; from < steps; from += RUN) {
      const count = cells.takeSteps(from, Math.min(from + RUN, steps), run);
      for (let i = 0; i < count; i++) {
        const cell = run[i]!;
        let what = cells.takeTouch(cell);
        if (what === PRICED && !withRates && cells.isPlain(cell)) {
          const result = this.#revaluePlain(cell);
          if (result !== 'not-set') {
            touched[touchedCount++] = cell;
            if (result === 'changed') changed[changedCount++] = cell;
            continue;
          }
        }
        if (what === 0) continue;
        const number = cells.portfolioOf(cell);
        if (number === NONE) continue;
        if (number !== cell || cells.nextOf(cell) !== NONE) what |= this.#takeTouches(number);
        touched[touchedCount++] = number;
        const isPriced = !withRates && what < HELD;
        let result = isPriced ? this.#revalue(number) : 'not-set';
        if (result === 'not-set') result = this.#total(number);
        // Other holdings are news even where they come to the same totals.
        if (result === 'changed' || what >= HELD) changed[changedCount++] = number;
      }
    }
    cells.endSteps();
    return new ChangedPortfolios(
      cells.totals,
      this.#entries,
      touched.subarray(0, touchedCount),
      changed.subarray(0, changedCount),
    );
  }

  #takeTouches(number: number): number {
    let what = 0;
    for (let cell = number; cell !== NONE; cell = this.#cells.nextOf(cell)) {
      what |= this.#cells.takeTouchEarly(cell);
    }
    return what;
  }

  // Most portfolios, in few steps.
  #revaluePlain(cell: number): SetResult {
    const cells = this.#cells;
    const { safe, scales } = cells.values;
    const units = safe[cell]!;
    const { sell, buy } = this.#conversions.at(cells.conversionOf(cell));
    const side = units < 0 ? buy : sell;
    return side === null ? 'not-set' : cells.totals.setValue(cell, side.quick(units, scales[cell]!), true);
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
function converted(conversion: BookConversion, amounts: ExactAmounts, cell: number): number {
  const side = amounts.nearest(cell) < 0 ? conversion.buy : conversion.sell;
  return side!.rounded(amounts, cell);
}

/** Portfolios that one settlement touched; totals are made on demand. Good until the next settlement. */
export class ChangedPortfolios {
  readonly #columns: TotalsColumns;
  readonly #entries: ReadonlyArray<BookEntry | undefined>;
  /** The book's own numbers of the portfolios: small, dense, and used again after a removal. */
  readonly numbers: Int32Array;
  /** Those of them whose totals or holdings are not what they were. */
  readonly changed: Int32Array;

  constructor(
    columns: TotalsColumns,
    entries: ReadonlyArray<BookEntry | undefined>,
    numbers: Int32Array,
    changed: Int32Array,
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

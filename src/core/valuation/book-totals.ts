import { currencyOf } from '../money/currency.js';
import { Decimal } from '../money/decimal.js';
import type { ExactAmounts } from '../money/exact-amounts.js';
import type { AccountKind } from '../portfolio/portfolio-input.js';
import type { PortfolioValuation } from '../portfolio/portfolio-valuation.js';
import { NONE, type BookCells } from './book-cells.js';
import type { BookConversion, BookConversions } from './book-conversions.js';
import { equity } from './value-portfolio.js';

/** What the book knows of a portfolio, beside its positions. */
export interface BookEntry {
  readonly id: string;
  readonly version: number;
  readonly currency: string;
  readonly accountKind: AccountKind;
  readonly cash: ReadonlyMap<string, Decimal>;
  /** Head of its chain of rows. */
  firstRow: number;
  /** Head of its chain of cells. */
  firstCell: number;
  /** Digits after the point of its cost column. */
  costScale: number;
}

/** Totals of one portfolio in its currency; `null` is unknown. The same figures as `PerformanceMetrics`. */
export interface PortfolioTotals {
  readonly marketValue: Decimal | null;
  /** Sum of the known market values; equals `marketValue` when that is known. */
  readonly pricedMarketValue: Decimal;
  readonly costBasis: Decimal | null;
  readonly unrealizedPnl: Decimal | null;
  readonly cash: Decimal | null;
  readonly equity: Decimal | null;
  readonly complete: boolean;
}

const VALUE_UNKNOWN = 1;
const COST_UNKNOWN = 2;
const CASH_UNKNOWN = 4;
/** A total that float64 cannot hold: `#beyond` has them all. */
const BEYOND = 8;

/** Computes the totals of the portfolios that were touched, once for each settlement. */
export class BookTotals {
  readonly #cells: BookCells;
  readonly #conversions: BookConversions;
  readonly #entries: ReadonlyArray<BookEntry | undefined>;
  readonly #valueOf: (number: number) => PortfolioValuation;
  // By portfolio number, in units of the money scale.
  #values = new Float64Array(64);
  #costs = new Float64Array(64);
  #cash = new Float64Array(64);
  #states = new Uint8Array(64);
  #settledIn = new Float64Array(64);
  readonly #beyond = new Map<number, PortfolioTotals>();
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

  /** Drops what is kept of a portfolio that is taken out. */
  forget(number: number): void {
    this.#beyond.delete(number);
  }

  /** Computes what was touched since the last call. */
  settle(): ChangedPortfolios {
    this.#reserve(this.#entries.length);
    this.#settlement++;
    const changed: number[] = [];
    const take = (number: number) => {
      if (this.#settledIn[number] === this.#settlement || !this.#entries[number]) return;
      this.#settledIn[number] = this.#settlement;
      changed.push(number);
    };
    if (this.#isAllTouched) {
      for (let number = 0; number < this.#entries.length; number++) take(number);
    } else {
      const { portfolios, dirty } = this.#cells;
      for (let i = 0; i < dirty.length; i++) {
        const number = portfolios[dirty[i]!]!;
        if (number !== NONE) take(number);
      }
      for (const number of this.#touched) take(number);
    }
    this.#cells.clearDirty();
    this.#touched = [];
    this.#isAllTouched = false;
    for (const number of changed) this.#total(number);
    return new ChangedPortfolios(this, this.#entries, changed);
  }

  /** Totals as of the last settlement. */
  totals(number: number): PortfolioTotals {
    const entry = this.#entries[number]!;
    const state = this.#states[number]!;
    if ((state & BEYOND) !== 0) return this.#beyond.get(number)!;
    const { scale } = currencyOf(entry.currency);
    const pricedMarketValue = Decimal.ofUnits(this.#values[number]!, scale);
    const marketValue = (state & VALUE_UNKNOWN) === 0 ? pricedMarketValue : null;
    const costBasis = (state & COST_UNKNOWN) === 0 ? Decimal.ofUnits(this.#costs[number]!, scale) : null;
    const cash = (state & CASH_UNKNOWN) === 0 ? Decimal.ofUnits(this.#cash[number]!, scale) : null;
    const unrealizedPnl = marketValue && costBasis && marketValue.minus(costBasis);
    return {
      marketValue,
      pricedMarketValue,
      costBasis,
      unrealizedPnl,
      cash,
      equity: equity(entry.accountKind, cash, marketValue, unrealizedPnl),
      complete: state === 0,
    };
  }

  /** Sum of the known market values, nearly. */
  approximateValue(number: number): number {
    if ((this.#states[number]! & BEYOND) !== 0) return this.#beyond.get(number)!.pricedMarketValue.toNumber();
    return this.#values[number]! / 10 ** currencyOf(this.#entries[number]!.currency).scale;
  }

  /** Whether every price and rate is known. */
  isComplete(number: number): boolean {
    const state = this.#states[number]!;
    return (state & BEYOND) !== 0 ? this.#beyond.get(number)!.complete : state === 0;
  }

  #total(number: number): void {
    const cells = this.#cells;
    let value = 0;
    let cost = 0;
    let cash = 0;
    let state = 0;
    for (let cell = this.#entries[number]!.firstCell; cell !== NONE; cell = cells.next[cell]!) {
      const conversion = this.#conversions.at(cells.conversions[cell]!);
      if (conversion.sell === null) {
        if (cells.postings[cell] !== 0) state |= VALUE_UNKNOWN;
        if (cells.costed[cell] !== 0) state |= COST_UNKNOWN;
        if (cells.hasCash[cell] !== 0) state |= CASH_UNKNOWN;
        continue;
      }
      if (cells.unpriced[cell] !== 0) state |= VALUE_UNKNOWN;
      if (cells.postings[cell] !== 0) value += converted(conversion, cells.values, cell);
      if (cells.costed[cell] !== 0) cost += converted(conversion, cells.costs, cell);
      if (cells.hasCash[cell] !== 0) cash += converted(conversion, cells.cash, cell);
    }
    this.#values[number] = value;
    this.#costs[number] = cost;
    this.#cash[number] = cash;
    if (Number.isSafeInteger(value) && Number.isSafeInteger(cost) && Number.isSafeInteger(cash)) {
      if ((this.#states[number]! & BEYOND) !== 0) this.#beyond.delete(number);
      this.#states[number] = state;
      return;
    }
    const { metrics } = this.#valueOf(number);
    this.#beyond.set(number, { ...metrics, pricedMarketValue: metrics.priced.marketValue });
    this.#states[number] = BEYOND;
  }

  #reserve(count: number): void {
    if (count <= this.#values.length) return;
    const capacity = Math.max(count, this.#values.length * 2);
    const wider = (array: Float64Array) => {
      const result = new Float64Array(capacity);
      result.set(array);
      return result;
    };
    this.#values = wider(this.#values);
    this.#costs = wider(this.#costs);
    this.#cash = wider(this.#cash);
    this.#settledIn = wider(this.#settledIn);
    const states = new Uint8Array(capacity);
    states.set(this.#states);
    this.#states = states;
  }
}

// NaN beyond 2^53, which makes the total NaN and sends it to the exact path.
function converted(conversion: BookConversion, amounts: ExactAmounts, cell: number): number {
  const side = amounts.pairs[2 * cell]! < 0 ? conversion.buy : conversion.sell;
  return side!.rounded(amounts, cell);
}

/** Portfolios that one settlement touched; totals are made on demand. Good until the next settlement. */
export class ChangedPortfolios {
  readonly #totals: BookTotals;
  readonly #entries: ReadonlyArray<BookEntry | undefined>;
  readonly #numbers: readonly number[];

  constructor(totals: BookTotals, entries: ReadonlyArray<BookEntry | undefined>, numbers: readonly number[]) {
    this.#totals = totals;
    this.#entries = entries;
    this.#numbers = numbers;
  }

  get length(): number {
    return this.#numbers.length;
  }

  /** The book's own number of a portfolio: small, dense, and used again after a removal. */
  number(index: number): number {
    return this.#numbers[index]!;
  }

  id(index: number): string {
    return this.#entries[this.#numbers[index]!]!.id;
  }

  /** Version of the holdings that were valued. */
  version(index: number): number {
    return this.#entries[this.#numbers[index]!]!.version;
  }

  currency(index: number): string {
    return this.#entries[this.#numbers[index]!]!.currency;
  }

  totals(index: number): PortfolioTotals {
    return this.#totals.totals(this.#numbers[index]!);
  }

  /** Sum of the known market values as a float64: for thresholds, not for books. */
  approximateValue(index: number): number {
    return this.#totals.approximateValue(this.#numbers[index]!);
  }

  /** Whether every price and rate was known. */
  isComplete(index: number): boolean {
    return this.#totals.isComplete(this.#numbers[index]!);
  }
}

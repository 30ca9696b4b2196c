import type { PortfolioTotals } from '../portfolio/figures/portfolio-totals.js';
import type { Portfolio } from '../portfolio/portfolio.js';
import type { SymbolTable } from '../prices/symbol-table.js';
import { BookSnapshot } from './book-snapshot.js';
import { ChangedPortfolios, type TotalsReader } from './changed-portfolios.js';
import { ComputedValues } from './columns/computed-values.js';
import { LedgerPages } from './columns/ledger-pages.js';
import { NONE } from './columns/subtotals.js';
import type { ConversionTable } from './conversion-table.js';
import type { TradingDays } from './days/trading-days.js';
import type { Holdings } from './holdings.js';
import type { PortfolioEntry, PortfolioTable } from './portfolio-table.js';
import { TotalsCalculator } from './totals-calculator.js';
import { CurrencySummation, type CurrencySums } from './sums/currency-sums.js';
import { DayWatch } from './valuation/day-watch.js';
import { ledgerFigures, type HeldSubtotal } from './valuation/ledger-figures.js';
import { valueRows } from './valuation/row-valuation.js';
import { SettlementWatch } from './valuation/settlement-watch.js';
import { addStreamed } from './sums/streamed-sums.js';
import { isComplete, streamedTotals, type TotalsInput } from './valuation/streamed-totals.js';
import type { ValuationInput } from './valuation/valuation-input.js';

/** What {@link BookTotals} needs of the book around it. */
export interface BookTotalsContext {
  readonly symbols: SymbolTable;
  readonly portfolios: PortfolioTable;
  readonly holdings: Holdings;
  readonly conversions: ConversionTable;
  /** Which previous closes count. */
  readonly days: TradingDays;
  /** The previous close of a symbol has ceased to count. */
  readonly onCloseExpired: (symbolId: number) => void;
  /** All that goes into the valuation of a portfolio at a time. */
  readonly inputOf: (number: number, now: number) => ValuationInput;
  /** Start of the day of a time, both ms since 1970. */
  readonly dayStart: (now: number) => number;
}

/** The totals of a book: their exact values, and what they rest on besides prices and rates. */
export class BookTotals implements TotalsReader {
  readonly #context: BookTotalsContext;
  readonly #values = new ComputedValues();
  readonly #pages = new LedgerPages();
  readonly #dayWatch = new DayWatch();
  readonly #settlements = new SettlementWatch();
  readonly #calculator: TotalsCalculator;
  #computedAt = 0;
  #computedDay: number | undefined;
  #previousRates = 0;

  constructor(context: BookTotalsContext) {
    this.#context = context;
    this.#calculator = new TotalsCalculator({
      holdings: context.holdings,
      values: this.#values,
      pages: this.#pages,
      revise: (number) => this.#revise(number),
      valueOf: (number) => valueRows(context.inputOf(number, this.#computedAt)),
    });
  }

  /** When they were last computed, ms since 1970; 0 before the first time. */
  get computedAt(): number {
    return this.#computedAt;
  }

  /** Until when they stay as they are without another price, ms since 1970: then a rate becomes too old, cash settles, or a trading day is over. */
  get expireAt(): number {
    const { days, conversions } = this.#context;
    return Math.min(conversions.expiresAt, this.#settlements.next - 1, days.expireAt);
  }

  /** Adds a portfolio, or replaces it. */
  setPortfolio(number: number, entry: PortfolioEntry, portfolio: Portfolio): void {
    this.#pages.setPortfolio(number, entry);
    this.#dayWatch.set(number, portfolio, this.#context.symbols);
  }

  /** Removes a portfolio. */
  removePortfolio(number: number): void {
    this.#pages.setPortfolio(number, undefined);
    this.#values.clear(number);
    this.#dayWatch.remove(number);
    this.#settlements.remove(number);
  }

  /** Takes in that the previous close of a symbol, or its accrued interest, has changed: its holders, and who had it today, are revised. */
  closeChanged(symbolId: number): void {
    const { holdings } = this.#context;
    for (const number of holdings.holdersOf(symbolId)) holdings.subtotals.revise(number);
    for (const number of this.#dayWatch.watchersOf(symbolId)) holdings.subtotals.revise(number);
  }

  /** Computes the totals that prices, rates, holdings or time have changed since the last call. @param at ms since 1970. */
  compute(at: number): ChangedPortfolios {
    const { conversions, holdings, portfolios } = this.#context;
    // A clock that was set back must not make what is computed later look earlier.
    const now = Math.max(this.#computedAt, at);
    this.#computedAt = now;
    const { days, onCloseExpired } = this.#context;
    days.endDays(now);
    for (const symbolId of days.closes.takeExpired()) onCloseExpired(symbolId);
    const changed = conversions.refresh(now);
    if (changed.size > 0) holdings.subtotals.touchConverted(changed);
    this.#startDay(now);
    for (const number of this.#settlements.take(now)) holdings.subtotals.revise(number);
    return new ChangedPortfolios(this.#calculator.compute(), this, portfolios);
  }

  /** The totals of a portfolio, as last computed. */
  totalsOf(number: number): PortfolioTotals {
    const units = this.#values.unitsOf(number);
    return streamedTotals({ ...this.#stateOf(number), units, now: this.#computedAt });
  }

  /** What some portfolios are worth in each currency, as last computed, neither converted nor rounded. */
  currencySums(numbers: Iterable<number>): CurrencySums {
    const sum = new CurrencySummation();
    const { conversions, holdings, inputOf, portfolios } = this.#context;
    const book = {
      conversions: conversions.current,
      inversePrices: holdings.inverses.table,
      inputOf: (number: number) => inputOf(number, this.#computedAt),
    };
    for (const number of numbers)
      if (portfolios.find(number))
        addStreamed(sum, book, number, this.#pages.pageOf(number), this.#values.unitsOf(number));
    return sum.result();
  }

  /** Whether every price and rate of a portfolio was known. */
  isComplete(number: number): boolean {
    return isComplete(this.#stateOf(number));
  }

  /** Another number whenever the totals of a portfolio rest on something else than before, besides prices and rates. */
  revisionOf(number: number): number {
    return this.#pages.revisionOf(number);
  }

  /** The totals of some portfolios, as last computed; they do not change later. */
  snapshot(numbers: Int32Array): BookSnapshot {
    return new BookSnapshot(numbers, {
      values: this.#values,
      pages: this.#pages.snapshot(),
      conversions: this.#context.conversions.current,
      inversePrices: this.#context.holdings.inverses.snapshot(),
      computedAt: this.#computedAt,
    });
  }

  // A new day, or another previous rate, changes what day P&L starts from.
  #startDay(now: number): void {
    const { conversions, dayStart, holdings } = this.#context;
    const day = dayStart(now);
    const isNew = this.#computedDay !== undefined && this.#computedDay !== day;
    if (isNew || conversions.previousVersion !== this.#previousRates) holdings.subtotals.reviseAll();
    this.#computedDay = day;
    this.#previousRates = conversions.previousVersion;
  }

  #revise(number: number): void {
    const { days, conversions, holdings, inputOf, portfolios } = this.#context;
    const { currency, ledger } = portfolios.at(number);
    const now = this.#computedAt;
    const closeOf = (symbolId: number) => days.closes.scaledOf(symbolId, now);
    this.#settlements.set(number, ledger?.cash.values() ?? [], now);
    const plain = ledger === null && holdings.plainFigures(number, closeOf);
    if (plain) return this.#pages.setPlain(number, plain);
    const conversionOf = (from: string) => conversions.numberOf(from, currency, now);
    const contracts = holdings.inverses.heldBy(number) ?? [];
    const figures = ledgerFigures(inputOf(number, now), this.#subtotalsOf(number), contracts, conversionOf);
    this.#pages.setFigures(number, figures);
  }

  #subtotalsOf(number: number): HeldSubtotal[] {
    const { subtotals } = this.#context.holdings;
    const held: HeldSubtotal[] = [];
    for (let subtotal = number; subtotal !== NONE; subtotal = subtotals.nextOf(subtotal))
      held.push({
        conversion: subtotals.conversionOf(subtotal),
        scale: subtotals.valueScaleOf(subtotal),
        hasHoldings: subtotals.hasHoldings(subtotal),
      });
    return held;
  }

  #stateOf(number: number): Omit<TotalsInput, 'units' | 'now'> {
    const { conversions, holdings } = this.#context;
    return {
      page: this.#pages.pageOf(number),
      number,
      conversions: conversions.current,
      inversePrices: holdings.inverses.table,
    };
  }
}

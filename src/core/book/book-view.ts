import type { TradingCalendar } from '../calendars/trading-calendar.js';
import type { Decimal, DecimalInput } from '../money/decimal.js';
import type { FxRate } from '../money/fx-rates.js';
import type { PortfolioValuation } from '../portfolio/figures/portfolio-valuation.js';
import type { PriceRecord } from '../portfolio/portfolio-repository.js';
import type { PositionBook } from './position-book.js';
import type { ReadonlyPositionBook } from './readonly-position-book.js';
import type { CurrencySums } from './sums/currency-sums.js';
import type { ExplainableFigure, Explanation } from './valuation/explanation.js';
import type { SymbolPrice } from './symbol-price.js';

/** A book that another part keeps, to be read only: the book itself cannot be reached from here. */
export class BookView implements ReadonlyPositionBook {
  readonly #book: PositionBook;

  constructor(book: PositionBook) {
    this.#book = book;
  }

  get size(): number {
    return this.#book.size;
  }

  get positionCount(): number {
    return this.#book.positionCount;
  }

  get ids(): Iterable<string> {
    return this.#book.ids;
  }

  get fxSymbols(): readonly string[] {
    return this.#book.fxSymbols;
  }

  has(portfolioId: string): boolean {
    return this.#book.has(portfolioId);
  }

  versionOf(portfolioId: string): number | undefined {
    return this.#book.versionOf(portfolioId);
  }

  neededSymbols(): string[] {
    return this.#book.neededSymbols();
  }

  unlistedSymbols(): string[] {
    return this.#book.unlistedSymbols();
  }

  value(portfolioId: string, now?: number): PortfolioValuation | null {
    return this.#book.value(portfolioId, now);
  }

  explain(portfolioId: string, figure: ExplainableFigure, now?: number): Explanation | null {
    return this.#book.explain(portfolioId, figure, now);
  }

  values(now?: number): Iterable<PortfolioValuation> {
    return this.#book.values(now);
  }

  currencySums(portfolioIds?: Iterable<string>): CurrencySums {
    return this.#book.currencySums(portfolioIds);
  }

  price(symbol: string, now?: number): SymbolPrice | null {
    return this.#book.price(symbol, now);
  }

  calendarOf(symbol: string): TradingCalendar | null {
    return this.#book.calendarOf(symbol);
  }

  knownPrices(): Iterable<PriceRecord> {
    return this.#book.knownPrices();
  }

  rate(from: string, to: string, now?: number): FxRate | null {
    return this.#book.rate(from, to, now);
  }

  convert(amount: DecimalInput, from: string, to: string, now?: number): Decimal | null {
    return this.#book.convert(amount, from, to, now);
  }
}

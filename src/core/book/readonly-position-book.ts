import type { TradingCalendar } from '../calendars/trading-calendar.js';
import type { Decimal, DecimalInput } from '../money/decimal.js';
import type { FxRate } from '../money/fx-rates.js';
import type { PriceRecord } from '../portfolio/portfolio-repository.js';
import type { PortfolioValuation } from '../portfolio/figures/portfolio-valuation.js';
import type { CurrencySums } from './sums/currency-sums.js';
import type { ExplainableFigure, Explanation } from './valuation/explanation.js';
import type { SymbolPrice } from './symbol-price.js';

/**
 * What an application may read of a book that an engine keeps: values, prices and rates at this moment. Nothing here changes the book.
 *
 * ```ts
 * import { Portfolio } from 'tickmark';
 * import { PositionBook, type ReadonlyPositionBook } from 'tickmark/parts';
 *
 * const kept = new PositionBook({ fx: ['EUR/USD'] });
 * kept.setPortfolio(Portfolio.create({ id: 'a', currency: 'USD', cash: { USD: 100 } }));
 *
 * const book: ReadonlyPositionBook = kept;
 * book.value('a')?.equity?.toString(); // '100.00'
 * book.convert('12.50', 'EUR', 'USD'); // null: no rate is known yet
 * ```
 */
export interface ReadonlyPositionBook {
  /** Number of portfolios. */
  readonly size: number;
  /** Number of positions. */
  readonly positionCount: number;
  /** Ids of the portfolios, in the order in which they were added. */
  readonly ids: Iterable<string>;
  /** Symbols of the currency pairs. */
  readonly fxSymbols: readonly string[];

  /** Whether a portfolio is in the book. */
  has(portfolioId: string): boolean;

  /** Version of a portfolio's holdings in the book; `undefined` when it is not there. */
  versionOf(portfolioId: string): number | undefined;

  /** Symbols that some portfolio holds, and the currency pairs. */
  neededSymbols(): string[];

  /** Symbols that some portfolio holds and the catalog of the book does not list: plain equities, unless their portfolio knows better. */
  unlistedSymbols(): string[];

  /**
   * Values one portfolio at the newest prices; `null` when it is not in the book.
   * @param now ms since 1970: which rates are too old and which prices stale. Default: the clock's time.
   */
  value(portfolioId: string, now?: number): PortfolioValuation | null;

  /**
   * Says how a figure came about: inputs, rates, formula, rounding; `null` when the portfolio is not in the book.
   * @param now As for {@link value}.
   * @throws TickmarkError `INVALID_ARGUMENT` for a figure that cannot be explained.
   */
  explain(portfolioId: string, figure: ExplainableFigure, now?: number): Explanation | null;

  /**
   * Values all portfolios, one after the other while you iterate. Each is valued when its turn comes: portfolios and prices that change
   * in between count with what they are then.
   * @param now As for {@link value}; the same for all of them. Default: the clock's time at the call.
   */
  values(now?: number): Iterable<PortfolioValuation>;

  /**
   * What portfolios are worth in each currency as last computed, exactly: neither converted nor rounded. A total over portfolios is
   * built from these, and the sums of several processes can be added; see `FirmTotals`.
   * @param portfolioIds Those of them that are in the book count. Default: all portfolios.
   */
  currencySums(portfolioIds?: Iterable<string>): CurrencySums;

  /**
   * The newest price of a symbol; `null` when none is known.
   * @param now ms since 1970: decides its grade. Default: the clock's time.
   */
  price(symbol: string, now?: number): SymbolPrice | null;

  /** The trading calendar of a symbol: that of its instrument, of `calendars`, or of its stream. `null`: it has none, or the book does not know the symbol. */
  calendarOf(symbol: string): TradingCalendar | null;

  /** The newest price of every symbol that has one, as it is stored. */
  knownPrices(): Iterable<PriceRecord>;

  /**
   * The rate from one currency to another, as the book converts amounts above zero; `null` when no rate is known that is young enough.
   * @param now ms since 1970: which rates are too old. Default: the clock's time.
   * @throws TickmarkError `UNKNOWN_CURRENCY`.
   */
  rate(from: string, to: string, now?: number): FxRate | null;

  /**
   * Converts an amount at current rates, by the `fxPolicy` of the book. The result is rounded once, half-even, to the scale of `to`
   * (2 digits after the point for USD); `null` when no rate is known that is young enough.
   * @param now ms since 1970: which rates are too old. Default: the clock's time.
   * @throws TickmarkError `INVALID_DECIMAL`, `OUT_OF_RANGE`, `UNKNOWN_CURRENCY`.
   */
  convert(amount: DecimalInput, from: string, to: string, now?: number): Decimal | null;
}

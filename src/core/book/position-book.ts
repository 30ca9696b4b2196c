import type { TradingCalendar } from '../calendars/trading-calendar.js';
import { systemClock, type Clock } from '../clock.js';
import { currencyOf } from '../money/currency.js';
import { Decimal, type DecimalInput } from '../money/decimal.js';
import { FxRates, type FxRate } from '../money/fx-rates.js';
import type { PriceRecord, ValuationRecord } from '../portfolio/portfolio-repository.js';
import type { PortfolioValuation } from '../portfolio/figures/portfolio-valuation.js';
import type { Portfolio } from '../portfolio/portfolio.js';
import type { PriceChangedBatch } from '../prices/price-changed-event.js';
import { SymbolTable } from '../prices/symbol-table.js';
import { portfolioHash } from '../shards/shard-of.js';
import type { BookSnapshot } from './book-snapshot.js';
import { ActionPrices } from './corporate-actions/action-prices.js';
import type { CorporateAction } from '../portfolio/corporate-actions/corporate-action.js';
import { BookTotals } from './book-totals.js';
import type { ChangedPortfolios } from './changed-portfolios.js';
import { NONE } from './columns/subtotals.js';
import { ConversionTable } from './conversion-table.js';
import { Holdings, type HeldPosition } from './holdings.js';
import type { LatestPrices } from './latest-prices.js';
import { OrderSum } from './valuation/order-sum.js';
import { PortfolioTable, type PortfolioEntry } from './portfolio-table.js';
import { BOOK_OPTIONS, type PositionBookOptions } from './position-book-options.js';
import { PriceApplier } from './price-applier.js';
import { ProvenanceReader } from './valuation/provenance-reader.js';
import type { ReadonlyPositionBook } from './readonly-position-book.js';
import { contributed, ledgerOf, plainCash, recentRow } from './valuation/book-ledger.js';
import { foldedPosition } from './columns/folded-position.js';
import { InstrumentCatalog } from '../instruments/instrument-catalog.js';
import { Instrument, type InstrumentInput } from '../instruments/instrument.js';
import { rowOf, type LedgerRow } from '../portfolio/ledger/ledger-row.js';
import { valueRows } from './valuation/row-valuation.js';
import type { CurrencySums } from './sums/currency-sums.js';
import { explain, type ExplainableFigure, type Explanation } from './valuation/explanation.js';
import { fractionOf, isUsable, type ValuationInput, type ValuationRow } from './valuation/valuation-input.js';
import { batchOfRecords, isReadable } from './stored-prices.js';
import type { SymbolPrice } from './symbol-price.js';
import type { PortfolioTotals } from '../portfolio/figures/portfolio-totals.js';
import { checkOptions } from '../options.js';
import { errorReporter } from '../error-reporter.js';
import { startOfUtcDay } from '../calendars/close-dates.js';
import type { DayClose, DayResult } from '../calendars/day-store.js';
import { dayResults } from './days/day-results.js';
import type { EndedDate } from './days/day-recorder.js';
import { TradingDays } from './days/trading-days.js';
import { keepRaw } from '../keep-raw.js';

// Most portfolios of many hold no cash, and a map each would take more room than three positions.
const NO_CASH: ReadonlyMap<string, Decimal> = new Map();

/**
 * The positions of many portfolios in columns, valued at the newest prices. A price change is added, exactly, to the subtotal of
 * every portfolio that holds the symbol; {@link computeTotals} then computes the totals of those portfolios once. Adding, changing
 * or removing a portfolio costs by its own size, not by the size of the book.
 * @example
 * ```ts
 * import { Portfolio, PriceChangedBatch } from 'tickmark';
 * import { PositionBook } from 'tickmark/parts';
 *
 * const book = new PositionBook();
 * const positions = [{ symbol: 'AAPL', quantity: 10, averageCost: 150 }];
 * book.setPortfolio(Portfolio.create({ id: 'a', currency: 'USD', positions }));
 * const now = Date.now();
 * book.applyPrices(PriceChangedBatch.ofUpdates([{ symbol: 'AAPL', price: '160.5', timestamp: now }], now));
 * const changed = book.computeTotals();
 * changed.totals(0).marketValue?.toString(); // '1605.00'
 * ```
 */
export class PositionBook implements ReadonlyPositionBook {
  static {
    keepRaw(this);
  }

  /** Numbers of the symbols. */
  readonly symbols: SymbolTable;
  /** @internal The newest price of each symbol, by symbol number. Read it; prices come in through {@link applyPrices}. */
  readonly latestPrices: LatestPrices;
  /** @internal The trading days of its symbols. */
  readonly days: TradingDays;
  readonly #clock: Clock;
  readonly #rates: FxRates;
  readonly #conversions: ConversionTable;
  readonly #portfolios = new PortfolioTable();
  readonly #holdings: Holdings;
  readonly #actionPrices: ActionPrices;
  readonly #applier: PriceApplier;
  readonly #totals: BookTotals;
  readonly #provenance: ProvenanceReader;
  readonly #instruments: InstrumentCatalog;
  readonly #dayStart: (now: number) => number;
  readonly #plainInstruments: Array<Instrument | undefined> = [];
  readonly #basis: string;
  readonly #order = new OrderSum();

  /** @throws TickmarkError `INVALID_ARGUMENT`, `UNKNOWN_CURRENCY`. */
  constructor(options: PositionBookOptions = {}) {
    checkOptions('PositionBook', options, BOOK_OPTIONS);
    this.symbols = options.symbols ?? new SymbolTable();
    this.#clock = options.clock ?? systemClock;
    this.#rates = new FxRates(options.fx, options.fxMaxAgeMs);
    this.#instruments = new InstrumentCatalog(options.instruments);
    this.#dayStart = options.dayStart ?? startOfUtcDay;
    this.days = new TradingDays(options, {
      symbols: this.symbols,
      instruments: this.#instruments,
      pairs: this.#rates.pairs,
      dayStart: this.#dayStart,
      report: errorReporter(options),
    });
    this.latestPrices = this.days.prices;
    this.#basis = this.#rates.fingerprint;
    const { symbols, latestPrices: prices } = this;
    const rates = this.#rates;
    const conversions = (this.#conversions = new ConversionTable(rates, options.fxPolicy ?? 'last'));
    const portfolios = this.#portfolios;
    const holdings = (this.#holdings = new Holdings({
      portfolios,
      conversions,
      fold: ({ symbolId, row }) =>
        foldedPosition(row, prices.currency(symbolId), prices.hasAccrued(symbolId)),
      plainInstrument: (symbolId, currency) => this.#plainInstrument(symbolId, currency),
      now: () => this.#clock.now(),
    }));
    this.#actionPrices = new ActionPrices(symbols, prices);
    this.#applier = new PriceApplier({
      symbols,
      prices,
      rates,
      holdings,
      actionPrices: this.#actionPrices,
      onTermsChanged: (symbolId) => this.#reattachHolders(symbolId),
      onCloseChanged: (symbolId, replaced) => {
        this.days.closeChanged(symbolId, this.#clock.now(), replaced);
        this.#totals.closeChanged(symbolId);
      },
      closeUntil: (symbolId) => this.days.closes.until(symbolId, this.#clock.now()),
    });
    this.#provenance = new ProvenanceReader({ symbols, prices, portfolios, holdings, conversions });
    this.#totals = new BookTotals({
      symbols,
      portfolios,
      holdings,
      conversions,
      days: this.days,
      onCloseExpired: (symbolId) => this.#applier.closeExpired(symbolId),
      inputOf: (number, now) => this.#input(number, now),
      dayStart: this.#dayStart,
    });
  }

  get size(): number {
    return this.#portfolios.size;
  }

  get positionCount(): number {
    return this.#holdings.positionCount;
  }

  get ids(): Iterable<string> {
    return this.#portfolios.ids;
  }

  get fxSymbols(): readonly string[] {
    return this.#rates.symbols;
  }

  has(portfolioId: string): boolean {
    return this.numberOf(portfolioId) !== undefined;
  }

  versionOf(portfolioId: string): number | undefined {
    const number = this.numberOf(portfolioId);
    return number === undefined ? undefined : this.#portfolios.at(number).version;
  }

  /** Ids of the portfolios that hold a symbol. */
  holdersOf(symbol: string): string[] {
    const holders = this.#holdings.holdersOf(this.symbols.find(symbol));
    return [...holders].map((number) => this.#portfolios.at(number).id);
  }

  neededSymbols(): string[] {
    const held = this.#holdings.heldSymbols().map((id) => this.symbols.symbolOf(id));
    return [...new Set([...held, ...this.fxSymbols])];
  }

  /** Adds a portfolio, or replaces it as a whole. The next {@link computeTotals} returns it. */
  setPortfolio(portfolio: Portfolio): void {
    const { id, version, currency, cash, positions } = portfolio;
    const known = this.numberOf(id);
    const number = known ?? this.#holdings.subtotals.addPortfolio();
    if (known !== undefined) this.#holdings.detach(known);
    const ledger = ledgerOf(portfolio, this.#clock.now());
    const hash = portfolioHash(id);
    const entry = { id, version, currency, hash, cash: cash.size > 0 ? cash : NO_CASH, ledger };
    this.#portfolios.set(number, entry);
    this.#totals.setPortfolio(number, entry, portfolio);
    for (const row of ledger?.closed ?? []) this.days.hold(row, false);
    this.#holdings.attach(
      number,
      positions.map(({ symbol, holding }): HeldPosition => {
        const row = recentRow(rowOf(holding), this.#clock.now());
        this.days.hold(row, true);
        return { symbolId: this.symbols.idOf(symbol), row: this.#listed(row) };
      }),
    );
  }

  /** Removes a portfolio. @returns whether it was there. */
  removePortfolio(portfolioId: string): boolean {
    const number = this.numberOf(portfolioId);
    if (number === undefined) return false;
    this.#holdings.detach(number);
    this.#portfolios.remove(number);
    this.#totals.removePortfolio(number);
    this.#holdings.subtotals.removePortfolio(number);
    return true;
  }

  /**
   * Adds an instrument to the catalog of the book, or replaces it. All its holders are revalued at the next {@link computeTotals}, in one
   * cut; what their units have cost does not change. To book a ledger anew, use `Portfolio.withInstruments`.
   * @throws TickmarkError as `Instrument.of`; nothing has changed then.
   */
  setInstrument(input: InstrumentInput): void {
    const instrument = this.#instruments.set(input);
    const id = this.symbols.idOf(instrument.symbol);
    this.days.instrumentChanged(id);
    for (const number of this.#holdings.holdersOf(id)) {
      const positions = this.#holdings.extract(number).map((position) => {
        return position.symbolId === id ? { ...position, row: { ...position.row, instrument } } : position;
      });
      this.#holdings.detach(number);
      this.#holdings.attach(number, positions);
    }
  }

  unlistedSymbols(): string[] {
    const held = this.#holdings.heldSymbols().map((id) => this.symbols.symbolOf(id));
    return held.filter((symbol) => !this.#instruments.find(symbol));
  }

  /** Puts memory into the order in which many prices read it; worth its time once many portfolios have been added. */
  compact(): void {
    this.#holdings.compact();
  }

  /**
   * Applies a batch of prices to all positions; rates of currency pairs take effect at the next {@link computeTotals}. A price that is
   * older than the known one of its symbol is ignored.
   * @param source Name of the stream that they come from; see `PriceUsed.source`.
   * @returns the numbers of the symbols whose price was taken.
   */
  applyPrices(batch: PriceChangedBatch, source = 'stream'): number[] {
    this.days.endDays(this.#clock.now());
    return this.#applier.apply(batch, source);
  }

  /**
   * Takes prices from a store. They value positions, graded stale, until a stream gives newer ones.
   * @returns how many were taken; a symbol with a newer price keeps that.
   */
  restorePrices(records: readonly PriceRecord[]): number {
    const readable = records.filter(isReadable);
    const taken = this.applyPrices(batchOfRecords(readable, this.symbols, this.#clock.now()), 'store');
    const isTaken = new Set(taken);
    for (const record of readable) {
      const id = this.symbols.idOf(record.symbol);
      if (isTaken.has(id)) this.latestPrices.restore(id, record);
    }
    return taken.length;
  }

  /** Keeps prices of a symbol back that are from `at` on (ms since 1970), until {@link releasePrices}. */
  holdPrices(symbol: string, at: number): void {
    this.#actionPrices.hold(symbol, at);
  }

  /** Applies the prices of symbols that were kept back. @returns the numbers of the symbols whose price was taken. */
  releasePrices(symbols: Iterable<string>): number[] {
    return this.#applier.applyKept(this.#actionPrices.release(symbols));
  }

  /**
   * Takes corporate actions: prices from before their ex-time are adjusted from now on, those that are known and those that still come. Holdings
   * follow with {@link setPortfolio}: replace all holders before the next {@link computeTotals}.
   * @returns the numbers of the symbols whose price has changed.
   */
  takeActions(actions: readonly CorporateAction[]): number[] {
    const derived = this.#actionPrices.derivedPrices(actions);
    const changed = this.#applier.takeActions(actions);
    this.restorePrices(derived);
    return [...changed, ...derived.map(({ symbol }) => this.symbols.idOf(symbol))];
  }

  /**
   * Grades prices stale until newer ones come: after a break, something newer may have been missed. Values do not change.
   * @param symbols Default: all.
   */
  markStale(symbols?: readonly string[]): void {
    if (!symbols) this.latestPrices.markAllStale();
    else for (const symbol of symbols) this.latestPrices.markStale(this.symbols.find(symbol));
  }

  /**
   * Takes a gap of a stream: prices of these symbols with a lower arrival are stale, wherever they are valued and stored. The next
   * {@link computeTotals} returns their holders.
   * @param arrival See `StreamGapEvent`.
   * @returns the numbers of the symbols that this is news of.
   */
  takeGap(symbols: readonly string[], arrival: number): number[] {
    return this.#applier.takeGap(symbols, arrival);
  }

  /** Computes the totals of every portfolio that prices, rates or holdings have touched since the last call, each once. */
  computeTotals(): ChangedPortfolios {
    return this.#totals.compute(this.#clock.now());
  }

  /** When the totals were last computed, ms since 1970; 0 before the first {@link computeTotals}. */
  get computedAt(): number {
    return this.#totals.computedAt;
  }

  /**
   * Until when the totals stay as they are without another price, ms since 1970: then a rate becomes too old, or cash settles, and
   * {@link computeTotals} has work to do. Infinity: for good.
   */
  get totalsExpireAt(): number {
    return this.#totals.expireAt;
  }

  /** The book's number of a portfolio, or `undefined`; see `ChangedPortfolios.touched`. */
  numberOf(portfolioId: string): number | undefined {
    return this.#portfolios.numberOf(portfolioId);
  }

  /** @internal What the book knows of the portfolio with a number; `undefined` for a free number. */
  portfolio(number: number): PortfolioEntry | undefined {
    return this.#portfolios.find(number);
  }

  /** @internal The totals of a portfolio, as last computed. */
  totalsOf(number: number): PortfolioTotals {
    return this.#totals.totalsOf(number);
  }

  currencySums(portfolioIds?: Iterable<string>): CurrencySums {
    if (!portfolioIds) return this.sumsOf();
    return this.sumsOf(new Set([...portfolioIds].map((id) => this.numberOf(id) ?? NONE)));
  }

  /** @internal As {@link currencySums}, by the numbers of the portfolios; free ones may be among them. */
  sumsOf(numbers: Iterable<number> = this.#portfolios.numbers): CurrencySums {
    return this.#totals.currencySums(numbers);
  }

  /** @internal The totals of a portfolio, and a number that changes with whatever they rest on besides prices and rates. */
  emittedTotals(number: number): { readonly revision: number; readonly totals: PortfolioTotals } {
    return { revision: this.#totals.revisionOf(number), totals: this.totalsOf(number) };
  }

  /** @internal The totals of some portfolios, as last computed; they do not change later. */
  snapshot(numbers: Int32Array): BookSnapshot {
    return this.#totals.snapshot(numbers);
  }

  /** The last computed totals of a portfolio as they are stored; `undefined` for a free number. */
  record(number: number): ValuationRecord | undefined {
    const entry = this.#portfolios.find(number);
    if (!entry) return undefined;
    const { id: portfolioId, version, currency } = entry;
    this.#order.reset(this.#applier.pairOrder);
    const provenance = this.#provenance.read(number, this.#order);
    return {
      portfolioId,
      version,
      priceOrder: this.#order.toString(),
      basis: this.#basis,
      valuedAt: this.computedAt,
      ...provenance,
      currency,
      ...this.totalsOf(number),
    };
  }

  /** The newest price of a symbol number that has one, as it is stored. */
  priceRecord(symbolId: number): PriceRecord {
    return this.latestPrices.record(symbolId, this.symbols.symbolOf(symbolId));
  }

  *knownPrices(): IterableIterator<PriceRecord> {
    for (let id = 0; id < this.symbols.size; id++)
      if (this.latestPrices.isKnown(id)) yield this.priceRecord(id);
  }

  price(symbol: string, now = this.#clock.now()): SymbolPrice | null {
    const id = this.symbols.find(symbol);
    if (id < 0 || !this.latestPrices.isKnown(id)) return null;
    const { price, unitsAt } = this.days.closes.of(id, now, now);
    // A recorded close is in units of its own day. It is shown in today's units, as the price is.
    const shown = price && this.#actionPrices.closeNow(id, price, unitsAt);
    return this.latestPrices.shown(id, symbol, now, shown);
  }

  calendarOf(symbol: string): TradingCalendar | null {
    const id = this.symbols.find(symbol);
    return id < 0 ? null : this.days.calendarOf(id);
  }

  rate(from: string, to: string, now = this.#clock.now()): FxRate | null {
    currencyOf(from, 'PositionBook.rate: from');
    currencyOf(to, 'PositionBook.rate: to');
    return this.#conversions.rate(from, to, 1, now);
  }

  convert(amount: DecimalInput, from: string, to: string, now = this.#clock.now()): Decimal | null {
    currencyOf(from, 'PositionBook.convert: from');
    currencyOf(to, 'PositionBook.convert: to');
    const given = Decimal.fromTotal(amount, 'PositionBook.convert: amount');
    return this.#conversions.convert(given, from, to, now);
  }

  value(portfolioId: string, now = this.#clock.now()): PortfolioValuation | null {
    const number = this.numberOf(portfolioId);
    return number === undefined ? null : this.#value(number, now);
  }

  explain(portfolioId: string, figure: ExplainableFigure, now = this.#clock.now()): Explanation | null {
    const number = this.numberOf(portfolioId);
    return number === undefined ? null : explain(this.#input(number, now), figure);
  }

  *values(now = this.#clock.now()): IterableIterator<PortfolioValuation> {
    for (const number of this.#portfolios.numbers) yield this.#value(number, now);
  }

  /**
   * @internal What a portfolio earned on days that have ended, from its entries and the closes that are known; nothing for a day of whose calendar it has nothing.
   * @param number The book's number of the portfolio. @param sent Results that were sent: their days have one in any case.
   */
  dayResults(number: number, days: readonly EndedDate[], sent: readonly DayResult[] = []): DayResult[] {
    return this.#portfolios.find(number) && days.length > 0
      ? dayResults(this.#input(number, this.#clock.now()), this.days, days, sent)
      : [];
  }

  /** @internal Takes closes of days that have ended, from a store or the venue: their symbols' holders are revalued. */
  takeCloses(closes: readonly DayClose[]): void {
    for (const symbolId of this.days.take(closes)) {
      // The official close may have come before what a store had of the day.
      this.days.closeChanged(symbolId, this.#clock.now());
      this.#totals.closeChanged(symbolId);
      // Rates at the end of a day concern who holds anything foreign.
      if (this.#applier.isPair(symbolId)) this.#holdings.subtotals.reviseAll();
    }
  }

  /** @internal {@link takeCloses} of calendars whose days a store was asked for: the venue's closes may be of a day that no process has recorded. */
  loadCloses(calendars: readonly string[], closes: readonly DayClose[]): void {
    this.takeCloses(closes);
    const now = this.#clock.now();
    for (const symbolId of this.days.closes.symbolsOf(calendars)) this.days.closeChanged(symbolId, now);
    this.days.completeRates(now);
    this.#holdings.subtotals.reviseAll();
  }

  #reattachHolders(symbolId: number): void {
    for (const number of this.#holdings.holdersOf(symbolId)) {
      const positions = this.#holdings.extract(number);
      this.#holdings.detach(number);
      this.#holdings.attach(number, positions);
    }
  }

  // The catalog of the book decides, where it knows the symbol: its instruments may have changed since the ledger was booked.
  #listed(row: LedgerRow): LedgerRow {
    const listed = this.#instruments.find(row.instrument.symbol);
    return !listed || listed === row.instrument ? row : { ...row, instrument: listed };
  }

  #plainInstrument(symbolId: number, currency: string): Instrument {
    const known = this.#plainInstruments[symbolId];
    if (known?.currency === currency) return known;
    while (this.#plainInstruments.length <= symbolId) this.#plainInstruments.push(undefined);
    return (this.#plainInstruments[symbolId] = Instrument.plain(this.symbols.symbolOf(symbolId), currency));
  }

  #value(number: number, now: number): PortfolioValuation {
    return valueRows(this.#input(number, now));
  }

  #input(number: number, now: number): ValuationInput {
    this.days.endDays(this.#clock.now());
    const { id, version, currency, cash, ledger } = this.#portfolios.at(number);
    const prices = this.latestPrices;
    const rows = this.#holdings.extract(number).map(({ symbolId, row }): ValuationRow => {
      const side = row.quantity.sign < 0 ? 'short' : 'long';
      const price = prices.used(symbolId, row.instrument.symbol, side, row.instrument.currency, now);
      return {
        row,
        price: price && isUsable(price, row.instrument) ? price : null,
        accrued: prices.accrued(symbolId),
      };
    });
    const dayStart = this.#dayStart(now);
    const previousRate = (from: string) => {
      const rate = this.#conversions.previousRate(from, currency, now);
      return rate && fractionOf(rate);
    };
    return {
      portfolioId: id,
      version,
      currency,
      cash: ledger?.cash ?? plainCash(cash, currency),
      rows,
      closed: ledger?.closed ?? [],
      sums: ledger?.sums ?? contributed(cash, rows, currency),
      day: {
        previousClose: (instrument) => this.days.previousClose(instrument, currency, now),
        previousRate,
        previousCashRate: (from) => this.days.cashRate(from, currency, now) ?? previousRate(from),
      },
      dayStart,
      sessionOf: (symbol) => this.days.sessionOf(symbol, now),
      priceCurrency: (symbol) => prices.currency(this.symbols.find(symbol)),
      rate: (from, sign) => this.#conversions.rate(from, currency, sign, now),
      now,
    };
  }
}

import { systemClock, type Clock } from '../clock.js';
import { PriceChangedBatch } from '../prices/price-changed-event.js';
import { SymbolTable } from '../prices/symbol-table.js';
import type { Decimal } from '../money/decimal.js';
import { FxRates } from '../money/fx-rates.js';
import { readScaled } from '../money/scaled-number.js';
import { detailsOf } from '../prices/price-update.js';
import type { PriceRecord, ValuationRecord } from '../portfolio/portfolio-repository.js';
import type { Portfolio } from '../portfolio/portfolio.js';
import type { PortfolioValuation } from '../portfolio/portfolio-valuation.js';
import { NONE } from './subtotals.js';
import { ConversionTable } from './conversion-table.js';
import { BookSnapshot, CostCashPages } from './book-snapshot.js';
import { Holdings, type HeldPosition } from './holdings.js';
import { PriceApplier } from './price-applier.js';
import { TotalsCalculator, type PortfolioEntry, type ChangedPortfolios } from './totals-calculator.js';
import { OrderSum } from './order-sum.js';
import type { PositionBookOptions } from './position-book-options.js';
import { LatestPrices } from './latest-prices.js';
import type { TotalsColumns } from './totals-columns.js';
import { valuePortfolio, type ValuationRow } from './value-portfolio.js';

// Most portfolios of many hold none, and a map each would take more room than three positions.
const NO_CASH: ReadonlyMap<string, Decimal> = new Map();

/**
 * The positions of many portfolios in columns, kept marked to the newest prices. A price change is added, exactly, to the
 * subtotal of every portfolio that holds the symbol; {@link settle} then computes the totals of those portfolios once.
 * Adding, changing or removing a portfolio costs by its own size, not by the size of the book.
 */
export class PositionBook {
  readonly symbols: SymbolTable;
  readonly board: LatestPrices;
  readonly #clock: Clock;
  readonly #rates: FxRates;
  readonly #conversions: ConversionTable;
  readonly #positions: Holdings;
  readonly #prices: PriceApplier;
  readonly #totals: TotalsCalculator;
  readonly #statics = new CostCashPages();
  readonly #numbers = new Map<string, number>();
  readonly #entries: Array<PortfolioEntry | undefined> = [];
  readonly #basis: string;
  readonly #order = new OrderSum();
  #settledAt = 0;

  constructor(options: PositionBookOptions = {}) {
    this.symbols = options.symbols ?? new SymbolTable();
    this.board = new LatestPrices(options);
    this.#clock = options.clock ?? systemClock;
    this.#rates = new FxRates(options.fx, options.fxMaxAgeMs);
    this.#basis = this.#rates.fingerprint;
    this.#conversions = new ConversionTable(this.#rates, options.fxPolicy ?? 'last');
    this.#positions = new Holdings({
      entries: this.#entries,
      conversions: this.#conversions,
      valueCurrency: (symbolId, costCurrency) => this.board.currency(symbolId) ?? costCurrency,
      now: () => this.#clock.now(),
    });
    this.#prices = new PriceApplier({
      symbols: this.symbols,
      board: this.board,
      rates: this.#rates,
      positions: this.#positions,
      onCurrency: (symbolId) => this.#reattachHolders(symbolId),
    });
    const value = (number: number) => this.#value(number, this.#settledAt);
    this.#totals = new TotalsCalculator(
      this.#positions.cells,
      this.#conversions,
      this.#entries,
      this.#statics,
      value,
    );
  }

  /** Number of portfolios. */
  get size(): number {
    return this.#numbers.size;
  }

  /** Number of positions. */
  get positions(): number {
    return this.#positions.positions;
  }

  /** Symbols of the currency pairs. */
  get fxSymbols(): readonly string[] {
    return this.#rates.symbols;
  }

  /** Ids of the portfolios. */
  get ids(): Iterable<string> {
    return this.#numbers.keys();
  }

  /** Whether a portfolio is in the book. */
  has(portfolioId: string): boolean {
    return this.#numbers.has(portfolioId);
  }

  /** Version of a portfolio's holdings in the book, or `undefined` when it is not there. */
  versionOf(portfolioId: string): number | undefined {
    const number = this.#numbers.get(portfolioId);
    return number === undefined ? undefined : this.#entries[number]!.version;
  }

  /** Symbols that some portfolio holds, and the currency pairs. */
  neededSymbols(): string[] {
    const held = this.#positions.heldSymbols().map((id) => this.symbols.symbolOf(id));
    return [...new Set([...held, ...this.fxSymbols])];
  }

  /** Adds a portfolio, or replaces it whole. It comes out of the next {@link settle}. */
  setPortfolio(portfolio: Portfolio): void {
    let number = this.#numbers.get(portfolio.id);
    if (number === undefined) {
      number = this.#positions.cells.claim();
      while (this.#entries.length <= number) this.#entries.push(undefined);
      this.#numbers.set(portfolio.id, number);
    } else {
      this.#positions.detach(number);
    }
    const { id, version, currency, accountKind, cash, positions } = portfolio;
    const entry: PortfolioEntry = {
      id,
      version,
      currency,
      accountKind,
      cash: cash.size > 0 ? cash : NO_CASH,
      firstRow: NONE,
      costScale: 0,
    };
    this.#entries[number] = entry;
    this.#statics.setPortfolio(number, entry);
    this.#attach(
      number,
      positions.map(({ symbol, quantity, costBasis, currency: costCurrency }): HeldPosition => {
        return { symbolId: this.symbols.idOf(symbol), quantity, costBasis, costCurrency };
      }),
    );
  }

  /** Takes a portfolio out; returns whether it was there. */
  removePortfolio(portfolioId: string): boolean {
    const number = this.#numbers.get(portfolioId);
    if (number === undefined) return false;
    this.#positions.detach(number);
    this.#numbers.delete(portfolioId);
    this.#entries[number] = undefined;
    this.#statics.setPortfolio(number, undefined);
    this.#positions.cells.release(number);
    return true;
  }

  /** Puts memory into the order in which many prices read it; worth its time once many portfolios have been added. */
  compact(): void {
    this.#positions.compact();
  }

  /**
   * Marks positions to a batch of prices; currency pairs take effect at the next {@link settle}. Prices older than the
   * known one of their symbol are left out.
   * @returns the numbers of the symbols whose price was taken.
   */
  applyPrices(batch: PriceChangedBatch, source = 'stream'): number[] {
    return this.#prices.apply(batch, source);
  }

  /**
   * Takes prices from a store: used, graded stale, until a stream gives newer ones.
   * @returns how many were taken; a symbol with a newer price keeps that.
   */
  restorePrices(records: readonly PriceRecord[]): number {
    const readable = records.filter(({ price }) => typeof readScaled(price.toString()) !== 'string');
    const batch = new PriceChangedBatch('stored', this.#clock.now(), this.symbols, readable.length);
    readable.forEach((record, row) => enterRecord(batch, row, record));
    const taken = this.applyPrices(batch, 'store');
    const isTaken = new Set(taken);
    for (const record of readable) {
      const id = this.symbols.idOf(record.symbol);
      if (isTaken.has(id)) this.board.restore(id, record);
    }
    return taken.length;
  }

  /**
   * Grades prices stale until newer ones come: after a break, something newer may have been missed. Values stay as they
   * are. @param symbols Default: all.
   */
  markStale(symbols?: readonly string[]): void {
    if (!symbols) this.board.markAllStale();
    else for (const symbol of symbols) this.board.markStale(this.symbols.find(symbol));
  }

  /**
   * A break of a stream: prices of these symbols with a lower arrival mark are stale, wherever they are valued and stored;
   * their holders come out of the next {@link settle}.
   * @param mark See `StreamGapEvent`.
   * @returns the numbers of the symbols that this is news of.
   */
  takeGap(symbols: readonly string[], mark: number): number[] {
    return this.#prices.takeGap(symbols, mark);
  }

  /**
   * Computes the totals of every portfolio that prices, rates or holdings have touched since the last call: prices first,
   * then rates, then each total once.
   */
  settle(): ChangedPortfolios {
    // A clock that was set back must not make what is computed later look earlier.
    const now = Math.max(this.#settledAt, this.#clock.now());
    this.#settledAt = now;
    const changed = this.#conversions.refresh(now);
    if (changed.size > 0) this.#positions.cells.touchConversions(changed);
    return this.#totals.settle(changed.size > 0);
  }

  /** When the totals were computed, ms since 1970; 0 before the first {@link settle}. */
  get settledAt(): number {
    return this.#settledAt;
  }

  /** When the next rate becomes too old, ms since 1970, so that {@link settle} has something to do; Infinity: none does. */
  get ratesExpireAt(): number {
    return this.#conversions.expiresAt;
  }

  /** The book's number of a portfolio, or `undefined`; see `ChangedPortfolios.numbers`. */
  numberOf(portfolioId: string): number | undefined {
    return this.#numbers.get(portfolioId);
  }

  /** What the book knows of the portfolio with a number; `undefined` for a number that is free. */
  entry(number: number): Readonly<PortfolioEntry> | undefined {
    return this.#entries[number];
  }

  /** Totals as of the last settlement, by portfolio number. */
  get totals(): TotalsColumns {
    return this.#positions.cells.totals;
  }

  /** The totals of some portfolios, as of the last settlement, that stay what they are. */
  snapshot(numbers: Int32Array): BookSnapshot {
    return new BookSnapshot(numbers, this.totals.values, this.#statics);
  }

  /** The totals of the last settlement as they are stored; `undefined` for a number that is free. */
  record(number: number): ValuationRecord | undefined {
    const entry = this.#entries[number];
    if (!entry) return undefined;
    const { id: portfolioId, version, currency, accountKind } = entry;
    const totals = this.totals.totals(number, currency, accountKind);
    this.#order.reset(this.#prices.pairOrder);
    const provenance = this.#positions.provenance(number, this.board, this.symbols, this.#order);
    return {
      portfolioId,
      version,
      priceOrder: this.#order.toString(),
      basis: this.#basis,
      valuedAt: this.#settledAt,
      ...provenance,
      currency,
      ...totals,
    };
  }

  /** The newest price of a symbol number as it is stored. */
  priceRecord(symbolId: number): PriceRecord {
    return this.board.record(symbolId, this.symbols.symbolOf(symbolId));
  }

  /** The newest price of every symbol that has one. */
  *knownPrices(): IterableIterator<PriceRecord> {
    for (let id = 0; id < this.symbols.size; id++) if (this.board.isKnown(id)) yield this.priceRecord(id);
  }

  /**
   * Values one portfolio, row by row, at the prices of the moment; `null` when it is not in the book.
   * @param now ms since 1970: which rates are too old and which prices stale. Default: the clock's time.
   */
  value(portfolioId: string, now = this.#clock.now()): PortfolioValuation | null {
    const number = this.#numbers.get(portfolioId);
    return number === undefined ? null : this.#value(number, now);
  }

  #reattachHolders(id: number): void {
    for (const number of this.#positions.holdersOutside(id, this.board.currency(id))) {
      const positions = this.#positions.extract(number);
      this.#positions.detach(number);
      this.#attach(number, positions);
    }
  }

  #attach(number: number, positions: readonly HeldPosition[]): void {
    this.#positions.attach(number, positions);
    this.#positions.cells.held.add(number);
  }

  #value(number: number, now: number): PortfolioValuation {
    const { id, version, currency, accountKind, cash } = this.#entries[number]!;
    const { board } = this;
    const rows = this.#positions
      .extract(number)
      .map(({ symbolId, quantity, costBasis, costCurrency }): ValuationRow => {
        const symbol = this.symbols.symbolOf(symbolId);
        const price = board.used(symbolId, symbol, quantity.sign < 0 ? 'short' : 'long', costCurrency, now);
        const previousClose = price && board.quote(symbolId, symbol).previousClose;
        return { symbol, quantity, costBasis, costCurrency, price, previousClose };
      });
    const rate = (from: string, sign: number) => this.#conversions.rate(from, currency, sign, now);
    return valuePortfolio({ portfolioId: id, version, currency, accountKind, cash, rows, rate, now });
  }
}

function enterRecord(batch: PriceChangedBatch, row: number, record: PriceRecord): void {
  const { symbol, price, timestamp, receivedAt, stamp, bid, ask, previousClose, currency, state } = record;
  const { prices } = batch;
  batch.symbolIds[row] = batch.symbols.idOf(symbol);
  prices.setPrice(row, price.toString());
  prices.timestamps[row] = timestamp;
  prices.receivedAt[row] = receivedAt;
  prices.venueTimes[row] = stamp.venueTime;
  prices.arrivals[row] = stamp.arrival;
  prices.details[row] = detailsOf({
    symbol,
    price: 0,
    timestamp,
    bid: bid?.toString(),
    ask: ask?.toString(),
    previousClose: previousClose?.toString(),
    currency,
    state,
  });
}

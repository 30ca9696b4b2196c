import { systemClock, type Clock } from '../clock.js';
import type { PriceChangedBatch } from '../market-data/price-changed-event.js';
import type { PriceColumns } from '../market-data/price-columns.js';
import { SymbolTable } from '../market-data/symbol-table.js';
import { Decimal } from '../money/decimal.js';
import { floatParts } from '../money/exact-amounts.js';
import { FxRates, type FxPair } from '../money/fx-rates.js';
import type { Portfolio } from '../portfolio/portfolio.js';
import type { PortfolioValuation } from '../portfolio/portfolio-valuation.js';
import { BookCells, NONE } from './book-cells.js';
import { BookConversions, type FxPolicy } from './book-conversions.js';
import { BookRows } from './book-rows.js';
import { BookTotals, type BookEntry, type ChangedPortfolios } from './book-totals.js';
import { PostingList } from './posting-list.js';
import { PriceBoard, type PriceBoardOptions } from './price-board.js';
import { lastPrice, type Side } from './price-policy.js';
import { valuePortfolio, type ValuationRow } from './value-portfolio.js';

/** Options of {@link PositionBook}. */
export interface PositionBookOptions extends PriceBoardOptions {
  /** Currency pairs, by definition or by a name such as `'EUR/USD'`. Their prices come with all others. */
  readonly fx?: ReadonlyArray<FxPair | string>;
  /** A rate that arrived longer ago than this many ms counts as unknown. Default: no limit. */
  readonly fxMaxAgeMs?: number;
  /** Default `'last'`. */
  readonly fxPolicy?: FxPolicy;
  /** Symbol numbers shared with the processor, which saves translating them. */
  readonly symbols?: SymbolTable;
  readonly clock?: Clock;
}

/** A position taken out of the columns. */
interface HeldPosition {
  readonly symbolId: number;
  readonly quantity: Decimal;
  readonly costBasis: Decimal;
  readonly costCurrency: string;
}

// Room for prices to show more digits later without touching the portfolios that hold the symbol.
const LEAST_PRICE_SCALE = 4;
const LEAST_VALUE_SCALE = 6;
// Past this share of all postings nearly every portfolio is touched, and keeping a list of which costs more than it saves.
const DENSE_SHARE = 0.5;

/**
 * The positions of many portfolios in columns, kept marked to the newest prices. A price change is added, exactly, to the
 * subtotal of every portfolio that holds the symbol; {@link settle} then computes the totals of those portfolios once.
 * Adding, changing or removing a portfolio costs by its own size, not by the size of the book.
 */
export class PositionBook {
  readonly symbols: SymbolTable;
  readonly board: PriceBoard;
  readonly #clock: Clock;
  readonly #rates: FxRates;
  readonly #conversions: BookConversions;
  readonly #cells = new BookCells();
  readonly #rows = new BookRows();
  readonly #totals: BookTotals;
  readonly #numbers = new Map<string, number>();
  readonly #entries: Array<BookEntry | undefined> = [];
  readonly #freeNumbers: number[] = [];
  /** By mark (symbol number × 2, plus 1 for short): positions, price in units (NaN: none) and the price's scale. */
  readonly #lists: Array<PostingList | undefined> = [];
  readonly #markUnits: number[] = [];
  readonly #markScales: number[] = [];
  #positions = 0;
  #postings = 0;
  #translation: { from: SymbolTable; ids: number[] } | null = null;

  constructor(options: PositionBookOptions = {}) {
    this.symbols = options.symbols ?? new SymbolTable();
    this.board = new PriceBoard(options);
    this.#clock = options.clock ?? systemClock;
    this.#rates = new FxRates(options.fx, options.fxMaxAgeMs);
    this.#conversions = new BookConversions(this.#rates, options.fxPolicy ?? 'last');
    this.#totals = new BookTotals(this.#cells, this.#conversions, this.#entries, (number) =>
      this.#value(number, this.#clock.now()),
    );
  }

  /** Number of portfolios. */
  get size(): number {
    return this.#numbers.size;
  }

  /** Number of positions. */
  get positions(): number {
    return this.#positions;
  }

  /** Symbols of the currency pairs. */
  get fxSymbols(): readonly string[] {
    return this.#rates.symbols;
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

  /** Whether any portfolio holds the symbol, or it is a currency pair. */
  needs(symbol: string): boolean {
    const id = this.symbols.find(symbol);
    const held = (mark: number) => (this.#lists[mark]?.length ?? 0) > 0;
    return this.#rates.has(symbol) || (id >= 0 && (held(2 * id) || held(2 * id + 1)));
  }

  /** Adds a portfolio, or replaces it whole. It comes out of the next {@link settle}. */
  setPortfolio(portfolio: Portfolio): void {
    let number = this.#numbers.get(portfolio.id);
    if (number === undefined) {
      number = this.#freeNumbers.pop() ?? this.#entries.length;
      this.#numbers.set(portfolio.id, number);
    } else {
      this.#detach(number);
    }
    const { id, version, currency, accountKind, cash, positions } = portfolio;
    this.#entries[number] = {
      id,
      version,
      currency,
      accountKind,
      cash,
      firstRow: NONE,
      firstCell: NONE,
      costScale: 0,
    };
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
    this.#detach(number);
    this.#numbers.delete(portfolioId);
    this.#entries[number] = undefined;
    this.#freeNumbers.push(number);
    return true;
  }

  /**
   * Marks positions to a batch of prices; currency pairs take effect at the next {@link settle}. Prices older than the
   * known one of their symbol are left out.
   * @returns how many prices were taken.
   */
  applyPrices(batch: PriceChangedBatch, source = 'stream'): number {
    const ids = this.#translate(batch);
    let postings = 0;
    for (let row = 0; row < batch.length; row++) {
      const mark = 2 * ids[batch.symbolIds[row]!]!;
      postings += (this.#lists[mark]?.length ?? 0) + (this.#lists[mark + 1]?.length ?? 0);
    }
    const isDense = postings > this.#postings * DENSE_SHARE && postings > this.#cells.count;
    let taken = 0;
    for (let row = 0; row < batch.length; row++) {
      if (this.#applyPrice(ids[batch.symbolIds[row]!]!, batch.prices, row, source, isDense)) taken++;
    }
    if (isDense) this.#totals.touchAll();
    return taken;
  }

  /**
   * Computes the totals of every portfolio that prices, rates or holdings have touched since the last call: prices first,
   * then rates, then each total once. The result is good until the next call.
   */
  settle(): ChangedPortfolios {
    const now = this.#clock.now();
    const changed = this.#conversions.refresh(now);
    if (changed.size > 0) {
      const { conversions, count, portfolios } = this.#cells;
      for (let cell = 0; cell < count; cell++) {
        if (portfolios[cell] !== NONE && changed.has(conversions[cell]!)) this.#cells.touch(cell);
      }
    }
    return this.#totals.settle();
  }

  /** Values one portfolio, row by row, at the prices of the moment; `null` when it is not in the book. */
  value(portfolioId: string): PortfolioValuation | null {
    const number = this.#numbers.get(portfolioId);
    return number === undefined ? null : this.#value(number, this.#clock.now());
  }

  #applyPrice(id: number, prices: PriceColumns, row: number, source: string, isDense: boolean): boolean {
    const { board } = this;
    const currency = board.isKnown(id) ? board.prices.details[id]?.currency : undefined;
    if (!board.accept(id, prices, row, source)) return false;
    const fresh = board.prices.details[id]?.currency;
    const isInOtherCurrency = fresh !== currency;
    if (isInOtherCurrency) this.#reattachHolders(id);
    const symbol = this.symbols.symbolOf(id);
    if (this.#rates.has(symbol)) this.#applyRate(id, symbol);
    if (board.policy === lastPrice) {
      this.#setMark(2 * id, prices.units[row]!, prices.scales[row]!, isDense);
      this.#setMark(2 * id + 1, prices.units[row]!, prices.scales[row]!, isDense);
    } else {
      this.#applyPolicy(id, symbol, 'long', isDense);
      this.#applyPolicy(id, symbol, 'short', isDense);
    }
    return true;
  }

  #applyRate(id: number, symbol: string): void {
    const { last, bid, ask } = this.board.quote(id, symbol);
    if (last.sign <= 0) return;
    const { timestamps, receivedAt } = this.board.prices;
    this.#rates.update(symbol, { last, bid, ask, asOf: timestamps[id]!, receivedAt: receivedAt[id]! });
  }

  #applyPolicy(id: number, symbol: string, side: Side, isDense: boolean): void {
    const mark = 2 * id + (side === 'short' ? 1 : 0);
    const price = this.board.choose(id, symbol, side)?.price.trimmed();
    const units = price?.safeUnitsAt(price.scale) ?? NaN;
    if (price && !Number.isNaN(units)) this.#setMark(mark, units, price.scale, isDense);
    else this.#clearMark(mark);
  }

  #setMark(mark: number, units: number, scale: number, isDense: boolean): void {
    while (this.#markUnits.length <= mark) {
      this.#markUnits.push(NaN);
      this.#markScales.push(LEAST_PRICE_SCALE);
    }
    const shift = this.#markScales[mark]! - scale;
    const aligned = shift >= 0 ? units * 10 ** shift : NaN;
    if (!Number.isSafeInteger(aligned)) {
      this.#clearMark(mark);
      this.#rescale(mark, scale);
      this.#setMark(mark, units, scale, isDense);
      return;
    }
    const list = this.#lists[mark];
    const known = this.#markUnits[mark]!;
    this.#markUnits[mark] = aligned;
    if (!list || list.length === 0) return;
    if (Number.isNaN(known)) {
      for (let i = 0; i < list.length; i++) this.#cells.unpriced[list.cells[i]!]!--;
      this.#add(list, aligned, isDense);
    } else if (Number.isSafeInteger(aligned - known)) {
      this.#add(list, aligned - known, isDense);
    } else {
      // From one end of the range to the other the difference has no exact form; the two prices have.
      this.#add(list, -known, isDense);
      this.#add(list, aligned, isDense);
    }
  }

  #clearMark(mark: number): void {
    const known = this.#markUnits[mark];
    if (known === undefined || Number.isNaN(known)) return;
    this.#markUnits[mark] = NaN;
    const list = this.#lists[mark];
    if (!list) return;
    for (let i = 0; i < list.length; i++) this.#cells.unpriced[list.cells[i]!]!++;
    this.#add(list, -known, false);
  }

  #add(list: PostingList, delta: number, isDense: boolean): void {
    this.#cells.values.addProducts(list.cells, list.quantities, list.length, delta);
    if (!isDense) this.#cells.touchAll(list.cells, list.length);
  }

  // A price with more digits than the mark has had. Most quantities have room for them; the portfolios of the others are
  // taken out and put back at a finer scale. The mark has no price while this goes on.
  #rescale(mark: number, scale: number): void {
    const list = this.#lists[mark];
    const shift = scale - this.#markScales[mark]!;
    const factor = 10 ** Math.abs(shift);
    const fits = (quantity: number, cell: number) => {
      if (shift <= 0) return Number.isSafeInteger(quantity * factor);
      return quantity % factor === 0 && this.#cells.values.scales[cell]! >= scale;
    };
    const others = new Set<number>();
    for (let i = 0; i < (list?.length ?? 0); i++) {
      if (!fits(list!.quantities[i]!, list!.cells[i]!)) others.add(this.#cells.portfolios[list!.cells[i]!]!);
    }
    const extracted = [...others].map((number): [number, HeldPosition[]] => [number, this.#extract(number)]);
    for (const number of others) this.#detach(number);
    for (let i = 0; i < (list?.length ?? 0); i++) {
      list!.quantities[i] = shift > 0 ? list!.quantities[i]! / factor : list!.quantities[i]! * factor;
    }
    this.#markScales[mark] = scale;
    for (const [number, positions] of extracted) this.#attach(number, positions);
  }

  #reattachHolders(id: number): void {
    const holders = new Set<number>();
    for (const mark of [2 * id, 2 * id + 1]) {
      const list = this.#lists[mark];
      for (let i = 0; i < (list?.length ?? 0); i++) holders.add(this.#cells.portfolios[list!.cells[i]!]!);
    }
    for (const number of holders) {
      const positions = this.#extract(number);
      this.#detach(number);
      this.#attach(number, positions);
    }
  }

  #attach(number: number, positions: readonly HeldPosition[]): void {
    const entry = this.#entries[number]!;
    const scales = new Map<string, number>();
    entry.costScale = positions.reduce((scale, { costBasis }) => Math.max(scale, costBasis.scale), 0);
    for (const { symbolId, quantity, costCurrency } of positions) {
      const currency = this.#valueCurrency(symbolId, costCurrency);
      const scale = quantity.scale + this.#scaleOf(markOf(symbolId, quantity));
      scales.set(currency, Math.max(scales.get(currency) ?? LEAST_VALUE_SCALE, scale));
      if (!scales.has(costCurrency)) scales.set(costCurrency, LEAST_VALUE_SCALE);
    }
    for (const currency of entry.cash.keys())
      if (!scales.has(currency)) scales.set(currency, LEAST_VALUE_SCALE);
    const cells = new Map<string, number>();
    for (const [currency, scale] of scales) {
      const conversion = this.#conversions.numberOf(currency, entry.currency, this.#clock.now());
      entry.firstCell = this.#cells.open(number, conversion, scale, entry.costScale, entry.firstCell);
      cells.set(currency, entry.firstCell);
    }
    for (const [currency, amount] of entry.cash) {
      this.#cells.cash.add(cells.get(currency)!, amount);
      this.#cells.hasCash[cells.get(currency)!] = 1;
    }
    // From last to first, so that the chain has the order of the portfolio.
    for (let at = positions.length - 1; at >= 0; at--) this.#attachPosition(entry, positions[at]!, cells);
    this.#positions += positions.length;
    this.#totals.touch(number);
  }

  #attachPosition(entry: BookEntry, position: HeldPosition, cells: ReadonlyMap<string, number>): void {
    const { symbolId, quantity, costBasis, costCurrency } = position;
    const mark = markOf(symbolId, quantity);
    const cell = cells.get(this.#valueCurrency(symbolId, costCurrency))!;
    const costCell = cells.get(costCurrency)!;
    const scale = this.#cells.values.scales[cell]! - this.#scaleOf(mark);
    const safe = quantity.safeUnitsAt(scale);
    const parts = Number.isNaN(safe) ? floatParts(quantity.unitsAt(scale)) : [safe];
    while (this.#lists.length <= mark) this.#lists.push(undefined);
    const list = (this.#lists[mark] ??= new PostingList());
    const price = this.#markUnits[mark] ?? NaN;
    const postings = parts.map((part) => {
      if (!Number.isNaN(price)) this.#cells.values.addProduct(cell, part, price);
      return list.push(part, cell);
    });
    this.#postings += parts.length;
    this.#cells.postings[cell]! += parts.length;
    if (Number.isNaN(price)) this.#cells.unpriced[cell]! += parts.length;
    const row = this.#rows.open(mark, postings[0]!, entry.firstRow);
    entry.firstRow = row;
    if (postings.length > 1) this.#rows.morePostings.set(row, postings.slice(1));
    if (costCell !== cell) this.#rows.costCells.set(row, costCell);
    const cost = costBasis.safeUnitsAt(entry.costScale);
    this.#rows.costs[row] = cost;
    if (Number.isNaN(cost)) this.#rows.bigCosts.set(row, costBasis.unitsAt(entry.costScale));
    this.#cells.costs.add(costCell, costBasis);
    this.#cells.costed[costCell]!++;
  }

  #detach(number: number): void {
    const entry = this.#entries[number]!;
    for (let row = entry.firstRow; row !== NONE;) {
      const mark = this.#rows.marks[row]!;
      const postings = [this.#rows.postings[row]!, ...(this.#rows.morePostings.get(row) ?? [])];
      // From the highest index down, so that what moves into a hole is never one of those still to be taken out.
      for (const posting of postings.sort((a, b) => b - a)) this.#removePosting(mark, posting);
      const next = this.#rows.next[row]!;
      this.#rows.close(row);
      this.#positions--;
      row = next;
    }
    for (let cell = entry.firstCell; cell !== NONE;) {
      const next = this.#cells.next[cell]!;
      this.#cells.close(cell);
      cell = next;
    }
    entry.firstRow = entry.firstCell = NONE;
    this.#totals.forget(number);
  }

  #removePosting(mark: number, posting: number): void {
    const list = this.#lists[mark]!;
    this.#postings--;
    const moved = list.removeAt(posting);
    if (moved === -1) return;
    let row = this.#entries[this.#cells.portfolios[list.cells[posting]!]!]!.firstRow;
    while (this.#rows.marks[row] !== mark || !this.#rows.isAt(row, moved)) row = this.#rows.next[row]!;
    this.#rows.movePosting(row, moved, posting);
  }

  #extract(number: number): HeldPosition[] {
    const entry = this.#entries[number]!;
    const positions: HeldPosition[] = [];
    for (let row = entry.firstRow; row !== NONE; row = this.#rows.next[row]!) {
      const mark = this.#rows.marks[row]!;
      const list = this.#lists[mark]!;
      const posting = this.#rows.postings[row]!;
      const cell = list.cells[posting]!;
      const costCell = this.#rows.costCells.get(row) ?? cell;
      const scale = this.#cells.values.scales[cell]! - this.#scaleOf(mark);
      let units = BigInt(list.quantities[posting]!);
      for (const more of this.#rows.morePostings.get(row) ?? []) units += BigInt(list.quantities[more]!);
      positions.push({
        symbolId: mark >> 1,
        quantity: Decimal.ofUnits(units, scale).trimmed(),
        costBasis: Decimal.ofUnits(
          this.#rows.bigCosts.get(row) ?? this.#rows.costs[row]!,
          entry.costScale,
        ).trimmed(),
        costCurrency: this.#conversions.at(this.#cells.conversions[costCell]!).from,
      });
    }
    return positions;
  }

  #value(number: number, now: number): PortfolioValuation {
    const { id, version, currency, accountKind, cash } = this.#entries[number]!;
    const { board } = this;
    const rows = this.#extract(number).map(
      ({ symbolId, quantity, costBasis, costCurrency }): ValuationRow => {
        const symbol = this.symbols.symbolOf(symbolId);
        const price = board.used(symbolId, symbol, quantity.sign < 0 ? 'short' : 'long', costCurrency, now);
        const previousClose = price && board.quote(symbolId, symbol).previousClose;
        return { symbol, quantity, costBasis, costCurrency, price, previousClose };
      },
    );
    const rate = (from: string, sign: number) => this.#conversions.rate(from, currency, sign, now);
    return valuePortfolio({ portfolioId: id, version, currency, accountKind, cash, rows, rate, now });
  }

  #valueCurrency(symbolId: number, costCurrency: string): string {
    return (
      (this.board.isKnown(symbolId) ? this.board.prices.details[symbolId]?.currency : undefined) ??
      costCurrency
    );
  }

  #scaleOf(mark: number): number {
    return this.#markScales[mark] ?? LEAST_PRICE_SCALE;
  }

  #translate(batch: PriceChangedBatch): readonly number[] {
    if (this.#translation?.from !== batch.symbols) this.#translation = { from: batch.symbols, ids: [] };
    const { from, ids } = this.#translation;
    for (let id = ids.length; id < from.size; id++) {
      ids.push(from === this.symbols ? id : this.symbols.idOf(from.symbolOf(id)));
    }
    return ids;
  }
}

function markOf(symbolId: number, quantity: Decimal): number {
  return 2 * symbolId + (quantity.sign < 0 ? 1 : 0);
}

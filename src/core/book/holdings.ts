import { Decimal } from '../money/decimal.js';
import { floatParts } from '../money/exact-amounts.js';
import { POWERS } from '../money/scaled-number.js';
import type { SymbolTable } from '../prices/symbol-table.js';
import type { ValuationRecord } from '../portfolio/portfolio-repository.js';
import { Subtotals, NONE } from './subtotals.js';
import type { ConversionTable } from './conversion-table.js';
import { HoldingsBySymbol } from './holdings-by-symbol.js';
import { RowsByPortfolio } from './rows-by-portfolio.js';
import type { PortfolioEntry } from './totals-calculator.js';
import type { OrderSum } from './order-sum.js';
import { FACTS, MARK, RECEIVED_AT, TIMESTAMP, VENUE_ORDER, type LatestPrices } from './latest-prices.js';
import { PriceMoves } from './price-moves.js';

const LEAST_VALUE_SCALE = 6;
const MOST_LISTED = 100;
const NO_NAMES: readonly string[] = Object.freeze([]);

/** A position taken out of the columns. */
export interface HeldPosition {
  readonly symbolId: number;
  readonly quantity: Decimal;
  readonly costBasis: Decimal;
  readonly costCurrency: string;
}

/** What a stored valuation says of the prices it was made from. */
export type Provenance = Pick<
  ValuationRecord,
  'priceTime' | 'receivedAt' | 'liveUntil' | 'unpriced' | 'unconverted'
>;

/** What {@link Holdings} asks of the book around it. */
export interface HoldingsContext {
  readonly entries: ReadonlyArray<PortfolioEntry | undefined>;
  readonly conversions: ConversionTable;
  /** Currency that a symbol's value is in, for a position whose cost is in `costCurrency`. */
  readonly valueCurrency: (symbolId: number, costCurrency: string) => string;
  readonly now: () => number;
}

/**
 * The positions themselves, seen from both sides: rows by portfolio, postings by mark (a symbol and a side), and the sums
 * in the cells that a mark's price moves.
 */
export class Holdings {
  readonly cells = new Subtotals();
  /** Number of positions. */
  positions = 0;
  /** Number of postings: one a position, more for quantities past 2^53. */
  postings = 0;
  readonly #rows = new RowsByPortfolio();
  readonly #entries: ReadonlyArray<PortfolioEntry | undefined>;
  readonly #conversions: ConversionTable;
  readonly #valueCurrency: (symbolId: number, costCurrency: string) => string;
  readonly #now: () => number;
  readonly #postings = new HoldingsBySymbol();
  readonly #moves = new PriceMoves();

  constructor({ entries, conversions, valueCurrency, now }: HoldingsContext) {
    this.#entries = entries;
    this.#conversions = conversions;
    this.#valueCurrency = valueCurrency;
    this.#now = now;
  }

  /** Postings of a symbol, long and short. */
  postingsOf(symbolId: number): number {
    return this.#postings.lengthOf(2 * symbolId) + this.#postings.lengthOf(2 * symbolId + 1);
  }

  /** Puts postings in the order of their marks. */
  compact(): void {
    this.#postings.pack();
  }

  /** Numbers of the portfolios that hold a symbol and value it in another currency than the given one. */
  holdersOutside(symbolId: number, currency: string | undefined): Set<number> {
    const holders = new Set<number>();
    for (const mark of [2 * symbolId, 2 * symbolId + 1]) {
      for (const cell of this.#cellsOf(mark)) {
        if (this.#currencyOf(cell) !== currency) holders.add(this.cells.portfolioOf(cell));
      }
    }
    return holders;
  }

  /** Moves every position of a mark to a price of `units` × 10^-`scale`; their sums follow with {@link move}. */
  setMark(mark: number, units: number, scale: number): void {
    const shift = this.#postings.scaleOf(mark) - scale;
    const aligned = shift >= 0 ? units * POWERS[shift]! : NaN;
    if (!Number.isSafeInteger(aligned)) {
      this.clearMark(mark);
      this.#rescale(mark, scale);
      this.setMark(mark, units, scale);
      return;
    }
    const known = this.#postings.priceOf(mark);
    this.#postings.setPrice(mark, aligned);
    if (this.#postings.lengthOf(mark) === 0) return;
    if (Number.isNaN(known)) {
      for (const cell of this.#cellsOf(mark)) this.cells.addUnpriced(cell, -1);
      this.#moves.add(mark, aligned);
    } else if (Number.isSafeInteger(aligned - known)) {
      this.#moves.add(mark, aligned - known);
    } else {
      // From one end of the range to the other the difference has no exact form; the two prices have.
      this.#moves.add(mark, -known);
      this.#moves.add(mark, aligned);
    }
  }

  /** Makes every position of a mark unpriced; their sums follow with {@link move}. */
  clearMark(mark: number): void {
    const known = this.#postings.priceOf(mark);
    if (Number.isNaN(known)) return;
    this.#postings.setPrice(mark, NaN);
    for (const cell of this.#cellsOf(mark)) this.cells.addUnpriced(cell, 1);
    this.#moves.add(mark, -known);
  }

  /** Brings the sums to the prices of their marks. `isDense`: leave out which cells that touches. */
  move(isDense: boolean): void {
    this.#moves.apply(this.cells, this.#postings, isDense);
  }

  #cellsOf(mark: number): Int32Array {
    const start = this.#postings.startOf(mark);
    return this.#postings.cells.subarray(start, start + this.#postings.lengthOf(mark));
  }

  // A price with more digits than the mark has had. Most quantities have room for them; the portfolios of the others are
  // taken out and put back at a finer scale. The mark has no price while this goes on.
  #rescale(mark: number, scale: number): void {
    const shift = scale - this.#postings.scaleOf(mark);
    const factor = 10 ** Math.abs(shift);
    const fits = (quantity: number, cell: number) => {
      if (shift <= 0) return Number.isSafeInteger(quantity * factor);
      return quantity % factor === 0 && this.cells.values.scales[cell]! >= scale;
    };
    const others = new Set<number>();
    const { quantities } = this.#postings;
    const start = this.#postings.startOf(mark);
    this.#cellsOf(mark).forEach((cell, index) => {
      if (!fits(quantities[start + index]!, cell)) others.add(this.cells.portfolioOf(cell));
    });
    const extracted = [...others].map((number): [number, HeldPosition[]] => [number, this.extract(number)]);
    this.move(false);
    for (const number of others) this.detach(number);
    this.#postings.rescale(mark, scale);
    for (const [number, positions] of extracted) this.attach(number, positions);
  }

  /** Enters the positions and cash of a portfolio that has none. */
  attach(number: number, positions: readonly HeldPosition[]): void {
    // A posting enters at the price of its mark, and must not be moved there once more.
    this.move(false);
    const entry = this.#entries[number]!;
    const scales = new Map<string, number>();
    entry.costScale = positions.reduce((scale, { costBasis }) => Math.max(scale, costBasis.scale), 0);
    for (const { symbolId, quantity, costCurrency } of positions) {
      const currency = this.#valueCurrency(symbolId, costCurrency);
      const scale = quantity.scale + this.#postings.scaleOf(markOf(symbolId, quantity));
      scales.set(currency, Math.max(scales.get(currency) ?? LEAST_VALUE_SCALE, scale));
      if (!scales.has(costCurrency)) scales.set(costCurrency, LEAST_VALUE_SCALE);
    }
    for (const currency of entry.cash.keys())
      if (!scales.has(currency)) scales.set(currency, LEAST_VALUE_SCALE);
    if (scales.size === 0) scales.set(entry.currency, LEAST_VALUE_SCALE);
    const cells = new Map<string, number>();
    for (const [currency, scale] of scales) {
      const conversion = this.#conversions.numberOf(currency, entry.currency, this.#now());
      cells.set(currency, this.cells.open(number, conversion, scale, entry.costScale));
    }
    for (const [currency, amount] of entry.cash) {
      this.cells.cash.add(cells.get(currency)!, amount);
      this.cells.hasCash[cells.get(currency)!] = 1;
    }
    // From last to first, so that the chain has the order of the portfolio.
    for (let at = positions.length - 1; at >= 0; at--) this.#attachPosition(entry, positions[at]!, cells);
    this.positions += positions.length;
  }

  #attachPosition(entry: PortfolioEntry, position: HeldPosition, cells: ReadonlyMap<string, number>): void {
    const { symbolId, quantity, costBasis, costCurrency } = position;
    const mark = markOf(symbolId, quantity);
    const cell = cells.get(this.#valueCurrency(symbolId, costCurrency))!;
    const costCell = cells.get(costCurrency)!;
    const scale = this.cells.values.scales[cell]! - this.#postings.scaleOf(mark);
    const safe = quantity.safeUnitsAt(scale);
    const parts = Number.isNaN(safe) ? floatParts(quantity.unitsAt(scale)) : [safe];
    const price = this.#postings.priceOf(mark);
    const postings = parts.map((part) => {
      if (!Number.isNaN(price)) this.cells.values.addProduct(cell, part, price);
      return this.#postings.push(mark, part, cell);
    });
    this.postings += parts.length;
    this.cells.postings[cell]! += parts.length;
    if (Number.isNaN(price)) this.cells.addUnpriced(cell, parts.length);
    const row = this.#rows.open(mark, postings[0]!, entry.firstRow);
    entry.firstRow = row;
    if (postings.length > 1) this.#rows.morePostings.set(row, postings.slice(1));
    if (costCell !== cell) this.#rows.costCells.set(row, costCell);
    const cost = costBasis.safeUnitsAt(entry.costScale);
    this.#rows.costs[row] = cost;
    if (Number.isNaN(cost)) this.#rows.bigCosts.set(row, costBasis.unitsAt(entry.costScale));
    this.cells.costs.add(costCell, costBasis);
    this.cells.costed[costCell]!++;
  }

  /** Takes out all that a portfolio has. */
  detach(number: number): void {
    const entry = this.#entries[number]!;
    for (let row = entry.firstRow; row !== NONE;) {
      const mark = this.#rows.marks[row]!;
      const postings = [this.#rows.postings[row]!, ...(this.#rows.morePostings.get(row) ?? [])];
      // From the highest index down, so that what moves into a hole is never one of those still to be taken out.
      for (const posting of postings.sort((a, b) => b - a)) this.#removePosting(mark, posting);
      const next = this.#rows.next[row]!;
      this.#rows.close(row);
      this.positions--;
      row = next;
    }
    this.cells.close(number);
    entry.firstRow = NONE;
  }

  #removePosting(mark: number, posting: number): void {
    this.postings--;
    const moved = this.#postings.removeAt(mark, posting);
    if (moved === -1) return;
    const cell = this.#postings.cells[this.#postings.startOf(mark) + posting]!;
    let row = this.#entries[this.cells.portfolioOf(cell)]!.firstRow;
    while (this.#rows.marks[row] !== mark || !this.#rows.isAt(row, moved)) row = this.#rows.next[row]!;
    this.#rows.movePosting(row, moved, posting);
  }

  /** What a portfolio's totals were made from. `sum` starts with what all portfolios have in common. */
  provenance(number: number, board: LatestPrices, symbols: SymbolTable, sum: OrderSum): Provenance {
    const { facts } = board;
    const { currency } = this.#entries[number]!;
    let newest = 0;
    let oldest = Infinity;
    const lifeMs = board.commonLifeMs;
    let liveUntil = Infinity;
    let unpriced: string[] | undefined;
    for (let row = this.#entries[number]!.firstRow; row !== NONE; row = this.#rows.next[row]!) {
      const mark = this.#rows.marks[row]!;
      const id = mark >> 1;
      const at = FACTS * id;
      const venueOrder = at < facts.length ? facts[at + VENUE_ORDER]! : NaN;
      // Also of a symbol without a usable price: that it has none is news as well.
      if (venueOrder === venueOrder) sum.add(venueOrder, facts[at + MARK]!);
      if (Number.isNaN(this.#postings.priceOf(mark))) {
        (unpriced ??= []).push(symbols.symbolOf(id));
        continue;
      }
      if (facts[at + TIMESTAMP]! > newest) newest = facts[at + TIMESTAMP]!;
      if (facts[at + RECEIVED_AT]! < oldest) oldest = facts[at + RECEIVED_AT]!;
      if (lifeMs === null) liveUntil = Math.min(liveUntil, board.liveUntil(id, symbols.symbolOf(id)));
    }
    if (lifeMs !== null) liveUntil = oldest + lifeMs;
    let unconverted: string[] | undefined;
    for (let cell = number; cell !== NONE; cell = this.cells.nextOf(cell)) {
      const conversion = this.#conversions.at(this.cells.conversionOf(cell));
      const rate = conversion.sell?.rate;
      if (!rate) {
        const isUsed = this.cells.postings[cell]! + this.cells.costed[cell]! + this.cells.hasCash[cell]! > 0;
        if (isUsed && conversion.from !== currency) (unconverted ??= []).push(conversion.from);
        continue;
      }
      newest = Math.max(newest, rate.newest);
      oldest = Math.min(oldest, rate.oldestReceivedAt);
      liveUntil = Math.min(liveUntil, rate.oldestReceivedAt + this.#conversions.maxAgeMs);
    }
    return {
      priceTime: newest,
      receivedAt: oldest === Infinity ? null : oldest,
      liveUntil: liveUntil === Infinity ? null : liveUntil,
      unpriced: unpriced?.slice(0, MOST_LISTED) ?? NO_NAMES,
      unconverted: unconverted?.sort().slice(0, MOST_LISTED) ?? NO_NAMES,
    };
  }

  /** Counts the holders of a symbol as touched, though no price has moved. */
  touchHolders(symbolId: number): void {
    for (const mark of [2 * symbolId, 2 * symbolId + 1]) {
      for (const cell of this.#cellsOf(mark)) this.cells.priced.add(cell);
    }
  }

  /** Symbol numbers that are held by anyone. */
  heldSymbols(): number[] {
    const held: number[] = [];
    for (let id = 0; 2 * id < this.#postings.marks; id++) if (this.postingsOf(id) > 0) held.push(id);
    return held;
  }

  /** The positions of a portfolio, in its order. */
  extract(number: number): HeldPosition[] {
    const entry = this.#entries[number]!;
    const positions: HeldPosition[] = [];
    for (let row = entry.firstRow; row !== NONE; row = this.#rows.next[row]!) {
      const mark = this.#rows.marks[row]!;
      const start = this.#postings.startOf(mark);
      const posting = start + this.#rows.postings[row]!;
      const cell = this.#postings.cells[posting]!;
      const costCell = this.#rows.costCells.get(row) ?? cell;
      const scale = this.cells.values.scales[cell]! - this.#postings.scaleOf(mark);
      const { quantities } = this.#postings;
      let units = BigInt(quantities[posting]!);
      for (const more of this.#rows.morePostings.get(row) ?? []) units += BigInt(quantities[start + more]!);
      positions.push({
        symbolId: mark >> 1,
        quantity: Decimal.ofUnits(units, scale).trimmed(),
        costBasis: Decimal.ofUnits(
          this.#rows.bigCosts.get(row) ?? this.#rows.costs[row]!,
          entry.costScale,
        ).trimmed(),
        costCurrency: this.#currencyOf(costCell),
      });
    }
    return positions;
  }

  #currencyOf(cell: number): string {
    return this.#conversions.at(this.cells.conversionOf(cell)).from;
  }
}

function markOf(symbolId: number, quantity: Decimal): number {
  return 2 * symbolId + (quantity.sign < 0 ? 1 : 0);
}

import { Decimal } from '../money/decimal.js';
import { floatParts } from '../money/exact-amounts.js';
import { POWERS } from '../money/scaled-number.js';
import type { ConversionTable } from './conversion-table.js';
import { HoldingsBySymbol } from './columns/holdings-by-symbol.js';
import { InversePrices } from './columns/inverse-prices.js';
import type { Instrument } from '../instruments/instrument.js';
import { isPlainRow, plainRow, type LedgerRow } from '../portfolio/ledger/ledger-row.js';
import type { FoldedPosition } from './columns/folded-position.js';
import type { PortfolioTable } from './portfolio-table.js';
import { PriceMoves } from './columns/price-moves.js';
import { RowsByPortfolio } from './columns/rows-by-portfolio.js';
import type { PlainFigures } from './columns/ledger-pages.js';
import type { ScaledNumber, ScaledNumberFault } from '../money/scaled-number.js';
import { NONE, Subtotals } from './columns/subtotals.js';

const LEAST_VALUE_SCALE = 6;

/** A position on its way into the columns, or out of them. */
export interface HeldPosition {
  readonly symbolId: number;
  readonly row: LedgerRow;
}

/** What {@link Holdings} needs of the book around it. */
export interface HoldingsContext {
  readonly portfolios: PortfolioTable;
  readonly conversions: ConversionTable;
  /** How a position counts in the columns at the prices of its symbol; see `foldedPosition`. */
  readonly fold: (position: HeldPosition) => FoldedPosition;
  /** The instrument of a symbol of which only quantity and cost are kept. */
  readonly plainInstrument: (symbolId: number, currency: string) => Instrument;
  readonly now: () => number;
}

/**
 * The positions of a book, kept in step from both sides: rows by portfolio, holdings by symbol side, and the subtotals that a price
 * changes.
 */
export class Holdings {
  /** Changed here alone; others read it. */
  readonly subtotals = new Subtotals();
  /** Set here alone, except for what is taken over when totals are computed. */
  readonly inverses = new InversePrices();
  readonly rows: Pick<RowsByPortfolio, 'firstOf' | 'nextOf' | 'symbolSideOf' | 'detailsOf'>;
  readonly #rows = new RowsByPortfolio();
  readonly #portfolios: PortfolioTable;
  readonly #conversions: ConversionTable;
  readonly #fold: (position: HeldPosition) => FoldedPosition;
  readonly #plainInstrument: (symbolId: number, currency: string) => Instrument;
  readonly #now: () => number;
  readonly #bySymbol = new HoldingsBySymbol();
  readonly #moves = new PriceMoves();
  #positionCount = 0;
  #count = 0;

  constructor({ portfolios, conversions, fold, plainInstrument, now }: HoldingsContext) {
    this.rows = this.#rows;
    this.#portfolios = portfolios;
    this.#conversions = conversions;
    this.#fold = fold;
    this.#plainInstrument = plainInstrument;
    this.#now = now;
  }

  /** Number of positions. */
  get positionCount(): number {
    return this.#positionCount;
  }

  /** Number of holdings: one for each position, more for a quantity past 2^53. */
  get count(): number {
    return this.#count;
  }

  /** Holdings of a symbol, long and short. */
  countOf(symbolId: number): number {
    return this.#bySymbol.lengthOf(2 * symbolId) + this.#bySymbol.lengthOf(2 * symbolId + 1);
  }

  /** Whether a symbol side has a price. */
  isPriced(symbolSide: number): boolean {
    return !Number.isNaN(this.#bySymbol.priceOf(symbolSide));
  }

  /** Price of a symbol side, in units of its scale; NaN without one. */
  priceOf(symbolSide: number): number {
    return this.#bySymbol.priceOf(symbolSide);
  }

  /** Numbers of the symbols that any portfolio holds. */
  heldSymbols(): number[] {
    const held: number[] = [];
    for (let id = 0; 2 * id < this.#bySymbol.symbolSides; id++) if (this.countOf(id) > 0) held.push(id);
    return held;
  }

  /** Numbers of the portfolios that hold a symbol. */
  holdersOf(symbolId: number): Set<number> {
    const holders = new Set<number>();
    for (const symbolSide of [2 * symbolId, 2 * symbolId + 1]) {
      for (const subtotal of this.#subtotalsOf(symbolSide)) holders.add(this.subtotals.portfolioOf(subtotal));
    }
    return holders;
  }

  /** Puts the totals of a symbol's holders among those to compute, though no price has changed. */
  touchHolders(symbolId: number): void {
    for (const symbolSide of [2 * symbolId, 2 * symbolId + 1]) {
      for (const subtotal of this.#subtotalsOf(symbolSide)) this.subtotals.repriced.add(subtotal);
    }
  }

  /** Puts holdings in the order of their symbol sides. */
  compact(): void {
    this.#bySymbol.pack();
  }

  /** Sets the price of a symbol side to `units` × 10^-`scale`; the subtotals follow with {@link applyMoves}. */
  setPrice(symbolSide: number, units: number, scale: number): void {
    const shift = this.#bySymbol.scaleOf(symbolSide) - scale;
    const aligned = shift >= 0 ? units * POWERS[shift]! : NaN;
    if (!Number.isSafeInteger(aligned)) {
      this.clearPrice(symbolSide);
      this.#rescale(symbolSide, scale);
      this.setPrice(symbolSide, units, scale);
      return;
    }
    const known = this.#bySymbol.priceOf(symbolSide);
    this.#bySymbol.setPrice(symbolSide, aligned);
    this.inverses.touch(symbolSide);
    if (this.#bySymbol.lengthOf(symbolSide) === 0) return;
    if (known < 0 !== aligned < 0) this.#countNegative(symbolSide, aligned < 0 ? 1 : -1);
    if (Number.isNaN(known)) {
      for (const subtotal of this.#subtotalsOf(symbolSide)) this.subtotals.addUnpriced(subtotal, -1);
      this.#moves.add(symbolSide, aligned);
    } else if (Number.isSafeInteger(aligned - known)) {
      this.#moves.add(symbolSide, aligned - known);
    } else {
      // From one end of the range to the other the difference has no exact form; the two prices have.
      this.#moves.add(symbolSide, -known);
      this.#moves.add(symbolSide, aligned);
    }
  }

  /** Leaves every position of a symbol side without a price; the subtotals follow with {@link applyMoves}. */
  clearPrice(symbolSide: number): void {
    const known = this.#bySymbol.priceOf(symbolSide);
    if (Number.isNaN(known)) return;
    this.#bySymbol.setPrice(symbolSide, NaN);
    this.inverses.touch(symbolSide);
    for (const subtotal of this.#subtotalsOf(symbolSide)) this.subtotals.addUnpriced(subtotal, 1);
    if (known < 0) this.#countNegative(symbolSide, -1);
    this.#moves.add(symbolSide, -known);
  }

  /** Brings the subtotals up to date with the prices of the symbol sides. `isDense`: does not record which ones that changes. */
  applyMoves(isDense: boolean): void {
    this.#moves.apply(this.subtotals, this.#bySymbol, isDense);
  }

  /** Enters the positions and cash of a portfolio that has none here. */
  attach(portfolio: number, positions: readonly HeldPosition[]): void {
    // A holding enters at the price of its symbol side, and must not be moved to that price again.
    this.applyMoves(false);
    const { currency: base, cash } = this.#portfolios.at(portfolio);
    let costScale = 0;
    for (const { row } of positions) if (row.baseCost) costScale = Math.max(costScale, row.baseCost.scale);
    this.#rows.start(portfolio, costScale);
    const folded = positions.map((position) => this.#fold(position));
    const subtotals = this.#openSubtotals(portfolio, positions, folded);
    for (const currency of cash.keys()) this.subtotals.addCash(subtotals.get(currency)!);
    if (folded.some(({ isByRow }) => isByRow)) this.subtotals.valueByRow(portfolio);
    this.subtotals.revise(portfolio);
    const inverses = positions.filter(({ row }) => row.instrument.inverse);
    if (inverses.length > 0)
      this.inverses.setHeld(
        portfolio,
        inverses.map(({ symbolId, row }) => symbolSideOf(symbolId, row.quantity)),
      );
    // From last to first, so that the chain has the order of the portfolio.
    for (let at = positions.length - 1; at >= 0; at--)
      this.#attachPosition(portfolio, base, positions[at]!, folded[at]!, subtotals);
    this.#positionCount += positions.length;
  }

  /** Takes out all that a portfolio has; its number stays in use. */
  detach(portfolio: number): void {
    for (let row = this.#rows.firstOf(portfolio); row !== NONE; row = this.#rows.firstOf(portfolio)) {
      const symbolSide = this.#rows.symbolSideOf(row);
      // From the highest index down, so that what moves into a hole is never one of those still to be taken out.
      for (const holding of this.#rows.holdingsOf(row).sort((a, b) => b - a))
        this.#removeHolding(symbolSide, holding);
      this.#rows.removeFirst(portfolio);
      this.#positionCount--;
    }
    this.inverses.setHeld(portfolio, []);
    this.subtotals.closeAll(portfolio);
  }

  /** Takes over the prices of inverse contracts, as those that totals are computed from. */
  takeInversePrices(): void {
    this.inverses.take(this.#bySymbol);
  }

  /** The positions of a portfolio, in its order. */
  extract(portfolio: number): HeldPosition[] {
    const positions: HeldPosition[] = [];
    const rows = this.#rows;
    const { quantities, subtotals } = this.#bySymbol;
    const { currency } = this.#portfolios.at(portfolio);
    for (let row = rows.firstOf(portfolio); row !== NONE; row = rows.nextOf(row)) {
      const symbolSide = rows.symbolSideOf(row);
      const symbolId = symbolSide >> 1;
      const details = rows.detailsOf(row);
      if (details) {
        positions.push({ symbolId, row: details });
        continue;
      }
      const start = this.#bySymbol.startOf(symbolSide);
      const holdings = rows.holdingsOf(row);
      const subtotal = subtotals[start + holdings[0]!]!;
      const scale = this.subtotals.valueScaleOf(subtotal) - this.#bySymbol.scaleOf(symbolSide);
      const units = holdings.reduce((sum, holding) => sum + BigInt(quantities[start + holding]!), 0n);
      const quantity = Decimal.ofUnits(units, scale).trimmed();
      const cost = Decimal.ofUnits(rows.costUnitsOf(row), rows.costScaleOf(portfolio)).trimmed();
      positions.push({ symbolId, row: plainRow(this.#plainInstrument(symbolId, currency), quantity, cost) });
    }
    return positions;
  }

  /**
   * What the totals of a portfolio rest on, where it has nothing but positions at their cost in its own currency; else `null`.
   * @param closeOf The previous close of a symbol; `null`: unknown; a fault: with too many digits.
   */
  plainFigures(
    portfolio: number,
    closeOf: (symbolId: number) => ScaledNumber | ScaledNumberFault | null,
  ): PlainFigures | null {
    const [rows, bySymbol] = [this.#rows, this.#bySymbol];
    if (this.subtotals.nextOf(portfolio) !== NONE) return null;
    // The currency of a portfolio may be a minor unit, in which nothing is held.
    const { currency } = this.#portfolios.at(portfolio);
    const home = this.#conversions.numberOf(currency, currency, this.#now());
    if (this.subtotals.conversionOf(portfolio) !== home) return null;
    const valueScale = this.subtotals.valueScaleOf(portfolio);
    let [cost, grossCost, dayBase] = [0, 0, 0];
    for (let row = rows.firstOf(portfolio); row !== NONE; row = rows.nextOf(row)) {
      const units = rows.costUnitsOf(row);
      if (rows.detailsOf(row) || typeof units === 'bigint') return null;
      cost += units;
      grossCost += Math.abs(units);
      const symbolSide = rows.symbolSideOf(row);
      const close = closeOf(symbolSide >> 1);
      if (typeof close === 'string') return null;
      if (!close || Number.isNaN(dayBase)) {
        dayBase = NaN;
        continue;
      }
      const shift = bySymbol.scaleOf(symbolSide) - close.scale;
      const start = bySymbol.startOf(symbolSide);
      for (const holding of rows.holdingsOf(row)) {
        const product = bySymbol.quantities[start + holding]! * close.units * 10 ** shift;
        dayBase += product;
        if (shift < 0 || !Number.isSafeInteger(product) || !Number.isSafeInteger(dayBase)) return null;
      }
    }
    if (!Number.isSafeInteger(grossCost)) return null;
    return { cost, grossCost, costScale: rows.costScaleOf(portfolio), dayBase, valueScale };
  }

  // One subtotal for each currency of a value, of a cost or of cash; at least one. Their order decides nothing.
  #openSubtotals(
    portfolio: number,
    positions: readonly HeldPosition[],
    folded: readonly FoldedPosition[],
  ): ReadonlyMap<string, number> {
    const { currency: base, cash } = this.#portfolios.at(portfolio);
    const scales = new Map<string, number>();
    positions.forEach(({ symbolId, row }, at) => {
      const { currency, quantity } = folded[at]!;
      const scale = quantity.scale + this.#bySymbol.scaleOf(symbolSideOf(symbolId, row.quantity));
      const settled = row.settledWorth.scale;
      scales.set(currency, Math.max(scales.get(currency) ?? LEAST_VALUE_SCALE, scale, settled));
      const costCurrency = row.instrument.settlementCurrency;
      if (!scales.has(costCurrency)) scales.set(costCurrency, LEAST_VALUE_SCALE);
    });
    for (const currency of cash.keys()) if (!scales.has(currency)) scales.set(currency, LEAST_VALUE_SCALE);
    if (scales.size === 0) scales.set(base, LEAST_VALUE_SCALE);
    const subtotals = new Map<string, number>();
    for (const [currency, scale] of scales) {
      const conversion = this.#conversions.numberOf(currency, base, this.#now());
      subtotals.set(currency, this.subtotals.open(portfolio, conversion, scale));
    }
    return subtotals;
  }

  #attachPosition(
    portfolio: number,
    base: string,
    { symbolId, row }: HeldPosition,
    { quantity, currency, isPlain }: FoldedPosition,
    subtotals: ReadonlyMap<string, number>,
  ): void {
    const symbolSide = symbolSideOf(symbolId, row.quantity);
    const subtotal = subtotals.get(currency)!;
    const scale = this.subtotals.valueScaleOf(subtotal) - this.#bySymbol.scaleOf(symbolSide);
    const safe = quantity.safeUnitsAt(scale);
    const parts = Number.isNaN(safe) ? floatParts(quantity.unitsAt(scale)) : [safe];
    const price = this.#bySymbol.priceOf(symbolSide);
    const isShort = row.quantity.sign < 0;
    const sums = this.subtotals.sideOf(isShort);
    const holdings = parts.map((part) => {
      if (!Number.isNaN(price)) sums.addProduct(subtotal, part, price);
      return this.#bySymbol.push(symbolSide, part, subtotal);
    });
    this.#count += parts.length;
    this.subtotals.addHolding(subtotal);
    if (Number.isNaN(price)) this.subtotals.addUnpriced(subtotal, parts.length);
    if (price < 0) this.subtotals.addNegative(subtotal, parts.length);
    // What is fully paid has none, whatever it was settled at as futures.
    if (row.instrument.isFutures && !row.settledWorth.isZero)
      this.subtotals.addSettled(subtotal, row.settledWorth, isShort);
    // The gains of futures that were settled are cash, and are converted as such.
    if (row.cost !== null && !row.instrument.isFutures)
      this.subtotals.addCost(subtotals.get(row.instrument.settlementCurrency)!);
    const isKnownByCost = isPlain && isPlainRow(row, base);
    this.#rows.addFirst(portfolio, {
      symbolSide,
      holdings,
      costBasis: isKnownByCost ? row.cost! : Decimal.ZERO,
      details: isKnownByCost ? undefined : row,
    });
  }

  #removeHolding(symbolSide: number, holding: number): void {
    this.#count--;
    const moved = this.#bySymbol.removeAt(symbolSide, holding);
    if (moved === -1) return;
    const subtotal = this.#bySymbol.subtotals[this.#bySymbol.startOf(symbolSide) + holding]!;
    this.#rows.moveHolding(this.subtotals.portfolioOf(subtotal), symbolSide, moved, holding);
  }

  // For a price with more digits than the symbol side has had. Most quantities have room for them; the portfolios of the others are
  // taken out and put back at a finer scale. The symbol side has no price while this goes on.
  #rescale(symbolSide: number, scale: number): void {
    const shift = scale - this.#bySymbol.scaleOf(symbolSide);
    const factor = 10 ** Math.abs(shift);
    const fits = (quantity: number, subtotal: number) => {
      if (shift <= 0) return Number.isSafeInteger(quantity * factor);
      return quantity % factor === 0 && this.subtotals.valueScaleOf(subtotal) >= scale;
    };
    const others = new Set<number>();
    const { quantities } = this.#bySymbol;
    const start = this.#bySymbol.startOf(symbolSide);
    this.#subtotalsOf(symbolSide).forEach((subtotal, index) => {
      if (!fits(quantities[start + index]!, subtotal)) others.add(this.subtotals.portfolioOf(subtotal));
    });
    const extracted = [...others].map((portfolio): [number, HeldPosition[]] => [
      portfolio,
      this.extract(portfolio),
    ]);
    this.applyMoves(false);
    for (const portfolio of others) this.detach(portfolio);
    this.#bySymbol.rescale(symbolSide, scale);
    for (const [portfolio, positions] of extracted) this.attach(portfolio, positions);
  }

  #countNegative(symbolSide: number, count: 1 | -1): void {
    for (const subtotal of this.#subtotalsOf(symbolSide)) this.subtotals.addNegative(subtotal, count);
  }

  #subtotalsOf(symbolSide: number): Int32Array {
    const start = this.#bySymbol.startOf(symbolSide);
    return this.#bySymbol.subtotals.subarray(start, start + this.#bySymbol.lengthOf(symbolSide));
  }
}

function symbolSideOf(symbolId: number, quantity: Decimal): number {
  return 2 * symbolId + (quantity.sign < 0 ? 1 : 0);
}

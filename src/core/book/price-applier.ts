import type { FxRates } from '../money/fx-rates.js';
import type { PriceChangedBatch } from '../prices/price-changed-event.js';
import type { PriceColumns } from '../prices/price-columns.js';
import type { PriceDetails } from '../prices/price-update.js';
import { SymbolTranslation, type SymbolTable } from '../prices/symbol-table.js';
import type { Holdings } from './holdings.js';
import type { LatestPrices } from './latest-prices.js';
import { OrderSum } from './valuation/order-sum.js';
import { lastPrice, type Side } from './price-policy.js';
import { RowOrder } from './columns/row-order.js';
import type { ActionPrices, KeptPrice } from './corporate-actions/action-prices.js';
import type { CorporateAction } from '../portfolio/corporate-actions/corporate-action.js';

// Above this share of all holdings nearly every portfolio is touched, and recording which ones costs more than it saves.
const DENSE_SHARE = 0.3;

/** What {@link PriceApplier} brings prices to. */
export interface PriceApplierOptions {
  readonly symbols: SymbolTable;
  readonly prices: LatestPrices;
  readonly rates: FxRates;
  readonly holdings: Holdings;
  readonly actionPrices: ActionPrices;
  /** The prices of a symbol are in another currency from now on, or begin or cease to come with accrued interest. */
  readonly onTermsChanged: (symbolId: number) => void;
  /** The previous close of a symbol, or its accrued interest, is another one from now on. `replaced`: what the price before it came with. */
  readonly onCloseChanged: (symbolId: number, replaced?: PriceDetails) => void;
  /** Until when the previous close of a symbol counts, ms since 1970. */
  readonly closeUntil: (symbolId: number) => number;
}

function hasSameClose(a: PriceDetails | undefined, b: PriceDetails | undefined): boolean {
  return (
    a?.previousClose === b?.previousClose &&
    a?.previousCloseAt === b?.previousCloseAt &&
    a?.accrued === b?.accrued &&
    a?.previousAccrued === b?.previousAccrued
  );
}

function hasSameTerms(a: PriceDetails | undefined, b: PriceDetails | undefined): boolean {
  return a?.currency === b?.currency && (a?.accrued === undefined) === (b?.accrued === undefined);
}

/** Applies batches of prices to a book: which prices are newer, what positions they move, and which of them are rates. */
export class PriceApplier {
  readonly #symbols: SymbolTable;
  readonly #prices: LatestPrices;
  readonly #rates: FxRates;
  readonly #holdings: Holdings;
  readonly #actionPrices: ActionPrices;
  readonly #onTermsChanged: (symbolId: number) => void;
  readonly #onCloseChanged: PriceApplierOptions['onCloseChanged'];
  readonly #closeUntil: (symbolId: number) => number;
  readonly #order = new RowOrder();
  /** Numbers of the symbols of currency pairs. */
  readonly #pairs: ReadonlySet<number>;
  #translation: SymbolTranslation | undefined;
  /** What is known of the currency pairs, as part of the order of every valuation. */
  readonly pairOrder = new OrderSum();

  constructor(options: PriceApplierOptions) {
    const { symbols, prices, rates, holdings, onTermsChanged, onCloseChanged } = options;
    this.#actionPrices = options.actionPrices;
    this.#symbols = symbols;
    this.#prices = prices;
    this.#rates = rates;
    this.#holdings = holdings;
    this.#onTermsChanged = onTermsChanged;
    this.#onCloseChanged = onCloseChanged;
    this.#closeUntil = options.closeUntil;
    this.#pairs = new Set(rates.symbols.map((symbol) => symbols.idOf(symbol)));
  }

  /** Applies a batch. @returns the numbers of the symbols whose price was taken. */
  apply(batch: PriceChangedBatch, source: string): number[] {
    const ids = this.#idsOf(batch.symbols);
    let moved = 0;
    for (const id of batch.symbolIds) moved += this.#holdings.countOf(ids[id]!);
    const isDense = moved > this.#holdings.count * DENSE_SHARE;
    const taken: number[] = [];
    const order = isDense ? this.#order.of(batch.symbolIds, ids) : null;
    for (let at = 0; at < batch.length; at++) {
      const row = order ? order[at]! : at;
      const id = ids[batch.symbolIds[row]!]!;
      if (this.#applyPrice(id, batch.prices, row, source)) taken.push(id);
    }
    this.#holdings.applyMoves(isDense);
    if (this.#pairs.size > 0 && taken.some((id) => this.#pairs.has(id))) this.#sumPairs();
    const { subtotals } = this.#holdings;
    if (isDense) subtotals.repriced.addBelow(subtotals.count);
    return taken;
  }

  /** Applies a gap of some symbols, whose holders count as touched. @returns the numbers of the symbols that it is news of. */
  takeGap(symbols: readonly string[], arrival: number): number[] {
    const taken = symbols
      .map((symbol) => this.#symbols.idOf(symbol))
      .filter((id) => this.#prices.takeGap(id, arrival));
    for (const id of taken) this.#holdings.touchHolders(id);
    this.#sumPairs();
    return taken;
  }

  /** Adjusts prices from before corporate actions. @returns the numbers of the symbols whose price has changed. */
  takeActions(actions: readonly CorporateAction[]): number[] {
    const adjusted = this.#actionPrices.take(actions);
    for (const id of adjusted) {
      this.#onCloseChanged(id);
      this.#setPrices(id);
    }
    this.#holdings.applyMoves(false);
    return adjusted;
  }

  /** Applies prices that were kept back. @returns the numbers of the symbols whose price was taken. */
  applyKept(kept: ReadonlyMap<number, KeptPrice>): number[] {
    const taken = [...kept].flatMap(([id, { columns, source }]) =>
      this.#applyPrice(id, columns, 0, source) ? id : [],
    );
    this.#holdings.applyMoves(false);
    return taken;
  }

  /** Takes in that the previous close of a symbol has ceased to count. */
  closeExpired(id: number): void {
    this.#onCloseChanged(id);
    if (this.#pairs.has(id)) this.#rates.closeExpired();
  }

  /** Whether a symbol is a currency pair. */
  isPair(id: number): boolean {
    return this.#pairs.has(id);
  }

  #sumPairs(): void {
    this.pairOrder.reset();
    for (const id of this.#pairs) this.#prices.addOrder(id, this.pairOrder);
  }

  #applyPrice(id: number, columns: PriceColumns, row: number, source: string): boolean {
    const [prices, actions] = [this.#prices, this.#actionPrices];
    const known = prices.details(id);
    const isTouched = !actions.isIdle;
    if (isTouched && actions.keepBack(id, columns, row, source)) return false;
    if (!prices.accept(id, columns, row, source)) return false;
    const isAdjusted = isTouched && actions.adjust(id);
    const details = prices.details(id);
    // Most prices have none, or those of the last one.
    if (details !== known) {
      if (!hasSameTerms(details, known)) this.#onTermsChanged(id);
      if (!hasSameClose(details, known)) this.#onCloseChanged(id, known);
    }
    if (this.#pairs.has(id)) this.#updateRate(id);
    if (isAdjusted || prices.policy !== lastPrice) {
      this.#setPrices(id);
    } else {
      this.#holdings.setPrice(2 * id, columns.units[row]!, columns.scales[row]!);
      this.#holdings.setPrice(2 * id + 1, columns.units[row]!, columns.scales[row]!);
    }
    return true;
  }

  #setPrices(id: number): void {
    this.#applyPolicy(id, 'long');
    this.#applyPolicy(id, 'short');
  }

  #updateRate(id: number): void {
    const symbol = this.#symbols.symbolOf(id);
    const rate = this.#prices.rate(id, symbol, this.#closeUntil(id));
    if (rate) this.#rates.update(symbol, rate);
  }

  #applyPolicy(id: number, side: Side): void {
    const symbolSide = 2 * id + (side === 'short' ? 1 : 0);
    const price = this.#prices.choose(id, this.#symbols.symbolOf(id), side)?.price.trimmed();
    if (price) this.#holdings.setPrice(symbolSide, price.safeUnitsAt(price.scale), price.scale);
    else this.#holdings.clearPrice(symbolSide);
  }

  #idsOf(symbols: SymbolTable): readonly number[] {
    if (!this.#translation?.isFrom(symbols))
      this.#translation = new SymbolTranslation(symbols, this.#symbols);
    return this.#translation.ids();
  }
}

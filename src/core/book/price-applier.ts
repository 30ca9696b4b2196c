import type { PriceChangedBatch } from '../prices/price-changed-event.js';
import type { PriceColumns } from '../prices/price-columns.js';
import { SymbolTranslation, type SymbolTable } from '../prices/symbol-table.js';
import type { FxRates } from '../money/fx-rates.js';
import type { Holdings } from './holdings.js';
import { OrderSum } from './order-sum.js';
import type { LatestPrices } from './latest-prices.js';
import { lastPrice, type Side } from './price-policy.js';
import { RowOrder } from './row-order.js';

// Past this share of all postings nearly every portfolio is touched, and to remember which costs more than it saves.
const DENSE_SHARE = 0.3;

/** What {@link PriceApplier} brings prices to. */
export interface PriceApplierOptions {
  readonly symbols: SymbolTable;
  readonly board: LatestPrices;
  readonly rates: FxRates;
  readonly positions: Holdings;
  /** The prices of a symbol have become ones in another currency. */
  readonly onCurrency: (symbolId: number) => void;
}

/** The way of a batch of prices into a book: which are newer, what positions they move, and which of them are rates. */
export class PriceApplier {
  readonly #symbols: SymbolTable;
  readonly #board: LatestPrices;
  readonly #rates: FxRates;
  readonly #positions: Holdings;
  readonly #onCurrency: (symbolId: number) => void;
  readonly #order = new RowOrder();
  /** Numbers of the symbols of currency pairs. */
  readonly #pairs: ReadonlySet<number>;
  #translation: SymbolTranslation | undefined;
  /** What is known of the currency pairs, as part of the order of every valuation. */
  readonly pairOrder = new OrderSum();

  constructor({ symbols, board, rates, positions, onCurrency }: PriceApplierOptions) {
    this.#symbols = symbols;
    this.#board = board;
    this.#rates = rates;
    this.#positions = positions;
    this.#onCurrency = onCurrency;
    this.#pairs = new Set(rates.symbols.map((symbol) => symbols.idOf(symbol)));
  }

  /** Takes a batch in. @returns the numbers of the symbols whose price was taken. */
  apply(batch: PriceChangedBatch, source: string): number[] {
    const ids = this.#idsOf(batch.symbols);
    let postings = 0;
    for (const id of batch.symbolIds) postings += this.#positions.postingsOf(ids[id]!);
    const isDense = postings > this.#positions.postings * DENSE_SHARE;
    const taken: number[] = [];
    const order = isDense ? this.#order.of(batch.symbolIds, ids) : null;
    for (let at = 0; at < batch.length; at++) {
      const row = order ? order[at]! : at;
      const id = ids[batch.symbolIds[row]!]!;
      if (this.#applyPrice(id, batch.prices, row, source)) taken.push(id);
    }
    this.#positions.move(isDense);
    if (this.#pairs.size > 0 && taken.some((id) => this.#pairs.has(id))) this.#sumPairs();
    const { cells } = this.#positions;
    if (isDense) cells.priced.addBelow(cells.count);
    return taken;
  }

  /** Takes a gap of some symbols, whose holders count as touched. @returns the numbers of the symbols that it is news of. */
  takeGap(symbols: readonly string[], mark: number): number[] {
    const taken = symbols
      .map((symbol) => this.#symbols.idOf(symbol))
      .filter((id) => this.#board.takeGap(id, mark));
    for (const id of taken) this.#positions.touchHolders(id);
    this.#sumPairs();
    return taken;
  }

  #sumPairs(): void {
    this.pairOrder.reset();
    for (const id of this.#pairs) this.#board.addOrder(id, this.pairOrder);
  }

  #applyPrice(id: number, prices: PriceColumns, row: number, source: string): boolean {
    const board = this.#board;
    const known = board.currency(id);
    if (!board.accept(id, prices, row, source)) return false;
    if (board.currency(id) !== known) this.#onCurrency(id);
    if (this.#pairs.has(id)) this.#updateRate(id);
    if (board.policy === lastPrice) {
      this.#positions.setMark(2 * id, prices.units[row]!, prices.scales[row]!);
      this.#positions.setMark(2 * id + 1, prices.units[row]!, prices.scales[row]!);
    } else {
      this.#applyPolicy(id, 'long');
      this.#applyPolicy(id, 'short');
    }
    return true;
  }

  #updateRate(id: number): void {
    const symbol = this.#symbols.symbolOf(id);
    const rate = this.#board.rate(id, symbol);
    if (rate) this.#rates.update(symbol, rate);
  }

  #applyPolicy(id: number, side: Side): void {
    const mark = 2 * id + (side === 'short' ? 1 : 0);
    const price = this.#board.choose(id, this.#symbols.symbolOf(id), side)?.price.trimmed();
    if (price) this.#positions.setMark(mark, price.safeUnitsAt(price.scale), price.scale);
    else this.#positions.clearMark(mark);
  }

  #idsOf(symbols: SymbolTable): readonly number[] {
    if (!this.#translation?.isFrom(symbols))
      this.#translation = new SymbolTranslation(symbols, this.#symbols);
    return this.#translation.ids();
  }
}

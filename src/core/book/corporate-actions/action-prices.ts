import { Decimal } from '../../money/decimal.js';
import { Fraction } from '../../money/fraction.js';
import type { CorporateAction } from '../../portfolio/corporate-actions/corporate-action.js';
import type { PriceRecord } from '../../portfolio/portfolio-repository.js';
import { PriceColumns } from '../../prices/price-columns.js';
import type { SymbolTable } from '../../prices/symbol-table.js';
import type { LatestPrices } from '../latest-prices.js';
import { PriceAdjustments, adjusted } from './price-adjustments.js';

/** A price that waits until an action is taken. */
export interface KeptPrice {
  readonly columns: PriceColumns;
  readonly source: string;
}

/** What corporate actions mean for the prices of a book: those from before are adjusted, those from after wait until holdings follow. */
export class ActionPrices {
  readonly #symbols: SymbolTable;
  readonly #prices: LatestPrices;
  readonly #adjustments = new PriceAdjustments();
  /** Ex-times of actions whose holders are being loaded, by symbol number. */
  readonly #heldFrom = new Map<number, number>();
  readonly #kept = new Map<number, KeptPrice>();

  constructor(symbols: SymbolTable, prices: LatestPrices) {
    this.#symbols = symbols;
    this.#prices = prices;
  }

  /** Whether there is nothing to do for any price. */
  get isIdle(): boolean {
    return this.#adjustments.isEmpty && this.#heldFrom.size === 0;
  }

  /** From now on prices of a symbol from `at` on (ms since 1970) are kept back. */
  hold(symbol: string, at: number): void {
    const id = this.#symbols.idOf(symbol);
    this.#heldFrom.set(id, Math.min(at, this.#heldFrom.get(id) ?? Infinity));
  }

  /** Keeps prices of symbols back no longer. @returns those that have waited. */
  release(symbols: Iterable<string>): Map<number, KeptPrice> {
    const released = new Map<number, KeptPrice>();
    for (const symbol of symbols) {
      const id = this.#symbols.idOf(symbol);
      const kept = this.#kept.get(id);
      if (kept) released.set(id, kept);
      this.#heldFrom.delete(id);
      this.#kept.delete(id);
    }
    return released;
  }

  /** Keeps the newest price from after the time that its symbol is held from. @returns whether the price of the row waits. */
  keepBack(id: number, fresh: PriceColumns, row: number, source: string): boolean {
    const at = this.#heldFrom.get(id);
    if (at === undefined || fresh.timestamps[row]! < at) return false;
    const known = this.#kept.get(id);
    if (known && known.columns.isNewer(0, fresh, row)) return true;
    const columns = new PriceColumns(1);
    columns.copy(0, fresh, row);
    this.#kept.set(id, { columns, source });
    return true;
  }

  /** Adds actions. @returns the numbers of the symbols whose known prices are adjusted otherwise now. */
  take(actions: readonly CorporateAction[]): number[] {
    const changed = actions.filter((action) => this.#adjustments.add(action));
    const ids = new Set(changed.map(({ symbol }) => this.#symbols.idOf(symbol)));
    return [...ids].filter((id) => this.#prices.isKnown(id) && this.adjust(id));
  }

  /** Adjusts the price that was just taken, if it is from before an action. @returns whether it was. */
  adjust(id: number): boolean {
    const time = this.#prices.table.timestampOf(id);
    const adjustment = this.#adjustments.of(this.#symbols.symbolOf(id), time);
    if (adjustment) this.#prices.adjust(id, adjustment);
    else this.#prices.adjustRepeatedClose(id);
    return adjustment !== undefined;
  }

  /** A previous close as in today's units. @param unitsAt ms since 1970: splits until then are in the price. */
  closeNow(id: number, price: Decimal, unitsAt: number): Decimal {
    const later = this.#adjustments.of(this.#symbols.symbolOf(id), unitsAt);
    return later ? adjusted(price, later.close) : price;
  }

  /** Prices of symbols that came into being with an action and have none yet, from that of the symbol they come from. */
  derivedPrices(actions: readonly CorporateAction[]): PriceRecord[] {
    return actions.flatMap((action) => {
      if (action.type !== 'spinOff' && action.type !== 'rename') return [];
      const id = this.#symbols.find(action.symbol);
      if (!this.#prices.isKnown(id) || this.#prices.isKnown(this.#symbols.find(action.into))) return [];
      const { price, timestamp, receivedAt, liveUntil, currency } = this.#prices.record(id, action.symbol);
      if (timestamp >= action.at) return [];
      const derived = adjusted(price, shareOf(action));
      if (derived.isZero) return [];
      // The lowest stamp: any price that comes replaces it.
      const stamp = { venueTime: 0, arrival: 0 };
      return [
        {
          symbol: action.into,
          price: derived,
          timestamp,
          receivedAt,
          stamp,
          gap: 0,
          liveUntil,
          ...(currency && { currency }),
        },
      ];
    });
  }
}

// What one new unit is worth of the price of an old one.
function shareOf(action: Extract<CorporateAction, { type: 'spinOff' | 'rename' }>): Fraction {
  if (action.type === 'rename') return Fraction.from(Decimal.ONE);
  const { costShare, from, to } = action;
  return Fraction.from(costShare).times(Fraction.from(from)).dividedBy(Fraction.from(to));
}

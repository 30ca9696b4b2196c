import type { StreamCalendar } from '../../core/streams/base-price-stream-adapter-options.js';
import { invalidArgument, quote } from '../../core/errors.js';
import type { PriceUpdate } from '../../core/prices/price-update.js';

/** Translates symbols between the application's names and the venue's. */
export class SymbolMapping {
  readonly #venueSymbols: ReadonlyMap<string, string>;
  readonly #ownSymbols: ReadonlyMap<string, string>;

  /** @throws TickmarkError `INVALID_ARGUMENT` unless it is a table of names, or if two symbols have the same name at the venue. */
  constructor(table: Readonly<Record<string, string>> = {}) {
    const where = 'WebSocketPriceStreamAdapter: symbols';
    // A Map, a list or a function has no properties: it would name nothing, without a word.
    const isTable =
      typeof table === 'object' && table !== null && !Array.isArray(table) && !(table instanceof Map);
    if (!isTable) throw invalidArgument(where, table, `a table such as { BTC: 'BTCUSDT' }`);
    for (const [symbol, name] of Object.entries<unknown>(table))
      if (typeof name !== 'string' || name === '')
        throw invalidArgument(`${where}[${quote(symbol)}]`, name, 'the name of the symbol at the venue');
    this.#venueSymbols = new Map(Object.entries(table));
    this.#ownSymbols = new Map(Object.entries(table).map(([own, venue]) => [venue, own]));
    if (this.#ownSymbols.size === this.#venueSymbols.size) return;
    throw invalidArgument(where, table, 'a different name at the venue for each symbol');
  }

  /** The venue's name of a symbol. */
  toVenue(symbol: string): string {
    return this.#venueSymbols.get(symbol) ?? symbol;
  }

  /** The application's name of a symbol of the venue. */
  fromVenue(symbol: string): string {
    return this.#ownSymbols.get(symbol) ?? symbol;
  }

  /** The update with the application's name of its symbol. */
  updateFromVenue(update: PriceUpdate): PriceUpdate {
    // Most applications use the venue's names; then nothing is copied.
    if (this.#ownSymbols.size === 0) return update;
    const symbol = this.#ownSymbols.get(update.symbol);
    return symbol === undefined ? update : { ...update, symbol };
  }
}

/** The calendar of a venue, by the application's names of its symbols. */
export function calendarByVenueName(
  calendar: StreamCalendar | undefined,
  mapping: SymbolMapping,
): StreamCalendar | undefined {
  return typeof calendar === 'function' ? (symbol) => calendar(mapping.toVenue(symbol)) : calendar;
}
